"""Colours of splats that blend into each other, corrected until pictures of them are what they should be.

Neighbours mix, so a splat's own colour has to be stronger than what is seen of it. What is missing at its middle, in
the pictures that see it, is added again and again: van Cittert's deconvolution (1931). Nothing else is changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.spherical_harmonics import C0
from depthview.engine.splats.view import View

Exact = tuple[View, NDArray[np.uint8], NDArray[np.float32]]
"""A view, what is to be seen in it (H, W, 3), and how far it is along the axis (H, W), infinite where nothing is."""

_GROUND = (0.5, 0.5, 0.5)
_NEAR_M = 0.02
_BEYOND = 0.12
"""Colours may go so far below 0 and above 1: more would be seen where splats stand alone."""


def corrected(
    scene: SplatScene, pictures: Sequence[Exact], *, rounds: int, step: float, told: Callable[[float], None]
) -> SplatScene:
    """The scene with other `sh_dc`. `told` hears the mean square error of each round's pictures, in 8-bit steps."""
    for _ in range(rounds):
        missing, weight = np.zeros((len(scene), 3)), np.zeros(len(scene))
        errors = []
        with Rasterizer(prepared([Placed(scene)])) as rasterizer:
            for view, exact, depth in pictures:
                drawn = rasterizer.draw(view, degree=0).over(_GROUND)
                lacking = np.where(np.isfinite(depth)[..., None], exact.astype(np.float32) - drawn, np.float32(0))
                errors.append(float((lacking[np.isfinite(depth)] ** 2).mean()))
                which, column, row, size = _middles(scene, view, depth)
                missing[which] += size[:, None] * cv2.blur(lacking, (3, 3))[row, column]
                weight[which] += size
        told(float(np.mean(errors)))
        change = step * missing / np.maximum(weight, 1e-9)[:, None] / 255
        colour = np.clip(0.5 + C0 * scene.sh_dc + change, -_BEYOND, 1 + _BEYOND)
        scene = replace(scene, sh_dc=((colour - 0.5) / C0).astype(np.float32))
    return scene


def _middles(
    scene: SplatScene, view: View, depth: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """The splats whose middles are seen, the pixels they are in, and how large a pixel is there, for a weight."""
    own = view.to_camera(scene.xyz)
    with np.errstate(divide="ignore", invalid="ignore"):
        column = np.floor(own[:, 0] / own[:, 2] * view.focal_px + view.width_px / 2)
        row = np.floor(own[:, 1] / own[:, 2] * view.focal_px + view.height_px / 2)
    inside = (own[:, 2] > view.near) & (column >= 0) & (row >= 0) & (column < view.width_px) & (row < view.height_px)
    which = np.flatnonzero(inside)
    columns, rows = column[which].astype(np.intp), row[which].astype(np.intp)
    seen = np.abs(depth[rows, columns] - own[which, 2]) < _NEAR_M
    which, columns, rows = which[seen], columns[seen], rows[seen]
    return which, columns, rows, (view.focal_px / own[which, 2]) ** 2
