"""Which depth lies on the screen: what is nearer floats before it, what is farther lies behind."""

import math

import numpy as np

from depthview.engine.colour import Limits, RunningLimits, measure_limits
from depthview.engine.frames import Disparity

COMFORT_SHARE = 1 / 30
"""Of the picture's width: how far the two pictures of a thing may lie apart. One degree of the eyes' turning, beyond
which films tire (Lambooij et al., "Visual discomfort and visual fatigue of stereoscopic displays: a review", 2009), on
a screen that fills thirty."""
_CONVERGED_SHARE = 0.1
"""Of the range of disparities that lies on either side of 0 where whoever took the pictures had chosen a screen."""
_SETTLE_S = 1.0
"""A screen that jumps at once with all that comes and goes makes the whole room jump."""


class ScreenPlane:
    """Follows a film's disparities calmly, in the order of its frames; owned by one thread.

    `share`: where the screen lies in the range of disparities, 0 (the farthest) to 1 (the nearest). None: where it was
    when the pictures were taken, if it had been put amid the scene; else in the middle of what is seen. Then it is
    moved as far as comfort asks.
    """

    def __init__(self, share: float | None) -> None:
        self._share = share
        self._limits = RunningLimits()
        self._screen_px: float | None = None
        self._at_s = 0.0

    def follow(self, disparity_px: Disparity, distance_share: float, at_s: float) -> float:
        """The disparity, px, that lies on the screen at `at_s` seconds of the film. `distance_share`: the new eyes'."""
        measured = measure_limits(disparity_px)
        if measured is None:
            return self._screen_px or 0.0
        limits = self._limits.follow(disparity_px, at_s)
        wanted = self._wanted(disparity_px, limits, distance_share)
        if self._screen_px is None or limits == measured:  # the first picture, or another scene
            self._screen_px = wanted
        else:
            self._screen_px += (1 - math.exp(-abs(at_s - self._at_s) / _SETTLE_S)) * (wanted - self._screen_px)
        self._at_s = at_s
        return float(self._screen_px)

    def _wanted(self, disparity_px: Disparity, limits: Limits, distance_share: float) -> float:
        low, high = limits
        if self._share is not None:
            return low + self._share * (high - low)
        margin = _CONVERGED_SHARE * (high - low)
        converged = low + margin < 0 < high - margin
        screen_px = 0.0 if converged else float(np.nanmedian(disparity_px[::4, ::4]))
        most_px = COMFORT_SHARE * disparity_px.shape[1] / max(distance_share, 1e-6)
        if high - low >= 2 * most_px:
            return (low + high) / 2
        return float(np.clip(screen_px, high - most_px, low + most_px))
