"""What semi-global matching finds, as the network's first match.

It is right in nine places of ten, to the pixel. What is left to the network is what no classical method can: what one
eye alone sees, what has no texture, and knowing what is wrong. Matching at half size costs a third of the time and
makes a third more wrong pixels, two thirds more on small pictures (EXPERIMENTS.md 15).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import RunningRange, match
from depthview.engine.frames import Disparity, DisparitySpan, Image

CELL_PX = 4
"""The network's state has a value for every 4 x 4 pixels of the picture."""
_LEAST_FOUND_SHARE = 0.05

Cells = NDArray[np.float32]
"""(1, 1, H / 4, W / 4) float32: one value a cell, as the graphs have it; disparities in cells, not in pixels."""


@dataclass(frozen=True, slots=True)
class Seed:
    """What matching found in a picture: (H, W) float32 `disparity_px` with its holes bridged, (H, W) bool `found`."""

    disparity_px: Disparity
    found: NDArray[np.bool_]

    @property
    def usable(self) -> bool:
        """Whether so much was found that it cannot be chance."""
        return bool(self.found.mean() > _LEAST_FOUND_SHARE)


class Seeder:
    """Seeds of a running video; the search range is measured now and again, as semi-global matching alone does."""

    def __init__(self) -> None:
        self._range = RunningRange()

    def forget(self) -> None:
        """The next pair is of another scene, or its eyes are exchanged: its range is measured anew."""
        self._range = RunningRange()

    def seed(self, left: Image, right: Image, content_hw: tuple[int, int], span: DisparitySpan | None = None) -> Seed:
        """The seed of two (H, W, 3) pictures, in whose pixels `span` is. Outside `content_hw` (top left) is padding:
        nothing is found there."""
        height, width = content_hw
        eyes = [np.ascontiguousarray(eye[:height, :width]) for eye in (left, right)]
        range_px = self._range.of(eyes[0], eyes[1], span)
        # Grey: on photo pairs as good as in colour (8.7 and 8.8 % wrong), in three quarters of the time.
        grey = [cv2.cvtColor(eye, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False) for eye in eyes]
        disparity_px = match(grey[0], grey[1], *range_px)
        found = np.isfinite(disparity_px)
        beyond = (0, left.shape[0] - height), (0, left.shape[1] - width)
        return Seed(np.pad(bridged(disparity_px, found), beyond, mode="edge"), np.pad(found, beyond))


def fused(seed: Seed) -> tuple[Cells, Cells]:
    """The seed as the network's first match and how sure it is: 1 to 2, by the share of the cell that was found.

    A cell takes the mean of what was found in it; holes are bridged.
    """
    height, width = (n // CELL_PX for n in seed.found.shape)
    found = seed.found.astype(np.float32)
    # By areas of whole pixels this is the mean, and many times faster than a sum over axes.
    share, mean = (
        cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA) for whole in (found, seed.disparity_px * found)
    )
    cells = (mean / np.maximum(share, 1e-3) / CELL_PX).astype(np.float32)
    return bridged(cells, share > 0)[None, None], (1 + share)[None, None].astype(np.float32)


def bridged(values: NDArray[np.float32], known: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(h, w): what is unknown takes the farther of the nearest known values on either side of its row.

    What one eye alone sees belongs to what is behind. A row that knows nothing takes the median of all that is known;
    where nothing at all is known all is 0.
    """
    if not known.any():
        return np.zeros_like(values)
    width = values.shape[1]
    columns = np.arange(width, dtype=np.int32)
    before = np.maximum.accumulate(np.where(known, columns, np.int32(-1)), axis=1)
    after = np.minimum.accumulate(np.where(known, columns, np.int32(width))[:, ::-1], axis=1)[:, ::-1]
    rows, holes = np.nonzero(~known)
    to_left, to_right = before[rows, holes], after[rows, holes]
    unknown = np.float32(np.inf)
    from_left = np.where(to_left >= 0, values[rows, np.maximum(to_left, 0)], unknown)
    from_right = np.where(to_right < width, values[rows, np.minimum(to_right, width - 1)], unknown)
    filled = np.minimum(from_left, from_right)
    nowhere = np.isinf(filled)
    if nowhere.any():  # the lower of two middle values, as in training
        filled[nowhere] = np.quantile(values[known], 0.5, method="lower")
    dense = values.astype(np.float32)
    dense[rows, holes] = filled
    return dense
