"""A window beside the main one, for what keeps nobody waiting."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QWidget


class OwnWindow(QWidget):
    """Escape closes it; closed by hand it rests, and what was found is there when it is opened again."""

    def __init__(self, title: str, size: QSize, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle(title)
        self.resize(size)

    def rest(self) -> None:
        """End what is under way."""
        raise NotImplementedError

    def closeEvent(self, event: QCloseEvent) -> None:
        self.rest()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)
