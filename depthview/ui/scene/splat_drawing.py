"""What the splats' pane asks of whatever draws them: OpenGL on a graphics card, the processor elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight

Ground = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Red, green, blue (0 to 1) of the upper border and of the lower one; they run into each other."""


def _fits(size_px: tuple[int, int], step: int) -> None:
    """Where no points are, nothing is to be made ready."""


@dataclass(frozen=True, slots=True, eq=False)
class SplatLook:
    """How splats are looked at. `degree`: of the spherical harmonics at most, None all; `as_points`: small dots.

    `ground`: what is behind everything, since light beyond white is cut off only where it meets its ground; None:
    nothing, the picture is transparent there. `fit(size_px, step)` makes opaque things ready for a picture of another
    size, for which one in `step` of their points is enough.
    """

    sight: Sight
    degree: int | None = None
    as_points: bool = False
    ground: Ground | None = None
    fit: Callable[[tuple[int, int], int], None] = _fits


class SplatDrawing(Protocol):
    """The drawing of splats together with all opaque props of the scene, which hide them and are hidden by them.

    `draw_some` again and again until it is `complete`; `begin` when the look changed. Pictures are premultiplied; the
    pane paints them over the same ground, so one that leaves it out is only not quite exact.
    """

    @property
    def shown(self) -> Sight | None:
        """What the last picture of `draw_some` saw, perhaps behind the hand; what is written over it follows it."""

    @property
    def complete(self) -> bool:
        """Whether the last picture shows everything, sorted and coloured for that look."""

    def show(self, splats: PreparedSplats, kept: NDArray[np.int32] | None = None) -> None:
        """Draw these from now on, of them only the indices `kept`."""

    def begin(self) -> None:
        """What was drawn is not what is to be seen any more."""

    def begin_beside(self) -> None:
        """What stands beside the splats is another: they may stay as they are until both can be shown."""

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        """A quick picture at first, perhaps coarser; then better ones, None where there is nothing new yet."""

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        """The whole picture, however long it takes. None without OpenGL."""

    def leave(self, scene: OffscreenScene) -> None:
        """Give back what the scene holds, and end threads."""
