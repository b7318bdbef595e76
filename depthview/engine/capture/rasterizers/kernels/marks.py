"""Gaussians on the picture: what is known of each, and which tiles they reach. `marks` (M,) of `MARK`, far to near."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

MARK = np.dtype(
    [
        ("x", np.float32),  # px, so that a pixel's own middle is at its whole number
        ("y", np.float32),
        ("slant", np.float32),  # how far the middle of a row shifts to the right from row to row
        ("narrow", np.float32),  # power = (narrow u)^2 + (flat v)^2, u px right of its row's middle, v px below
        ("flat", np.float32),
        ("faint", np.float32),  # -ln(opacity): it covers exp(-(power + faint))
        ("half_width", np.float32),  # px to the right and to the left that it reaches, where it covers a 255th
        ("half_height", np.float32),
        ("red", np.float32),
        ("green", np.float32),
        ("blue", np.float32),
    ]
)
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
    depths: Floats,
    radii: Floats,
) -> int:
    """Of the Gaussians that reach a pixel: their marks, tiles of `tile` px, indices and depths, as they come; how many.

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
        names[found], depths[found] = n, depth[n]
        half = (xx + yy) / 2
        radii[n] = 3 * math.sqrt(half + math.sqrt(max(half * half - determinant, 0.0)))
        found += 1
    return found


@compiled()
def count(last: int, most: int, boxes: NDArray[np.int16], across: int, down: int, starts: NDArray[np.int64]) -> int:
    """How many Gaussians each tile may have, taken from the row `last` - 1 downwards, not many more than `most` in all.

    Returns the row where it stopped. `starts` (tiles + 1,): where each tile's list is to begin.
    """
    change = np.zeros((down + 1, across + 1), np.int64)
    total, row = 0, last
    while row > 0 and total < most:
        row -= 1
        left, right, top, bottom = boxes[row, 0], boxes[row, 1] + 1, boxes[row, 2], boxes[row, 3] + 1
        change[top, left] += 1
        change[top, right] -= 1
        change[bottom, left] -= 1
        change[bottom, right] += 1
        total += (right - left) * (bottom - top)
    starts[0] = 0
    for y in range(down):
        along = 0
        for x in range(across):
            along += change[y, x]
            change[y, x] = along + (change[y - 1, x] if y else 0)
            tile = y * across + x
            starts[tile + 1] = starts[tile] + change[y, x]
    return row
