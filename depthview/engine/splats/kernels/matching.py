"""Pairs that share no member: the compiled part of `editing.decimation`."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled


@compiled()
def matched(one: NDArray[np.int32], other: NDArray[np.int32], count: int, most: int) -> NDArray[np.int64]:
    """Places of at most `most` pairs, the first first, that share no member; of `count` members."""
    free = np.ones(count, np.bool_)
    found = np.empty(most, np.int64)
    number = 0
    for place in range(len(one)):
        a, b = one[place], other[place]
        if number < most and free[a] and free[b]:
            free[a] = free[b] = False
            found[number] = place
            number += 1
    return found[:number]
