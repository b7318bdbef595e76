"""Between the comparison and the live view: the picture at hand goes there, and the chosen setting comes back."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from depthview.engine.frames import StereoPair
from depthview.engine.models.library import ModelFamily
from depthview.ui.errands import Errands

if TYPE_CHECKING:
    from depthview.ui.live.workspace import LiveWorkspace
    from depthview.ui.models.compare_window import CompareWindow


class Comparing(QObject):
    """Opens the comparison's window when it is first wanted, and closes it with the main one."""

    def __init__(self, parent: QWidget, errands: Errands, workspace: "Callable[[], LiveWorkspace]") -> None:
        super().__init__(parent)
        self._parent, self._errands, self._workspace = parent, errands, workspace
        self.window: CompareWindow | None = None

    def show(self) -> None:
        """Bring the comparison to the front, with the models there are now."""
        from depthview.ui.models.compare_window import CompareWindow

        workspace = self._workspace()
        if self.window is None:
            self.window = CompareWindow(
                self._still_picture, workspace.models.open, workspace.session.lodge, self._errands, self._parent
            )
            self.window.setting_chosen.connect(workspace.inspector.models.choose)
        self._errands.run("compare-models", workspace.models.read, self._offer, lambda _error: None)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def cancel(self) -> None:
        """Close the comparison's window and tell what is under way to end."""
        if self.window is not None:
            self.window.close()

    def close(self, deadline: float) -> bool:
        """End what is under way before `deadline`, of time.monotonic(); True when nothing is left behind."""
        return self.window is None or self.window.shut_down(deadline)

    def _offer(self, families: tuple[ModelFamily, ...]) -> None:
        workspace = self._workspace()
        pair = workspace.view.depth.pair if workspace.view is not None else None
        eyes = 1 if pair is not None and pair.left is pair.right else 2
        if self.window is not None:
            chosen = workspace.session.settings.selection_for(eyes).model_id
            self.window.lists.offer(families, eyes=eyes, chosen=chosen)

    def _still_picture(self) -> tuple[str, StereoPair] | None:
        """What is on the screen. What plays is paused: it would take the time that is to be measured."""
        workspace = self._workspace()
        view, playback = workspace.view, workspace.session.playback
        if view is None or playback is None or playback.status.info is None:
            return None
        workspace.player.pause()
        return playback.status.info.title, view.depth.pair
