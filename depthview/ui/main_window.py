"""The window: menus, the address line, the problem line, the workspace, the status bar."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QImage, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

import depthview
from depthview.engine.errors import UserError
from depthview.engine.resources import sample
from depthview.engine.sources.names import left_first
from depthview.ui import actions, dialogs, geometry, settings, theme
from depthview.ui.address_bar import AddressBar
from depthview.ui.comparing import Comparing
from depthview.ui.errands import Errands
from depthview.ui.fetching import Fetching
from depthview.ui.keeping import Keeper
from depthview.ui.menus import Menus
from depthview.ui.problem_line import ProblemLine
from depthview.ui.status_line import StatusLine
from depthview.ui.welcome import WelcomePage, lasting_spec, spec_title

if TYPE_CHECKING:
    from depthview.engine.live.session import SessionStatus
    from depthview.ui.live.model_files import ModelFiles
    from depthview.ui.live.workspace import LiveWorkspace

_LARGEST, _SCREEN_SHARE = QSize(1600, 1000), 0.9
"""How large the window is the first time."""
_SAVE_AFTER_MS = 800
_QUIT_S = 1.6
"""For all that has to end, together. Quitting takes under two seconds."""
_MODEL_SUFFIX = ".onnx"


class MainWindow(QMainWindow):
    """Opens what a person brings. The Live workspace is made when there is first something to play."""

    def __init__(self, preferences: settings.Preferences | None = None) -> None:
        super().__init__()
        self.setWindowTitle("DepthView")
        self.setAcceptDrops(True)
        self.resize(_LARGEST.boundedTo(self.screen().availableSize() * _SCREEN_SHARE))
        self.preferences = preferences or settings.load()
        theme.choose(self.preferences.theme)
        self._follow_scheme()
        self.workspace: LiveWorkspace | None = None
        self._not_yet_recent: tuple[str, ...] | None = None
        self.actions_by_name = actions.build_actions(self, self._handlers())
        self.problem = ProblemLine(self, restart=self.actions_by_name["restart_engine"])
        by_name = self.actions_by_name
        self.address = AddressBar(by_name["open"], [by_name[n] for n in ("swap", "shot_window", "inspector")], self)
        self.address.items_entered.connect(self.open_many)
        self.errands = Errands(self)
        self.comparing = Comparing(self, self.errands, self._ensure_workspace)
        self.fetching = Fetching(self, self.errands, self._list_models_anew)
        self.menus = Menus(self, by_name, self.errands)
        self.menus.spec_chosen.connect(self.open)
        self.status = StatusLine(self)
        self.keeper = Keeper(self)
        self.keeper.kept.connect(lambda text, folder: self.problem.show_news(text, folder=folder))
        self.keeper.failed.connect(self._say_problem)
        self.welcome = WelcomePage(by_name["open_sample"], by_name["open"], by_name["open_address"], self)
        self.welcome.recent_chosen.connect(self.open)
        self.pages = QStackedWidget(self)
        self.pages.addWidget(self.welcome)
        self._lay_out()
        self._save_timer = QTimer(self)
        self._save_timer.setSingleShot(True)
        self._save_timer.setInterval(_SAVE_AFTER_MS)
        self._save_timer.timeout.connect(lambda: settings.save_quietly(self.preferences))
        self.restoreGeometry(geometry.kept("geometry"))
        self._show_recents()
        by_name["loop"].setChecked(self.preferences.loop)
        by_name["inspector"].setChecked(True)
        by_name["show_left"].setChecked(True)
        by_name[f"theme_{self.preferences.theme}"].setChecked(True)
        actions.refresh(by_name, actions.WindowState())
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_scheme)

    # Opening

    @Slot(object)
    def open(self, spec: tuple[str, ...]) -> None:
        """Open one or two files, addresses or cameras; a model file becomes the model."""
        spec = lasting_spec(spec)
        if len(spec) == 1 and spec[0].lower().endswith(_MODEL_SUFFIX):
            self.add_models([Path(spec[0])])
            return
        workspace = self._ensure_workspace()
        self.pages.setCurrentWidget(workspace)
        self.problem.clear()
        self.address.show_spec(spec)
        self.setWindowTitle(f"{spec_title(spec)} – DepthView")
        workspace.open(spec)
        workspace.setFocus()  # keys are the player's now, not the address line's
        self._not_yet_recent = None if spec == (str(sample().clip),) else spec

    def open_many(self, items: list[str]) -> None:
        """What was dropped or typed: one thing, or the two eyes, or the files of a model."""
        if items and all(item.lower().endswith(_MODEL_SUFFIX) for item in items):
            self.add_models([Path(item) for item in items])
        elif len(items) > 2:
            self._say_problem(UserError("More than two files were given: choose one, or the left and the right eye."))
        elif items:
            self.open(left_first(items))

    def add_models(self, paths: list[Path]) -> None:
        """Use ONNX files as models, once they are read; told in the problem line."""
        from depthview.ui.live.model_files import read_model_files

        self._ensure_workspace()
        self.errands.run("model-files", lambda: read_model_files(paths), self._take_models, self._say_problem)

    def _take_models(self, brought: "ModelFiles") -> None:
        if brought.good:
            self._ensure_workspace().use_model_files(brought)
            names = ", ".join(path.name for path, _family in brought.good)
            self.problem.show_news(self.tr("Now in use: {name}").format(name=names))
        if brought.faults:
            self._say_problem(brought.faults[0])

    def _list_models_anew(self) -> None:
        if self.workspace is not None:
            self.workspace.models.reread()

    def _paste(self) -> None:
        text = QGuiApplication.clipboard().text().strip()
        mime = QGuiApplication.clipboard().mimeData()
        items = dialogs.dropped_items(mime) if mime is not None else []
        if items:
            self.open_many(items)
        else:
            self._say_problem(
                UserError("The clipboard holds no address and no file: copy one first.", details=text[:500])
            )

    def _choose(self, chooser: Callable[[QWidget, str], list[str]]) -> None:
        self.open_many(chooser(self, self.preferences.last_folder))

    def _choose_model(self) -> None:
        chosen = dialogs.choose_model(self, self.preferences.last_folder)
        if chosen:
            self.add_models([Path(chosen)])

    # What it is made of

    def _handlers(self) -> dict[str, Callable[..., None]]:
        def live(name: str, *arguments: object) -> Callable[[], None]:
            def call() -> None:
                if self.workspace is not None:
                    getattr(self.workspace, name)(*arguments)

            return call

        def picture(mode: str) -> Callable[[], None]:
            def call() -> None:
                if self.workspace is not None:
                    from depthview.engine.stereo.compose import PictureMode

                    self.workspace.show_picture(PictureMode(mode))

            return call

        return {
            "open": lambda: self._choose(dialogs.choose_files),
            "open_pair": lambda: self._choose(dialogs.choose_pair),
            "open_folder": lambda: self._choose(dialogs.choose_folder),
            "open_address": lambda: self.address.focus(),
            "paste": self._paste,
            "open_sample": lambda: self.open((str(sample().clip),)),
            "export_cloud": lambda: self._export("ply"),
            "export_depth": lambda: self._export("png"),
            "export_npy": lambda: self._export("npy"),
            "export_pfm": lambda: self._export("pfm"),
            "export_preview": lambda: self._export("preview"),
            "quit": self._quit,
            "play": live("toggle_play"),
            "step_back": live("step", -1),
            "step_on": live("step", 1),
            "jump_back": live("jump", -5.0),
            "jump_on": live("jump", 5.0),
            "loop": self._set_loop,
            "swap": lambda _on: live("swap")(),
            "more_models": lambda: self.fetching.show(),
            "compare_models": lambda: self.comparing.show(),
            "restart_engine": lambda: self.workspace.engine.restart() if self.workspace is not None else None,
            "show_left": picture("left"),
            "show_right": picture("right"),
            "show_overlay": picture("overlay"),
            "show_anaglyph": picture("anaglyph"),
            "fit": live("fit"),
            "reset_3d": live("reset_3d"),
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

    def _lay_out(self) -> None:
        central = QWidget(self)
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.address)
        column.addWidget(self.pages, 1)
        self.problem.setParent(central)
        self.problem.float_over(self.pages)
        self.setCentralWidget(central)
        self.setStatusBar(self.status)

    def _ensure_workspace(self) -> "LiveWorkspace":
        if self.workspace is None:
            from depthview.engine.stereo.compose import PictureMode
            from depthview.ui.live.workspace import LiveWorkspace

            names = ("step_back", "play", "step_on", "loop")
            self.workspace = LiveWorkspace(self.preferences, [self.actions_by_name[n] for n in names], self)
            self.workspace.status_changed.connect(self._show_status)
            self.workspace.news.connect(lambda text, trouble: self.problem.show_news(text, trouble=trouble))
            self.workspace.remembered.connect(self._take_preferences)
            self.workspace.model_file_wanted.connect(self._choose_model)
            self.workspace.inspector.models.more_wanted.connect(self.fetching.show)
            for mode in PictureMode:
                if self.actions_by_name[f"show_{mode}"].isChecked():
                    self.workspace.show_picture(mode)  # it may have been chosen before there was anything to show
            self.workspace.panes.picture_mode_chosen.connect(
                lambda mode: self.actions_by_name[f"show_{mode}"].setChecked(True)
            )
            self.workspace.inspector.setVisible(self.actions_by_name["inspector"].isChecked())
            self.workspace.panes.restore_state(geometry.kept("panes"))
            self.pages.addWidget(self.workspace)
            self.menus.offer_panes([pane.toggleViewAction() for pane in self.workspace.panes.panes])
        return self.workspace

    # What the actions do

    def _quit(self) -> None:
        self.close()

    def _set_loop(self, loop: bool) -> None:
        if self.workspace is not None:
            self.workspace.set_loop(loop)
        self._remember(replace(self.preferences, loop=loop))

    def _show_inspector(self, shown: bool) -> None:
        if self.workspace is not None:
            self.workspace.inspector.setVisible(shown)

    def _leave_full_screen(self) -> None:
        if self.isFullScreen():
            self.actions_by_name["full_screen"].setChecked(False)
            self.showNormal()

    def _show_full_screen(self, full: bool) -> None:
        self.showFullScreen() if full else self.showNormal()

    def _reset_layout(self) -> None:
        if self.workspace is not None:
            self.workspace.panes.arrange()
        self.actions_by_name["inspector"].setChecked(True)
        self._show_inspector(True)

    def _grab_pane(self) -> QImage:
        return self.workspace.grab_pane() if self.workspace is not None else self.grab().toImage()

    def _export(self, kind: str) -> None:
        view = self.workspace.view if self.workspace is not None else None
        if view is None or not view.has_depth:
            return
        path = dialogs.choose_export(self, kind, self.preferences.last_folder, self.windowTitle(), view.scale.file_stem)
        if path is not None:
            self.export_to(path, kind)

    def export_to(self, path: Path, kind: str) -> None:
        """Write what is on the screen; told in the problem line when it is done."""
        workspace = self.workspace
        if workspace is not None and workspace.view is not None and workspace.view.has_depth:
            self.keeper.keep_depth(workspace.view, path, kind, look=workspace.look)

    def _choose_theme(self, name: str) -> None:
        theme.choose(name)
        self._remember(replace(self.preferences, theme=name))
        self._follow_scheme()

    def _follow_scheme(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply(application)

    # News from below

    @Slot(object)
    def _show_status(self, status: "SessionStatus") -> None:
        assert self.workspace is not None
        self.status.show_status(status)
        self.problem.show_problem(status.fault)
        self.problem.tick()
        failed = status.playback is not None and status.playback.phase == "failed"
        if failed and self.workspace.view is None:
            self.pages.setCurrentWidget(self.welcome)  # empty panes would not say what to do next
        if status.playback is not None and status.playback.info is not None:
            self._remember_opened()
        actions.refresh(self.actions_by_name, self.workspace.window_state(status))
        self.actions_by_name["swap"].setChecked(self.workspace.inspector.swap.isChecked())
        playing = status.playback is not None and status.playback.phase == "playing"
        self._dress_play(playing)

    def _remember_opened(self) -> None:
        """What could be opened stands under *Open again*; what could not would only be in the way."""
        spec, self._not_yet_recent = self._not_yet_recent, None
        if spec is not None:
            preferences = self.preferences.with_recent(spec)
            local = "://" not in spec[0] and not spec[0].startswith("camera:")
            folder = str(Path(spec[0]).absolute().parent) if local else preferences.last_folder
            self._remember(replace(preferences, last_folder=folder))

    def _dress_play(self, playing: bool) -> None:
        play = self.actions_by_name["play"]
        if play.property("playing") != playing:
            play.setProperty("playing", playing)
            play.setIcon(theme.icon("pause" if playing else "play"))

    def _say_problem(self, error: UserError) -> None:
        self.problem.show_error(error)

    # Remembering

    def _take_preferences(self, preferences: settings.Preferences) -> None:
        """From the workspace, which knows nothing of what the window itself remembers."""
        self._remember(
            replace(
                preferences,
                recents=self.preferences.recents,
                last_folder=self.preferences.last_folder,
                theme=self.preferences.theme,
            )
        )

    def _remember(self, preferences: settings.Preferences) -> None:
        fresh, self.preferences = preferences.recents != self.preferences.recents, preferences
        if fresh:  # each look at whether they are still there waits for their disks
            self._show_recents()
        self._save_timer.start()

    def _show_recents(self) -> None:
        self.welcome.show_recents(self.preferences.recents)
        self.menus.show_recents(self.preferences.recents)

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
        deadline = time.monotonic() + _QUIT_S
        self._save_timer.stop()
        geometry.keep("geometry", self.saveGeometry())
        self.comparing.cancel()  # told first, waited for last: its estimate may take a while
        self.fetching.close()
        if self.workspace is not None:
            geometry.keep("panes", self.workspace.save_layout())
            self.workspace.shut_down(deadline)
        self.errands.close(deadline)
        self.comparing.close(deadline)
        self.keeper.finish(deadline)
        settings.save_quietly(self.preferences)
        QGuiApplication.styleHints().colorSchemeChanged.disconnect(self._follow_scheme)
        super().closeEvent(event)
