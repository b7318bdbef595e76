"""The inspector's page of jobs: all of them, the chosen one, and how they are worked off."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSpinBox, QVBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.ui.capture.delete_question import DeleteQuestion
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.job_list import JobList
from depthview.ui.capture.job_section import JobSection
from depthview.ui.capture_memory import MOST_RUNNING
from depthview.ui.parts.wrapped_label import WrappedLabel

_NUMBER_PX = 40


class JobsPage(QWidget):
    """Follows `desk`. `new_wanted()`, `checkpoint_chosen(Checkpoint)`, `save_wanted(Checkpoint)`, and of what is to be
    remembered `most_running_changed(int)` and `keep_changed(bool)`, when a person does so."""

    new_wanted = Signal()
    checkpoint_chosen = Signal(object)
    save_wanted = Signal(object)
    most_running_changed = Signal(int)
    keep_changed = Signal(bool)

    def __init__(self, desk: CaptureDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.empty = WrappedLabel(self, "faint")
        self.empty.setText(
            self.tr("From thirty photos of a place, or a short video, DepthView makes a scene to look into.")
        )
        self.new = QPushButton(self.tr("Make a scene from photos…"), self)
        self.new.setToolTip(self.tr("Choose a folder of photos or a video, and begin a job"))
        self.new.setAccessibleName(self.tr("Make a scene from photos"))
        self.new.clicked.connect(self.new_wanted)
        self.list = JobList(desk.errands, self)
        self.list.chosen.connect(desk.choose)
        self.list.renamed.connect(desk.rename)
        self.list.delete_wanted.connect(lambda number: self._ask(desk.find(number)))
        self.section = JobSection(desk, self)
        self.section.rename_wanted.connect(self.list.begin_rename)
        self.section.delete_wanted.connect(self._ask)
        self.section.checkpoints.shown.connect(self.checkpoint_chosen)
        self.section.checkpoints.save_wanted.connect(self.save_wanted)
        self.foot = self._make_foot()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(10)
        for widget in (self.empty, self.new, self.list, self.section):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.foot)
        desk.changed.connect(self._show)
        self._show()

    def show_keep(self, keep: bool) -> None:
        """Whether every checkpoint is kept, as it is remembered."""
        self.keep.blockSignals(True)
        self.keep.setChecked(keep)
        self.keep.blockSignals(False)

    def showEvent(self, event: QShowEvent) -> None:
        """Whoever looks here wants to know what there is."""
        super().showEvent(event)
        self._desk.wake()

    def _make_foot(self) -> QWidget:
        foot = QWidget(self)
        name = QLabel(self.tr("At once"), foot)
        name.setProperty("faint", True)
        self.most_running = QSpinBox(foot)
        self.most_running.setRange(*MOST_RUNNING)
        self.most_running.setFixedWidth(_NUMBER_PX)
        self.most_running.setValue(self._desk.most_running)
        self.most_running.setToolTip(self.tr("How many jobs are worked on at the same time; two share the processor"))
        self.most_running.setAccessibleName(self.tr("Jobs at once"))
        self.most_running.valueChanged.connect(self._change_most_running)
        name.setToolTip(self.most_running.toolTip())
        self.keep = QCheckBox(self.tr("Keep every checkpoint"), foot)
        self.keep.setToolTip(
            self.tr("Off: an older checkpoint is removed from the disk once a newer one is shown, which saves room")
        )
        self.keep.toggled.connect(self.keep_changed)
        lasting = WrappedLabel(foot, "faint")
        lasting.setText(self.tr("Jobs go on when this window is closed."))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(name)
        row.addWidget(self.most_running)
        row.addStretch(1)
        row.addWidget(self.keep)
        column = QVBoxLayout(foot)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(lasting)
        return foot

    def _show(self) -> None:
        desk = self._desk
        has_jobs = bool(desk.now.jobs)
        self.empty.setVisible(not has_jobs)
        self.list.setVisible(has_jobs)
        self.foot.setVisible(has_jobs)
        self._make_primary(not has_jobs)
        self.list.show_jobs(desk.now, desk.chosen)
        self.section.show_now()

    def _make_primary(self, primary: bool) -> None:
        """Where there is nothing else to do, it is what to do."""
        name = "primary" if primary else ""
        if self.new.objectName() != name:
            self.new.setObjectName(name)
            self.new.style().polish(self.new)
            self.new.updateGeometry()

    def _change_most_running(self, count: int) -> None:
        self._desk.set_most_running(count)
        self.most_running_changed.emit(count)

    def _ask(self, job: Job | None) -> None:
        if job is not None and job.wish is None:
            question = DeleteQuestion(job, self._desk.errands, self)
            question.agreed.connect(lambda: self._desk.remove(job.id))
            question.open()
