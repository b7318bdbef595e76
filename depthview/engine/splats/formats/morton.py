"""Splats in an order in which neighbours in space are neighbours in the file, so that what is packed together is alike.

Morton, A computer oriented geodetic data base and a new technique in file sequencing, 1966.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

_BITS = 21
_SPREADS = (
    (32, 0x001F00000000FFFF),
    (16, 0x001F0000FF0000FF),
    (8, 0x100F00F00F00F00F),
    (4, 0x10C30C30C30C30C3),
    (2, 0x1249249249249249),
)


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
        cell = np.where(finite, (values - least) / length, 0.0) * ((1 << _BITS) - 1)
        bits = cell.astype(np.uint64)
        for shift, mask in _SPREADS:
            bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
        key |= bits << np.uint64(axis)
    return np.argsort(key, kind="stable")
