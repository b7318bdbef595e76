"""Everything the window can do, as one table that menus, toolbar, shortcuts and tests share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from depthview.ui import theme


@dataclass(frozen=True, slots=True)
class WindowState:
    """What decides whether an action can be done."""

    has_source: bool = False
    can_seek: bool = False
    can_pause: bool = False
    has_depth: bool = False
    has_metres: bool = False
    has_two_eyes: bool = True


def _always(_state: WindowState) -> bool:
    return True


def _source(state: WindowState) -> bool:
    return state.has_source


def _two_eyes(state: WindowState) -> bool:
    return state.has_two_eyes


def _seek(state: WindowState) -> bool:
    return state.can_seek


def _pause(state: WindowState) -> bool:
    return state.can_pause


def _depth(state: WindowState) -> bool:
    return state.has_depth


def _metres(state: WindowState) -> bool:
    return state.has_metres


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`title` is the English source text, translated in the context `Actions`. `group` makes exclusive choices.

    `repeats`: holding the key does it again and again.
    """

    name: str
    menu: str
    title: str
    shortcut: str = ""
    icon: str = ""
    enabled_when: Callable[[WindowState], bool] = _always
    checkable: bool = False
    group: str = ""
    repeats: bool = False


def _t(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


ACTIONS = (
    ActionSpec("open", "file", _t("Open…"), "Ctrl+O", "open"),
    ActionSpec("open_pair", "file", _t("Open left and right eye…"), "Ctrl+Shift+O"),
    ActionSpec("open_folder", "file", _t("Open a folder of pictures…"), "Ctrl+K"),
    ActionSpec("open_address", "file", _t("Open a web address…"), "Ctrl+L", "link"),
    ActionSpec("paste", "file", _t("Paste an address or a path"), "Ctrl+V"),
    ActionSpec("open_sample", "file", _t("Open the sample"), "Ctrl+D", "play"),
    ActionSpec("export_cloud", "export", _t("Point cloud (PLY)…"), "Ctrl+E", "export", _depth),
    ActionSpec("export_depth", "export", _t("Depth as 16-bit PNG, millimetres…"), "", "", _metres),
    ActionSpec("export_npy", "export", _t("Values as NPY…"), "", "", _depth),
    ActionSpec("export_pfm", "export", _t("Values as PFM…"), "", "", _depth),
    ActionSpec("export_preview", "export", _t("Preview picture…"), "", "", _depth),
    ActionSpec("quit", "file", _t("Quit"), "Ctrl+Q"),
    ActionSpec("play", "playback", _t("Play or pause"), "Space", "pause", _pause),
    ActionSpec("step_back", "playback", _t("One frame back"), ",", "previous", _seek, repeats=True),
    ActionSpec("step_on", "playback", _t("One frame on"), ".", "next", _pause, repeats=True),
    ActionSpec("jump_back", "playback", _t("Five seconds back"), "Ctrl+Left", "", _seek, repeats=True),
    ActionSpec("jump_on", "playback", _t("Five seconds on"), "Ctrl+Right", "", _seek, repeats=True),
    ActionSpec("loop", "playback", _t("Loop"), "L", "loop", _always, checkable=True),
    ActionSpec("swap", "playback", _t("Swap left and right"), "S", "swap", _source, checkable=True),
    ActionSpec("more_models", "models", _t("More models…"), "Ctrl+Shift+M"),
    ActionSpec("compare_models", "models", _t("Compare models…"), "Ctrl+M", "", _source),
    ActionSpec("restart_engine", "models", _t("Restart the depth engine"), "Ctrl+Shift+R", "", _source),
    ActionSpec("show_left", "picture", _t("Left eye"), "1", "", _always, True, "picture"),
    ActionSpec("show_right", "picture", _t("Right eye"), "2", "", _two_eyes, True, "picture"),
    ActionSpec("show_overlay", "picture", _t("Both eyes overlaid"), "3", "", _two_eyes, True, "picture"),
    ActionSpec("show_anaglyph", "picture", _t("Red-cyan anaglyph"), "4", "", _two_eyes, True, "picture"),
    ActionSpec("fit", "view", _t("Fit the pictures"), "F", "", _source),
    ActionSpec("reset_3d", "view", _t("Reset the 3D view"), "R", "reset", _source),
    ActionSpec("inspector", "view", _t("Inspector"), "I", "inspector", _always, checkable=True),
    ActionSpec("full_screen", "view", _t("Full screen"), "F11", "", _always, checkable=True),
    ActionSpec("leave_full_screen", "view", _t("Leave full screen"), "Esc"),
    ActionSpec("reset_layout", "view", _t("Reset the layout")),
    ActionSpec("shot_window", "screenshot", _t("Window to a file"), "F12", "screenshot"),
    ActionSpec("shot_pane", "screenshot", _t("Pane under the mouse to a file"), "Shift+F12"),
    ActionSpec("copy_window", "screenshot", _t("Window to the clipboard"), "Ctrl+F12"),
    ActionSpec("copy_pane", "screenshot", _t("Pane under the mouse to the clipboard"), "Ctrl+Shift+F12"),
    ActionSpec("theme_system", "theme", _t("As the desktop"), "", "", _always, True, "theme"),
    ActionSpec("theme_dark", "theme", _t("Dark"), "", "", _always, True, "theme"),
    ActionSpec("theme_light", "theme", _t("Light"), "", "", _always, True, "theme"),
    ActionSpec("shortcuts", "help", _t("Keyboard shortcuts"), "F1"),
    ActionSpec("about", "help", _t("About DepthView")),
)

MENUS = (
    ("file", _t("File")),
    ("playback", _t("Playback")),
    ("models", _t("Models")),
    ("view", _t("View")),
    ("help", _t("Help")),
)
"""The menu bar; the other menus of the table are sub-menus that the window places."""

SUBMENUS = (
    ("export", "file", _t("Export")),
    ("picture", "view", _t("Picture")),
    ("screenshot", "view", _t("Screenshot")),
    ("theme", "view", _t("Theme")),
)


def translated(text: str) -> str:
    return QCoreApplication.translate("Actions", text)


def build_actions(window: QWidget) -> dict[str, QAction]:
    """One QAction for each row of the table."""
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for spec in ACTIONS:
        action = QAction(translated(spec.title), window)
        action.setObjectName(spec.name)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setToolTip(f"{translated(spec.title)} ({action.shortcut().toString()})")
        if spec.icon:
            action.setIcon(theme.icon(spec.icon))
        action.setCheckable(spec.checkable)
        action.setAutoRepeat(spec.repeats)
        if spec.group:
            group = groups.setdefault(spec.group, QActionGroup(window))
            group.addAction(action)
        actions[spec.name] = action
        window.addAction(action)
    return actions


def connect(actions: Mapping[str, QAction], handlers: Mapping[str, Callable[..., None]]) -> None:
    """Let each action call the handler of its name."""
    for spec in ACTIONS:
        # QAction hands its checked state over; handlers of plain actions take nothing.
        handler = handlers[spec.name]
        does = handler if spec.checkable and not spec.group else (lambda _on=False, h=handler: h())
        actions[spec.name].triggered.connect(does)


def refresh(actions: Mapping[str, QAction], state: WindowState) -> None:
    """Enable what can be done now."""
    for spec in ACTIONS:
        actions[spec.name].setEnabled(spec.enabled_when(state))
