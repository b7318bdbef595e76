"""The jobs as a window sees them: what there is, always at hand, and wishes that are done soon.

A window's thread must wait for no disk. So one thread here looks at the list and does what is wished, and another one
ticks the queue, which may remove gigabytes or begin processes: it holds up no answer.
"""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from depthview.engine.capture.jobs.queue import MOST_RUNNING, WORKER, Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.store import STORE
from depthview.engine.capture.jobs.watched import FolderWatch, Watched
from depthview.engine.errors import UserError

_LOOK_S = 0.25
_TICK_S = 1.0
_MOST_FAULTS = 20
_INSIDE = "Something failed inside DepthView, please report it: {error}"

Wish = Callable[[Queue], object]


@dataclass(frozen=True, slots=True)
class JobsNow:
    """All jobs, the oldest first; what the folder of the watched one tells; of each job a picture, where there is one.

    What did not change since the last look is the same object.
    """

    jobs: tuple[Job, ...] = ()
    watched: Watched | None = None
    thumbnails: Mapping[int, Path] = field(default_factory=dict)


class JobsSession:
    """The jobs under `root`. Every method returns at once, from any thread, but `close`.

    No folder is made before the first wish. `worker`: the module that is a job's process.
    """

    def __init__(self, root: Path, *, most_running: int = MOST_RUNNING, worker: str = WORKER) -> None:
        self._root, self._worker = root, worker
        self._most_running = most_running
        self._latest = JobsNow()
        self._number: int | None = None
        self._watch: FolderWatch | None = None
        self._wishes: deque[Wish] = deque()
        self._faults: deque[UserError] = deque(maxlen=_MOST_FAULTS)
        self._closing = False
        self._look_now, self._tick_now = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._look_on, name="jobs", daemon=True),
            threading.Thread(target=self._tick_on, name="jobs queue", daemon=True),
        ]

    def start(self) -> None:
        """Once."""
        for thread in self._threads:
            thread.start()

    def close(self, deadline: float) -> bool:
        """Do what is still wished and end, jobs at work go on; whether it ended before `deadline` (time.monotonic)."""
        self._closing = True
        self._look_now.set()
        self._tick_now.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def latest(self) -> JobsNow:
        return self._latest

    def watch(self, number: int | None) -> None:
        """Of which job `latest.watched` tells, soon."""
        self._number = number
        self._look_now.set()

    def do(self, wish: Wish) -> None:
        """Have it done soon, in the order of the calls; what goes wrong goes to `take_faults`."""
        self._wishes.append(wish)
        self._look_now.set()

    def take_faults(self) -> tuple[UserError, ...]:
        """What went wrong since the last call: each wish that failed, and once each trouble with the list."""
        taken = []
        while self._faults:
            taken.append(self._faults.popleft())
        return tuple(taken)

    def set_most_running(self, count: int) -> None:
        """From the next job that begins; those at work go on."""
        self._most_running = count
        self._tick_now.set()

    def _look_on(self) -> None:
        queue: Queue | None = None
        while not self._closing or self._wishes:
            self._look_now.clear()
            if queue is None and (self._wishes or (self._root / STORE).exists()):
                queue = Queue(self._root, worker=self._worker)
            if queue is not None:
                while self._wishes:
                    self._grant(self._wishes.popleft(), queue)
                self._look(queue)
            if not self._closing:
                self._look_now.wait(_LOOK_S)
        if queue is not None:
            queue.close()

    def _grant(self, wish: Wish, queue: Queue) -> None:
        try:
            wish(queue)
        except UserError as error:
            self._faults.append(error)
        except Exception as error:  # noqa: BLE001 - the thread goes on
            self._faults.append(UserError(_INSIDE, error=error, details=traceback.format_exc()))
        self._tick_now.set()

    def _look(self, queue: Queue) -> None:
        jobs = queue.jobs()
        job = next((job for job in jobs if job.id == self._number), None)
        if job is None:
            self._watch = None
        elif self._watch is None or (self._watch.number, self._watch.folder) != (job.id, job.folder):
            self._watch = FolderWatch(job.id, job.folder)
        self._latest = JobsNow(jobs, None if self._watch is None else self._watch.look())

    def _tick_on(self) -> None:
        queue: Queue | None = None
        while not self._closing:
            self._tick_now.clear()
            if queue is None and (self._root / STORE).exists():
                queue = Queue(self._root, worker=self._worker)
            if queue is not None:
                queue.most_running = self._most_running
                queue.tick()
            self._tick_now.wait(_TICK_S)
        if queue is not None:
            queue.close()
