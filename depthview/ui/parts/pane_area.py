"""Panes side by side that a person can drag, hide and maximise, and that come back the next time as they were left."""

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMainWindow, QWidget

from depthview.ui.parts.pane import Pane


class PaneArea(QMainWindow):
    """A workspace's panes, as docks. Each workspace says in `_place_panes` and `_share_out` where they stand at first.

    `main` is the pane that is meant where none is pointed at.
    """

    _STATE_VERSION = 1

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowFlags(Qt.WindowType.Widget)  # a QMainWindow is a window of its own unless told otherwise
        self.setDockNestingEnabled(True)
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AnimatedDocks)
        self.panes: tuple[Pane, ...] = ()
        self.main: Pane | None = None
        self._maximised: tuple[Pane, list[Pane]] | None = None
        self._sized = False

    def hold(self, panes: tuple[Pane, ...], main: Pane) -> None:
        """Hold these panes from now on, each in its place."""
        self.panes, self.main = panes, main
        for pane in panes:
            pane.maximise_wanted.connect(lambda p=pane: self.toggle_maximised(p))
        self.arrange()

    def arrange(self) -> None:
        """Everything back in its place."""
        self._maximised = None
        for pane in self.panes:
            self.removeDockWidget(pane)
        self._place_panes()
        for pane in self.panes:
            pane.setVisible(self._opens(pane))
        self._share_out()

    def _opens(self, _pane: Pane) -> bool:
        """Whether it is to be seen at first."""
        return True

    def _place_panes(self) -> None:
        raise NotImplementedError

    def _share_out(self) -> None:
        raise NotImplementedError

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._sized:
            self._sized = True  # docks take their shares only once there is a size to share
            self._share_out()

    def toggle_maximised(self, pane: Pane) -> None:
        """Let `pane` fill the area, or bring back the others."""
        if self._maximised is not None:
            _pane, hidden = self._maximised
            self._maximised = None
            for other in hidden:
                other.show()
            return
        hidden = [other for other in self.panes if other is not pane and not other.isHidden()]
        if hidden:
            self._maximised = (pane, hidden)
            for other in hidden:
                other.hide()

    def save_state(self) -> QByteArray:
        if self._maximised is not None:
            self.toggle_maximised(self._maximised[0])
        return self.saveState(self._STATE_VERSION)

    def restore_state(self, state: QByteArray) -> None:
        if not state.isEmpty():
            self._sized = self.restoreState(state, self._STATE_VERSION)

    def pane_under_mouse(self) -> Pane | None:
        """The pane that the mouse is over, else the main one."""
        return next((pane for pane in self.panes if pane.isVisible() and pane.underMouse()), self.main)
