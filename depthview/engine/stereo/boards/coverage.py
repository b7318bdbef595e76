"""Where in the pictures corners have been, how the board was held, and what is still missing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.boards.corners import Corners
from depthview.engine.stereo.boards.view import Advice, BoardView, turned_apart

Grid = NDArray[np.float32]

_COLUMNS = 12
_ENOUGH_CORNERS = 8
"""In a cell of the grid: more say nothing new of the lens there."""
_EDGE_SHARE = 0.25
_COVERED = 0.25
"""Of the cells within a quarter of the picture from one of its sides: lenses bend most there."""
_APART_DEG = 35.0
"""Between the boards turned farthest: the focal length follows from tilted boards (Zhang 2000)."""
_NEAR_SHARE, _FAR_SHARE = 0.5, 0.6
"""Of the picture's width or height: one board must span more than the first, and one less than the second."""
ENOUGH_VIEWS = 12
"""Rigs of 12 views of the real sets had the focal length of all views to 0.1 %, the baseline to 0.2 %; of 5, to
0.5 % and 1.2 % (the worst of six draws)."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """`left`, `right`: (h, w) float32, 0 to 1: how well each part of the eye's picture has been covered by corners.

    `turned_deg`, `tipped_deg`: by how much the boards differed in their tilt. `nearest`, `farthest`: the largest and
    the smallest share of the picture that a board spanned; 0 where there are no views. `views`: how many there are.
    """

    left: Grid
    right: Grid
    turned_deg: float
    tipped_deg: float
    nearest: float
    farthest: float
    views: int

    @classmethod
    def of(cls, views: tuple[BoardView, ...], size_hw: tuple[int, int]) -> "Coverage":
        left = _cells([view.left for view in views], size_hw)
        right = _cells([view.right for view in views], size_hw)
        turned, tipped = turned_apart(views)
        spans = [view.held.width_share for view in views if view.held is not None]
        return cls(left, right, turned, tipped, max(spans, default=0.0), min(spans, default=0.0), len(views))

    @property
    def missing(self) -> tuple[Advice, ...]:
        """What to show next, the most urgent first; empty when there is enough of everything."""
        if not self.views:
            return (Advice.SHOW,)
        worst = np.minimum(self.left, self.right)
        rows, columns = worst.shape
        band_h, band_w = max(1, round(rows * _EDGE_SHARE)), max(1, round(columns * _EDGE_SHARE))
        sides = {
            # Each eye's outer side need only be reached by that eye: nothing near is there for the other.
            Advice.LEFT: self.right[:, :band_w],
            Advice.RIGHT: self.left[:, -band_w:],
            Advice.UP: worst[:band_h],
            Advice.DOWN: worst[-band_h:],
        }
        bare = {advice: float((cells > 0).mean()) for advice, cells in sides.items()}
        found = [advice for advice in sorted(bare, key=bare.__getitem__) if bare[advice] < _COVERED]
        tilts = {Advice.TURN: self.turned_deg, Advice.TIP: self.tipped_deg}
        found += [advice for advice in sorted(tilts, key=tilts.__getitem__) if tilts[advice] < _APART_DEG]
        if self.nearest < _NEAR_SHARE:
            found.append(Advice.NEARER)
        if self.farthest > _FAR_SHARE:
            found.append(Advice.FARTHER)
        return tuple(found) or ((Advice.MOVE,) if self.views < ENOUGH_VIEWS else ())

    @property
    def share(self) -> float:
        """How much of the two pictures has been covered, 0 to 1."""
        return float((np.concatenate([self.left, self.right]) > 0).mean())

    @property
    def is_enough(self) -> bool:
        return self.views >= ENOUGH_VIEWS and not self.missing


def _cells(of_views: list[Corners | None], size_hw: tuple[int, int]) -> Grid:
    height, width = size_hw
    rows = max(1, round(_COLUMNS * height / width))
    counts = np.zeros((rows, _COLUMNS), np.float32)
    for corners in of_views:
        if corners is not None:
            row = np.clip(((corners.places[:, 1] + 0.5) / height * rows).astype(int), 0, rows - 1)
            column = np.clip(((corners.places[:, 0] + 0.5) / width * _COLUMNS).astype(int), 0, _COLUMNS - 1)
            np.add.at(counts, (row, column), 1)
    return np.minimum(1, counts / _ENOUGH_CORNERS, dtype=np.float32)
