"""What a panorama's pane asks of whatever draws its scene."""

import math
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtGui import QImage

from depthview.engine.panorama.scene.colours import SceneColours
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight

QUICK_S = 0.045
"""For a picture while one moves: with what else there is to do, twenty of them in a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What is drawn of a scene and how.

    `top` is the least y that is shown, `front_only` hides what is seen from behind, `point_size` 1 just closes the
    surface.
    """

    sight: Sight
    pixel_ratio: float = 1.0
    point_size: float = 1.0
    top: float = -math.inf
    front_only: bool = False


class Drawing(Protocol):
    """The drawing of one scene. `draw_some` again and again until it is `complete`; `begin` when the look changed."""

    @property
    def complete(self) -> bool:
        """Whether the last picture shows everything."""

    def begin(self) -> None:
        """What was drawn is not what is to be seen any more."""

    def set_colours(self, colours: SceneColours) -> None: ...

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        """A quick picture at first; then what takes no longer, behind the scenes (None), and at last all of it."""

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        """The whole picture, however long it takes. None without OpenGL."""

    def leave(self, scene: OffscreenScene) -> None:
        """Give back what the scene holds of this drawing."""
