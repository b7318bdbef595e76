"""Plain words over several lines."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget


class WrappedLabel(QLabel):
    """No markup: a name may be <b>. Belongs into a box layout: a form takes too little height for it."""

    def __init__(self, parent: QWidget, *, faint: bool = False) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("faint", faint)
