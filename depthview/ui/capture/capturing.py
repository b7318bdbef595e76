"""What the window does about scenes from photos: it asks what is wanted, begins jobs, tells how they ended."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.checkpoints import Checkpoint
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import State
from depthview.engine.folders import jobs_folder
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.scene import SplatScene
from depthview.ui import dialogs
from depthview.ui.capture.announcing import Announcer
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.job_words import ended_words
from depthview.ui.capture_memory import CaptureChoice, CaptureMemory
from depthview.ui.places import Host

_WAKE_MS = 3000
"""The window is to stand first; then jobs of an earlier one are looked for."""


class Capturing(QObject):
    """Signals: `begun` when a job is asked for, `ended(sentence, trouble)`, `failed(UserError)`, and
    `remembered(change)` with a function from the CaptureMemory in force to the one that is to be.
    """

    begun = Signal()
    ended = Signal(str, bool)
    failed = Signal(object)
    remembered = Signal(object)

    def __init__(self, host: Host, parent: QObject) -> None:
        super().__init__(parent)
        self._host = host
        running = host.preferences().capture.most_running
        self.desk = CaptureDesk(jobs_folder(), host.errands, most_running=running, parent=self)
        self.desk.ended.connect(self._tell_end)
        self.desk.failed.connect(self.failed)
        self._announcer = Announcer(host.window)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.desk.wake)
        self._timer.start(_WAKE_MS)

    def make_from(self, inputs: Sequence[str] = ()) -> None:
        """Ask how a scene is to be made, of these photos, folders or this video or of what is chosen there."""
        from depthview.ui.capture.new_job_dialog import NewJobDialog

        now, host = self._host.preferences(), self._host
        paths = [Path(item) for item in inputs]
        dialog = NewJobDialog(paths, now.capture.choice, host.errands, host.window, folder=now.last_folder)
        dialog.wanted.connect(self._begin)
        dialog.show()

    def save(self, checkpoint: Checkpoint) -> None:
        """Ask where to, and write this checkpoint of the chosen job there, in the form that the ending says."""
        host, job = self._host, self.desk.chosen
        name = job.name.replace(".", "_") if job is not None else ""
        title = f"{name}-{checkpoint.iteration:06d}"
        path = dialogs.choose_export(host.window, "checkpoint", host.preferences().last_folder, title, "")
        if path is not None:
            host.jobs.run(
                path.name,
                lambda report, stop: _write(checkpoint.path, path, report, stop),
                lambda _none: host.keeper.kept.emit(self.tr("Saved {name}").format(name=path.name), str(path.parent)),
                self.failed.emit,
            )

    def keep_checkpoints(self, keep: bool) -> None:
        self._remember(lambda now: replace(now, keep_checkpoints=keep))

    def set_most_running(self, count: int) -> None:
        self._remember(lambda now: replace(now, most_running=count))

    def close(self, deadline: float) -> bool:
        """Jobs at work go on; whether all here ended before `deadline`, of time.monotonic()."""
        self._timer.stop()
        self._announcer.close()
        return self.desk.close(deadline)

    def _begin(self, name: str, asked: Asked, choice: CaptureChoice) -> None:
        self._remember(lambda now: replace(now, choice=choice))
        self.desk.add(name, asked, Path(choice.jobs_folder) if choice.jobs_folder else None)
        self.begun.emit()

    def _tell_end(self, job: Job) -> None:
        self.ended.emit(ended_words(job), job.state is State.FAILED)
        self._announcer.announce(job)

    def _remember(self, change: Callable[[CaptureMemory], CaptureMemory]) -> None:
        self.remembered.emit(change)


def _write(source: Path, path: Path, report: Report, stop: StopToken) -> None:
    from depthview.engine.splats.formats.opening import open_splats
    from depthview.engine.splats.formats.writing import format_for, write_splats

    report(Progress(0, None, "writing"))
    scene = open_splats(source)
    assert isinstance(scene, SplatScene)  # the job wrote it
    write_splats(scene, path, format_for(path), report, stop)
