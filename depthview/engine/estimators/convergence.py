"""Disparities below zero for networks that know none: the right eye is moved before, and that is taken off after.

Eyes that converge (3D films, photos taken with a turn) put what is behind the screen at negative disparities. Most
networks have learnt from parallel cameras, where there are none, and answer with something else.
"""

import numpy as np

from depthview.engine.estimators.sgm import RunningRange, surface_range
from depthview.engine.frames import Image, StereoPair

_CLEARLY_NEGATIVE = 0.008
"""Of the width. What is less is the error of a quick match."""
_ROOM = 0.01
"""Of the width, kept between the farthest thing and zero: networks are unsure at the very end of what they know."""
_MOST = 0.25


class Convergence:
    """Says how far the right eye of a running video has to be moved to the left. One video, in its order."""

    def __init__(self) -> None:
        self._range = RunningRange(surface_range)

    def margin(self, pair: StereoPair) -> float:
        """A share of the width, 0 where nothing lies clearly below zero."""
        return wanted_margin(self._range.of(pair.left, pair.right)[0] / pair.size_hw[1])


def wanted_margin(lowest: float, *, clearly_below: float = _CLEARLY_NEGATIVE) -> float:
    """How far the right eye is to be moved to the left when the farthest thing lies at the disparity `lowest`; both are
    shares of the width. 0 where that is not so much below zero."""
    return min(_MOST, _ROOM - lowest) if lowest < -clearly_below else 0.0


def moved_left(eye: Image, margin_px: int) -> Image:
    """The picture moved to the left; what comes in at the right is its last column."""
    if margin_px == 0:
        return eye
    columns = np.minimum(np.arange(eye.shape[1]) + margin_px, eye.shape[1] - 1)
    return np.ascontiguousarray(eye[:, columns])
