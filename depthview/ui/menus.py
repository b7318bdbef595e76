"""The menu bar: the action table in its place, and the lists that change: recent sources and cameras."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QMenu

from depthview.engine.errors import UserError
from depthview.ui import actions, theme
from depthview.ui.errands import Errands
from depthview.ui.speech import sentence
from depthview.ui.welcome import literal, spec_title, still_there

if TYPE_CHECKING:
    from depthview.engine.sources.cameras import CameraInfo

_SUBMENUS_BEFORE = {"quit": "file", "fit": "view"}
"""Sub-menus stand in front of these actions."""


class Menus(QObject):
    """Fills the menu bar of `window`. `spec_chosen` carries a recent source or a camera."""

    spec_chosen = Signal(object)

    def __init__(self, window: QMainWindow, by_name: dict[str, QAction], errands: Errands) -> None:
        super().__init__(window)
        self._by_name, self._errands = by_name, errands
        self._specs: tuple[tuple[str, ...], ...] = ()
        self._pane_toggles: list[QAction] = []
        self._menus = {name: window.menuBar().addMenu(actions.translated(title)) for name, title in actions.MENUS}
        for name, _parent, title in actions.SUBMENUS:
            self._menus[name] = QMenu(actions.translated(title), window)
        self._recents = QMenu(self.tr("Open again"), window)
        self._recents.aboutToShow.connect(self._list_recents)
        self._cameras = QMenu(self.tr("Open a camera"), window)
        self._cameras.setIcon(theme.icon("camera"))
        self._looking = False
        self._menus["file"].aboutToShow.connect(self._look_for_cameras)
        for spec in actions.ACTIONS:
            if spec.name in _SUBMENUS_BEFORE:
                self._place_submenus(_SUBMENUS_BEFORE[spec.name])
            self._menus[spec.menu].addAction(by_name[spec.name])

    def show_recents(self, specs: tuple[tuple[str, ...], ...]) -> None:
        self._specs = specs

    def offer_panes(self, toggles: list[QAction]) -> None:
        """Let the View menu show and hide these panes, and no others."""
        if toggles == self._pane_toggles:
            return
        view = self._menus["view"]
        for toggle in self._pane_toggles:
            view.removeAction(toggle)
        self._pane_toggles = toggles
        view.insertActions(self._by_name["reset_layout"], toggles)

    def hide_empty(self) -> None:
        """No menu in which nothing stands that belongs to the place at hand."""
        for menu in self._menus.values():
            menu.menuAction().setVisible(any(entry.isVisible() for entry in menu.actions() if not entry.isSeparator()))

    def _place_submenus(self, parent: str) -> None:
        menu = self._menus[parent]
        if parent == "file":
            menu.addMenu(self._cameras)
            menu.addMenu(self._recents)
            menu.addSeparator()
        for name, place, _title in actions.SUBMENUS:
            if place == parent:
                menu.addMenu(self._menus[name])
        menu.addSeparator()

    def _list_recents(self) -> None:
        self._recents.clear()
        for spec in self._specs:
            entry = self._recents.addAction(literal(spec_title(spec)))
            entry.setToolTip("\n".join(spec))
            entry.setEnabled(still_there(spec))
            entry.triggered.connect(lambda _on=False, s=spec: self.spec_chosen.emit(s))
        if not self._specs:
            self._recents.addAction(self.tr("nothing yet")).setEnabled(False)

    def _look_for_cameras(self) -> None:
        """Drivers may take seconds to answer: the menu opens at once and says that it is looking."""
        if not self._looking:
            self._looking = True
            self._say_of_cameras(self.tr("looking for cameras…"))
            self._errands.run("cameras", _cameras, self._list_cameras, self._tell_no_cameras)

    def _tell_no_cameras(self, error: UserError) -> None:
        self._looking = False
        self._say_of_cameras(sentence(error))

    def _say_of_cameras(self, words: str) -> None:
        self._cameras.clear()
        self._cameras.addAction(literal(words)).setEnabled(False)

    def _list_cameras(self, cameras: "list[CameraInfo]") -> None:
        self._looking = False
        if not cameras:
            self._say_of_cameras(self.tr("no camera found: plug one in"))
            return
        choices: list[tuple[str, tuple[str, ...]]] = [
            (camera.name, (f"camera:{camera.identity}",)) for camera in cameras
        ]
        if len(cameras) >= 2:
            left, right = cameras[:2]
            both = self.tr("{left} and {right}, as left and right").format(left=left.name, right=right.name)
            choices.append((both, (f"camera:{left.identity}", f"camera:{right.identity}")))
        self._cameras.clear()
        for title, chosen in choices:
            entry = self._cameras.addAction(literal(title))
            entry.triggered.connect(lambda _on=False, s=chosen: self.spec_chosen.emit(s))


def _cameras() -> "list[CameraInfo]":
    from depthview.engine.sources.cameras import list_cameras

    return list(list_cameras())
