"""The queue: begins jobs in their turn, notices processes that vanished, and does what a person wishes of a job.

Jobs run in processes of their own that outlive the window. A window that opens later finds them in the list, with the
number and the start of their process, and needs nothing more to go on with them.
"""

import re
import subprocess
import sys
import time
from pathlib import Path

from filelock import FileLock, Timeout

from depthview.engine.atomic import output_folder, writing_error
from depthview.engine.capture.jobs.alive import is_alive, kill_with_children
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.folder import LOG, holds_job, log_tail, read_asked, remove_folder, write_asked
from depthview.engine.capture.jobs.row import Job, Wish
from depthview.engine.capture.jobs.store import STORE, Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER

WORKER = "depthview.engine.capture.jobs.worker"
MOST_RUNNING = 2

_LOCK = "queue.lock"
_MOST_DEATHS = 4
_CANCELLED_WITHIN_S = 8.0
_PAUSED_WITHIN_S = 60.0
"""A job that pauses writes its whole state first."""
_LONGEST_NAME = 60

_VANISHED = "The job's process ended without a word, {count} times: close programs that need memory, then try again"
_NOT_BEGUN = "The job's process could not be started: its log says why: {path}"
_GONE = "The folder of this job is gone: delete the job, or bring the folder back: {path}"
_KNOWN = "This job is in the list already: {path}"


class Queue:
    """The jobs under one folder. `tick`, once a second or so, does what is due; everything else returns at once.

    Of several windows on one list, one begins jobs; all may wish. One thread at a time. Everything raises UserError
    where the list or a job's folder cannot be read or written.
    """

    def __init__(
        self, root: Path, *, most_running: int = MOST_RUNNING, worker: str = WORKER, most_deaths: int = _MOST_DEATHS
    ) -> None:
        """`worker`: the module that is a job's process."""
        self.most_running = most_running
        self._root = output_folder(root).resolve()
        self._worker, self._most_deaths = worker, most_deaths
        self._store = Store(self._root / STORE)
        self._lock = FileLock(self._root / _LOCK, timeout=0, thread_local=False)
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        self._vain: dict[int, int] = {}

    def close(self) -> None:
        """Jobs at work go on."""
        self._store.close()
        self._lock.release()

    def jobs(self) -> tuple[Job, ...]:
        """All, the oldest first."""
        return self._store.jobs()

    def job(self, number: int) -> Job | None:
        return self._store.job(number)

    def add(self, name: str, asked: Asked, parent: Path | None = None) -> int:
        """A new job, in a new folder under `parent` (the queue's own where it is None); its number."""
        folder = _new_folder(self._root if parent is None else output_folder(parent).resolve(), name)
        write_asked(folder, asked)
        return self._store.add(name, folder)

    def take_in(self, folder: Path, name: str) -> int:
        """A job of which there is only the folder, such as one of the command line; it is paused. Its number."""
        read_asked(folder)
        try:
            return self._store.add(name, folder.resolve(), paused=True)
        except ValueError as error:
            raise UserError(_KNOWN, path=folder) from error

    def pause(self, number: int) -> None:
        """It saves its state and ends its process, whose place is free for the next."""
        self._store.pause(number)

    def resume(self, number: int) -> None:
        self._store.resume(number)

    def cancel(self, number: int) -> None:
        """Within ten seconds; what is whole stays in the folder."""
        self._store.cancel(number)

    def retry(self, number: int, asked: Asked | None = None) -> None:
        """Queue what has ended anew, with other settings where some are given. What they do not change stays done.

        Raises ValueError for a job that has not ended.
        """
        job = self._store.job(number)
        if job is None:
            return
        if asked is not None:
            write_asked(job.folder, asked)
        self._store.queue_again(number, anew=asked is not None)

    def rename(self, number: int, name: str) -> None:
        self._store.rename(number, name)

    def told(self, number: int) -> None:
        """A person knows how it ended: `Job.seen` until it is tried again."""
        self._store.told(number)

    def remove(self, number: int) -> None:
        """Stop it and remove its folder, in the ticks that follow."""
        self._store.wish_removed(number)

    def log_tail(self, number: int, lines: int = 200) -> tuple[str, ...]:
        job = self._store.job(number)
        return () if job is None else log_tail(job.folder, lines)

    def tick(self) -> None:
        """Notice what ended, end what is overdue, remove what is to go, begin what may run."""
        if not self._lock.is_locked:
            try:
                self._lock.acquire()
            except Timeout:
                return  # another window does it; when that one closes or dies, this one will
        self._reap()
        for job in self._store.jobs():
            self._look_after(job)
        self._begin_some()

    def _reap(self) -> None:
        for number, child in list(self._children.items()):
            code = child.poll()
            if code is None:
                continue
            job, vain = self._store.job(number), self._vain.get(number, 0) + 1
            if job is None or not job.may_start or code == 0:
                vain = 0
            elif vain >= self._most_deaths:
                self._store.give_up(number, _NOT_BEGUN.format(path=job.folder))
                vain = 0
            # Last: where the list cannot be written, all this is found again.
            self._vain[number] = vain
            del self._children[number]

    def _look_after(self, job: Job) -> None:
        if job.worker is None:
            if job.wish is Wish.REMOVE and job.id not in self._children:
                self._remove(job)
            return
        if not is_alive(job.worker):
            fault = _VANISHED.format(count=self._most_deaths)
            self._store.bury(job.id, job.worker, self._most_deaths, fault)
        elif job.must_stop and job.asked_to_stop_s is not None:
            within_s = _PAUSED_WITHIN_S if job.wish is None else _CANCELLED_WITHIN_S
            if time.time() - job.asked_to_stop_s > within_s:
                kill_with_children(job.worker)

    def _remove(self, job: Job) -> None:
        try:
            remove_folder(job.folder)
        except UserError as error:
            self._store.keep_after_all(job.id, str(error))
        else:
            self._store.remove(job.id)

    def _begin_some(self) -> None:
        jobs = self._store.jobs()
        running = {job.id for job in jobs if job.worker is not None} | self._children.keys()
        for job in jobs:
            if len(running) >= self.most_running:
                return
            if job.may_start and job.id not in running and self._begin(job):
                running.add(job.id)

    def _begin(self, job: Job) -> bool:
        try:
            if not holds_job(job.folder):
                self._store.give_up(job.id, _GONE.format(path=job.folder))
                return False
            self._store.beginning(job.id)
            with (job.folder / LOG).open("ab") as log:
                self._children[job.id] = subprocess.Popen(
                    [sys.executable, "-m", self._worker, str(self._root / STORE), str(job.id)],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # `-m` imports from the working folder first.
                    cwd=IMPORT_FOLDER,
                    # What ends the window's terminal or session does not end the job.
                    start_new_session=True,
                    creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
                    | getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
        except OSError as error:
            self._store.give_up(job.id, str(writing_error(error, job.folder)))
            return False
        return True


def _new_folder(parent: Path, name: str) -> Path:
    """An empty folder of its own, named after the job and the day. Raises UserError where none can be made."""
    plain = re.sub(r"[^\w .-]+", "_", name).strip(" .")[:_LONGEST_NAME].strip(" .") or "job"
    stem = f"{time.strftime('%Y-%m-%d')} {plain}"
    number = 1
    while True:
        folder = parent / (stem if number == 1 else f"{stem} {number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
            continue
        except OSError as error:
            raise writing_error(error, folder) from error
        return folder
