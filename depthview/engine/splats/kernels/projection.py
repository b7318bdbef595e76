"""From the world onto the screen, in float64: needles and near splats lose too much in float32.

Kerbl et al. 2023 after Zwicker et al. 2001; what makes up for the low-pass: Yu et al., Mip-Splatting, 2024.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

_LOW_PASS_PX2 = 0.3
_LEAST_ALPHA = 1 / 255
_WIDEST_TANGENT = 1.3
_FARTHEST_PX = 1e30
"""What is farther beside the picture is left out; float32 would not hold it."""


@compiled()
def project(
    which: NDArray[np.int32],
    every: bool,
    first: int,
    last: int,
    xyz: Floats,
    covariance: Floats,
    opacity: Floats,
    antialiased: NDArray[np.bool_],
    eye: NDArray[np.float64],
    axes: NDArray[np.float64],
    focal_px: float,
    width: int,
    height: int,
    near: float,
    far: float,
    parallel: bool,
    tile: int,
    marks: Any,
    boxes: NDArray[np.int16],
    names: NDArray[np.int32],
    depth: Floats,
) -> int:
    """Of the splats from `first` to `last` of `which` (or of `every` one), those that reach a pixel; how many.

    From the row `first` on are written: their `MARK`s (but for the colours), the tiles of `tile` px from which to which
    they reach (left, right, top, bottom), their indices, and their depths for sorting.
    """
    found = first
    widest, highest = _WIDEST_TANGENT * width / 2 / focal_px, _WIDEST_TANGENT * height / 2 / focal_px
    for n in range(first, last):
        i = n if every else which[n]
        solid = np.float64(opacity[i])
        if not solid >= _LEAST_ALPHA:
            continue
        dx, dy, dz = xyz[i, 0] - eye[0], xyz[i, 1] - eye[1], xyz[i, 2] - eye[2]
        z = axes[2, 0] * dx + axes[2, 1] * dy + axes[2, 2] * dz
        if not near < z < far:
            continue
        x = axes[0, 0] * dx + axes[0, 1] * dy + axes[0, 2] * dz
        y = axes[1, 0] * dx + axes[1, 1] * dy + axes[1, 2] * dz
        if parallel:
            scale, lean_x, lean_y = focal_px, 0.0, 0.0
            middle_x, middle_y = width / 2 + focal_px * x, height / 2 + focal_px * y
        else:
            scale, lean_x, lean_y = focal_px / z, x / z, y / z
            middle_x, middle_y = width / 2 + focal_px * lean_x, height / 2 + focal_px * lean_y
            lean_x, lean_y = min(max(lean_x, -widest), widest), min(max(lean_y, -highest), highest)
        # The rows of J R, by which the splat's spread is seen: C = (J R) Sigma (J R)^T.
        a0, b0 = scale * (axes[0, 0] - lean_x * axes[2, 0]), scale * (axes[1, 0] - lean_y * axes[2, 0])
        a1, b1 = scale * (axes[0, 1] - lean_x * axes[2, 1]), scale * (axes[1, 1] - lean_y * axes[2, 1])
        a2, b2 = scale * (axes[0, 2] - lean_x * axes[2, 2]), scale * (axes[1, 2] - lean_y * axes[2, 2])
        sxx, sxy, sxz = covariance[i, 0], covariance[i, 1], covariance[i, 2]
        syy, syz, szz = covariance[i, 3], covariance[i, 4], covariance[i, 5]
        a_x, a_y, a_z = sxx * a0 + sxy * a1 + sxz * a2, sxy * a0 + syy * a1 + syz * a2, sxz * a0 + syz * a1 + szz * a2
        b_x, b_y, b_z = sxx * b0 + sxy * b1 + sxz * b2, sxy * b0 + syy * b1 + syz * b2, sxz * b0 + syz * b1 + szz * b2
        xx, xy, yy = a0 * a_x + a1 * a_y + a2 * a_z, b0 * a_x + b1 * a_y + b2 * a_z, b0 * b_x + b1 * b_y + b2 * b_z
        # The determinant of a sum of squares: what rounding makes of it must not fall below.
        before = max(xx * yy - xy * xy, 0.0)
        after = before + _LOW_PASS_PX2 * (xx + yy) + _LOW_PASS_PX2 * _LOW_PASS_PX2
        if antialiased[i]:
            solid *= math.sqrt(before / after)
            if not solid >= _LEAST_ALPHA:
                continue
        xx, yy = xx + _LOW_PASS_PX2, yy + _LOW_PASS_PX2
        reach = 2 * math.log(solid / _LEAST_ALPHA)
        half_width, half_height = math.sqrt(reach * xx), math.sqrt(reach * yy)
        across, down = middle_x - 0.5, middle_y - 0.5
        # In float first: what is too large for a whole number must not become one.
        if not (across - half_width < width and across + half_width > -1 and abs(across) < _FARTHEST_PX):
            continue
        if not (down - half_height < height and down + half_height > -1 and abs(down) < _FARTHEST_PX):
            continue
        left, right = math.ceil(max(across - half_width, 0.0)), math.floor(min(across + half_width, width - 1.0))
        top, bottom = math.ceil(max(down - half_height, 0.0)), math.floor(min(down + half_height, height - 1.0))
        if left > right or top > bottom:
            continue
        boxes[found, 0], boxes[found, 1] = left // tile, right // tile
        boxes[found, 2], boxes[found, 3] = top // tile, bottom // tile
        mark = marks[found]
        mark.x, mark.y = across, down
        mark.slant = xy / yy
        mark.narrow, mark.flat = math.sqrt(yy / after / 2), math.sqrt(1 / yy / 2)
        mark.faint = -math.log(solid)
        mark.half_width, mark.half_height = min(half_width, _FARTHEST_PX), min(half_height, _FARTHEST_PX)
        mark.depth = z
        names[found] = i
        depth[found] = axes[2, 0] * xyz[i, 0] + axes[2, 1] * xyz[i, 1] + axes[2, 2] * xyz[i, 2]
        found += 1
    return found - first
