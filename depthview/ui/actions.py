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
    is_still: bool = False
    is_movie: bool = False
    has_several: bool = False


def _always(_state: WindowState) -> bool:
    return True


def _source(state: WindowState) -> bool:
    return state.has_source


def _two_eyes(state: WindowState) -> bool:
    return state.has_two_eyes


def _both_eyes(state: WindowState) -> bool:
    return state.has_source and state.has_two_eyes


def _seek(state: WindowState) -> bool:
    return state.can_seek


def _pause(state: WindowState) -> bool:
    return state.can_pause


def _depth(state: WindowState) -> bool:
    return state.has_depth


def _metres(state: WindowState) -> bool:
    return state.has_metres


def _still(state: WindowState) -> bool:
    return state.is_still


def _movie(state: WindowState) -> bool:
    return state.is_movie


def _several(state: WindowState) -> bool:
    return state.has_several


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """`title` is the English source text, translated in the context `Actions`. `group` makes exclusive choices.

    `repeats`: holding the key does it again and again. `place`: where alone it is offered; two places may use the same
    key.
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
    place: str = ""


def _t(text: str) -> str:
    return str(QT_TRANSLATE_NOOP("Actions", text))


LIVE, PANORAMA, SPLATS = "live", "panorama", "splats"
"""The names of the places."""


ACTIONS = (
    ActionSpec("open", "file", _t("Open…"), "Ctrl+O", "open"),
    ActionSpec("open_panorama", "file", _t("Open 360° photo…"), "Ctrl+P", "panorama"),
    ActionSpec("open_splats", "file", _t("Open splat scenes…"), "Ctrl+G", "splats"),
    ActionSpec("open_splats_folder", "file", _t("Open a SOG folder…")),
    ActionSpec("new_capture", "file", _t("Make a scene from photos…"), "Ctrl+N", "capture"),
    ActionSpec("open_splats_beside", "file", _t("Open beside…"), "Ctrl+B", "add", place=SPLATS),
    ActionSpec("bring_live", "file", _t("Bring in the live cloud"), "Ctrl+Shift+L", "live", place=SPLATS),
    ActionSpec("bring_panorama", "file", _t("Bring in the panorama"), "Ctrl+Shift+P", "panorama", place=SPLATS),
    ActionSpec("open_pair", "file", _t("Open left and right eye…"), "Ctrl+Shift+O"),
    ActionSpec("open_folder", "file", _t("Open a folder of pictures…"), "Ctrl+K"),
    ActionSpec("open_address", "file", _t("Open a web address…"), "Ctrl+L", "link"),
    ActionSpec("paste", "file", _t("Paste an address or a path"), "Ctrl+V"),
    ActionSpec("open_sample", "file", _t("Open the sample"), "Ctrl+D", "sample", _always),
    ActionSpec("as_panorama", "file", _t("Open this in Panorama, as a 360° photo"), "Ctrl+J", "", _still, place=LIVE),
    ActionSpec(
        "as_picture", "file", _t("Open this in Live, as an ordinary picture"), "Ctrl+J", "", _source, place=PANORAMA
    ),
    ActionSpec("splats_as_picture", "file", _t("Open this in Live, as pictures"), "Ctrl+J", "", _source, place=SPLATS),
    ActionSpec("export_cloud", "export", _t("Point cloud (PLY)…"), "Ctrl+E", "export", _depth, place=LIVE),
    ActionSpec("export_depth", "export", _t("Depth as 16-bit PNG, millimetres…"), "", "", _metres, place=LIVE),
    ActionSpec("export_npy", "export", _t("Values as NPY…"), "", "", _depth, place=LIVE),
    ActionSpec("export_pfm", "export", _t("Values as PFM…"), "", "", _depth, place=LIVE),
    ActionSpec("export_exr", "export", _t("Values as EXR…"), "", "", _depth, place=LIVE),
    ActionSpec("export_surface", "export", _t("Mesh (PLY)…"), "", "", _depth, place=LIVE),
    ActionSpec("export_surface_glb", "export", _t("Mesh with the picture on it (GLB)…"), "", "", _depth, place=LIVE),
    ActionSpec("export_eyes", "export", _t("This picture for other eyes…"), "", "eye", _depth, place=LIVE),
    ActionSpec("export_preview", "export", _t("Preview picture…"), "", "", _depth, place=LIVE),
    ActionSpec("export_movie", "export", _t("The whole movie…"), "Ctrl+Shift+E", "film", _movie, place=LIVE),
    ActionSpec("export_points", "export", _t("Points with normals (PLY)…"), "Ctrl+E", "export", _depth, place=PANORAMA),
    ActionSpec("export_mesh", "export", _t("Mesh (PLY)…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_glb", "export", _t("Mesh with the photo on it (GLB)…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_range_png", "export", _t("Range as 16-bit PNG, thousandths…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_range_npy", "export", _t("Range as NPY…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_range_exr", "export", _t("Range as EXR…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_normals", "export", _t("Normals as a picture…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_mask", "export", _t("Mask as a picture…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_view", "export", _t("The room as it is seen, 3840 wide…"), "", "", _depth, place=PANORAMA),
    ActionSpec("export_splats_ply", "export", _t("Scenes as PLY…"), "Ctrl+E", "export", _depth, place=SPLATS),
    ActionSpec("export_splats_compressed", "export", _t("Scenes as compressed PLY…"), "", "", _depth, place=SPLATS),
    ActionSpec("export_splats_splat", "export", _t("Scenes as splat…"), "", "", _depth, place=SPLATS),
    ActionSpec("export_splats_spz", "export", _t("Scenes as SPZ…"), "", "", _depth, place=SPLATS),
    ActionSpec("export_splats_sog", "export", _t("Scenes as SOG…"), "", "", _depth, place=SPLATS),
    ActionSpec("export_splats_view", "export", _t("A picture of any size…"), "Ctrl+Shift+E", "", _depth, place=SPLATS),
    ActionSpec("export_film", "export", _t("A film along the camera path…"), "", "film", _depth, place=SPLATS),
    ActionSpec("panorama_folder", "file", _t("Make a folder of 360° photos…"), "Ctrl+Shift+K"),
    ActionSpec("stop_work", "file", _t("Stop what is under way"), "Ctrl+."),
    ActionSpec("close_panorama", "file", _t("Close this panorama"), "Ctrl+W", "", _source, place=PANORAMA),
    ActionSpec("close_splats", "file", _t("Take this scene out"), "Ctrl+W", "", _source, place=SPLATS),
    ActionSpec("quit", "file", _t("Quit"), "Ctrl+Q"),
    ActionSpec("play", "playback", _t("Play or pause"), "Space", "pause", _pause, place=LIVE),
    ActionSpec("step_back", "playback", _t("One frame back"), ",", "previous", _seek, repeats=True, place=LIVE),
    ActionSpec("step_on", "playback", _t("One frame on"), ".", "next", _pause, repeats=True, place=LIVE),
    ActionSpec("jump_back", "playback", _t("Five seconds back"), "Ctrl+Left", "", _seek, repeats=True, place=LIVE),
    ActionSpec("jump_on", "playback", _t("Five seconds on"), "Ctrl+Right", "", _seek, repeats=True, place=LIVE),
    ActionSpec("loop", "playback", _t("Loop"), "L", "loop", _always, checkable=True, place=LIVE),
    ActionSpec("swap", "playback", _t("Swap left and right"), "S", "swap", _source, checkable=True, place=LIVE),
    ActionSpec("untouched", "playback", _t("Compare with untouched eyes"), "U", "", _two_eyes, True, place=LIVE),
    ActionSpec("calibrate", "playback", _t("Calibrate this camera…"), "Ctrl+Shift+C", "", _both_eyes, place=LIVE),
    ActionSpec("open_rig", "playback", _t("Open a rig file…"), "", "", _both_eyes, place=LIVE),
    ActionSpec("more_models", "models", _t("More models…"), "Ctrl+Shift+M", "models"),
    ActionSpec("compare_models", "models", _t("Compare models…"), "Ctrl+M", "", _source, place=LIVE),
    ActionSpec("restart_engine", "models", _t("Restart the depth engine"), "Ctrl+Shift+R", "", _source, place=LIVE),
    ActionSpec("go_live", "view", _t("Live"), "Ctrl+1", "live", _always, True, "place"),
    ActionSpec("go_panorama", "view", _t("Panorama"), "Ctrl+2", "panorama", _always, True, "place"),
    ActionSpec("go_splats", "view", _t("Splats"), "Ctrl+3", "splats", _always, True, "place"),
    ActionSpec("show_jobs", "view", _t("Jobs: scenes from photos"), "Ctrl+4", "jobs"),
    ActionSpec("show_left", "picture", _t("Left eye"), "1", "", _always, True, "picture", place=LIVE),
    ActionSpec("show_right", "picture", _t("Right eye"), "2", "", _two_eyes, True, "picture", place=LIVE),
    ActionSpec("show_overlay", "picture", _t("Both eyes overlaid"), "3", "", _two_eyes, True, "picture", place=LIVE),
    ActionSpec("show_anaglyph", "picture", _t("Red-cyan anaglyph"), "4", "", _two_eyes, True, "picture", place=LIVE),
    ActionSpec("show_range", "picture", _t("Range"), "1", "", _always, True, "surface", place=PANORAMA),
    ActionSpec("show_normals", "picture", _t("Normals"), "2", "", _always, True, "surface", place=PANORAMA),
    ActionSpec("show_mask", "picture", _t("Mask"), "3", "", _always, True, "surface", place=PANORAMA),
    ActionSpec("outside", "view", _t("Look from outside"), "O", "outside", _depth, checkable=True, place=PANORAMA),
    ActionSpec("as_points", "view", _t("Draw as points"), "P", "", _source, checkable=True, place=PANORAMA),
    ActionSpec("measure", "view", _t("Measure a distance"), "M", "measure", _depth, checkable=True, place=PANORAMA),
    ActionSpec("measure_depth", "view", _t("Measure a distance"), "M", "measure", _depth, checkable=True, place=LIVE),
    ActionSpec("splats_as_points", "view", _t("Draw as points"), "P", "", _source, checkable=True, place=SPLATS),
    ActionSpec("parallel", "view", _t("Look without perspective"), "L", "", _source, checkable=True, place=SPLATS),
    ActionSpec("turntable", "view", _t("Turn slowly"), "T", "turntable", _source, checkable=True, place=SPLATS),
    ActionSpec("measure_splats", "view", _t("Measure a distance"), "M", "measure", _depth, True, place=SPLATS),
    ActionSpec("show_cameras", "view", _t("Show the photos' cameras"), "C", "", _source, checkable=True, place=SPLATS),
    ActionSpec("save_view", "view", _t("Save this view"), "V", "", _source, place=SPLATS),
    ActionSpec("add_keyframe", "view", _t("Add this view to the film"), "K", "film", _source, place=SPLATS),
    ActionSpec("next_panorama", "view", _t("Next panorama"), "Ctrl+PgDown", "", _several, place=PANORAMA),
    ActionSpec("previous_panorama", "view", _t("Previous panorama"), "Ctrl+PgUp", "", _several, place=PANORAMA),
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


def refresh(actions: Mapping[str, QAction], state: WindowState, place: str) -> None:
    """Offer what belongs to `place`, and enable what can be done now."""
    for spec in ACTIONS:
        here = spec.place in ("", place)
        actions[spec.name].setVisible(here)
        actions[spec.name].setEnabled(here and spec.enabled_when(state))
