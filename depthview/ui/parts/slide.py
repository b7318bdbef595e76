"""A slider with its figure beside it, in any unit and with any number of decimals."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QWidget


class Slider(QSlider):
    """One that is moved by hand and by keys; the wheel scrolls what lies around it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class Slide(QWidget):
    """`changed` gives the number that a person moved it to."""

    changed = Signal(float)

    def __init__(
        self, lowest: float, highest: float, *, step: float, suffix: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._step, self._suffix = step, suffix
        self._decimals = len(f"{step:g}".partition(".")[2])
        self.slider = Slider(self)
        self.slider.setRange(round(lowest / step), round(highest / step))
        self._figure = QLabel(self)
        self._figure.setProperty("faint", True)
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        widest = max((self._words(end) for end in (lowest, highest)), key=len)
        self._figure.setMinimumWidth(self._figure.fontMetrics().horizontalAdvance(widest))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._figure)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._tell)

    @property
    def number(self) -> float:
        return self.slider.value() * self._step

    def show_number(self, number: float) -> None:
        """Show `number` without emitting; one that a hand is at stays."""
        if self.slider.isSliderDown():
            return
        self.slider.blockSignals(True)
        self.slider.setValue(round(number / self._step))
        self.slider.blockSignals(False)
        self._figure.setText(self._words(self.number))

    def setAccessibleName(self, name: str) -> None:
        """Of the slider too: it is what the keyboard goes to."""
        super().setAccessibleName(name)
        self.slider.setAccessibleName(name)

    def _tell(self) -> None:
        self._figure.setText(self._words(self.number))
        self.changed.emit(self.number)

    def _words(self, number: float) -> str:
        return f"{number:.{self._decimals}f}{self._suffix}"
