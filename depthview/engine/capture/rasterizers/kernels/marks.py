"""Gaussians on the picture: what is known of each, and which tiles they reach at most."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

_FAINTEST = math.log(255)


@compiled()
def mark(
    middle: Floats,
    spread: Floats,
    log_opacity: Floats,
    colour: Floats,
    depth: Floats,
    near: float,
    width: int,
    height: int,
    tile: int,
    marks: Any,
    boxes: NDArray[np.int16],
    names: NDArray[np.int32],
    radii: Floats,
) -> int:
    """Of the Gaussians that reach a pixel: their marks, tiles of `tile` px and indices, as they come; how many.

    `middle` (N, 2) px; `spread` (4, N): xx, xy, yy and the determinant, with the low-pass; `log_opacity`, `depth` (N,);
    `colour` (N, 3). `radii` (N,): three standard deviations, or 0. What is not finite reaches no pixel.
    """
    found = 0
    for n in range(len(middle)):
        radii[n] = 0
        reach = 2 * (np.float64(log_opacity[n]) + _FAINTEST)
        xx, xy, yy = np.float64(spread[0, n]), np.float64(spread[1, n]), np.float64(spread[2, n])
        determinant = np.float64(spread[3, n])
        sound = math.isfinite(colour[n, 0]) and math.isfinite(colour[n, 1]) and math.isfinite(colour[n, 2])
        sound = (
            sound and math.isfinite(xx) and math.isfinite(yy) and math.isfinite(determinant) and math.isfinite(reach)
        )
        if not (sound and reach >= 0 and depth[n] > near and depth[n] < math.inf):
            continue
        half_width, half_height = math.sqrt(reach * xx), math.sqrt(reach * yy)
        x, y = np.float64(middle[n, 0]) - 0.5, np.float64(middle[n, 1]) - 0.5
        if not (-half_width <= x <= width - 1 + half_width and -half_height <= y <= height - 1 + half_height):
            continue
        left, right = math.ceil(max(x - half_width, 0.0)), math.floor(min(x + half_width, width - 1.0))
        top, bottom = math.ceil(max(y - half_height, 0.0)), math.floor(min(y + half_height, height - 1.0))
        if left > right or top > bottom:
            continue
        boxes[found, 0], boxes[found, 1] = left // tile, right // tile
        boxes[found, 2], boxes[found, 3] = top // tile, bottom // tile
        one = marks[found]
        one.x, one.y = x, y
        one.slant = xy / yy
        one.narrow, one.flat = math.sqrt(yy / determinant / 2), math.sqrt(1 / yy / 2)
        one.faint = -log_opacity[n]
        one.half_width, one.half_height = half_width, half_height
        one.red, one.green, one.blue = colour[n, 0], colour[n, 1], colour[n, 2]
        one.depth = depth[n]
        names[found] = n
        half = (xx + yy) / 2
        radii[n] = 3 * math.sqrt(half + math.sqrt(max(half * half - determinant, 0.0)))
        found += 1
    return found
