"""A curve that fills space: what are neighbours along it are near each other.

Morton, A computer oriented geodetic data base and a new technique in file sequencing, 1966.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

CELLS = 1 << 21
"""Along each axis."""
_SPREADS = (
    (32, 0x001F00000000FFFF),
    (16, 0x001F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)


def add_axis(key: NDArray[np.uint64], axis: int, cell: NDArray[np.uint64]) -> None:
    """Let the (N,) places `key` along the curve be in these cells, 0 to `CELLS` - 1, of an axis, 0 to 2."""
    for shift, mask in _SPREADS:
        cell = (cell | (cell << np.uint64(shift))) & np.uint64(mask)
    key |= cell << np.uint64(axis)


def morton_order(xyz: Floats) -> NDArray[np.intp]:
    """(N,) indices along the curve through the box of the finite (N, 3) places; others count as its corner."""
    key = np.zeros(len(xyz), np.uint64)
    for axis in range(3):
        values = xyz[:, axis].astype(np.float64)
        finite = np.isfinite(values)
        least = values.min(where=finite, initial=np.inf)
        length = values.max(where=finite, initial=-np.inf) - least
        if not length > 0:
            continue
        cell = np.where(finite, (values - least) / length, 0.0) * (CELLS - 1)
        add_axis(key, axis, cell.astype(np.uint64))
    return np.argsort(key, kind="stable")
