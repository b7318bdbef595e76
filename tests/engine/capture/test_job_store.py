"""The list of jobs: changes are whole, allowed and seen by all, whoever writes and whoever is killed."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.alive import ProcessMark, is_alive
from depthview.engine.capture.jobs.row import Wish
from depthview.engine.capture.jobs.states import AT_WORK, ENDED, State, may_follow
from depthview.engine.capture.jobs.store import Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER

ME = ProcessMark(1234, 1e9)
OTHER = ProcessMark(1234, 2e9)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs" / "jobs.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store(path)
    yield opened
    opened.close()


def at(store: Store, state: State, folder: Path) -> int:
    """A job in this state, by allowed steps."""
    number = store.add("a job", folder)
    if state is State.QUEUED:
        return number
    assert store.begin(number, ME) is not None
    if state in AT_WORK:
        store.tell(number, ME, state, 10.0, None, "")
    else:
        store.end(number, ME, state, "why" if state is State.FAILED else "")
    return number


def test_a_job_begins_as_it_was_added(store: Store, tmp_path: Path) -> None:
    before = time.time()
    number = store.add("Küche, große", tmp_path / "f")
    job = store.job(number)
    assert job is not None
    assert (job.name, job.folder, job.state, job.progress) == ("Küche, große", tmp_path / "f", State.QUEUED, 0)
    assert before <= job.created_s <= time.time()
    assert (job.paused, job.wish, job.worker, job.fault, job.eta_s, job.deaths) == (False, None, None, "", None, 0)
    assert store.jobs() == (job,)
    with pytest.raises(ValueError):
        store.add("another", tmp_path / "f")


def test_numbers_never_come_again(store: Store, tmp_path: Path) -> None:
    first = store.add("a", tmp_path / "a")
    store.remove(first)
    assert store.add("b", tmp_path / "b") > first
    assert store.job(first) is None
    store.rename(first, "nobody")
    store.cancel(first)
    store.pause(first)


@pytest.mark.parametrize("before", [State.QUEUED, *AT_WORK])
@pytest.mark.parametrize("after", list(State))
def test_a_worker_makes_allowed_steps_only(store: Store, tmp_path: Path, before: State, after: State) -> None:
    number = store.add("a job", tmp_path)
    assert store.begin(number, ME) is not None
    if before is not State.QUEUED:
        store.tell(number, ME, before, 10.0, None, "")
    if before is after or may_follow(before, after):
        told = store.tell(number, ME, after, 20.0, 5.0, "at it")
        assert told is not None
        assert (told.state, told.progress, told.eta_s, told.doing) == (after, 20.0, 5.0, "at it")
    else:
        with pytest.raises(ValueError):
            store.tell(number, ME, after, 20.0, 5.0, "at it")
        job = store.job(number)
        assert job is not None
        assert (job.state, job.progress) == (before, 10.0)


@pytest.mark.parametrize("state", list(State))
def test_what_has_ended_may_be_queued_anew(store: Store, tmp_path: Path, state: State) -> None:
    number = at(store, state, tmp_path)
    if state not in ENDED:
        with pytest.raises(ValueError):
            store.queue_again(number)
        return
    store.queue_again(number)
    job = store.job(number)
    assert job is not None
    assert (job.state, job.fault, job.paused, job.wish) == (State.QUEUED, "", False, None)
    assert job.may_start


def test_one_process_has_a_job(store: Store, tmp_path: Path) -> None:
    number = store.add("a job", tmp_path)
    assert store.begin(number, ME) is not None
    assert store.begin(number, OTHER) is None
    assert store.tell(number, OTHER, State.MAPPING, 50.0, None, "") is None
    store.end(number, OTHER, State.DONE)
    store.bury(number, OTHER, 1, "dead")
    job = store.job(number)
    assert job is not None
    assert (job.state, job.progress, job.worker) == (State.QUEUED, 0.0, ME)


def test_a_paused_job_waits(store: Store, tmp_path: Path) -> None:
    number = store.add("a job", tmp_path)
    store.pause(number)
    assert store.begin(number, ME) is None
    store.resume(number)
    assert store.begin(number, ME) is not None
    store.tell(number, ME, State.TRAINING, 50.0, None, "")
    store.pause(number)
    job = store.tell(number, ME, State.TRAINING, 51.0, None, "")
    assert job is not None
    assert job.must_stop
    store.end(number, ME, State.QUEUED)
    job = store.job(number)
    assert job is not None
    assert (job.state, job.paused, job.progress, job.worker, job.may_start) == (State.QUEUED, True, 51.0, None, False)


def test_cancelling(store: Store, tmp_path: Path) -> None:
    waits, works = store.add("a", tmp_path / "a"), at(store, State.MAPPING, tmp_path / "b")
    done = at(store, State.DONE, tmp_path / "c")
    for number in (waits, works, done):
        store.cancel(number)
    first, second, third = store.jobs()
    assert (first.state, first.wish) == (State.CANCELLED, None)
    assert (second.state, second.wish, second.must_stop) == (State.MAPPING, Wish.CANCEL, True)
    assert (third.state, third.wish) == (State.DONE, None)
    store.bury(works, ME, 9, "dead")
    job = store.job(works)
    assert job is not None
    assert (job.state, job.wish) == (State.CANCELLED, None)


def test_deaths_count_only_without_progress(store: Store, tmp_path: Path) -> None:
    number = store.add("a job", tmp_path)
    for progress in (10.0, 20.0, 30.0, 30.0):
        assert store.begin(number, ME) is not None
        store.tell(number, ME, State.TRAINING, progress, None, "")
        store.bury(number, ME, 3, "too often")
    job = store.job(number)
    assert job is not None
    assert (job.state, job.deaths) == (State.QUEUED, 2)
    assert store.begin(number, ME) is not None
    store.bury(number, ME, 3, "too often")
    job = store.job(number)
    assert job is not None
    assert (job.state, job.fault) == (State.FAILED, "too often")


WRITER = """
import sys, time
from pathlib import Path
from depthview.engine.capture.jobs.alive import ProcessMark
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.store import Store
store = Store(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    added = store.add(f"{sys.argv[2]} {number}", Path(f"/nowhere/{sys.argv[2]}/{number}"))
    worker = ProcessMark.of_this()
    store.begin(added, worker)
    store.tell(added, worker, State.TRAINING, 50.0, None, "")
    print(added, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        cwd=IMPORT_FOLDER,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_processes_make_and_fill_the_list_at_once(path: Path) -> None:
    writers = [writer(path, name, 20) for name in ("one", "two")]
    outputs = [child.communicate(timeout=60)[0].split() for child in writers]
    assert [child.returncode for child in writers] == [0, 0]
    store = Store(path)
    jobs = store.jobs()
    store.close()
    assert sorted(job.id for job in jobs) == sorted(int(number) for output in outputs for number in output)
    assert len(jobs) == 40
    assert {(job.state, job.progress) for job in jobs} == {(State.TRAINING, 50.0)}
    assert not any(job.worker is None or is_alive(job.worker) for job in jobs), "they have ended"


def test_what_a_killed_process_was_told_stays(path: Path) -> None:
    child = writer(path, "killed", 100_000)
    assert child.stdout is not None
    known = [int(child.stdout.readline()) for _ in range(5)]
    child.kill()
    child.wait()
    known += [int(line) for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    store = Store(path)
    jobs = {job.id: job for job in store.jobs()}
    assert set(known) <= jobs.keys()
    assert len(jobs) <= len(known) + 1
    store.add("goes on", path.parent)
    store.close()
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    check.close()


def test_threads_share_it(store: Store, tmp_path: Path) -> None:
    def add(name: str) -> None:
        for number in range(20):
            store.add(name, tmp_path / name / str(number))

    threads = [threading.Thread(target=add, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.jobs()) == 40


def test_a_state_is_on_the_disk_before_anything_follows_and_progress_need_not_be(store: Store, tmp_path: Path) -> None:
    number = store.add("a job", tmp_path)
    said: list[str] = []
    store._db.set_trace_callback(said.append)
    store.begin(number, ME)
    store.tell(number, ME, State.FEATURES, 1.0, None, "")
    store.tell(number, ME, State.FEATURES, 2.0, None, "")
    store.cancel(number)
    store._db.set_trace_callback(None)
    assert [line.split()[-1] for line in said if "synchronous" in line] == ["FULL", "FULL", "NORMAL", "FULL"]
    assert store._db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_list_of_a_newer_program_is_left_alone(path: Path) -> None:
    Store(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UserError, match="newer DepthView"):
        Store(path)


def test_a_state_that_nobody_knows(store: Store, path: Path, tmp_path: Path) -> None:
    store.add("a", tmp_path)
    with sqlite3.connect(path) as db:
        db.execute("UPDATE jobs SET state = 'dancing'")
    db.close()
    with pytest.raises(UserError, match="cannot be read"):
        store.jobs()


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be looked at" * 100, b"SQLite format 3\0rest"]
)
def test_what_is_no_list(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        Store(path)
    assert path.read_bytes() == content


def test_another_programs_database(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE jobs (what TEXT)")
        db.execute("PRAGMA user_version = 1")
    db.close()
    with pytest.raises(UserError, match="cannot be read"):
        Store(path)


FIRST_VERSION = """
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE, created_s REAL NOT NULL,
    state TEXT NOT NULL, progress REAL NOT NULL DEFAULT 0, eta_s REAL, doing TEXT NOT NULL DEFAULT '',
    paused INTEGER NOT NULL DEFAULT 0, wish TEXT, asked_to_stop_s REAL, fault TEXT NOT NULL DEFAULT '',
    fault_details TEXT NOT NULL DEFAULT '', pid INTEGER, started_s REAL, told_s REAL,
    deaths INTEGER NOT NULL DEFAULT 0, begun_at_progress REAL NOT NULL DEFAULT 0
)
"""


def test_a_list_of_the_first_version_is_taken_over_and_its_ends_are_no_news(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as db:
        db.execute(FIRST_VERSION)
        for state in (State.TRAINING, State.DONE, State.FAILED):
            values = state.value, f"/{state.value}", state.value, 31.5
            db.execute("INSERT INTO jobs (name, folder, created_s, state, progress) VALUES (?, ?, 7, ?, ?)", values)
        db.execute("PRAGMA user_version = 1")
    db.close()
    for _ in range(2):
        opened = Store(path)
        assert [(job.name, job.progress, job.seen) for job in opened.jobs()] == [
            ("training", 31.5, False),
            ("done", 31.5, True),
            ("failed", 31.5, True),
        ]
        opened.close()


def test_an_end_is_told_once_until_it_is_tried_again(store: Store, path: Path, tmp_path: Path) -> None:
    def seen() -> bool:
        job = store.job(number)
        assert job is not None
        return job.seen

    number = store.add("a job", tmp_path)
    store.told(number)
    store.told(number + 1)
    assert not seen(), "it has not ended"
    for _ in range(2):
        store.begin(number, ME)
        store.tell(number, ME, State.TRAINING, 50.0, None, "")
        store.end(number, ME, State.DONE)
        assert not seen()
        store.told(number)
        again = Store(path)
        assert [job.seen for job in again.jobs()] == [True]
        again.close()
        store.queue_again(number)
        assert not seen()
