"""Fewer splats, each larger, for pictures that have to be quick."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.prepared import Placed, PreparedSplats


class Thinned:
    """One of `step` splats of each scene, enlarged so that surfaces stay closed. With `step` 1 all, as they are.

    Files have splats in the order of where they are, so the sample is even. Each is larger by the fourth root of the
    step: enough to close most gaps, not enough to blur edges (measured against the whole picture, on several scenes).
    """

    def __init__(self, splats: PreparedSplats, step: int) -> None:
        self.whole, self.step = splats, step
        self.splats = splats if step == 1 else _thinned(splats, step)
        self._kept_of: NDArray[np.int32] | None = None
        self._kept: NDArray[np.int32] | None = None

    def kept(self, kept: NDArray[np.int32] | None) -> NDArray[np.int32] | None:
        """Which of the sample are among the indices `kept` of the whole; None: all."""
        if kept is None or self.step == 1:
            return kept
        if kept is not self._kept_of:
            self._kept_of, self._kept = kept, self._sample_of(kept)
        return self._kept

    def _sample_of(self, kept: NDArray[np.int32]) -> NDArray[np.int32]:
        found, start, start_of_sample = [], 0, 0
        for one in self.whole.placed:
            end = start + len(one.scene)
            first, last = np.searchsorted(kept, (start, end))
            own = kept[first:last] - np.int32(start)
            found.append(own[own % self.step == 0] // self.step + np.int32(start_of_sample))
            start, start_of_sample = end, start_of_sample + -(-len(one.scene) // self.step)
        return np.concatenate(found).astype(np.int32)


def _thinned(splats: PreparedSplats, step: int) -> PreparedSplats:
    sample, start = [], 0
    for one in splats.placed:
        sample.append(np.arange(start, start + len(one.scene), step))
        start += len(one.scene)
    which = np.concatenate(sample)
    return PreparedSplats(
        tuple(Placed(one.scene.take(slice(None, None, step)), one.placement) for one in splats.placed),
        splats.xyz[which],
        splats.covariance[which] * np.float32(step**0.5),
        splats.opacity[which],
        splats.antialiased[which],
    )
