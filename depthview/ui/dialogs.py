"""The questions that the window asks: which files, where to, and what the keys are."""

import re
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QMimeData, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from depthview.ui import actions

_EXPORTS = {
    "ply": ("cloud.ply", "PLY (*.ply)"),
    "png": ("depth.png", "PNG (*.png)"),
    "npy": ("{values}.npy", "NumPy (*.npy)"),
    "pfm": ("{values}.pfm", "PFM (*.pfm)"),
    "exr": ("{values}.exr", "OpenEXR (*.exr)"),
    "surface": ("mesh.ply", "PLY (*.ply)"),
    "surface_glb": ("mesh.glb", "GLB (*.glb)"),
    "eyes": ("eyes.png", "PNG (*.png);;JPEG (*.jpg)"),
    "preview": ("preview.png", "PNG (*.png);;JPEG (*.jpg)"),
    "points": ("points.ply", "PLY (*.ply)"),
    "mesh": ("mesh.ply", "PLY (*.ply)"),
    "glb": ("room.glb", "GLB (*.glb)"),
    "range_png": ("range.png", "PNG (*.png)"),
    "range_npy": ("range.npy", "NumPy (*.npy)"),
    "range_exr": ("range.exr", "OpenEXR (*.exr)"),
    "normals": ("normals.png", "PNG (*.png)"),
    "mask": ("mask.png", "PNG (*.png)"),
    "splats_ply": ("scene.ply", "PLY (*.ply)"),
    "splats_compressed": ("scene.compressed.ply", "Compressed PLY (*.compressed.ply)"),
    "splats_splat": ("scene.splat", "splat (*.splat)"),
    "splats_spz": ("scene.spz", "SPZ (*.spz)"),
    "splats_sog": ("scene.sog", "SOG (*.sog)"),
    "splats_view": ("view.png", "PNG (*.png);;JPEG (*.jpg)"),
    "checkpoint": (
        "scene.ply",
        "PLY (*.ply);;splat (*.splat);;Compressed PLY (*.compressed.ply);;SPZ (*.spz);;SOG (*.sog)",
    ),
    "film": ("film.mp4", "MP4 (*.mp4)"),
    "view": ("view.png", "PNG (*.png);;JPEG (*.jpg)"),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dialogs", text)


def choose_files(parent: QWidget, folder: str) -> list[str]:
    """One file, or the left and the right eye's; whatever the endings are, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileNames(parent, _tr("Open a video or picture, or two for two eyes"), folder)
    return list(chosen)


def choose_panoramas(parent: QWidget, folder: str) -> list[str]:
    """360° photos, one or several; whatever the endings are, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileNames(parent, _tr("Open 360° photos"), folder)
    return list(chosen)


def choose_splats(parent: QWidget, folder: str) -> list[str]:
    """Splat scenes, one or several; whatever the endings are, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileNames(parent, _tr("Open splat scenes"), folder)
    return list(chosen)


def choose_splats_folder(parent: QWidget, folder: str) -> list[str]:
    chosen = QFileDialog.getExistingDirectory(parent, _tr("A folder that holds a SOG scene"), folder)
    return [chosen] if chosen else []


def choose_photos(parent: QWidget, folder: str) -> list[str]:
    """Photos of one scene, or one video; whatever the endings are, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileNames(parent, _tr("Photos of a scene, or one video"), folder)
    return list(chosen)


def choose_photos_folder(parent: QWidget, folder: str) -> list[str]:
    chosen = QFileDialog.getExistingDirectory(parent, _tr("A folder of photos of a scene"), folder)
    return [chosen] if chosen else []


def choose_pair(parent: QWidget, folder: str) -> list[str]:
    left, _filter = QFileDialog.getOpenFileName(parent, _tr("The left eye"), folder)
    if not left:
        return []
    right, _filter = QFileDialog.getOpenFileName(parent, _tr("The right eye"), str(Path(left).parent))
    return [left, right] if right else []


def choose_folder(parent: QWidget, folder: str) -> list[str]:
    chosen = QFileDialog.getExistingDirectory(parent, _tr("A folder of pictures"), folder)
    return [chosen] if chosen else []


def choose_work(parent: QWidget, folder: str) -> tuple[Path, Path] | None:
    """A folder of 360° photos, and the folder that their results come into."""
    photos = QFileDialog.getExistingDirectory(parent, _tr("A folder of 360° photos"), folder)
    if not photos:
        return None
    output = QFileDialog.getExistingDirectory(parent, _tr("Where the results come"), photos)
    return (Path(photos), Path(output)) if output else None


def choose_model(parent: QWidget, folder: str) -> str:
    chosen, _filter = QFileDialog.getOpenFileName(parent, _tr("A depth model"), folder, "ONNX (*.onnx)")
    return str(chosen)


def choose_rig(parent: QWidget, folder: str) -> str:
    """A rig file; whatever its ending is, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileName(parent, _tr("A rig of this camera"), folder)
    return str(chosen)


def choose_export(parent: QWidget, kind: str, folder: str, title: str, values: str) -> Path | None:
    """Where to write; the name follows what is open, and what its `values` are called."""
    name, filters = _EXPORTS[kind]
    name = name.format(values=values)
    stem = Path(title.split(" – ")[0].split(" + ")[0]).stem
    suggestion = Path(folder or str(Path.home())) / f"{stem}-{name}"
    chosen, _filter = QFileDialog.getSaveFileName(parent, _tr("Export"), str(suggestion), filters)
    if not chosen:
        return None
    path = Path(chosen)
    endings = re.findall(r"\*([.\w]+)", filters)
    if path.name.lower().endswith(tuple(endings)):
        return path
    # "room 3.5 m" has no ending either. What the dialog did not ask about is not written over.
    named = path.with_name(path.name + endings[0])
    return path if named.exists() else named


def dropped_items(mime: QMimeData) -> list[str]:
    """What was dropped or pasted: local paths, http(s) addresses, or lines of text that are one of these."""
    if mime.hasUrls():
        return [url.toLocalFile() if url.isLocalFile() else url.toString() for url in mime.urls()]
    lines = [line.strip().strip('"') for line in mime.text().splitlines()] if mime.hasText() else []
    return [line for line in lines if line.lower().startswith(("http://", "https://", "file://")) or _is_path(line)]


def show_shortcuts(parent: QWidget, by_name: dict[str, QAction]) -> None:
    """The sheet on F1: every key, by menu."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_tr("Keyboard shortcuts"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(28)
    grid.setVerticalSpacing(5)
    columns = (
        (("", _tr("Everywhere")),),
        ((actions.LIVE, _tr("Live")),),
        ((actions.PANORAMA, _tr("Panorama")), (actions.SPLATS, _tr("Splats"))),
    )
    for number, places in enumerate(columns):
        row = 0
        for place, heading in places:
            grid.addWidget(_faint(heading, dialog), row, 2 * number, 1, 2)
            specs = [spec for spec in actions.ACTIONS if spec.shortcut and spec.place == place]
            for row, spec in enumerate(specs, start=row + 1):  # noqa: B020 - each heading stands below what is above it
                key = QLabel(by_name[spec.name].shortcut().toString(), dialog)
                key.setProperty("section", True)
                grid.addWidget(key, row, 2 * number)
                grid.addWidget(QLabel(by_name[spec.name].text().rstrip("…"), dialog), row, 2 * number + 1)
            row += 1
    mouse = _faint(
        _tr(
            "Pictures: wheel zooms, drag shifts, double click fills the window.\n"
            "3D in Live: drag turns, Shift+drag shifts, wheel zooms, arrows turn. Measuring: two clicks, in any pane; "
            "Esc ends it.\n"
            "Room in Panorama: drag looks round, W A S D or the wheel walk (Shift: faster), E and Q go up and down, "
            "a double click goes there, Ctrl+wheel, + and - widen the look, Esc ends measuring.\n"
            "Splats: drag turns, Shift+drag shifts, the wheel goes nearer, W A S D E Q fly (Shift: faster), "
            "a double click looks at what is there."
        ),
        dialog,
    )
    mouse.setWordWrap(True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 16)
    column.setSpacing(16)
    column.addLayout(grid)
    column.addWidget(mouse)
    column.addWidget(buttons)
    dialog.open()


def _faint(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("faint", True)
    return label


def show_about(parent: QWidget, version: str) -> None:
    text = _tr(
        "DepthView {version}\n\nDepth from stereo video, photos, cameras, web addresses and 360° photos.\nMIT licence."
    )
    QMessageBox.about(parent, "DepthView", text.format(version=version))


def _is_path(line: str) -> bool:
    try:
        return bool(line) and Path(line).exists()
    except (OSError, ValueError):
        return False
