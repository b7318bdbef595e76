"""The chosen job: what can be done with it, why it failed, what came of its photos, and how its training goes."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.watched import Watched
from depthview.engine.capture.poses.outcome import Retry
from depthview.ui.capture.checkpoints_section import CheckpointsSection
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.fault_note import FaultNote
from depthview.ui.capture.job_verbs import JobVerbs
from depthview.ui.capture.job_words import doing_words
from depthview.ui.capture.photos_section import PhotosSection
from depthview.ui.capture.training_section import TrainingSection
from depthview.ui.parts.sections import say
from depthview.ui.parts.wrapped_label import WrappedLabel


class JobSection(QWidget):
    """Follows the desk's chosen job; hidden where there is none. `rename_wanted()` and `delete_wanted(Job)` are for the
    page, which has the list and asks."""

    rename_wanted = Signal()
    delete_wanted = Signal(object)

    def __init__(self, desk: CaptureDesk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.verbs = JobVerbs(self)
        self.doing = WrappedLabel(self, "faint")
        self.doing.setAccessibleName(self.tr("What it does now"))
        self.doing.setVisible(False)
        self.fault = FaultNote(self)
        self.photos = PhotosSection(self)
        self.training = TrainingSection(self)
        self.checkpoints = CheckpointsSection(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.verbs, self.doing, self.fault, self.photos, self.training, self.checkpoints):
            column.addWidget(widget)
        verbs = self.verbs
        verbs.pause_wanted.connect(lambda: self._of_chosen(desk.pause))
        verbs.resume_wanted.connect(lambda: self._of_chosen(desk.resume))
        verbs.cancel_wanted.connect(lambda: self._of_chosen(desk.cancel))
        verbs.retry_wanted.connect(lambda: self._of_chosen(desk.retry))
        verbs.folder_wanted.connect(lambda: self._of_chosen(desk.open_folder))
        verbs.rename_wanted.connect(self.rename_wanted)
        verbs.delete_wanted.connect(self._want_deleted)
        self.photos.retry_wanted.connect(self._retry_in_another_way)
        self.show_now()

    def show_now(self) -> None:
        """What the desk knows of the chosen job by now."""
        job, watched = self._desk.chosen, self._watched
        self.setVisible(job is not None)
        if job is not None:
            self.verbs.show_job(job)
            say(self.doing, "" if watched is not None and watched.curve else doing_words(job))
            self.fault.show_fault(job, () if watched is None else watched.log)
            self.photos.show_job(job, watched)
            self.training.show_training(watched)
            self.checkpoints.show_checkpoints(() if watched is None else watched.checkpoints)

    @property
    def _watched(self) -> Watched | None:
        """Not what the desk still knows of another one."""
        job, watched = self._desk.chosen, self._desk.now.watched
        return watched if job is not None and watched is not None and watched.number == job.id else None

    def _of_chosen(self, verb: Callable[[int], None]) -> None:
        job = self._desk.chosen
        if job is not None:
            verb(job.id)

    def _want_deleted(self) -> None:
        job: Job | None = self._desk.chosen
        if job is not None:
            self.delete_wanted.emit(job)

    def _retry_in_another_way(self, retry: Retry) -> None:
        watched = self._watched
        if watched is not None and watched.asked is not None:
            self._desk.retry(watched.number, replace(watched.asked, poses=retry.settings))
