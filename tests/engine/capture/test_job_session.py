"""Jobs as a window sees them: at hand without waiting, wished for soon, told once, and never in the window's way."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from depthview.engine.capture.jobs import queue as queue_module
from depthview.engine.capture.jobs import store as store_module
from depthview.engine.capture.jobs.alive import is_alive, kill_with_children
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.session import JobsNow, JobsSession
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.store import STORE, Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER, jobs_folder
from tests.engine.capture.small_job import chain, checkpoint, go_on, small
from tests.engine.capture.waiting import PATIENCE_S

WORKER = "tests.engine.capture.small_job"
ENDLESS = 1_000_000
SOME_LOOKS_S = 1.5


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "data" / "jobs"


@pytest.fixture
def session(root: Path) -> Iterator[JobsSession]:
    opened = JobsSession(root, worker=WORKER)
    yield opened
    assert opened.close(time.monotonic() + PATIENCE_S)
    if (root / STORE).exists():
        _end_all(root)


def _end_all(root: Path) -> None:
    try:
        store = Store(root / STORE)
    except UserError:
        return
    for job in store.jobs():
        if job.worker is not None:
            kill_with_children(job.worker)
    store.close()


def until(so: Callable[[], bool], what: object = "") -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < give_up, what
        time.sleep(0.01)


def asked(session: JobsSession, *, iterations: int = 30, name: str = "fox", how: str = "") -> None:
    def add(queue: Queue) -> None:
        number = queue.add(name, small(Path("/photos"), iterations))
        job = queue.job(number)
        assert job is not None
        (job.folder / "how.txt").write_text(how)

    session.do(add)


def the_job(session: JobsSession) -> Job:
    until(lambda: bool(session.latest.jobs))
    return session.latest.jobs[0]


def test_without_jobs_nothing_is_made_and_the_first_wish_makes_it(session: JobsSession, root: Path) -> None:
    session.start()
    time.sleep(2 * SOME_LOOKS_S / 3)
    assert session.latest == JobsNow()
    assert not root.parent.exists()
    asked(session, name="first")
    assert the_job(session).name == "first"
    assert session.take_faults() == ()


def test_a_job_goes_its_road_and_all_of_it_is_told(session: JobsSession) -> None:
    session.start()
    asked(session)
    number = the_job(session).id
    session.watch(number)
    until(lambda: the_job(session).state is State.DONE, session.latest)
    until(lambda: session.latest.watched is not None and len(session.latest.watched.checkpoints) == 3)
    watched = session.latest.watched
    assert watched is not None
    assert (watched.number, watched.asked) == (number, small(Path("/photos"), 30))
    assert [one.path.read_text() for one in watched.checkpoints] == [chain(count) for count in (10, 20, 30)]
    until(lambda: session.latest.watched is not None and session.latest.watched.log[-1].endswith(" done"))
    before = session.latest
    time.sleep(SOME_LOOKS_S)
    assert session.latest is before, "where nothing changes, everything stays the same object"
    assert session.take_faults() == ()
    session.watch(None)
    until(lambda: session.latest.watched is None)
    assert session.latest.jobs is before.jobs


def test_jobs_at_work_go_on_when_the_window_closes_and_are_found_again(session: JobsSession, root: Path) -> None:
    session.start()
    asked(session, iterations=60, how="waits half way")
    until(lambda: the_job(session).state is State.TRAINING)
    assert session.close(time.monotonic() + PATIENCE_S)
    worker = the_job(session).worker
    assert worker is not None
    assert is_alive(worker)
    later = JobsSession(root, worker=WORKER)
    later.start()
    go_on(the_job(session).folder)
    until(lambda: the_job(later).state is State.DONE, later.latest)
    job = the_job(later)
    assert checkpoint(job.folder, 60).read_text() == chain(60)
    assert not job.seen, "nobody was told: no window was there"
    later.do(lambda queue: queue.told(job.id))
    until(lambda: the_job(later).seen)
    assert later.close(time.monotonic() + PATIENCE_S)


def test_what_is_wished_at_the_last_moment_is_done(session: JobsSession, root: Path) -> None:
    session.start()
    for name in "abc":
        asked(session, name=name, how="deaf")
    assert session.close(time.monotonic() + PATIENCE_S)
    store = Store(root / STORE)
    assert [job.name for job in store.jobs()] == ["a", "b", "c"]
    store.close()


def test_a_folder_that_takes_long_to_remove_holds_nothing_up(
    session: JobsSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    removing, may_end = threading.Event(), threading.Event()

    def slowly(folder: Path) -> None:
        removing.set()
        may_end.wait(PATIENCE_S)
        shutil.rmtree(folder)

    monkeypatch.setattr(queue_module, "remove_folder", slowly)
    session.set_most_running(0)
    session.start()
    for name in ("large", "other"):
        asked(session, name=name)
    until(lambda: len(session.latest.jobs) == 2)
    large, other = session.latest.jobs
    session.do(lambda queue: queue.remove(large.id))
    assert removing.wait(PATIENCE_S)
    session.do(lambda queue: queue.rename(other.id, "renamed"))
    until(lambda: [job.name for job in session.latest.jobs] == ["large", "renamed"])
    assert not session.close(time.monotonic()), "it says that something is left"
    assert not session.close(time.monotonic() + 0.1)
    may_end.set()
    assert session.close(time.monotonic() + PATIENCE_S)
    assert not large.folder.exists()


def test_most_running(session: JobsSession) -> None:
    session.set_most_running(0)
    session.start()
    asked(session)
    the_job(session)
    time.sleep(SOME_LOOKS_S)
    assert the_job(session).state is State.QUEUED
    session.set_most_running(1)
    until(lambda: the_job(session).state is State.DONE)


def test_a_wish_that_cannot_be_granted_is_told_each_time_and_the_others_are_granted(session: JobsSession) -> None:
    session.set_most_running(0)
    session.start()

    def refused(_queue: Queue) -> None:
        raise UserError("No, {name}", name="never")

    def wrong(queue: Queue) -> None:
        queue.retry(1)

    asked(session)
    for wish in (refused, refused, wrong):
        session.do(wish)
    session.do(lambda queue: queue.rename(1, "still here"))
    until(lambda: the_job(session).name == "still here")
    faults = [str(fault) for fault in session.take_faults()]
    assert faults[:2] == ["No, never"] * 2
    assert "job 1 is queued" in faults[2], "a mistake of ours ends no thread"
    assert session.take_faults() == ()


def test_a_damaged_list_is_told_once_and_moved_away_it_goes_on(session: JobsSession, root: Path) -> None:
    root.mkdir(parents=True)
    (root / STORE).write_bytes(b"no list, but long enough to be looked at" * 100)
    session.start()
    until(lambda: bool(session._faults._new))
    time.sleep(SOME_LOOKS_S)
    faults = session.take_faults()
    assert [str(fault).split(":")[0] for fault in faults] == ["The list of jobs cannot be read"]
    asked(session)
    until(lambda: bool(session._faults._new))
    assert len(session.take_faults()) == 1, "the wish's own"
    (root / STORE).rename(root / "damaged.db")
    asked(session)
    until(lambda: the_job(session).state is State.DONE, session.latest)
    assert session.take_faults() == ()


def test_a_list_that_vanishes_with_its_folder_is_empty_and_begins_anew(session: JobsSession, root: Path) -> None:
    session.start()
    asked(session)
    session.watch(1)
    until(lambda: the_job(session).state is State.DONE)
    root.rename(root.with_name("elsewhere"))
    until(lambda: session.latest == JobsNow())
    asked(session, name="anew")
    assert the_job(session).name == "anew"
    assert session.take_faults() == ()


def test_a_list_that_cannot_be_written_is_told_once_begins_nothing_and_goes_on_when_it_can(
    session: JobsSession, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Held by another program; a full disk goes the same way."""
    monkeypatch.setattr(store_module, "_WAIT_S", 0.05)
    queue = Queue(root)
    number = queue.add("fox", small(Path("/photos"), 10))
    folder = queue.jobs()[0].folder
    queue.close()
    holder = sqlite3.connect(root / STORE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    session.start()
    session.watch(number)
    until(lambda: bool(session._faults._new) and session.latest.watched is not None)
    time.sleep(SOME_LOOKS_S)
    assert [str(fault).split(":")[0] for fault in session.take_faults()] == [
        "The list of jobs is in use and does not answer"
    ]
    assert the_job(session).state is State.QUEUED
    assert session.latest.watched is not None
    assert not (folder / "log.txt").exists(), "no process was begun in vain"
    holder.execute("ROLLBACK")
    holder.close()
    until(lambda: the_job(session).state is State.DONE, session.latest)
    assert session.take_faults() == ()


def test_a_process_that_ends_in_vain_is_not_begun_on_and_on(root: Path) -> None:
    session = JobsSession(root, worker="tests.engine.capture.no_such_program")
    session.start()
    asked(session)
    until(lambda: the_job(session).state is State.FAILED, session.latest)
    log = (the_job(session).folder / "log.txt").read_text()
    assert 1 <= log.count("No module named") <= 4
    assert session.close(time.monotonic() + PATIENCE_S)


def test_of_two_windows_each_sees_what_the_other_wishes(session: JobsSession, root: Path) -> None:
    session.start()
    asked(session, iterations=ENDLESS)
    other = JobsSession(root, worker=WORKER)
    other.start()
    other.watch(1)
    until(lambda: the_job(other).state is State.TRAINING)
    until(lambda: other.latest.watched is not None and bool(other.latest.watched.checkpoints))
    other.do(lambda queue: queue.cancel(1))
    until(lambda: the_job(session).state is State.CANCELLED)
    assert session.close(time.monotonic() + PATIENCE_S)
    asked(other, name="later")
    until(lambda: other.latest.jobs[-1].state is State.DONE, "the other window begins jobs now")
    assert other.close(time.monotonic() + PATIENCE_S)


def test_closing_what_was_never_started(root: Path) -> None:
    session = JobsSession(root)
    assert session.close(time.monotonic())
    assert not root.exists()


def test_the_folder_of_jobs_moves_with_depthviews_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path))
    assert jobs_folder() == tmp_path / "jobs"


def test_the_window_s_part_loads_no_trainer_and_no_decoder() -> None:
    program = (
        "import sys, depthview.engine.capture.jobs.session\n"
        "print(*sorted({'torch', 'pycolmap', 'av', 'cv2', 'numba', 'onnxruntime'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=IMPORT_FOLDER, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""
