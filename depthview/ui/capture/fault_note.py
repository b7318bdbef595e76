"""Why a job failed: the sentence, and folded away what stood behind it, with the end of the log."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.ui.capture.fold import Fold
from depthview.ui.capture.job_words import fault_words
from depthview.ui.parts.wrapped_label import WrappedLabel, breakable

_DETAILS_PX = 150
_LOG_LINES = 40


class FaultNote(QWidget):
    """Hidden where nothing is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sentence = WrappedLabel(self)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.sentence.setProperty("warn", True)
        self.details = QPlainTextEdit(self)
        self.details.setReadOnly(True)
        self.details.setFixedHeight(_DETAILS_PX)
        self.details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.details.setToolTip(self.tr("The technical text, to be copied into a report"))
        self.details.setAccessibleName(self.tr("Technical details"))
        tip = self.tr("Show the technical text behind this sentence, and the end of the job's log")
        self.more = Fold(self.details, tip, self)
        self.more.say(self.tr("Details"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.sentence)
        column.addWidget(self.more)
        column.addWidget(self.details)
        self._number: int | None = None

    def show_fault(self, job: Job, log: Sequence[str]) -> None:
        self.setVisible(bool(job.fault))
        if job.id != self._number:
            self._number = job.id
            self.more.setChecked(False)
        if not job.fault:
            return
        self.sentence.setText(breakable(fault_words(job)))
        told = "\n".join(part for part in (job.fault_details, "\n".join(log[-_LOG_LINES:])) if part)
        self.more.setVisible(bool(told))
        if told != self.details.toPlainText():
            self.details.setPlainText(told)
            self.details.verticalScrollBar().setValue(self.details.verticalScrollBar().maximum())
