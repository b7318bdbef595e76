"""Floaters: splats that hang alone in the air, where training left them."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.editing.neighbours import neighbours
from depthview.engine.splats.scene import Floats

FARTHER = 4.0
NEIGHBOURS = 8
_REACH = 2.0
"""In standard deviations: so far a splat is seen to be."""
_DENSEST = 10
"""In percent: nothing is judged by neighbours that are nearer to each other than those of the densest tenth."""


def floaters(
    xyz: Floats, size: Floats | None = None, *, farther: float = FARTHER, count: int = NEIGHBOURS
) -> NDArray[np.bool_]:
    """(N,): which splats hang alone: `farther` times as far from their neighbours as those are from theirs.

    `xyz` (N, 3), finite; `size` (N,) the longest standard deviation: a large splat reaches its neighbours from afar.
    Neighbours are the `count` nearest, so that up to half as many that hang together are floaters too. It is each
    place's own density that counts: a thin background stays. Two seconds for 500 000 splats.
    Breunig et al., "LOF: identifying density-based local outliers", 2000.
    """
    if len(xyz) <= count:
        return np.zeros(len(xyz), np.bool_)
    distance, index = neighbours(xyz, count)
    far = distance[:, -1]
    usual = np.median(far[index], axis=1)
    gap = far if size is None else far - np.float32(_REACH) * size
    return np.asarray(gap > farther * np.maximum(usual, np.percentile(far, _DENSEST)))
