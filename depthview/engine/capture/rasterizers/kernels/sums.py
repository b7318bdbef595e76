"""From the slots of the tiles to the gradients of the Gaussians."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats


@compiled()
def gather(
    starts: NDArray[np.int64], stops: NDArray[np.int64], listed: NDArray[np.int32], slots: Floats, sums: Floats
) -> None:
    """Add the slots of every row of `sums` (M, `SLOT`), tile after tile."""
    for t in range(len(stops)):
        for place in range(starts[t], stops[t]):
            row = listed[place]
            for k in range(sums.shape[1]):
                sums[row, k] += slots[place, k]


@compiled()
def turn_back(
    marks: Any,
    names: NDArray[np.int32],
    sums: Floats,
    middle: Floats,
    spread: Floats,
    log_opacity: Floats,
    colour: Floats,
) -> None:
    """From `sums` to the gradients by what `mark` was given; the rows of those not seen are left as they are.

    u and v in the sums are a fourth of what `MARK` says: power = 16 (u^2 + v^2).
    """
    for row in range(len(marks)):
        one, n = marks[row], names[row]
        s, s_u, s_v, s_uu, s_uv, s_vv = (
            sums[row, 0],
            sums[row, 1],
            sums[row, 2],
            sums[row, 3],
            sums[row, 4],
            sums[row, 5],
        )
        narrow, flat, slant = one.narrow, one.flat, one.slant
        yy = 1 / (2 * flat * flat)
        determinant = yy / (2 * narrow * narrow)
        to_slant = 32 * narrow / flat * s_uv
        log_opacity[n] = s
        middle[n, 0] = 8 * narrow * s_u
        middle[n, 1] = 8 * (flat * s_v - narrow * slant * s_u)
        spread[1, n] = to_slant / yy
        spread[2, n] = (16 * (s_vv - s_uu) - slant * to_slant) / yy
        spread[3, n] = 16 * s_uu / determinant
        for k in range(3):
            colour[n, k] = sums[row, 6 + k]
