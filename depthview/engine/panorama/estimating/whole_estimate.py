"""What a network says of a whole panorama at once."""

import math
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
    """(H, W) float32: the grid at another size, smoothly, past the wrap and across the poles; NaN near NaN.

    Both are twice as wide as high, and their widths have a common divisor of at least 8.
    """
    if grid.shape == size_hw:
        return grid.copy()
    # OpenCV knows neither the wrap nor the poles: it is given what lies beyond, as many whole pixels of either grid.
    common = math.gcd(grid.shape[1], size_hw[1])
    margin, cut = (side // common * 2 for side in (grid.shape[1], size_hw[1]))
    height, width = (side + 2 * cut for side in size_hw)
    found = cv2.resize(surrounded(grid, margin), (width, height), interpolation=cv2.INTER_LINEAR)
    # A mean over one of the grid's pixels takes the edges from the facets, and leaves planes as they are (OpenCV's
    # cubic interpolation does not: its ripples would be seen in the normals).
    smooth = np.ones(cut // margin // 2 * 2 + 1) / (cut // margin // 2 * 2 + 1)
    found = cv2.sepFilter2D(found, -1, smooth, smooth)
    return np.asarray(found[cut:-cut, cut:-cut], np.float32)
