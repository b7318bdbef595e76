"""What semi-global matching finds at half size, as the network's first match.

It is right in nine places of ten for the price of a twentieth of the network (measured, training/EXPERIMENTS). What is
left to the network is what no classical method can: what one eye alone sees, what has no texture, thin things, edges.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import RunningRange, match
from depthview.engine.frames import Disparity, Image

SEED_PX, CELL_PX = 2, 4
"""A seed has a value for every 2 x 2 pixels of the picture, the network's state one for every 4 x 4."""

Cells = NDArray[np.float32]
"""(1, 1, H / 4, W / 4) float32: one value a cell, as the graphs have it; disparities in cells, not in pixels."""


class Seeder:
    """Seeds of a running video; the search range is measured now and again, as semi-global matching alone does."""

    def __init__(self) -> None:
        self._range = RunningRange()

    def seed(self, left: Image, right: Image, content_hw: tuple[int, int]) -> Disparity:
        """(H / 2, W / 2) float32 disparity in pixels of the (H, W, 3) pictures; NaN unknown.

        H and W are even. What lies outside `content_hw` (top left) is padding: unknown.
        """
        seed = np.full((left.shape[0] // SEED_PX, left.shape[1] // SEED_PX), np.nan, np.float32)
        height, width = (-(-n // SEED_PX) for n in content_hw)
        halves = [_half_size(eye[: height * SEED_PX, : width * SEED_PX]) for eye in (left, right)]
        lowest, highest = self._range.of(halves[0], halves[1])
        seed[:height, :width] = match(halves[0], halves[1], lowest, highest) * np.float32(SEED_PX)
        return seed


def fused(seed_px: Disparity, first: Cells, first_sure: Cells) -> tuple[Cells, Cells]:
    """The network's own first match and its sureness (0..1), with the seed in its place wherever the seed is known.

    A cell takes the mean of its known seeds; its sureness is then 1 to 2, by the share of the cell that is known.
    """
    height, width = first.shape[2:]
    per_cell = CELL_PX // SEED_PX
    blocks = seed_px.reshape(height, per_cell, width, per_cell)
    known = np.isfinite(blocks)
    count = known.sum((1, 3), dtype=np.float32)
    total = np.where(known, blocks, np.float32(0)).sum((1, 3), dtype=np.float32)
    some = count > 0
    mean_cells = total / np.maximum(count, np.float32(1)) / np.float32(CELL_PX)
    seeded = np.where(some, mean_cells, first[0, 0]).astype(np.float32)
    sure = np.where(some, 1 + count / np.float32(per_cell**2), first_sure[0, 0]).astype(np.float32)
    return seeded[None, None], sure[None, None]


def _half_size(eye: Image) -> Image:
    size = (eye.shape[1] // SEED_PX, eye.shape[0] // SEED_PX)
    return cv2.resize(eye, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
