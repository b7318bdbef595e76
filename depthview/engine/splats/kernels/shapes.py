"""Where splats are in the world and how they spread, out of the numbers as they were trained."""

import math

import numpy as np
from numba import float32, float64
from numpy.typing import NDArray

from depthview.engine.compiled import compiled, strided
from depthview.engine.splats.scene import Floats

_ROWS, _NUMBERS = strided(np.float32, 2), strided(np.float32, 1)


@compiled(
    *(_ROWS, _ROWS, _ROWS, _NUMBERS, _ROWS),
    *(float64[:, ::1], float64, float64[::1], float64),
    *(float32[:, ::1], float32[:, ::1], float32[::1]),
)
def place(
    xyz: Floats,
    log_scale: Floats,
    rotation: Floats,
    opacity_logit: Floats,
    sh_dc: Floats,
    turn: NDArray[np.float64],
    scale: float,
    shift: NDArray[np.float64],
    size_factor: float,
    places: Floats,
    covariance: Floats,
    opacity: Floats,
) -> None:
    """Fill (N, 3) places, (N, 6) R S S R^T as xx, xy, xz, yy, yz, zz and (N,) opacities; 0 where not all is finite.

    World = scale * turn @ local + shift; every splat larger by `size_factor`.
    """
    half = np.empty((3, 3))
    for n in range(len(xyz)):
        w, x = np.float64(rotation[n, 0]), np.float64(rotation[n, 1])
        y, z = np.float64(rotation[n, 2]), np.float64(rotation[n, 3])
        length = math.sqrt(w * w + x * x + y * y + z * z)
        w, x, y, z = w / length, x / length, y / length, z / length
        own = (
            (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
            (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
            (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
        )
        for k in range(3):
            deviation = math.exp(np.float64(log_scale[n, k])) * scale * size_factor
            for j in range(3):
                half[j, k] = (turn[j, 0] * own[0][k] + turn[j, 1] * own[1][k] + turn[j, 2] * own[2][k]) * deviation
        sound = True
        slot = 0
        for j in range(3):
            places[n, j] = np.float32(
                scale * (turn[j, 0] * xyz[n, 0] + turn[j, 1] * xyz[n, 1] + turn[j, 2] * xyz[n, 2]) + shift[j]
            )
            sound = sound and math.isfinite(places[n, j]) and math.isfinite(sh_dc[n, j])
            for k in range(j, 3):
                spread = np.float32(half[j, 0] * half[k, 0] + half[j, 1] * half[k, 1] + half[j, 2] * half[k, 2])
                covariance[n, slot] = spread
                sound = sound and math.isfinite(spread)
                slot += 1
        shown = np.float32(1 / (1 + math.exp(-np.float64(opacity_logit[n]))))
        opacity[n] = shown
        if not (sound and math.isfinite(shown)):
            places[n] = 0
            covariance[n] = 0
            opacity[n] = 0
