"""The list of jobs: one small SQLite file that windows and workers share, and that outlives all of them.

Every change is one transaction, begun with the right to write, so that two processes cannot both act on what they read.
The write-ahead log lets the window read while a worker writes, and a process that is killed leaves whole transactions.
What a person did and every change of state is forced onto the disk before anything follows from it (`synchronous`
FULL); how far a job is, said twice a second, is not (NORMAL): after a power cut the list is whole, a job a little
younger.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from depthview.engine.atomic import output_folder, writing_error
from depthview.engine.capture.jobs.alive import ProcessMark
from depthview.engine.capture.jobs.row import Job, Wish
from depthview.engine.capture.jobs.states import ENDED, State, may_follow
from depthview.engine.errors import UserError

STORE = "jobs.db"

_VERSION = 2
_WAIT_S = 10.0
_NEWER = "This list of jobs was made by a newer DepthView: update this one: {path}"
_DAMAGED = "The list of jobs cannot be read: move this file away, and open the jobs' folders again: {path}"
_BUSY = "The list of jobs is in use and does not answer: close other DepthView windows: {path}"
_FULL = "The disk of the list of jobs is full: free some space: {path}"
_UNWRITABLE = "The list of jobs cannot be written: make its folder writable: {path}"
_SCHEMA = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    folder TEXT NOT NULL UNIQUE,
    created_s REAL NOT NULL,
    state TEXT NOT NULL,
    progress REAL NOT NULL DEFAULT 0,
    eta_s REAL,
    doing TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0,
    wish TEXT,
    asked_to_stop_s REAL,
    fault TEXT NOT NULL DEFAULT '',
    fault_details TEXT NOT NULL DEFAULT '',
    pid INTEGER,
    started_s REAL,
    told_s REAL,
    deaths INTEGER NOT NULL DEFAULT 0,
    begun_at_progress REAL NOT NULL DEFAULT 0,
    seen INTEGER NOT NULL DEFAULT 0
)
"""
_FROM_1 = (
    "ALTER TABLE jobs ADD COLUMN seen INTEGER NOT NULL DEFAULT 0",
    f"UPDATE jobs SET seen = 1 WHERE state IN ({', '.join(repr(state.value) for state in ENDED)})",
)
"""What ended before anyone kept count is no news."""
_COLUMNS = (
    "id, name, folder, created_s, state, progress, eta_s, doing, paused, wish, asked_to_stop_s, fault, fault_details, "
    "pid, started_s, told_s, deaths, seen"
)


class Store:
    """The list in one file. Any thread may use it; each process opens its own, and none after a fork.

    Everything raises UserError where the file cannot be read or written. A job that is not there (any more) is None or
    left alone: another window may have removed it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        output_folder(path.parent)
        with self._sentences():
            self._db = sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False)
            try:
                self._db.row_factory = sqlite3.Row
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def jobs(self) -> tuple[Job, ...]:
        """All, the oldest first."""
        with self._lock, self._sentences():
            return tuple(map(_job, self._db.execute(f"SELECT {_COLUMNS} FROM jobs ORDER BY id").fetchall()))

    def job(self, number: int) -> Job | None:
        with self._lock, self._sentences():
            return self._job(number)

    def add(self, name: str, folder: Path, *, paused: bool = False) -> int:
        """A new job, QUEUED; its number. Raises ValueError where the folder is another job's."""
        try:
            with self._changing() as db:
                done = db.execute(
                    "INSERT INTO jobs (name, folder, created_s, state, paused) VALUES (?, ?, ?, ?, ?)",
                    (name, str(folder), time.time(), State.QUEUED.value, paused),
                )
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{folder} is another job's") from error
        assert done.lastrowid is not None
        return done.lastrowid

    def give_up(self, number: int, fault: str) -> None:
        """No process could be begun for a job that waits: it FAILED."""
        with self._changing() as db:
            job = self._job(number)
            if job is not None and job.state is State.QUEUED and job.worker is None:
                _end(db, job, State.FAILED, fault)

    def rename(self, number: int, name: str) -> None:
        with self._changing() as db:
            _set(db, number, name=name)

    def pause(self, number: int) -> None:
        """A job at work is asked to save and end; one that waits goes on waiting. What has ended is left alone."""
        with self._changing() as db:
            job = self._job(number)
            if job is not None and job.state not in ENDED and not job.paused:
                _set(db, number, paused=1, asked_to_stop_s=time.time())

    def resume(self, number: int) -> None:
        with self._changing() as db:
            _set(db, number, paused=0, asked_to_stop_s=None)

    def cancel(self, number: int) -> None:
        """A job at work is asked to end, one that waits is CANCELLED at once."""
        with self._changing() as db:
            job = self._job(number)
            if job is None or job.state in ENDED:
                return
            if job.worker is None:
                _end(db, job, State.CANCELLED)
            elif job.wish is None:
                _set(db, number, wish=Wish.CANCEL.value, asked_to_stop_s=time.time())

    def wish_removed(self, number: int) -> None:
        """It is to end and to go, with its folder; `remove` follows when it has."""
        with self._changing() as db:
            _set(db, number, wish=Wish.REMOVE.value, asked_to_stop_s=time.time())

    def keep_after_all(self, number: int, fault: str) -> None:
        """It could not be removed, for this reason."""
        with self._changing() as db:
            _set(db, number, wish=None, asked_to_stop_s=None, fault=fault)

    def told(self, number: int) -> None:
        """A person knows how it ended. Nothing where it has not."""
        with self._changing() as db:
            job = self._job(number)
            if job is not None and job.state in ENDED:
                _set(db, number, seen=1)

    def remove(self, number: int) -> None:
        """Take the row out. The folder must be gone."""
        with self._changing() as db:
            db.execute("DELETE FROM jobs WHERE id = ?", (number,))

    def queue_again(self, number: int, *, anew: bool = False) -> None:
        """What has ended waits for its turn again; `anew` where its progress counts no more. Raises ValueError where it
        has not ended."""
        with self._changing() as db:
            job = self._job(number)
            if job is None:
                return
            if job.state not in ENDED:
                raise ValueError(f"job {number} is {job.state.value}")
            cleared = {
                "fault": "",
                "fault_details": "",
                "deaths": 0,
                "paused": 0,
                "eta_s": None,
                "doing": "",
                "seen": 0,
            }
            _move(db, job, State.QUEUED, **cleared, progress=0.0 if anew else job.progress)

    def beginning(self, number: int) -> None:
        """A process for it is about to be begun, in vain where the list cannot be written: this says so before."""
        with self._changing() as db:
            _set(db, number, told_s=time.time())

    def begin(self, number: int, worker: ProcessMark) -> Job | None:
        """Let a process have the job; None where it is not waiting for one (any more)."""
        with self._changing() as db:
            job = self._job(number)
            if job is None or not job.may_start:
                return None
            values = {"pid": worker.pid, "started_s": worker.started_s, "told_s": time.time()}
            _set(db, number, **values, begun_at_progress=job.progress, asked_to_stop_s=None)
            return self._job(number)

    def tell(
        self, number: int, worker: ProcessMark, state: State, progress: float, eta_s: float | None, doing: str
    ) -> Job | None:
        """How far the worker is, and the job as it then stands; None where it is the worker's no more."""
        with self._lock, self._sentences():
            known = self._job(number)
        if known is None or known.worker != worker:
            return None
        with self._changing(durable=known.state is not state) as db:
            job = self._job(number)
            if job is None or job.worker != worker:
                return None
            _move(db, job, state, progress=progress, eta_s=eta_s, doing=doing, told_s=time.time())
            return self._job(number)

    def end(self, number: int, worker: ProcessMark, state: State, fault: str = "", details: str = "") -> None:
        """The worker leaves the job DONE, FAILED, CANCELLED, or QUEUED where it was interrupted or paused."""
        with self._changing() as db:
            job = self._job(number)
            if job is not None and job.worker == worker:
                _end(db, job, state, fault, details)

    def bury(self, number: int, worker: ProcessMark, most_deaths: int, fault: str) -> None:
        """The worker vanished without a word: the job waits for its turn again, or is what the person wished.

        After `most_deaths` in a row that came no further than the one before, it FAILED with `fault`.
        """
        with self._changing() as db:
            job = self._job(number)
            if job is None or job.worker != worker:
                return
            begun = db.execute("SELECT begun_at_progress FROM jobs WHERE id = ?", (number,)).fetchone()[0]
            deaths = 1 if job.progress > begun else job.deaths + 1
            if job.wish is not None:
                _end(db, job, State.CANCELLED)
            elif deaths >= most_deaths and not job.paused:
                _end(db, job, State.FAILED, fault)
            else:
                _end(db, job, State.QUEUED)
                _set(db, number, deaths=0 if job.paused else deaths)

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        version = self._version()
        if version < _VERSION:
            self._db.execute("BEGIN IMMEDIATE")
            version = self._version()  # another process may have been quicker
            if version == 0:
                self._db.execute(_SCHEMA)
            elif version == 1:
                for sentence in _FROM_1:
                    self._db.execute(sentence)
            if version < _VERSION:
                self._db.execute(f"PRAGMA user_version = {_VERSION}")
            self._db.execute("COMMIT")
        if version > _VERSION:
            raise UserError(_NEWER, path=self._path)
        self._db.execute(f"SELECT {_COLUMNS} FROM jobs LIMIT 1")

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA user_version").fetchone()[0])

    def _job(self, number: int) -> Job | None:
        row = self._db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (number,)).fetchone()
        return None if row is None else _job(row)

    @contextmanager
    def _changing(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        with self._lock, self._sentences():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.DatabaseError, IndexError, KeyError, TypeError) as error:
            raise UserError(_template(error), details=str(error), path=self._path) from error
        except OSError as error:
            raise writing_error(error, self._path) from error


def _template(error: Exception) -> str:
    said = str(error)
    if "locked" in said:
        return _BUSY
    if "full" in said:
        return _FULL
    if "readonly" in said or "unable to open" in said:
        return _UNWRITABLE
    return _DAMAGED


def _job(row: sqlite3.Row) -> Job:
    """Raises sqlite3.DatabaseError for a state or a wish that no DepthView wrote."""
    worker = None if row["pid"] is None else ProcessMark(row["pid"], row["started_s"])
    try:
        state, wish = State(row["state"]), None if row["wish"] is None else Wish(row["wish"])
    except ValueError as error:
        raise sqlite3.DatabaseError(str(error)) from error
    return Job(
        row["id"],
        row["name"],
        Path(row["folder"]),
        row["created_s"],
        state,
        row["progress"],
        row["eta_s"],
        row["doing"],
        bool(row["paused"]),
        wish,
        row["asked_to_stop_s"],
        row["fault"],
        row["fault_details"],
        worker,
        row["told_s"],
        row["deaths"],
        bool(row["seen"]),
    )


def _set(db: sqlite3.Connection, number: int, **values: Any) -> None:
    names = ", ".join(f"{name} = ?" for name in values)
    db.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*values.values(), number))


def _move(db: sqlite3.Connection, job: Job, state: State, **values: Any) -> None:
    """Raises ValueError for a step that is not allowed."""
    if state is not job.state and not may_follow(job.state, state):
        raise ValueError(f"job {job.id} cannot go from {job.state.value} to {state.value}")
    _set(db, job.id, state=state.value, **values)


def _end(db: sqlite3.Connection, job: Job, state: State, fault: str = "", details: str = "") -> None:
    """No process works on it any more. A wish to remove it stays until it is gone."""
    kept = job.wish.value if job.wish is Wish.REMOVE else None
    values: dict[str, Any] = {"pid": None, "started_s": None, "eta_s": None, "doing": "", "wish": kept}
    values |= {"asked_to_stop_s": None, "fault": fault, "fault_details": details, "deaths": 0}
    if state in ENDED:
        values["paused"] = 0
    if state is State.DONE:
        values["progress"] = 100.0
    _move(db, job, state, **values)
