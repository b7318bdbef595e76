"""The questions that the window asks: which files, where to, and what the keys are."""

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
    "preview": ("preview.png", "PNG (*.png);;JPEG (*.jpg)"),
}


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dialogs", text)


def choose_files(parent: QWidget, folder: str) -> list[str]:
    """One file, or the left and the right eye's; whatever the endings are, since content decides."""
    chosen, _filter = QFileDialog.getOpenFileNames(parent, _tr("Open a video or picture, or two for two eyes"), folder)
    return list(chosen)


def choose_pair(parent: QWidget, folder: str) -> list[str]:
    left, _filter = QFileDialog.getOpenFileName(parent, _tr("The left eye"), folder)
    if not left:
        return []
    right, _filter = QFileDialog.getOpenFileName(parent, _tr("The right eye"), str(Path(left).parent))
    return [left, right] if right else []


def choose_folder(parent: QWidget, folder: str) -> list[str]:
    chosen = QFileDialog.getExistingDirectory(parent, _tr("A folder of pictures"), folder)
    return [chosen] if chosen else []


def choose_model(parent: QWidget, folder: str) -> str:
    chosen, _filter = QFileDialog.getOpenFileName(parent, _tr("A depth model"), folder, "ONNX (*.onnx)")
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
    if f"*{path.suffix.lower()}" in filters.replace(")", " ").replace("(", " ").split():
        return path
    # "room 3.5 m" has no ending either. What the dialog did not ask about is not written over.
    named = path.with_name(path.name + Path(name).suffix)
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
    rows = [spec for spec in actions.ACTIONS if spec.shortcut]
    half = -(-len(rows) // 2)
    for index, spec in enumerate(rows):
        action = by_name[spec.name]
        place = 2 * (index // half)
        key = QLabel(action.shortcut().toString(), dialog)
        key.setProperty("section", True)
        grid.addWidget(key, index % half, place)
        grid.addWidget(QLabel(action.text().rstrip("…"), dialog), index % half, place + 1)
    mouse = QLabel(
        _tr(
            "Pictures: wheel zooms, drag shifts, double click fills the window.\n"
            "3D: drag turns, Shift+drag shifts, wheel zooms, arrows turn."
        ),
        dialog,
    )
    mouse.setProperty("faint", True)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, dialog)
    buttons.rejected.connect(dialog.close)
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 16)
    column.setSpacing(16)
    column.addLayout(grid)
    column.addWidget(mouse)
    column.addWidget(buttons)
    dialog.open()


def show_about(parent: QWidget, version: str) -> None:
    text = _tr("DepthView {version}\n\nDepth from stereo video, photos, cameras and web addresses.\nMIT licence.")
    QMessageBox.about(parent, "DepthView", text.format(version=version))


def _is_path(line: str) -> bool:
    try:
        return bool(line) and Path(line).exists()
    except (OSError, ValueError):
        return False
