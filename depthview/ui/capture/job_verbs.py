"""What can be done with a job, as a line of buttons."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import ENDED, State
from depthview.ui.parts.buttons import icon_button, push_button


class JobVerbs(QWidget):
    """A signal for each, when a person wants it. What makes no sense for a job is not there."""

    pause_wanted = Signal()
    resume_wanted = Signal()
    cancel_wanted = Signal()
    retry_wanted = Signal()
    folder_wanted = Signal()
    rename_wanted = Signal()
    delete_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pause = push_button(
            self.tr("Pause"), self.tr("Save how far it is, and give its memory and place back"), self
        )
        self.resume = push_button(self.tr("Resume"), self.tr("Go on from where it was paused"), self)
        self.cancel = push_button(
            self.tr("Cancel"), self.tr("End it within ten seconds; what it made so far stays"), self
        )
        self.retry = push_button(
            self.tr("Try again"), self.tr("Begin with the first step that is not done; what is done stays"), self
        )
        self.folder = icon_button("open", self.tr("Open its folder"), self)
        self.rename = icon_button("rename", self.tr("Give it another name (F2)"), self)
        self.delete = icon_button("delete", self.tr("Delete it with its folder; asks first"), self)
        for button, signal in (
            (self.pause, self.pause_wanted),
            (self.resume, self.resume_wanted),
            (self.cancel, self.cancel_wanted),
            (self.retry, self.retry_wanted),
            (self.folder, self.folder_wanted),
            (self.rename, self.rename_wanted),
            (self.delete, self.delete_wanted),
        ):
            button.clicked.connect(signal)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for push in (self.pause, self.resume, self.cancel, self.retry):
            row.addWidget(push)
        row.addStretch(1)
        for tool in (self.folder, self.rename, self.delete):
            row.addWidget(tool)

    def show_job(self, job: Job) -> None:
        has_ended, is_going = job.state in ENDED, job.wish is not None
        self.pause.setVisible(not has_ended and not job.paused)
        self.resume.setVisible(not has_ended and job.paused)
        self.cancel.setVisible(not has_ended)
        self.retry.setVisible(job.state in (State.FAILED, State.CANCELLED))
        for button in (self.pause, self.resume, self.cancel, self.retry, self.delete):
            button.setEnabled(not is_going)
