"""The window: menus, the address line, the problem line, the place at hand, the status bar."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

import depthview
from depthview.engine.errors import UserError
from depthview.engine.sources.names import left_first
from depthview.ui import actions, dialogs, geometry, settings, theme
from depthview.ui.address_bar import AddressBar
from depthview.ui.errands import Errands
from depthview.ui.fetching import Fetching
from depthview.ui.jobs import Jobs
from depthview.ui.keeping import Keeper
from depthview.ui.live.place import LivePlace
from depthview.ui.menus import Menus
from depthview.ui.opening import Opening, are_for_capture, is_for_splats
from depthview.ui.panorama.place import PanoramaPlace
from depthview.ui.place_bar import PlaceBar
from depthview.ui.places import Host, Place, Spec
from depthview.ui.problem_line import ProblemLine
from depthview.ui.remembered import Remembered
from depthview.ui.splats.place import SplatsPlace
from depthview.ui.status_line import StatusLine
from depthview.ui.welcome import lasting_spec, spec_title

_LARGEST, _SCREEN_SHARE = QSize(1600, 1000), 0.9
"""How large the window is the first time."""
QUIT_S = 1.6
"""For all that has to end, together. Quitting takes under two seconds."""
_MODEL_SUFFIX = ".onnx"
_EXPORT = "export_"
_EXPORT_KINDS = {"cloud": "ply", "depth": "png"}
"""The kinds of files whose actions are called otherwise than they are, after `export_`."""


class MainWindow(QMainWindow):
    """Opens what a person brings, at the place where it belongs."""

    def __init__(self, preferences: settings.Preferences | None = None) -> None:
        super().__init__()
        self.setWindowTitle("DepthView")
        self.setAcceptDrops(True)
        self.resize(_LARGEST.boundedTo(self.screen().availableSize() * _SCREEN_SHARE))
        self.remembered = Remembered(preferences or settings.load(), self)
        theme.choose(self.preferences.theme)
        self._follow_scheme()
        self.errands = Errands(self)
        self.keeper = Keeper(self)
        self.actions_by_name = by_name = actions.build_actions(self)
        self.jobs = Jobs(self.errands, self)
        host = Host(self, by_name, self.errands, self.jobs, self.keeper, lambda: self.preferences)
        self.live, self.panorama, self.splats = LivePlace(host), PanoramaPlace(host), SplatsPlace(host)
        self.places: tuple[Place, ...] = (self.live, self.panorama, self.splats)
        self.place: Place = self.live
        self._titled: Spec = ()
        actions.connect(by_name, self._handlers())
        self.problem = ProblemLine(self)
        self.opening = Opening(self.errands, self)
        self.opening.decided.connect(self._open_at)
        self.address = AddressBar(by_name["open"], [by_name[n] for n in ("swap", "shot_window", "inspector")], self)
        self.address.items_entered.connect(self.open_many)
        self.fetching = Fetching(self, self.errands, self._list_models_anew)
        self.menus = Menus(self, by_name, self.errands)
        self.menus.spec_chosen.connect(self.open)
        self.status = StatusLine(self)
        self.keeper.kept.connect(lambda text, folder: self.problem.show_news(text, folder=folder))
        self.keeper.made.connect(lambda text, folder: self.problem.show_done(text, folder=folder))
        self.keeper.failed.connect(self.problem.show_error)
        self.live.welcome.recent_chosen.connect(self.open)
        self.pages = QStackedWidget(self)
        self._lay_out()
        self.restoreGeometry(geometry.kept("geometry"))
        for shelf in (self.live.welcome, self.menus):
            shelf.show_recents(self.preferences.recents)
            self.remembered.recents_changed.connect(shelf.show_recents)
        by_name["loop"].setChecked(self.preferences.loop)
        for name in ("inspector", "show_left", "show_range", f"theme_{self.preferences.theme}"):
            by_name[name].setChecked(True)
        for place in self.places:
            place.changed.connect(lambda p=place: self._show_place() if p is self.place else None)
            place.failed.connect(self.problem.show_error)
            place.news.connect(lambda text, trouble: self.problem.show_news(text, trouble=trouble))
            place.opened.connect(self.remembered.add_opened)
            place.remembered.connect(lambda change: self.remembered.change(change(self.preferences)))
        self.splats.capturing.begun.connect(self.problem.clear)
        self.splats.capturing.ended.connect(self._tell_job_end)
        self._go(self.place.name)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_scheme)

    @property
    def preferences(self) -> settings.Preferences:
        return self.remembered.preferences

    # Opening

    @Slot(object)
    def open(self, spec: Spec) -> None:
        """Open one or two files, addresses or cameras; a model file becomes the model."""
        spec = lasting_spec(spec)
        if len(spec) == 1 and spec[0].lower().endswith(_MODEL_SUFFIX):
            self.place.add_models([Path(spec[0])])
        else:
            self.opening.decide(spec, self.place.name)

    def _open_at(self, spec: Spec, name: str, guessed: bool = False) -> None:
        """Open `spec` at the place of this name; of a guess, the other place is offered."""
        self._open_each([spec], name)
        if guessed:
            said, remedy = {
                actions.LIVE: (self.tr("Taken for an ordinary picture."), "as_panorama"),
                actions.PANORAMA: (self.tr("Taken for a 360° photo."), "as_picture"),
                actions.SPLATS: (self.tr("Taken for a splat scene."), "splats_as_picture"),
            }[name]
            self.problem.show_news(said, remedy=self.actions_by_name[remedy])

    def _open_each(self, specs: Sequence[Spec], name: str) -> None:
        """Open all of them at the place of this name."""
        if specs:
            self.problem.clear()
            self._go(name)
            self.place.open_each(specs)

    def _go(self, name: str) -> None:
        """To the place of this name."""
        place = next(place for place in self.places if place.name == name)
        if place is not self.place:
            self.place.leave()
            self.place = place
            place.enter()
        self.actions_by_name[f"go_{name}"].setChecked(True)
        self._show_place()

    def _in_splats(self, handler: Callable[[], None]) -> None:
        self._go(actions.SPLATS)
        handler()

    def open_many(self, items: list[str]) -> None:
        """What was dropped or typed: one thing, or the two eyes, or the files of a model."""
        if items and all(item.lower().endswith(_MODEL_SUFFIX) for item in items):
            self.place.add_models([Path(item) for item in items])
        elif len(items) > 1 and all(is_for_splats(Path(item)) for item in items):
            self._open_each([lasting_spec([item]) for item in items], actions.SPLATS)
        elif self.place is self.splats and are_for_capture(items):
            self.splats.capturing.make_from(items)
        elif len(items) > 1 and self.place is self.panorama:
            self._open_each([lasting_spec([item]) for item in items], actions.PANORAMA)
        elif len(items) > 2 and are_for_capture(items):
            self._offer_scene(items)
        elif len(items) > 2:
            self.problem.show_error(UserError("More than two files were given: choose one, or the left and right eye."))
        elif items:
            self.open(left_first(items))

    def _offer_scene(self, photos: list[str]) -> None:
        """More photos than eyes: there is one thing that they may be meant for."""
        make = QAction(self.actions_by_name["new_capture"].text(), self.problem)
        make.triggered.connect(self.problem.clear)
        make.triggered.connect(lambda: self._in_splats(lambda: self.splats.capturing.make_from(photos)))
        said = self.tr("More than two files were given: here one is shown, or the left and right eye.")
        self.problem.show_news(said, trouble=True, remedy=make)

    def _tell_job_end(self, text: str, trouble: bool) -> None:
        remedy = self.actions_by_name["show_jobs"] if self.place is not self.splats else None
        self.problem.show_news(text, trouble=trouble, remedy=remedy)

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text().strip()
        mime = QGuiApplication.clipboard().mimeData()
        items = dialogs.dropped_items(mime) if mime is not None else []
        if items:
            self.open_many(items)
        else:
            self.problem.show_error(
                UserError("The clipboard holds no address and no file: copy one first.", details=text[:500])
            )

    def _choose(self, chooser: Callable[[QWidget, str], list[str]]) -> None:
        self.open_many(chooser(self, self.preferences.last_folder))

    def _choose_for(self, name: str, chooser: Callable[[QWidget, str], list[str]]) -> None:
        """What is chosen belongs to the place of this name, whatever it is."""
        self._open_each([lasting_spec([item]) for item in chooser(self, self.preferences.last_folder)], name)

    # What it is made of

    def _handlers(self) -> dict[str, Callable[..., None]]:
        handlers: dict[str, Callable[..., None]] = {
            "open": lambda: self._choose(dialogs.choose_files),
            "open_panorama": lambda: self._choose_for(actions.PANORAMA, dialogs.choose_panoramas),
            "open_splats": lambda: self._choose_for(actions.SPLATS, dialogs.choose_splats),
            "open_splats_folder": lambda: self._choose_for(actions.SPLATS, dialogs.choose_splats_folder),
            "as_panorama": lambda: self._open_at(self.place.spec, actions.PANORAMA),
            "as_picture": lambda: self._open_at(self.place.spec, actions.LIVE),
            "splats_as_picture": lambda: self._open_at(self.place.spec, actions.LIVE),
            "stop_work": lambda: self.jobs.cancel(),
            "go_live": lambda: self._go(actions.LIVE),
            "go_panorama": lambda: self._go(actions.PANORAMA),
            "go_splats": lambda: self._go(actions.SPLATS),
            "new_capture": lambda: self._in_splats(self.splats.capturing.make_from),
            "show_jobs": lambda: self._in_splats(self.splats.show_jobs),
            "bring_live": lambda: self.splats.bring_in(self.live),
            "bring_panorama": lambda: self.splats.bring_in(self.panorama),
            "open_pair": lambda: self._choose(dialogs.choose_pair),
            "open_folder": lambda: self._choose(dialogs.choose_folder),
            "open_address": lambda: self.address.focus(),
            "paste": self._paste,
            "open_sample": lambda: self._open_at(self.place.sample, self.place.name),
            "quit": lambda: self._quit(),
            "more_models": lambda: self.fetching.show(),
            "fit": lambda: self.place.fit(),
            "reset_3d": lambda: self.place.reset_3d(),
            "inspector": self._show_inspector,
            "full_screen": self._show_full_screen,
            "leave_full_screen": self._leave_full_screen,
            "reset_layout": self._reset_layout,
            "shot_window": lambda: self.keeper.keep_picture(self.grab().toImage(), self.preferences.screenshots),
            "shot_pane": lambda: self.keeper.keep_picture(self._grab_pane(), self.preferences.screenshots),
            "copy_window": lambda: self.keeper.copy_picture(self.grab().toImage()),
            "copy_pane": lambda: self.keeper.copy_picture(self._grab_pane()),
            "theme_system": lambda: self._choose_theme("system"),
            "theme_dark": lambda: self._choose_theme("dark"),
            "theme_light": lambda: self._choose_theme("light"),
            "shortcuts": lambda: dialogs.show_shortcuts(self, self.actions_by_name),
            "about": lambda: dialogs.show_about(self, depthview.__version__),
        }
        for action in (name for name in self.actions_by_name if name.startswith(_EXPORT)):
            name = action.removeprefix(_EXPORT)
            kind = _EXPORT_KINDS.get(name, name)
            handlers[action] = lambda k=kind: self._export(k)
        for place in self.places:
            handlers |= place.handlers()
        return handlers

    def _lay_out(self) -> None:
        central = QWidget(self)
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        by_name = self.actions_by_name
        self.bar = PlaceBar(
            [by_name[f"go_{place.name}"] for place in self.places],
            [(by_name["more_models"], self.tr("Models")), (by_name["show_jobs"], self.tr("Jobs"))],
            central,
        )
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.bar)
        row.addWidget(self.pages, 1)
        column.addWidget(self.address)
        column.addLayout(row, 1)
        self.jobs.setParent(central)
        self.jobs.float_over(self.pages)
        self.problem.setParent(central)
        self.problem.float_over(self.pages)
        self.setCentralWidget(central)
        self.setStatusBar(self.status)

    # What the actions do

    def _quit(self) -> None:
        self.close()

    def _show_inspector(self, shown: bool) -> None:
        for place in self.places:
            place.show_inspector(shown)

    def _leave_full_screen(self) -> None:
        if self.isFullScreen():
            self.actions_by_name["full_screen"].setChecked(False)
            self.showNormal()

    def _show_full_screen(self, full: bool) -> None:
        self.showFullScreen() if full else self.showNormal()

    def _reset_layout(self) -> None:
        self.place.reset_layout()
        self.actions_by_name["inspector"].setChecked(True)
        self._show_inspector(True)

    def _grab_pane(self) -> QImage:
        pane = self.place.grab_pane()
        return pane if pane is not None else self.grab().toImage()

    def _export(self, kind: str) -> None:
        stem = self.place.export_stem
        if not stem:
            return
        path = dialogs.choose_export(self, kind, self.preferences.last_folder, self.windowTitle(), stem)
        if path is not None:
            self.export_to(path, kind)

    def export_to(self, path: Path, kind: str) -> None:
        """Write what is on the screen; told in the problem line when it is done."""
        self.place.export(path, kind)

    def _list_models_anew(self) -> None:
        for place in self.places:
            place.list_models_anew()

    def _choose_theme(self, name: str) -> None:
        theme.choose(name)
        self.remembered.change(replace(self.preferences, theme=name))
        self._follow_scheme()

    def _follow_scheme(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application)

    # News from below

    def _show_place(self) -> None:
        """Everything around the place at hand says what holds there."""
        place = self.place
        if self.pages.indexOf(place.page) < 0:
            self.pages.addWidget(place.page)
        self.pages.setCurrentWidget(place.page)
        self.problem.show_problem(place.fault, place.remedy)
        self.problem.tick()
        self.status.say(place.figures, place.provider)
        self.menus.offer_panes(place.pane_toggles)
        actions.refresh(self.actions_by_name, place.state, place.name)
        self.menus.hide_empty()
        if place.spec != self._titled:
            self._titled = place.spec
            self.address.show_spec(place.spec)
            self.setWindowTitle(f"{spec_title(place.spec)} – DepthView" if place.spec else "DepthView")

    # Qt's own

    def event(self, event: QEvent) -> bool:
        """Space presses the button that has the keyboard; everywhere else it plays and pauses."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Space
            and isinstance(QApplication.focusWidget(), QAbstractButton)
        ):
            event.accept()
            return True
        return super().event(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dialogs.dropped_items(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.open_many(dialogs.dropped_items(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        deadline = time.monotonic() + QUIT_S
        geometry.keep("geometry", self.saveGeometry())
        self.fetching.close()
        self.jobs.close_down()
        for place in self.places:
            arranged = place.end()
            if not arranged.isEmpty():
                geometry.keep(f"panes_{place.name}", arranged)
        for place in self.places:
            place.close(deadline)
        self.errands.close(deadline)
        self.keeper.finish(deadline)
        self.remembered.save()
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._follow_scheme)
        super().closeEvent(event)
