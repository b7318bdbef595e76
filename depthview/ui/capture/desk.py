"""The window's part of the jobs: what there is, which of them is looked at, and what a person wants of them."""

import queue
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.queue import MOST_RUNNING, WORKER, Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.session import JobsNow, JobsSession
from depthview.engine.capture.jobs.states import ENDED, State
from depthview.engine.errors import UserError
from depthview.ui.errands import Errands

_LOOK_MS = 200
_NOT_OPENED = "The folder of this job could not be opened: look for it in the file manager: {path}"


class CaptureDesk(QObject):
    """One of a window. Signals: `changed()` when `now` or `chosen` is another, `failed(UserError)`, and `ended(Job)`
    for each that is DONE or FAILED of which no window has told, also when it ended while none was open.

    Nothing waits for a disk: every verb is done soon, by the session's thread.
    """

    changed = Signal()
    ended = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        root: Path,
        errands: Errands,
        *,
        most_running: int = MOST_RUNNING,
        worker: str = WORKER,
        parent: QObject | None = None,
    ) -> None:
        """`worker`: the module that is a job's process."""
        super().__init__(parent)
        self.now = JobsNow()
        self.errands = errands
        self.most_running = most_running
        self._session = JobsSession(root, most_running=most_running, worker=worker)
        self._told: set[int] = set()
        self._number: int | None = None
        self._added: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._awake = self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def wake(self) -> None:
        """Begin to look at the list. Without jobs this costs a look at the disk, in a thread."""
        if not self._awake and not self._closed:
            self._awake = True
            self._session.start()
            self._timer.start()

    def close(self, deadline: float) -> bool:
        """Jobs at work go on; whether all ended before `deadline`, of time.monotonic()."""
        self._timer.stop()
        self._closed = True
        return self._session.close(deadline) if self._awake else True

    # Which is looked at

    @property
    def chosen(self) -> Job | None:
        return self.find(self._number)

    def find(self, number: int | None) -> Job | None:
        return next((job for job in self.now.jobs if job.id == number), None)

    def choose(self, number: int | None) -> None:
        """Look at this one: `now.watched` tells of its folder, soon."""
        if number != self._number:
            self._number = number
            self._session.watch(number)
            self.changed.emit()

    # What a person wants

    def add(self, name: str, asked: Asked, parent: Path | None = None) -> None:
        """A new job, in a new folder under `parent`; it is chosen as soon as it is there."""
        self._wish(lambda jobs: self._added.put(jobs.add(name, asked, parent)))

    def pause(self, number: int) -> None:
        self._wish(lambda jobs: jobs.pause(number))

    def resume(self, number: int) -> None:
        self._wish(lambda jobs: jobs.resume(number))

    def cancel(self, number: int) -> None:
        self._wish(lambda jobs: jobs.cancel(number))

    def retry(self, number: int, asked: Asked | None = None) -> None:
        """Queue it anew, perhaps with other settings; nothing where another window did already."""

        def again(jobs: Queue) -> None:
            job = jobs.job(number)
            if job is not None and job.state in ENDED:
                jobs.retry(number, asked)

        self._wish(again)

    def rename(self, number: int, name: str) -> None:
        self._wish(lambda jobs: jobs.rename(number, name))

    def remove(self, number: int) -> None:
        """With its folder. Ask first."""
        self._wish(lambda jobs: jobs.remove(number))

    def set_most_running(self, count: int) -> None:
        self.most_running = count
        self._session.set_most_running(count)

    def open_folder(self, number: int) -> None:
        job = self.find(number)
        if job is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(job.folder))):
            self.failed.emit(UserError(_NOT_OPENED, path=job.folder))

    def _wish(self, wish: Callable[[Queue], object]) -> None:
        self.wake()
        self._session.do(wish)

    # What comes from below

    def _look(self) -> None:
        for fault in self._session.take_faults():
            self.failed.emit(fault)
        now = self._session.latest
        is_new = now != self.now
        if is_new:
            before, self.now = self.now, now
            self._keep_chosen(before)
        while not self._added.empty():
            self.choose(self._added.get())
        if is_new:
            self.changed.emit()
        self._tell_ends()

    def _tell_ends(self) -> None:
        for job in self.now.jobs:
            if job.state not in ENDED:
                self._told.discard(job.id)
            elif not job.seen and job.id not in self._told:
                self._told.add(job.id)
                self._write_told(job.id)
                if job.state is not State.CANCELLED:
                    self.ended.emit(job)

    def _keep_chosen(self, before: JobsNow) -> None:
        """While there are jobs, one is looked at: at first the newest, and the next older one when it is gone."""
        gone, numbers = self._number, [job.id for job in self.now.jobs]
        if not numbers:
            return
        if gone is None:
            self.choose(numbers[-1])
        elif gone not in numbers and any(job.id == gone for job in before.jobs):
            older = [number for number in numbers if number < gone]
            self.choose(older[-1] if older else numbers[0])

    def _write_told(self, number: int) -> None:
        self._session.do(lambda jobs: jobs.told(number))
