"""Preview or full: two ways to make a scene, each with what it means."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton, QVBoxLayout, QWidget

from depthview.engine.capture.training.presets import Preset
from depthview.ui.capture.new_job_words import PRESETS, words_of

_INDENT_PX = 24


class PresetChoice(QWidget):
    """`chosen(Preset)` when a person picks the other one."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._options = {preset: _Option(words_of(title), self) for preset, title in PRESETS.items()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for preset, option in self._options.items():
            self._group.addButton(option.button)
            option.button.clicked.connect(lambda _on, p=preset: self.chosen.emit(p))
            column.addWidget(option)

    def button(self, preset: Preset) -> QRadioButton:
        return self._options[preset].button

    def words(self, preset: Preset) -> str:
        """What is said of it."""
        return self._options[preset].words.text()

    def show_preset(self, preset: Preset) -> None:
        """Show it as the chosen one, without emitting; the keyboard goes there."""
        self._options[preset].button.setChecked(True)
        self.setFocusProxy(self._options[preset].button)

    def describe(self, preset: Preset, words: str) -> None:
        option = self._options[preset]
        option.words.setText(words)
        option.button.setAccessibleDescription(words)


class _Option(QWidget):
    """A button, and below it what it means; a click anywhere chooses it."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = QRadioButton(title, self)
        self.words = QLabel(self)
        self.words.setProperty("faint", True)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setContentsMargins(_INDENT_PX, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(self.words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.button.click()
