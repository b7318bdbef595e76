"""A rough, dense match of two eyes as they come: either order, uneven rows, a small turn of one of them.

Only for telling the order: it needs to know where depth jumps, not how deep things are. The eyes are treated alike, so
that what follows from them changes its sign, and nothing else, when they are exchanged.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import match
from depthview.engine.frames import Disparity, Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches

_WORK_PX = 320 * 240
"""As large as a look may cost; depth jumps of a pixel and a half are seen at that size."""
_BRIGHTNESS, _CONTRAST = 128.0, 48.0
"""Grey levels: mean and deviation, of a picture as cameras mostly expose it."""
_FEWEST = 10
_ROW_SPREADS = (0.03, 0.02, 0.012, 0.008, 0.006, 0.005, 0.005, 0.005)
"""Of the width, one a round: from two hand-held phones down to what a linear model leaves of their perspective."""
_FITS = 0.008
_STIFFNESS = (1e-6, 1e-3, 1e-3, 3e-3)
"""How much a match weighs against an offset, a roll, a scale and a keystone of the rows. Few matches bend nothing."""
_UNKNOWN_RANGE = (-0.1, 0.1)
"""Of the width: what is searched where hardly anything matches."""
_BIN_SHARE = 0.02
_BIN_OF_MATCHES = 0.03
"""Of the matches, in a bin of disparities: fewer are wrong ones, of which stripes and checks make many."""
_FARTHEST_FROM_MEDIAN = 0.25
_RANGE_MARGIN = 0.025

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class RoughDepth:
    """Both eyes (H, W) uint8, small, on one level; disparity (H, W) px as seen from each, NaN where they disagree.

    A point x of the first eye lies at x - `first_px` in the second, one of the second at x + `second_px` in the first.
    """

    first: Grey
    second: Grey
    first_px: Disparity
    second_px: Disparity

    @classmethod
    def of(cls, pair: StereoPair, matches: Matches) -> "RoughDepth":
        first, second = _small_grey(pair.left), _small_grey(pair.right)
        height, width = first.shape
        scale = width / matches.size_hw[1]
        here, there = matches.left * scale, matches.right * scale
        rows, fits = _fitted_rows(here, there, (height, width))
        first, second = _levelled(first, rows / 2), _levelled(second, -rows / 2)
        lowest, highest = _search_range((here - there)[fits, 0] / width)
        lowest_px, highest_px = int(np.floor(lowest * width)), int(np.ceil(highest * width))
        return cls(
            first, second, match(first, second, lowest_px, highest_px), -match(second, first, -highest_px, -lowest_px)
        )


def _small_grey(image: Image) -> Grey:
    height, width = image.shape[:2]
    scale = min(1.0, (_WORK_PX / (height * width)) ** 0.5)
    size = max(16, round(width * scale)), max(16, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    mean, deviation = grey.mean(), max(1.0, float(grey.std()))
    # The matcher compares levels: two cameras' exposures are made the same by making both the usual one.
    return np.asarray(np.clip((grey - mean) * (_CONTRAST / deviation) + _BRIGHTNESS, 0, 255), np.uint8)


def _fitted_rows(
    here: NDArray[np.float64], there: NDArray[np.float64], size_hw: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """How rows differ: offset, and what a width to the right, a width down and both add (in widths); who fits it.

    Least squares, reweighted from wide to narrow (Holland and Welsch 1977): half of the matches may be wrong.
    """
    height, width = size_hw
    middle = (here + there) / 2
    x, y = (middle[:, 0] - width / 2) / width, (middle[:, 1] - height / 2) / width
    apart = (here - there)[:, 1] / width
    rows = np.zeros(4)
    if len(x) < _FEWEST:
        return rows, np.zeros(len(x), np.bool_)
    counts, edges = np.histogram(apart, bins=81, range=(-0.2, 0.2))
    rows[0] = edges[int(np.convolve(counts, (1, 1, 1), "same").argmax())] + 0.2 / 81
    terms = np.stack([np.ones_like(x), x, y, x * y], axis=1)
    for spread in _ROW_SPREADS:
        weights = (1 + ((apart - terms @ rows) / spread) ** 2) ** -2
        weighed = terms * weights[:, None]
        rows = np.linalg.solve(terms.T @ weighed + np.diag(_STIFFNESS) * len(x), weighed.T @ apart)
    return rows, np.abs(apart - terms @ rows) < _FITS


def _search_range(apart: NDArray[np.float64]) -> tuple[float, float]:
    """The lowest and highest disparity to search, in widths, from those of matches."""
    if len(apart) < _FEWEST:
        return _UNKNOWN_RANGE
    likely = apart[np.abs(apart - np.median(apart)) < _FARTHEST_FROM_MEDIAN]
    bins = np.floor(likely / _BIN_SHARE).astype(int)
    counts = np.bincount(bins - bins.min())
    full = np.flatnonzero(counts >= _BIN_OF_MATCHES * len(apart)) + bins.min()
    return full[0] * _BIN_SHARE - _RANGE_MARGIN, (full[-1] + 1) * _BIN_SHARE + _RANGE_MARGIN


def _levelled(grey: Grey, rows: NDArray[np.float64]) -> Grey:
    """An eye moved up by what `rows` says. What makes rows differ so (a roll, another distance, a turn to the side)
    moves columns as well; else a near thing could not be told from a side of the picture."""
    height, width = grey.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    offset, roll, scale, keystone = (np.float32(term) for term in rows)
    u, v = (x - width / 2) / width, (y - height / 2) / width
    down = (offset + roll * u + scale * v + keystone * u * v) * width
    return np.asarray(
        cv2.remap(
            grey,
            (x + (scale * u + keystone * u * u - roll * v) * width).astype(np.float32),
            (y + down).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
