"""A view that is empty at first, and in its place until then a sentence that says what will come."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStackedWidget, QWidget


class Waiting(QStackedWidget):
    """Shows `sentence` until `show_view(True)`."""

    def __init__(self, sentence: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = QLabel(sentence, self)
        self.sentence.setProperty("faint", True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.sentence.setWordWrap(True)
        self.sentence.setMargin(16)
        self.addWidget(self.sentence)
        self._view: QWidget = self.sentence

    def hold(self, view: QWidget) -> None:
        """`view` is what is waited for."""
        self.addWidget(view)
        self._view = view

    def show_view(self, there: bool) -> None:
        """The view where there is something to see, else the sentence."""
        self.setCurrentWidget(self._view if there else self.sentence)
