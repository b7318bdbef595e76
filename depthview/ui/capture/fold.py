"""A quiet line that unfolds what is below it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget


class Fold(QToolButton):
    """Checked while `below` is to be seen; the arrow says so."""

    def __init__(self, below: QWidget, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("fold")
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip(tip)
        self.toggled.connect(self._point)
        self.toggled.connect(below.setVisible)
        below.setVisible(False)
        self._point(False)

    def say(self, text: str) -> None:
        self.setText(text)
        self.setAccessibleName(text)

    def _point(self, open_: bool) -> None:
        self.setArrowType(Qt.ArrowType.DownArrow if open_ else Qt.ArrowType.RightArrow)
