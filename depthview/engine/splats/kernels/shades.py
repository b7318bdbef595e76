"""Colours of splats as one eye sees them: real spherical harmonics up to degree 4.

The order and the signs are those of `spherical_harmonics.basis`, which tests hold this against.
"""

import math

import numpy as np
from numba import boolean, float32, float64, int32, int64
from numpy.typing import NDArray

from depthview.engine.compiled import compiled, strided
from depthview.engine.splats.scene import Floats
from depthview.engine.splats.spherical_harmonics import C0, C1, C2, C3, C4

_ROWS = strided(np.float32, 2)


@compiled(
    *(int32[::1], boolean, int64, _ROWS, _ROWS, strided(np.float32, 3), int64, float64[::1]),
    float32[:, :],
)
def shade(
    which: NDArray[np.int32],
    every: bool,
    first: int,
    xyz: Floats,
    sh_dc: Floats,
    sh_rest: Floats,
    coefficients: int,
    eye: NDArray[np.float64],
    found: Floats,
) -> None:
    """Fill (M, 3) `found`, at least 0, with the colours of the splats `which`, or of `every` one.

    The scene's own numbers begin with the index `first`; others of `which` are left alone. `eye` in the scene's axes.
    """
    zero, half, c0 = np.float32(0), np.float32(0.5), np.float32(C0)
    v = np.zeros(24, np.float32)
    for n in range(len(found)):
        i = n if every else which[n] - first
        if i < 0 or i >= len(xyz):
            continue
        red, green, blue = half + c0 * sh_dc[i, 0], half + c0 * sh_dc[i, 1], half + c0 * sh_dc[i, 2]
        if coefficients:
            dx, dy, dz = xyz[i, 0] - eye[0], xyz[i, 1] - eye[1], xyz[i, 2] - eye[2]
            away = math.sqrt(dx * dx + dy * dy + dz * dz)
            x, y, z = np.float32(dx / away), np.float32(dy / away), np.float32(dz / away)
            v[0], v[1], v[2] = -np.float32(C1) * y, np.float32(C1) * z, -np.float32(C1) * x
            xx, yy, zz = x * x, y * y, z * z
            if coefficients > 3:
                v[3] = np.float32(C2[0]) * x * y
                v[4] = -np.float32(C2[1]) * y * z
                v[5] = np.float32(C2[2]) * (np.float32(2) * zz - xx - yy)
                v[6] = -np.float32(C2[3]) * x * z
                v[7] = np.float32(C2[4]) * (xx - yy)
            if coefficients > 8:
                three, four = np.float32(3), np.float32(4)
                v[8] = -np.float32(C3[0]) * y * (three * xx - yy)
                v[9] = np.float32(C3[1]) * x * y * z
                v[10] = -np.float32(C3[2]) * y * (four * zz - xx - yy)
                v[11] = np.float32(C3[3]) * z * (np.float32(2) * zz - three * xx - three * yy)
                v[12] = -np.float32(C3[4]) * x * (four * zz - xx - yy)
                v[13] = np.float32(C3[5]) * z * (xx - yy)
                v[14] = -np.float32(C3[6]) * x * (xx - three * yy)
            if coefficients > 15:
                one, three, seven = np.float32(1), np.float32(3), np.float32(7)
                v[15] = np.float32(C4[0]) * x * y * (xx - yy)
                v[16] = -np.float32(C4[1]) * y * z * (three * xx - yy)
                v[17] = np.float32(C4[2]) * x * y * (seven * zz - one)
                v[18] = -np.float32(C4[3]) * y * z * (seven * zz - three)
                v[19] = np.float32(C4[4]) * (zz * (np.float32(35) * zz - np.float32(30)) + three)
                v[20] = -np.float32(C4[5]) * x * z * (seven * zz - three)
                v[21] = np.float32(C4[6]) * (xx - yy) * (seven * zz - one)
                v[22] = -np.float32(C4[7]) * x * z * (xx - three * yy)
                v[23] = np.float32(C4[8]) * (xx * (xx - three * yy) - yy * (three * xx - yy))
            for k in range(coefficients):
                red += v[k] * sh_rest[i, k, 0]
                green += v[k] * sh_rest[i, k, 1]
                blue += v[k] * sh_rest[i, k, 2]
        # What is not a finite number is black.
        found[n, 0] = red if zero < red < np.inf else zero
        found[n, 1] = green if zero < green < np.inf else zero
        found[n, 2] = blue if zero < blue < np.inf else zero
