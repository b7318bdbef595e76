"""Which way is up in a reconstruction, and where to stand first: its axes are as they happened to be."""

import math
from collections.abc import Sequence

import numpy as np

from depthview.engine.capture.poses.camera import Camera, Matrix
from depthview.engine.capture.poses.frustums import Frustums
from depthview.engine.splats.framing import UP, FirstLook

_TOLD = 0.2
"""How long the mean of the photos' down directions must be, of 1, to tell anything."""
_SPREAD = 0.05
"""Of the square of a unit vector: photos that look so differently tell the horizon by their sides."""
_AGREED = 0.7


def up_of(cameras: Sequence[Camera]) -> Matrix:
    """(3,) a unit vector, up in the reconstruction's own axes; as in the world where the cameras do not tell it.

    Who takes photos holds the camera level: its sides point along the horizon wherever it looks, also where it always
    looks down a little. Of photos that all look one way, the mean of what is up in them is up.
    """
    rows = np.array([camera.rotation for camera in cameras]).reshape(-1, 3, 3)
    if not len(rows):
        return UP.copy()
    up = -rows[:, 1].mean(axis=0)
    length = float(np.linalg.norm(up))
    if length < _TOLD:
        return UP.copy()
    up /= length
    sides = rows[:, 0]
    spread, axes = np.linalg.eigh(sides.T @ sides / len(sides))
    across = axes[:, 0] * (1 if axes[:, 0] @ up > 0 else -1)
    if spread[1] > _SPREAD and across @ up > _AGREED:
        return np.asarray(across)
    return np.asarray(up)


def first_look_of(frustums: Frustums, fov_deg: float) -> FirstLook | None:
    """As the photo looks that was taken most in the midst of all, from so far back that `fov_deg` (vertical) shows all
    of what is in it; None without any."""
    if not len(frustums):
        return None
    out = np.linalg.norm(frustums.tips - np.median(frustums.tips, axis=0), axis=1)
    which = int(np.argmin(out))
    reach, forward = float(frustums.reach[which]), frustums.forward(which)
    target = frustums.tips[which] + reach * forward
    away = reach * max(1.0, frustums.tangents(which)[1] / math.tan(math.radians(fov_deg) / 2))
    return FirstLook(target - away * forward, target, away, False)
