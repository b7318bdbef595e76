"""Which points of the room can be seen from anywhere one may stand: what is hidden for good need not be kept."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.room.cameras import Pinhole
from training.room.render import Renderer

_PLANE_M = 0.004
"""A surface that is farther off a point's own plane is another one: less than a rug's height."""
_SPREAD_PX = 2.5


class Seen:
    """Depth pictures of a renderer from many cameras, asked for points again and again."""

    def __init__(self, renderer: Renderer, cameras: Sequence[Pinhole]) -> None:
        self._views = [(camera, renderer.depth_m(camera)) for camera in cameras]

    def by_any(self, points: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(N,) whether any camera sees (N, 3) points from the side that their unit normals (N, 3) show to."""
        found = np.zeros(len(points), bool)
        for camera, depth_m in self._views:
            left = np.flatnonzero(~found)
            found[left] = _seen(camera, depth_m, points[left], normals[left])
        return found


def _seen(
    camera: Pinhole, depth_m: NDArray[np.float32], points: NDArray[np.float64], normals: NDArray[np.float64]
) -> NDArray[np.bool_]:
    turn, eye = camera.world_from_camera[:3, :3], camera.world_from_camera[:3, 3]
    own = (points - eye) @ turn
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.rint(own[:, 0] / own[:, 2] * camera.focal_x_px + camera.cx_px)
        y = np.rint(own[:, 1] / own[:, 2] * camera.focal_y_px + camera.cy_px)
    inside = (own[:, 2] > 0.05) & (x >= 0) & (y >= 0) & (x < camera.width_px) & (y < camera.height_px)
    inside &= np.einsum("nk,nk->n", normals, eye - points) > 0
    which = np.flatnonzero(inside)
    column, row = x[which].astype(int), y[which].astype(int)
    deep = depth_m[row, column].astype(np.float64)
    # The pixel's own ray ends exactly on a surface: on the point's plane, and near it, if it is the same one.
    ray = np.stack([(column - camera.cx_px) / camera.focal_x_px, (row - camera.cy_px) / camera.focal_y_px], 1)
    ends = np.where(np.isfinite(deep), deep, 1e3)[:, None] * np.concatenate([ray, np.ones((len(ray), 1))], 1)
    away = ends - own[which]
    off = np.abs(np.einsum("nk,nk->n", away, normals[which] @ turn))
    slant = np.abs(np.einsum("nk,nk->n", own[which], normals[which] @ turn)) / np.linalg.norm(own[which], axis=1)
    near = np.linalg.norm(away, axis=1) < _SPREAD_PX * own[which, 2] / camera.focal_x_px / np.maximum(slant, 0.02)
    inside[which] = (off < _PLANE_M) & near
    return inside
