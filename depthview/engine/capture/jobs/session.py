"""The jobs as a window sees them: what there is, always at hand, and wishes that are done soon.

A window's thread must wait for no disk. So one thread here looks at the list and does what is wished, and another one
ticks the queue, which may remove gigabytes or begin processes: it holds up no answer.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from depthview.engine.capture.jobs.access import Access, Faults
from depthview.engine.capture.jobs.queue import MOST_RUNNING, WORKER, Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.thumbnails import Thumbnails
from depthview.engine.capture.jobs.watched import FolderWatch, Watched
from depthview.engine.errors import UserError

_LOOK_S = 0.25
_TICK_S = 1.0

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
    """The jobs under `root`. Every method may be called from any thread and returns at once, but `close`.

    Nothing is made on the disk before the first wish. `worker`: the module that is a job's process.
    """

    def __init__(self, root: Path, *, most_running: int = MOST_RUNNING, worker: str = WORKER) -> None:
        self._most_running = most_running
        self._faults = Faults()
        opening = threading.Lock()
        self._looking, self._ticking = (Access(root, worker, opening, self._faults) for _ in range(2))
        self._latest = JobsNow()
        self._number: int | None = None
        self._watch: FolderWatch | None = None
        self._thumbnails = Thumbnails()
        self._wishes: deque[Wish] = deque()
        self._closing = False
        self._look_now, self._tick_now = threading.Event(), threading.Event()
        self._threads = [
            threading.Thread(target=self._look_on, name="jobs", daemon=True),
            threading.Thread(target=self._tick_on, name="jobs' queue", daemon=True),
        ]

    def start(self) -> None:
        """Once."""
        for thread in self._threads:
            thread.start()

    def close(self, deadline: float) -> bool:
        """Do what is still wished and end; jobs at work go on.

        True when all ended before `deadline`, of time.monotonic(); what then still is removed, the next window removes.
        """
        self._closing = True
        self._look_now.set()
        self._tick_now.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def latest(self) -> JobsNow:
        """As of a quarter of a second ago. Where the list cannot be read, as it was before."""
        return self._latest

    def watch(self, number: int | None) -> None:
        """Of which job `latest.watched` tells, soon; until then of the one before, which its number says."""
        self._number = number
        self._look_now.set()

    def do(self, wish: Wish) -> None:
        """Have it done soon, in the order of the calls; what goes wrong goes to `take_faults`."""
        self._wishes.append(wish)
        self._look_now.set()

    def take_faults(self) -> tuple[UserError, ...]:
        """What went wrong since the last call: each wish that failed, and once each trouble with the list."""
        return self._faults.take()

    def set_most_running(self, count: int) -> None:
        """From the next job that begins; those at work go on."""
        self._most_running = count
        self._tick_now.set()

    def _look_on(self) -> None:
        closing = False
        while not closing:
            self._look_now.clear()
            closing = self._closing  # before the wishes: what was wished until then is done
            while self._wishes:
                self._grant(self._wishes.popleft())
            self._looking.attempt(self._look)
            if self._looking.is_troubled:
                self._looking.close()  # where it is open, Windows lets nobody move it away
            if not closing:
                self._look_now.wait(_TICK_S if self._looking.is_troubled else _LOOK_S)
        self._looking.close()

    def _grant(self, wish: Wish) -> None:
        try:
            wish(self._looking.queue())
        except Exception as error:  # noqa: BLE001 - it is told, and the thread goes on
            self._faults.add(error)
        self._tick_now.set()

    def _look(self, queue: Queue | None) -> None:
        jobs = () if queue is None else queue.jobs()
        job = next((job for job in jobs if job.id == self._number), None)
        if job is None:
            self._watch = None
        elif self._watch is None or (self._watch.number, self._watch.folder) != (job.id, job.folder):
            self._watch = FolderWatch(job.id, job.folder)
        watched = None if self._watch is None else self._watch.look()
        before = self._latest
        found = JobsNow(before.jobs if jobs == before.jobs else jobs, watched, self._thumbnails.of(jobs))
        if found != before:
            self._latest = found

    def _tick_on(self) -> None:
        while not self._closing:
            self._tick_now.clear()
            if self._looking.is_troubled:
                self._ticking.close()
            else:
                self._ticking.attempt(self._tick)
            if not self._closing:
                self._tick_now.wait(_TICK_S)
        self._ticking.close()

    def _tick(self, queue: Queue | None) -> None:
        if queue is not None:
            queue.most_running = self._most_running
            queue.tick()
