"""What semi-global matching finds, as the network's first match.

At half size it is right in nine places of ten for the price of a twentieth of the network. What is left to the network
is what no classical method can: what one eye alone sees, what has no texture, thin things, edges.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import RunningRange, match
from depthview.engine.frames import Disparity, Image

CELL_PX = 4
"""The network's state has a value for every 4 x 4 pixels of the picture."""
COARSE_SEED_PX, FINE_SEED_PX = 2, 1
"""A seed has one for every 2 x 2, or for every pixel: a third fewer bad ones to begin with, in five times the time."""

_LEAST_KNOWN_SHARE = 0.05
"""Of all cells: with fewer the search has failed, and what it found is chance."""

Cells = NDArray[np.float32]
"""(1, 1, H / 4, W / 4) float32: one value a cell, as the graphs have it; disparities in cells, not in pixels."""


class Seeder:
    """Seeds of a running video; the search range is measured now and again, as semi-global matching alone does."""

    def __init__(self) -> None:
        self._range = RunningRange()

    def forget(self) -> None:
        """The next pair is of another scene, or its eyes are exchanged: its range is measured anew."""
        self._range = RunningRange()

    def seed(self, left: Image, right: Image, content_hw: tuple[int, int], seed_px: int = COARSE_SEED_PX) -> Disparity:
        """(H / seed_px, W / seed_px) float32 disparity in pixels of the (H, W, 3) pictures; NaN unknown.

        H and W are multiples of `seed_px`. What lies outside `content_hw` (top left) is padding: unknown.
        """
        seed = np.full((left.shape[0] // seed_px, left.shape[1] // seed_px), np.nan, np.float32)
        height, width = (-(-n // seed_px) for n in content_hw)
        eyes = [_reduced(eye[: height * seed_px, : width * seed_px], seed_px) for eye in (left, right)]
        lowest, highest = self._range.of(eyes[0], eyes[1])
        seed[:height, :width] = match(eyes[0], eyes[1], lowest, highest) * np.float32(seed_px)
        return seed


def fused(seed_px: Disparity, first: Cells, first_sure: Cells) -> tuple[Cells, Cells]:
    """The seed as the network's first match and how sure it is: 1 to 2, by the share of the cell that is known.

    A cell takes the mean of its known seeds; holes are bridged. Where nearly nothing is known the network's own first
    match and its sureness (0..1) stay.
    """
    height, width = first.shape[2:]
    per_cell = seed_px.shape[0] // height
    blocks = seed_px.reshape(height, per_cell, width, per_cell)
    known = np.isfinite(blocks)
    count = known.sum((1, 3), dtype=np.float32)
    total = np.where(known, blocks, np.float32(0)).sum((1, 3), dtype=np.float32)
    some = count > 0
    if some.mean() <= _LEAST_KNOWN_SHARE:
        return first, first_sure
    mean_cells = total / np.maximum(count, np.float32(1)) / np.float32(CELL_PX)
    sure = (1 + count / np.float32(per_cell**2)).astype(np.float32)
    return _bridged(mean_cells, some)[None, None], sure[None, None]


def _bridged(cells: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w): unknown cells take the farther of the nearest known ones on either side of their row.

    What one eye alone sees belongs to what is behind. A row that knows nothing takes the median of all that is known.
    """
    width = cells.shape[1]
    columns = np.arange(width)
    before = np.maximum.accumulate(np.where(known, columns, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, width)[:, ::-1], axis=1)[:, ::-1]
    from_before = np.where(before >= 0, np.take_along_axis(cells, np.maximum(before, 0), 1), np.inf)
    from_after = np.where(after < width, np.take_along_axis(cells, np.minimum(after, width - 1), 1), np.inf)
    filled = np.minimum(from_before, from_after)
    # The lower of two middle values, as in training.
    middle = np.quantile(cells[known], 0.5, method="lower")
    filled[~np.isfinite(filled)] = middle
    return np.where(known, cells, filled).astype(np.float32)


def _reduced(eye: Image, seed_px: int) -> Image:
    if seed_px == 1:
        return np.ascontiguousarray(eye)
    size = (eye.shape[1] // seed_px, eye.shape[0] // seed_px)
    return cv2.resize(eye, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
