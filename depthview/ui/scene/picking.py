"""Which point of a cloud is seen at a place of its picture."""

import numpy as np
from numpy.typing import NDArray

from depthview.ui.scene.sight import Sight, Vector, axes

_REACH_PX = 7.0
"""A point is as good as hit within so far: fingers are no finer."""
_SAME_SURFACE = 0.03
"""Of the distance: what lies so little behind the nearest is seen beside it, not through it."""


def point_seen(
    xyz_m: NDArray[np.float32], sight: Sight, at_px: tuple[float, float], size_px: tuple[float, float]
) -> Vector | None:
    """Of `xyz_m`, (N, 3), the point of the front surface that is nearest to a place of a picture of (width, height),
    (3,) float64; None where there is none."""
    if not len(xyz_m):
        return None
    right, down, forward = (axis.astype(np.float32) for axis in axes(sight.yaw_deg, sight.pitch_deg))
    out = xyz_m - sight.eye_m.astype(np.float32)
    ahead = out @ forward
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = sight.focal_px(size_px[1]) / (ahead if sight.parallel_height_m is None else np.ones_like(ahead))
        away_px = np.hypot(
            size_px[0] / 2 + scale * (out @ right) - at_px[0], size_px[1] / 2 + scale * (out @ down) - at_px[1]
        )
    near = np.flatnonzero((ahead > sight.near_m) & (away_px <= _REACH_PX))
    if not len(near):
        return None
    front = near[ahead[near] <= (1 + _SAME_SURFACE) * ahead[near].min()]
    return np.asarray(xyz_m[front[np.argmin(away_px[front])]], np.float64)
