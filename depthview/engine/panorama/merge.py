"""From what single views say to one range for every direction, without seams.

notes/panorama.md 2.4: the views' levels are joined where they overlap, their slopes are averaged, and the surface with
those slopes is found in closed form.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.poisson import solve_screened
from depthview.engine.panorama.sphere import directions
from depthview.engine.panorama.view_depth import ViewDepth

SCREEN_DEG = 22.0
"""Over how wide an angle the average of the views holds the surface. Within it their slopes decide."""


def merged_log_range(
    depths: Sequence[ViewDepth],
    scales: NDArray[np.float64],
    size_hw: tuple[int, int],
    weights: NDArray[np.float64] | None = None,
) -> tuple[Values, NDArray[np.bool_]]:
    """(H, W) float32, the natural logarithm of the range in every direction, and where any view knows it.

    `scales` is added to each view's own; `weights` says how much each view counts (None: alike). Where no view knows,
    the surface is filled in smoothly.
    """
    levels = _Average(size_hw)
    across, down = _Average(size_hw), _Average((size_hw[0] - 1, size_hw[1]))
    towards = directions(size_hw)
    counts = np.ones(len(depths)) if weights is None else weights
    for depth, scale, count in zip(depths, scales, counts, strict=True):
        log_range, weight = depth.log_range(towards)
        weight *= np.float32(count)
        levels.add(log_range + np.float32(scale), weight)
        across.add(np.roll(log_range, -1, axis=1) - log_range, np.minimum(weight, np.roll(weight, -1, axis=1)))
        down.add(log_range[1:] - log_range[:-1], np.minimum(weight[1:], weight[:-1]))
    level = levels.result()
    known = np.isfinite(level)
    level[~known] = np.mean(level, where=known) if known.any() else 0.0
    screening = (360 / size_hw[1] / SCREEN_DEG) ** 2
    return solve_screened(level, across.result(), down.result(), screening), known


class _Average:
    """A weighted mean of each pixel, of what comes one after another; what is NaN does not count."""

    def __init__(self, size_hw: tuple[int, int]) -> None:
        self._sum = np.zeros(size_hw, np.float32)
        self._weight = np.zeros(size_hw, np.float32)

    def add(self, values: NDArray[np.float32], weight: NDArray[np.float32]) -> None:
        known = np.isfinite(values)
        self._sum += np.where(known, values * weight, np.float32(0))
        self._weight += np.where(known, weight, np.float32(0))

    def result(self) -> NDArray[np.float32]:
        """NaN where nothing counted."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._sum / self._weight
