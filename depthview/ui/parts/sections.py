"""The pieces that an inspector is made of: headed forms whose fields speak only when the person changes them."""

from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QStandardItemModel, QValidator, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from depthview.ui.parts.slide import Slider


class Section(QWidget):
    """A heading and a form below it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(title, self)
        heading.setProperty("section", True)
        heading.setIndent(0)
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(8)
        self.form.setVerticalSpacing(6)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self.form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addLayout(self.form)

    def add(self, label: str, field: QWidget, tip: str) -> None:
        """A row with its name, tooltip and accessible name."""
        field.setToolTip(tip)
        field.setAccessibleName(label)
        name = QLabel(label, self)
        name.setProperty("faint", True)
        name.setToolTip(tip)
        name.setMinimumSize(84, field.sizeHint().height())
        self.form.addRow(name, field)

    def show_row(self, field: QWidget, shown: bool) -> None:
        self.form.setRowVisible(field, shown)

    def add_note(self) -> QLabel:
        """A line of small print under the rows; empty, it takes no room."""
        note = QLabel(self)
        note.setProperty("faint", True)
        note.setWordWrap(True)
        note.setVisible(False)
        self.form.addRow(note)
        return note


def say(note: QLabel, text: str) -> None:
    """Write into a note, and hide it when there is nothing to say."""
    if note.text() != text:
        note.setText(text)
        note.setVisible(bool(text))


HEADING = "\0heading"
"""The value of an entry that only heads those below it."""


class Choice(QComboBox):
    """A combo box of (label, value) pairs; `chosen` is emitted only when a person picks. The wheel scrolls what lies
    around it: who rolled past it would change what it says."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        # Not Qt's copy of them: it makes plain text of the members of an enumeration.
        self._values: list[Any] = []
        self.activated.connect(lambda index: self.chosen.emit(self._values[index]))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def offer(self, entries: list[tuple[str, Any]], selected: Any) -> None:
        """Replace the entries where they differ, and select `selected`."""
        present = [(self.itemText(i), self.itemData(i)) for i in range(self.count())]
        if present != entries:
            self.clear()
            model = self.model()
            for label, value in entries:
                self.addItem(label, value)
                if value == HEADING and isinstance(model, QStandardItemModel):
                    model.item(self.count() - 1).setEnabled(False)
        self._values = [value for _, value in entries]
        self.select(selected)
        self.setEnabled(bool(entries))

    def select(self, value: Any) -> None:
        """Show the entry of `value`, or none when there is none: another's name would be a lie."""
        index = next((i for i in range(self.count()) if self.itemData(i) == value), -1)
        self.setCurrentIndex(index)


class Number(QDoubleSpinBox):
    """A number that may be unset, which shows as `unset` text; `changed` gives it, or None, after a person's edit."""

    changed = Signal(object)

    def __init__(
        self, *, lowest: float, highest: float, step: float, decimals: int, suffix: str, unset: str | None = None
    ) -> None:
        super().__init__()
        self._has_unset = unset is not None
        # The spin box shows its special text at the minimum, so the minimum stands for "unset". It is the very next
        # number below: whatever lay between the two could be stepped to, such as a distance of 0.
        self.setRange(lowest - 10.0**-decimals if self._has_unset else lowest, highest)
        self.setSingleStep(step)
        self.setDecimals(decimals)
        self.setSuffix(suffix)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if unset is not None:
            self.setSpecialValueText(unset)
        self.lineEdit().setTextMargins(4, 0, 0, 0)
        self.lineEdit().returnPressed.connect(self.clearFocus)  # the keys are the player's again
        self.valueChanged.connect(lambda _value: self.changed.emit(self.number))

    def measure_in(
        self, suffix: str, *, lowest: float, highest: float, decimals: int, step: float | None = None
    ) -> None:
        """Hold numbers of another unit from now on, without emitting. Without a `step` it follows the number."""
        self.blockSignals(True)
        self.setDecimals(decimals)
        self.setRange(lowest, highest)
        self.setSuffix(suffix)
        kinds = QDoubleSpinBox.StepType
        self.setStepType(kinds.AdaptiveDecimalStepType if step is None else kinds.DefaultStepType)
        self.setSingleStep(step or 10.0**-decimals)
        self.blockSignals(False)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """An empty field, or its own word for it, unsets the number."""
        if self._has_unset and self._says_unset(text):
            return QValidator.State.Acceptable, text, position
        return super().validate(text, position)

    def valueFromText(self, text: str) -> float:
        return self.minimum() if self._has_unset and self._says_unset(text) else super().valueFromText(text)

    def _says_unset(self, text: str) -> bool:
        bare = text.removesuffix(self.suffix()).strip()
        return bare in ("", self.specialValueText())

    @property
    def number(self) -> float | None:
        return None if self._has_unset and self.value() == self.minimum() else self.value()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Typing replaces what stands there: nobody can type a number into the word "any"."""
        super().focusInEvent(event)
        QTimer.singleShot(0, self.selectAll)  # a click would take the selection away again, so after it

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Only of the field that a person works in: the others are rolled past."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def show_number(self, value: float | None) -> None:
        """Show `value` without emitting."""
        if self.hasFocus():
            return  # never type over a person
        self.blockSignals(True)
        self.setValue(self.minimum() if value is None else value)
        self.blockSignals(False)


class Percent(QWidget):
    """A slider with its figure beside it; `changed` gives the per cent that a person moved it to."""

    changed = Signal(int)

    def __init__(self, lowest: int, highest: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = Slider(self)
        self.slider.setRange(lowest, highest)
        self._figure = QLabel(self)
        self._figure.setProperty("faint", True)
        self._figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._figure.setMinimumWidth(self._figure.fontMetrics().horizontalAdvance("888 %"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self._figure)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(lambda percent: self._figure.setText(f"{percent} %"))
        self.slider.valueChanged.connect(self.changed)

    @property
    def percent(self) -> int:
        return self.slider.value()

    def show_percent(self, percent: int) -> None:
        """Show `percent` without emitting."""
        self.slider.blockSignals(True)
        self.slider.setValue(percent)
        self.slider.blockSignals(False)
        self._figure.setText(f"{self.slider.value()} %")

    def setAccessibleName(self, name: str) -> None:
        """Of the slider too: it is what the keyboard goes to."""
        super().setAccessibleName(name)
        self.slider.setAccessibleName(name)
