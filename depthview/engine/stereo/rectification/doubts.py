"""Why turns that were found should not be believed: the cases in which matches do not tell how two eyes are turned.

A fundamental matrix of a flat scene, of matches in one corner or of a camera that moved ahead is what the noise makes
it (Torr, Zisserman and Maybank 1998 call it degenerate). Here that shows as uncertainty: where the covariance lets the
rows of a thing somewhere in the picture, as near or far as what is seen, move by much, nothing is known.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns
from depthview.engine.stereo.rectification.fit import WIDTH_PX, Fit, misses_px, slopes

_LEAST_AGREEING = 25
"""Matches: nine numbers and chance."""
_LEAST_SHARE = 0.35
"""Of the matches: two pictures of different things have 0.2 that agree on something, hand-held pairs 0.5 and more."""

_MOST_KEYSTONE = 4.0
"""One border of the picture drawn so many times as large as the other: the point that a camera moves towards, the
epipole, comes near the border."""
_MOST_ROLL_DEG = 12.0
"""Of hand-held pairs 10 are the most; more is what a chessboard says whose squares were taken for their neighbours."""
_MOST_PITCH_DEG = 12.0
_MOST_ZOOM = 0.12
_MOST_BARREL, _MOST_CUSHION, _MOST_BEND_DIFFERENCE = 0.3, 0.1, 0.05
"""Of `EyeTurns.bend`. A camera that moved ahead draws all larger, as two very different lenses would."""

_MOST_UNSURE_PX = 1.0
"""In a picture `WIDTH_PX` wide: standard deviation of a row, in nine tenths of the picture."""
_MOST_UNSURE_SHARE = 0.2
"""Of how uneven the rows are now: who puts 30 px right may be 5 px wrong in a corner."""
_GRID = 7

FEW = "Too little is seen by both eyes to tell whether their rows are even: the pair is left alone."
_CHAOS = "What the eyes see does not fit two cameras side by side: the pair is left alone."
_IMPLAUSIBLE = "The eyes would have to be turned by more than people turn cameras: the pair is left alone."
_UNSURE = "What both eyes see lies in one corner or on one surface, which tells too little: the pair is left alone."


def doubt(fit: Fit, matches: Matches) -> str | None:
    """One sentence that says why `fit`, found from `matches`, is not to be used without asking; None: trust it."""
    if (little := too_little(fit)) is not None:
        return little
    if not _plausible(fit.turns, matches.size_hw):
        return _IMPLAUSIBLE
    uneven_px = float(np.median(misses_px(EyeTurns.none().numbers, matches)[fit.agree]))
    if _unsure_px(fit, matches) > max(_MOST_UNSURE_PX, _MOST_UNSURE_SHARE * uneven_px):
        return _UNSURE
    return None


def too_little(fit: Fit) -> str | None:
    """The same for what agrees: whether that is enough to say anything at all."""
    agreeing = int(fit.agree.sum())
    if agreeing < _LEAST_SHARE * len(fit.agree):
        return _CHAOS
    return FEW if agreeing < _LEAST_AGREEING else None


def _plausible(turns: EyeTurns, size_hw: tuple[int, int]) -> bool:
    if max(_keystone(homography, size_hw) for homography in turns.homographies(size_hw)) > _MOST_KEYSTONE:
        return False
    if not -_MOST_CUSHION < turns.bend < _MOST_BARREL or abs(turns.bend_difference) > _MOST_BEND_DIFFERENCE:
        return False
    turned = np.degrees([max(abs(turns.left_roll), abs(turns.right_roll)), abs(turns.right_pitch)])
    return bool((turned < [_MOST_ROLL_DEG, _MOST_PITCH_DEG]).all()) and abs(turns.log_zoom) < _MOST_ZOOM


def _keystone(homography: NDArray[np.float64], size_hw: tuple[int, int]) -> float:
    """How many times as large one corner is drawn as another; infinite where one lies beyond the horizon."""
    height, width = size_hw
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]])
    away = corners @ homography[2]
    return float(away.max() / away.min()) if away.min() > 0 else float("inf")


def _unsure_px(fit: Fit, matches: Matches) -> float:
    height, width = matches.size_hw
    shifts = (matches.left - matches.right)[fit.agree, 0]
    x, y, shift = np.meshgrid(
        np.linspace(0, width - 1, _GRID), np.linspace(0, height - 1, _GRID), np.percentile(shifts, (5, 50, 95))
    )
    left = np.stack([x.ravel(), y.ravel()], axis=1)
    right = np.stack([x.ravel() - shift.ravel(), y.ravel()], axis=1)
    changes = slopes(fit.turns.numbers, Matches(left, right, matches.size_hw)) * (WIDTH_PX / width)
    variances = np.einsum("ij,jk,ik->i", changes, fit.covariance, changes)
    return float(np.sqrt(np.percentile(variances, 90)))
