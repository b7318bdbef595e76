"""A thread for calls that may block, so that whoever waits can give up at once."""

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from depthview.engine.errors import Stopped
from depthview.engine.progress import StopToken

T = TypeVar("T")

_LOOK_S = 0.05


class _Job:
    def __init__(self, work: Callable[[], object], if_late: Callable[[], None]) -> None:
        self.work = work
        self.if_late = if_late
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.abandoned = False
        self.result: object = None
        self.error: BaseException | None = None


class PatientThread:
    """Does one blocking thing after another on a daemon thread, in order.

    FFmpeg and the resolver cannot be interrupted from outside; when the waiting ends first, the thread is left alone:
    it finishes its call, cleans up with `if_late`, and ends. A thread that was left is not used again.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def run(
        self,
        work: Callable[[], T],
        *,
        timeout_s: float,
        stop: StopToken | None = None,
        if_late: Callable[[], None] = lambda: None,
    ) -> T:
        """What `work` returns or raises. Raises TimeoutError after `timeout_s`, Stopped when the token is set."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, args=(self._jobs,), name=self._name, daemon=True)
            self._thread.start()
        job = _Job(work, if_late)
        self._jobs.put(job)
        waited_s = 0.0
        while not job.done.wait(min(_LOOK_S, timeout_s)):
            waited_s += _LOOK_S
            stopped = stop is not None and stop.stopped
            if not stopped and waited_s < timeout_s:
                continue
            with job.lock:
                if job.done.is_set():
                    break
                job.abandoned = True
            self.end()
            raise Stopped if stopped else TimeoutError("no answer in time")
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]

    def end(self) -> None:
        """Let the thread end after what it does now; the next `run` starts a new one."""
        self._jobs.put(None)
        self._jobs = queue.SimpleQueue()
        self._thread = None

    @staticmethod
    def _serve(jobs: "queue.SimpleQueue[_Job | None]") -> None:
        while (job := jobs.get()) is not None:
            try:
                job.result = job.work()
            except BaseException as error:  # noqa: BLE001 - it is raised again where the waiting is
                job.error = error
            with job.lock:
                late = job.abandoned
                job.done.set()
            if late:
                job.if_late()
            del job
