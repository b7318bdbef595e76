"""How far the right eye is moved before matching, so that of eyes that converge nothing lies below zero.

3D films put the far half of a scene behind the screen; hand-held pairs turn by chance; rectification leaves the offset
open. Networks and search ranges begin at zero. What is moved is taken off the result again.
"""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from depthview.engine.estimators.convergence import moved_left, wanted_margin
from depthview.engine.estimators.sgm import surface_range
from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches

_STEP = 0.01
"""Of the width. A margin of whole steps stays the same while the scene goes a little to and fro. Not larger: what the
right eye is moved by it loses at its left."""
_LOOKS = 12
_TWICE = 2
"""Looks that must ask for more than is held, unless it is the first: a single one may have matched wrongly."""

_ROW_SHARE = 0.01
"""Of the height: matches that lie further apart are wrong ones."""
_FEWEST_MATCHES = 40
_FARTHEST_PERCENT = 1.0
"""Of the matches lie further off: as many are wrong by chance. On the pairs with a known answer this is within 0.1 % of
the width of the truth. A dense match of hand-held pairs is not: of one it says -30 % where nothing is below 10 %."""
_CLEARLY_BELOW = 0.003
"""Of the width, three times that. What a quick dense match says has to be further below."""


@dataclass(frozen=True, slots=True)
class ShiftVerdict:
    """How far the right eye is to be moved. `shift_px`: whole pixels of the pair's own width, 0 or below; it is what
    has to be added to the disparities that are then found. `reason` is one sentence."""

    shift_px: int
    reason: str


class ShiftJudge:
    """Watches how far behind the screen one source's scenes reach. What is held moves in steps, and only if it must."""

    def __init__(self) -> None:
        self._wanted: deque[float] = deque(maxlen=_LOOKS)
        self._margin = 0.0
        self._width = 0

    def look(self, pair: StereoPair, matches: Matches) -> None:
        """Take in a pair whose rows are even, and its matches in the same pixels; wrong ones may be among them."""
        self._width = pair.size_hw[1]
        margin = _wanted(pair, matches)
        if margin is None:
            return
        self._wanted.append(math.ceil(margin / _STEP) * _STEP)
        newest = list(self._wanted)[-_TWICE:]
        if len(self._wanted) == 1 or min(newest) > self._margin:
            self._margin = min(newest)
        elif len(self._wanted) == _LOOKS and max(self._wanted) < self._margin - _STEP / 2:
            self._margin = max(self._wanted)

    @property
    def verdict(self) -> ShiftVerdict:
        shift_px = -round(self._margin * self._width)
        if shift_px == 0:
            return ShiftVerdict(0, "nothing lies clearly behind the screen")
        share = self._margin * 100
        return ShiftVerdict(shift_px, f"the eyes converge: the right one is moved by {share:.0f} % of the width")


def moved(eye: Image, shift_px: int) -> Image:
    """The right eye moved so that true disparity = found disparity + `shift_px`; `shift_px` is 0 or below.

    What comes in at the right is its last column. Not copied where nothing moves.
    """
    return moved_left(eye, -shift_px)


def _wanted(pair: StereoPair, matches: Matches) -> float | None:
    """The margin that one look asks for, as a share of the width; None where too little matches."""
    height, width = matches.size_hw
    even = np.abs(matches.left[:, 1] - matches.right[:, 1]) < _ROW_SHARE * height
    if even.sum() >= _FEWEST_MATCHES:
        shares = (matches.left[even, 0] - matches.right[even, 0]) / width
        return wanted_margin(float(np.percentile(shares, _FARTHEST_PERCENT)), clearly_below=_CLEARLY_BELOW)
    if len(matches) >= _FEWEST_MATCHES:
        return None  # rows that are not even: then dense matching finds anything
    dense = surface_range(pair.left, pair.right)
    return None if dense == (0, 0) else wanted_margin(dense[0] / pair.size_hw[1])
