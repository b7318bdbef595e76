"""Depth made visible: colour maps, and a range that does not flicker."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values

COLOUR_MAPS = ("turbo", "inferno", "magma", "viridis", "cividis", "grey")
"""The first is the default. cividis reads the same for most colour-blind people."""

UNKNOWN_RGB = (58, 58, 62)
"""A grey that no colour map but `grey` holds: unknown is not far."""

Limits = tuple[float, float]
"""The lowest and the highest nearness shown (`depth.py`): of stereo that is disparity, px."""

_SETTLE_S = 0.6
_LEAST_SPAN = 1e-6
_LEAST_PAD_SHARE = 1e-3
"""What has no unit may be of any size, and a single value of it is a range as well."""
_CUT_SHARE = 0.5


@lru_cache
def lookup_table(name: str) -> NDArray[np.uint8]:
    """(256, 3) uint8 RGB from far to near, not to be written to. Raises KeyError for a name not in COLOUR_MAPS."""
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    if name == "grey":
        return np.asarray(np.repeat(ramp, 3, axis=1), np.uint8)
    codes = {
        "turbo": cv2.COLORMAP_TURBO,
        "inferno": cv2.COLORMAP_INFERNO,
        "magma": cv2.COLORMAP_MAGMA,
        "viridis": cv2.COLORMAP_VIRIDIS,
        "cividis": cv2.COLORMAP_CIVIDIS,
    }
    table = np.empty((256, 3), np.uint8)
    table[:] = cv2.applyColorMap(ramp, codes[name])[:, 0, ::-1]
    return table


def colourise(nearness: Values, limits: Limits, table: NDArray[np.uint8]) -> Image:
    """(H, W) nearness -> (H, W, 3) uint8 RGB; values outside `limits` take the end's colour, NaN is UNKNOWN_RGB."""
    low, high = limits
    scale = 255.0 / max(high - low, _LEAST_SPAN)
    known = np.isfinite(nearness)
    with np.errstate(invalid="ignore"):
        level = np.clip(nearness * np.float32(scale) - np.float32(low * scale), 0, 255)
    level = np.where(known, level, 0).astype(np.uint8)
    picture = np.ascontiguousarray(cv2.applyColorMap(level, table[:, None, ::-1])[..., ::-1]).astype(
        np.uint8, copy=False
    )
    picture[~known] = UNKNOWN_RGB
    return picture


def measure_limits(nearness: Values, *, least_pad: float = 0.0) -> Limits | None:
    """The range that shows the picture best: the middle 98 % of what is known; None when nothing is.

    A little is left beyond either end, at least `least_pad`, so that what is flat is not shown as all its noise.
    """
    sample = nearness[::4, ::4]
    known = sample[np.isfinite(sample)]
    if known.size == 0:
        return None
    low, high = (float(v) for v in np.percentile(known, (1.0, 99.0)))
    pad = max(0.02 * (high - low), least_pad, _LEAST_PAD_SHARE * max(abs(low), abs(high)), _LEAST_SPAN)
    return low - pad, high + pad


@dataclass(slots=True)
class RunningLimits:
    """Limits that follow a video calmly: smoothed over about half a second, but a cut is followed at once.

    Owned by one thread.
    """

    limits: Limits | None = None
    _at_s: float = 0.0

    def start_over(self) -> None:
        """Something else is shown from now on, though its range may be the same."""
        self.limits = None

    def follow(self, nearness: Values, at_s: float, *, least_pad: float = 0.0) -> Limits:
        """The limits for this frame, shown at `at_s` seconds of any clock that runs on; `least_pad` as measured."""
        measured = measure_limits(nearness, least_pad=least_pad)
        if measured is None:
            return self.limits or (0.0, 1.0)
        if self.limits is None or _is_cut(self.limits, measured):
            self.limits = measured
        else:
            share = 1.0 - float(np.exp(-abs(at_s - self._at_s) / _SETTLE_S))
            low, high = (old + share * (new - old) for old, new in zip(self.limits, measured, strict=True))
            self.limits = (low, high)
        self._at_s = at_s
        return self.limits


def _is_cut(old: Limits, new: Limits) -> bool:
    """Whether less than half of the one range lies in the other: another scene, not a moving one."""
    overlap = min(old[1], new[1]) - max(old[0], new[0])
    return overlap < _CUT_SHARE * max(old[1] - old[0], new[1] - new[0])
