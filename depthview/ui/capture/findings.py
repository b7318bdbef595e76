"""What the preflight found: why there can be no scene, what is left out, and what could be better."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from depthview.engine.errors import UserError
from depthview.ui.capture.fold import Fold
from depthview.ui.capture.new_job_words import (
    fault_words,
    hint_words,
    left_out_title,
    left_out_words,
    passed_over_words,
)
from depthview.ui.capture.preflight_work import Looked
from depthview.ui.parts.wrapped_label import WrappedLabel

_LIST_PX = 110


class Findings(QWidget):
    """Calm sentences; `resized` when what is left out was unfolded."""

    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fault = WrappedLabel(self, "warn")
        self.good = WrappedLabel(self, "faint")
        self._list = QPlainTextEdit(self)
        self._list.setReadOnly(True)
        self._list.setTabChangesFocus(True)
        self._list.setAccessibleName(self.tr("What is left out"))
        self.left_out = Fold(self._list, self.tr("Which files are not used, and why"), self)
        self.left_out.toggled.connect(lambda _open: self.resized.emit())
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        for widget in (self.fault, self.left_out, self._list, self.good):
            self._column.addWidget(widget)
        self._hints: list[WrappedLabel] = []
        self.clear()

    @property
    def sentences(self) -> tuple[str, ...]:
        """The hints that are shown."""
        return tuple(label.text() for label in self._hints)

    @property
    def unused(self) -> str:
        """The list of what is left out, a line for each."""
        return self._list.toPlainText()

    def clear(self) -> None:
        """Nothing is known yet."""
        for widget in (self.fault, self.good, self.left_out):
            widget.setVisible(False)
        for label in self._hints:
            self._column.removeWidget(label)
            label.deleteLater()
        self._hints = []
        self.left_out.setChecked(False)

    def show_looked(self, looked: Looked, passed_over: Sequence[Path]) -> None:
        """What came of looking; `passed_over`: videos that are not used."""
        self.clear()
        left_out = looked.found.left_out
        self.left_out.setVisible(bool(left_out))
        self.left_out.say(left_out_title(left_out))
        self._list.setPlainText("\n".join(map(left_out_words, left_out)))
        self._list.setFixedHeight(min(_LIST_PX, (len(left_out) + 1) * self.fontMetrics().lineSpacing()))
        said = [passed_over_words(passed_over)] if passed_over else []
        said += map(hint_words, looked.hints)
        for words in said:
            label = WrappedLabel(self)
            label.setText(words)
            self._hints.append(label)
            self._column.addWidget(label)
        if not said and not left_out:
            of_video = self.tr("Of each stretch of it the sharpest frame is taken.")
            self.good.setText(of_video if looked.found.video is not None else self.tr("Nothing speaks against them."))
            self.good.setVisible(True)

    def show_fault(self, error: UserError) -> None:
        """There can be no scene."""
        self.clear()
        self.fault.setText(fault_words(error))
        self.fault.setToolTip(error.details)
        self.fault.setVisible(True)
