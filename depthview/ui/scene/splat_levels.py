"""Which splats matter most, for pictures that must be quick."""

import threading

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.prepared import PreparedSplats

MOST_LEVEL = 6
_SAMPLE = 10_000
_AT_ONCE = 1 << 18


class SplatLevels:
    """Level 0 are all splats, level 1 the more important half, level 2 the half of those, and so on to `MOST_LEVEL`.

    Important is what is large and little transparent. It is worked out in a thread; until then a level is every
    second one, every fourth and so on.
    """

    def __init__(self, splats: PreparedSplats) -> None:
        self._levels: NDArray[np.uint8] | None = None
        threading.Thread(target=self._work_out, args=(splats,), name="depthview-levels", daemon=True).start()

    def of_level(self, order: NDArray[np.int32], level: int) -> NDArray[np.int32]:
        """Those of an order that are of this level or a higher one, in that order."""
        if level == 0:
            return order
        return order[:: 1 << level] if self._levels is None else order[self._levels[order] >= level]

    def _work_out(self, splats: PreparedSplats) -> None:
        every = max(1, len(splats) // _SAMPLE)
        shares = 1 - 0.5 ** np.arange(1, MOST_LEVEL + 1)
        limits = np.quantile(_weight(splats, slice(None, None, every)), shares) if len(splats) else shares
        levels = np.empty(len(splats), np.uint8)
        for start in range(0, len(splats), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            levels[part] = np.searchsorted(limits, _weight(splats, part), side="right")
        self._levels = levels


def _weight(splats: PreparedSplats, part: slice) -> NDArray[np.float32]:
    """(n,) how much of a picture each may cover."""
    return splats.opacity[part] * splats.covariance[part][:, [0, 3, 5]].sum(axis=1)
