"""Sorting by depth: the exact order of float32 numbers, by two radix passes of 16 bits."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

_LOW = np.uint32(0xFFFF)
_HALF = np.uint32(16)
_SIGN = np.uint32(31)
_MAGNITUDE = np.uint32(0x7FFFFFFF)
_LAST = np.uint32(0xFFFFFFFF)


@compiled()
def depths(xyz: Floats, forward: NDArray[np.float64], which: NDArray[np.int32], every: bool, found: Floats) -> None:
    """How far along `forward` the places are, in float64 and rounded once; `which` of them, or `every` one."""
    for n in range(len(found)):
        i = n if every else which[n]
        found[n] = np.float32(
            np.float64(xyz[i, 0]) * forward[0] + np.float64(xyz[i, 1]) * forward[1] + np.float64(xyz[i, 2]) * forward[2]
        )


@compiled()
def far_to_near(depth: Floats, names: NDArray[np.int32], every: bool) -> NDArray[np.int32]:
    """`names` (or, of `every` one, 0, 1, ...) by falling depth, equal depths in the order they came, NaN at the end."""
    count = len(depth)
    bits = depth.view(np.uint32)
    low, high = np.zeros(1 << 16, np.int32), np.zeros(1 << 16, np.int32)
    first, order = np.empty(count, np.uint64), np.empty(count, np.int32)
    keys = np.empty(count, np.uint32)
    for n in range(count):
        key = bits[n]
        if depth[n] == 0:
            key = np.uint32(0)  # also what is -0
        # Rising keys for falling numbers: of positive ones the magnitude is turned round, negative ones fall already.
        key = np.uint32(key if key >> _SIGN else key ^ _MAGNITUDE)
        if depth[n] != depth[n]:
            key = _LAST
        keys[n] = key
        low[key & _LOW] += 1
        high[key >> _HALF] += 1
    below, above = 0, 0
    for digit in range(1 << 16):
        low[digit], below = below, below + low[digit]
        high[digit], above = above, above + high[digit]
    # The upper half travels with the name: looking it up again would be one more walk through all of memory.
    for n in range(count):
        key = keys[n]
        place = low[key & _LOW]
        low[key & _LOW] = place + 1
        name = n if every else names[n]
        first[place] = (np.uint64(key >> _HALF) << np.uint64(32)) | np.uint64(name)
    for n in range(count):
        digit = first[n] >> np.uint64(32)
        place = high[digit]
        high[digit] = place + 1
        order[place] = np.int32(first[n] & np.uint64(_LAST))
    return order
