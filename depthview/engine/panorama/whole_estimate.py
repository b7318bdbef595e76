"""What a network says of a whole panorama at once."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.depth import MEASURED
from depthview.engine.frames import Meaning, Values
from depthview.engine.sphere import surrounded


@dataclass(frozen=True, slots=True)
class WholeEstimate:
    """`range`: (h, w) float32 along the ray, at the network's own size, NaN unknown; in metres where `meaning` says so.

    `estimate_s` are the seconds that the network itself took. `needs_level`: it has only seen cameras held level.
    """

    range: Values
    meaning: Meaning
    model: str
    provider: str
    estimate_s: float
    needs_level: bool = False

    @property
    def has_metres(self) -> bool:
        """Whether the network says metres; nobody has measured them."""
        return self.meaning in MEASURED

    @property
    def log_range(self) -> Values:
        """(h, w) float32: the natural logarithm; NaN unknown."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.range > 0, np.log(self.range), np.float32(np.nan)).astype(np.float32)


def resized(grid: Values, size_hw: tuple[int, int]) -> NDArray[np.float32]:
    """(H, W) float32: the grid at another size, smoothly, past the wrap and across the poles; NaN near NaN."""
    if grid.shape == size_hw:
        return grid.copy()
    height, width = size_hw
    column = (np.arange(width, dtype=np.float32) + np.float32(0.5)) * np.float32(grid.shape[1] / width)
    row = (np.arange(height, dtype=np.float32) + np.float32(0.5)) * np.float32(grid.shape[0] / height)
    margin = 2
    places = (np.broadcast_to(part + np.float32(margin - 0.5), size_hw).copy() for part in (column, row[:, None]))
    return np.asarray(cv2.remap(surrounded(grid, margin), *places, cv2.INTER_CUBIC), np.float32)
