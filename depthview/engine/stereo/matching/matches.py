"""Points that two eyes see alike: what order, rows, colours and shift are judged by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair

Points = NDArray[np.float64]
"""(N, 2): x, y in pixels of an eye, the first pixel's centre at 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """`left[i]` and `right[i]` show the same thing; `size_hw` is the eyes' size that both are measured in."""

    left: Points
    right: Points
    size_hw: tuple[int, int]

    def __len__(self) -> int:
        return len(self.left)

    @property
    def swapped(self) -> "Matches":
        """The same with the eyes the other way round."""
        return Matches(self.right, self.left, self.size_hw)


def find_matches(pair: StereoPair, *, largest_px: int = 640) -> Matches:
    """Matches of the eyes as they are: not rectified, in either order, of unequal exposure; wrong ones among them.

    Found on pictures at most `largest_px` long, told in pixels of the pair's own size.
    """
    raise NotImplementedError
