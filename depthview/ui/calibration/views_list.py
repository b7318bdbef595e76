"""The views that count: a small picture of each, its error once it is known, and why one does not count."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from depthview.engine.frames import Image


@dataclass(frozen=True, slots=True, eq=False)
class ViewRow:
    """`words` say what is known of the view; with `reason` it does not count."""

    name: str
    words: str
    reason: str = ""
    thumbnail: Image | None = None


class ViewsList(QListWidget):
    """`drop_wanted(name)`: the person presses Delete on a view."""

    drop_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("views")
        self.setIconSize(QSize(56, 42))
        self.setAccessibleName(self.tr("Views"))
        self.setToolTip(self.tr("Delete takes the chosen view back"))
        self._shown: tuple[ViewRow, ...] = ()

    def show_rows(self, rows: tuple[ViewRow, ...]) -> None:
        """Show these and no others; the newest stays in sight."""
        added = len(rows) > len(self._shown)
        self._shown = rows
        chosen = self.currentRow()
        self.clear()
        for row in rows:
            item = QListWidgetItem(f"{row.name}    {row.words}" if row.words else row.name)
            if row.thumbnail is not None:
                height, width = row.thumbnail.shape[:2]
                picture = QImage(row.thumbnail.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
                item.setIcon(QIcon(QPixmap.fromImage(picture)))
            if row.reason:
                item.setForeground(self.palette().placeholderText())
                item.setToolTip(row.reason)
            self.addItem(item)
        if added:
            self.scrollToBottom()
        elif chosen >= 0:
            self.setCurrentRow(min(chosen, self.count() - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentRow()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and 0 <= row < len(self._shown):
            self.drop_wanted.emit(self._shown[row].name)
        else:
            super().keyPressEvent(event)
