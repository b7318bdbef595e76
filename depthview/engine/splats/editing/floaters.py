"""Floaters: splats that hang alone in the air, where training left them."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.progress import StopToken
from depthview.engine.splats.editing.neighbours import neighbours
from depthview.engine.splats.scene import Floats

_FARTHER = 4.0
_NEIGHBOURS = 8
_REACH = 1.5
"""In standard deviations: what is seen of two splats touches where they are no farther apart than both reach."""


def floaters(xyz: Floats, size: Floats, stop: StopToken | None = None) -> NDArray[np.bool_]:
    """(N,): which splats hang alone: between them and their neighbours is four times the scene's usual distance, and
    more than their own size.

    `xyz` (N, 3), finite; `size` (N,) the longest standard deviation. The neighbours are the eight nearest, so that some
    few that hang together are floaters too. What is large enough to reach its neighbours hangs nowhere: a background
    stays, whose splats are few and large. Two seconds for 500 000 splats. Raises Stopped soon after `stop` was set.
    """
    if len(xyz) <= _NEIGHBOURS:
        return np.zeros(len(xyz), np.bool_)
    distance, index = neighbours(xyz, _NEIGHBOURS, stop)
    far = distance[:, -1]
    with np.errstate(all="ignore"):  # what has no size floats nowhere
        gap = far - np.float32(_REACH) * (size + np.median(size[index], axis=1))
    return np.asarray(gap > np.maximum(size, _FARTHER * np.median(far)))
