"""The queue with real processes: turns, wishes, mishaps, and windows that come and go."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from depthview.engine.capture.jobs import queue as queue_module
from depthview.engine.capture.jobs import store as store_module
from depthview.engine.capture.jobs.alive import is_alive, kill_with_children
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.folder import LOG, read_asked, write_asked
from depthview.engine.capture.jobs.process import work_on
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import AT_WORK, ENDED, State
from depthview.engine.capture.jobs.steps import Step
from depthview.engine.capture.jobs.store import STORE, Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.progress import Report, StopToken
from tests.engine.capture.small_job import FITTING_SPLATS, chain, checkpoint, go_on, small
from tests.engine.capture.waiting import job_of, ticked_until

WORKER = "tests.engine.capture.small_job"
ENDLESS = 1_000_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "jobs"


@pytest.fixture
def queue(root: Path) -> Iterator[Queue]:
    opened = Queue(root, worker=WORKER)
    yield opened
    for job in opened.jobs():
        if job.worker is not None:
            kill_with_children(job.worker)
    for child in opened._children.values():
        child.kill()
        child.wait()
    opened.close()


def added(queue: Queue, *, iterations: int = 30, how: str = "", name: str = "fox") -> int:
    number = queue.add(name, small(Path("/photos"), iterations))
    if how:
        (job_of(queue, number).folder / "how.txt").write_text(how)
    return number


def training(queue: Queue, number: int) -> bool:
    return job_of(queue, number).state is State.TRAINING


def ended(queue: Queue, number: int) -> bool:
    return job_of(queue, number).state in ENDED and job_of(queue, number).worker is None


def test_a_job_goes_its_whole_road(queue: Queue, root: Path) -> None:
    number = added(queue, name="Küche: groß/klein?")
    seen: list[Job] = []

    def looks() -> bool:
        seen.append(job_of(queue, number))
        return ended(queue, number)

    ticked_until(queue, looks)
    job = job_of(queue, number)
    assert (job.state, job.progress, job.eta_s, job.fault, job.worker) == (State.DONE, 100, None, "", None)
    assert job.name == "Küche: groß/klein?"
    assert job.folder.parent == root
    assert checkpoint(job.folder, 30).read_text() == chain(30)
    passed = [one.state for one in seen]
    order = [State.QUEUED, *AT_WORK, State.DONE]
    assert passed == sorted(passed, key=order.index), "forward only"
    assert [one.progress for one in seen] == sorted(one.progress for one in seen)
    log = queue.log_tail(number)
    assert any("features 0 in" in line for line in log), "what it prints"
    assert [line.split()[-1] for line in log if line.split()[-1] in {state.value for state in State}] == [
        state.value for state in (*AT_WORK, State.DONE)
    ]
    assert queue.log_tail(number, 1) == log[-1:]


def test_two_run_and_the_others_follow_in_their_turn(queue: Queue) -> None:
    numbers = [added(queue, iterations=10, how=how) for how in (*["waits half way"] * 2, "", "")]
    most, begun = 0, []

    def looks() -> bool:
        nonlocal most
        at_work = [job.id for job in queue.jobs() if job.worker is not None]
        most = max(most, len(at_work))
        begun.extend(number for number in at_work if number not in begun)
        if at_work == numbers[:2]:
            for number in at_work:
                go_on(job_of(queue, number).folder)
        return all(ended(queue, number) for number in numbers)

    ticked_until(queue, looks)
    assert most == 2
    assert sorted(begun[:2]) == numbers[:2]
    assert sorted(begun) == numbers
    assert {job.state for job in queue.jobs()} == {State.DONE}


def test_one_may_run_where_that_is_asked_for(queue: Queue) -> None:
    queue.most_running = 1
    first, second = added(queue, iterations=ENDLESS), added(queue)
    ticked_until(queue, lambda: training(queue, first))
    for _ in range(5):
        queue.tick()
    assert job_of(queue, second).worker is None
    queue.most_running = 2
    ticked_until(queue, lambda: ended(queue, second))
    assert training(queue, first)


def test_cancelling_one_at_work_and_trying_again(queue: Queue) -> None:
    number = added(queue, iterations=60, how="waits half way")
    ticked_until(queue, lambda: training(queue, number))
    worker = job_of(queue, number).worker
    assert worker is not None
    queue.cancel(number)
    ticked_until(queue, lambda: ended(queue, number))
    job = job_of(queue, number)
    assert (job.state, job.wish) == (State.CANCELLED, None)
    ticked_until(queue, lambda: not is_alive(worker))
    assert (job.folder / "features" / "done").exists(), "what is whole stays"
    for _ in range(3):
        queue.tick()
    assert job_of(queue, number).state is State.CANCELLED
    go_on(job.folder)
    queue.retry(number)
    ticked_until(queue, lambda: ended(queue, number))
    assert job_of(queue, number).state is State.DONE
    assert checkpoint(job.folder, 60).read_text() == chain(60)
    assert sum("features 0 in" in line for line in queue.log_tail(number)) == 1, "a stage once done is not done again"


def test_one_that_does_not_hear_is_ended(queue: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue_module, "_CANCELLED_WITHIN_S", 0.5)
    number = added(queue, iterations=ENDLESS, how="deaf")
    ticked_until(queue, lambda: training(queue, number))
    queue.cancel(number)
    ticked_until(queue, lambda: ended(queue, number))
    assert job_of(queue, number).state is State.CANCELLED


def test_a_pause_saves_makes_room_and_goes_on_where_it_was(queue: Queue) -> None:
    queue.most_running = 1
    first, second = added(queue, iterations=100, how="waits half way"), added(queue, iterations=10)
    ticked_until(queue, lambda: training(queue, first) and job_of(queue, first).progress > 45)
    queue.pause(first)
    ticked_until(queue, lambda: ended(queue, second))
    job = job_of(queue, first)
    assert (job.state, job.paused, job.worker) == (State.QUEUED, True, None)
    assert job.progress > 45
    saved = json.loads((job.folder / "state" / "state.json").read_text())["iteration"]
    assert saved > 0
    go_on(job.folder)
    queue.resume(first)
    shown = []

    def looks() -> bool:
        shown.append(job_of(queue, first).progress)
        return ended(queue, first)

    ticked_until(queue, looks)
    assert min(shown) >= job.progress - 1, "it does not seem to begin anew"
    assert checkpoint(job.folder, 100).read_text() == chain(100)


def test_one_that_waits_is_cancelled_paused_and_removed_at_once(queue: Queue) -> None:
    queue.most_running = 0
    cancelled, paused, removed = (added(queue) for _ in range(3))
    folder = job_of(queue, removed).folder
    queue.cancel(cancelled)
    queue.pause(paused)
    queue.remove(removed)
    queue.tick()
    assert job_of(queue, cancelled).state is State.CANCELLED
    assert queue.job(removed) is None
    assert not folder.exists()
    queue.most_running = 2
    queue.tick()
    assert job_of(queue, paused).worker is None
    assert not queue._children


def test_removing_one_at_work(queue: Queue, root: Path) -> None:
    number = added(queue, iterations=ENDLESS)
    ticked_until(queue, lambda: training(queue, number))
    job = job_of(queue, number)
    queue.remove(number)
    ticked_until(queue, lambda: queue.job(number) is None)
    assert not job.folder.exists()
    assert job.worker is not None
    assert not is_alive(job.worker)


def test_names(queue: Queue) -> None:
    queue.most_running = 0
    numbers = [queue.add(name, small(Path("/photos"))) for name in ("a", "a", "../..", "", "CON", "x" * 300, "\0")]
    folders = [job_of(queue, number).folder for number in numbers]
    assert len(set(folders)) == len(numbers)
    assert all(folder.is_dir() and folder.parent == folders[0].parent for folder in folders)
    queue.rename(numbers[0], "Fuchs 🦊")
    assert job_of(queue, numbers[0]).name == "Fuchs 🦊"
    assert job_of(queue, numbers[0]).folder == folders[0]


@pytest.mark.parametrize(
    ("how", "sentence", "details"),
    [
        ("fails", "These photos do not hold together: ", "two parts"),
        ("breaks", "Something failed inside DepthView, please report it", "a fault of ours"),
        ("never enough memory", "There was not enough memory", ""),
    ],
)
def test_a_job_that_fails_says_why(queue: Queue, how: str, sentence: str, details: str) -> None:
    number = added(queue, how=how)
    ticked_until(queue, lambda: ended(queue, number))
    job = job_of(queue, number)
    assert job.state is State.FAILED
    assert job.fault.startswith(sentence)
    assert details in job.fault_details
    assert any(sentence in line for line in queue.log_tail(number))
    (job.folder / "how.txt").unlink()
    queue.retry(number)
    assert job_of(queue, number).fault == ""
    ticked_until(queue, lambda: ended(queue, number))
    assert checkpoint(job.folder, 30).read_text() == chain(30)


def test_out_of_memory_halves_the_splats_once_and_goes_on(queue: Queue) -> None:
    number = added(queue, how="memory")
    ticked_until(queue, lambda: ended(queue, number))
    job = job_of(queue, number)
    assert job.state is State.DONE
    asked = read_asked(job.folder)
    assert asked.lowered_to is not None
    assert asked.lowered_to <= FITTING_SPLATS


def test_one_that_vanishes_again_and_again_is_given_up(queue: Queue) -> None:
    number = added(queue, how="vanishes")
    ticked_until(queue, lambda: ended(queue, number))
    job = job_of(queue, number)
    assert job.state is State.FAILED
    assert job.fault.startswith("The job's process ended without a word")
    assert read_asked(job.folder).lowered_to == 8, "the system kills what takes too much memory"


def test_a_list_that_cannot_be_written_for_a_while_ends_no_job(
    queue: Queue, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = added(queue)
    monkeypatch.setattr(store_module, "_WAIT_S", 0.05)
    store = Store(root / STORE)
    holder = sqlite3.connect(root / STORE, isolation_level=None)
    begun: list[State] = []

    def step(state: State) -> Step:
        def work(_folder: Path, _asked: Asked, _report: Report, _stop: StopToken) -> None:
            begun.append(state)
            if state is State.FEATURES:
                holder.execute("BEGIN IMMEDIATE")
            elif state is State.TRAINING:
                holder.rollback()

        return Step(state, 1.0, lambda _folder, _asked: False, work)

    work_on(store, number, [step(state) for state in AT_WORK])
    holder.close()
    store.close()
    assert begun == list(AT_WORK)
    assert job_of(queue, number).state is State.DONE


def test_a_process_that_cannot_begin(root: Path) -> None:
    queue = Queue(root, worker="tests.engine.capture.no_such_program", most_deaths=2)
    number = added(queue)
    ticked_until(queue, lambda: ended(queue, number))
    assert job_of(queue, number).fault.startswith("The job's process could not be started")
    assert any("no_such_program" in line for line in queue.log_tail(number))
    queue.close()


def test_a_folder_that_is_gone(queue: Queue) -> None:
    number = added(queue)
    shutil.rmtree(job_of(queue, number).folder)
    queue.tick()
    assert job_of(queue, number).fault.startswith("The folder of this job is gone")
    queue.remove(number)
    queue.tick()
    assert queue.job(number) is None


def test_a_damaged_job(queue: Queue) -> None:
    number = added(queue)
    (job_of(queue, number).folder / "job.json").write_bytes(b"{}")
    ticked_until(queue, lambda: ended(queue, number))
    assert job_of(queue, number).fault.startswith("This folder holds no job that can be read")


def test_other_settings_for_one_that_is_done(queue: Queue) -> None:
    number = added(queue, iterations=10)
    ticked_until(queue, lambda: ended(queue, number))
    queue.retry(number, small(Path("/photos"), 20))
    assert job_of(queue, number).progress == 0
    ticked_until(queue, lambda: ended(queue, number))
    assert checkpoint(job_of(queue, number).folder, 20).read_text() == chain(20)
    assert sum("features 0 in" in line for line in queue.log_tail(number)) == 1


def test_a_job_of_the_command_line_is_taken_in(queue: Queue, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    write_asked(folder, small(Path("/photos"), 10))
    number = queue.take_in(folder, "mine")
    queue.tick()
    assert (job_of(queue, number).paused, job_of(queue, number).worker) == (True, None)
    with pytest.raises(UserError, match="in the list already"):
        queue.take_in(folder, "again")
    with pytest.raises(UserError):
        queue.take_in(tmp_path, "nothing")
    queue.resume(number)
    ticked_until(queue, lambda: ended(queue, number))
    assert checkpoint(folder, 10).read_text() == chain(10)


def test_of_two_windows_one_begins_jobs_and_both_may_wish(queue: Queue, root: Path) -> None:
    other = Queue(root, worker=WORKER)
    queue.tick()
    number = added(other, iterations=ENDLESS)
    other.tick()
    assert not other._children
    ticked_until(queue, lambda: training(queue, number))
    other.cancel(number)
    ticked_until(queue, lambda: ended(other, number))
    queue._lock.release()  # as when its window closes
    other.retry(number)
    ticked_until(other, lambda: training(other, number))
    other.cancel(number)
    ticked_until(other, lambda: ended(other, number))
    other.close()


WINDOW = """
import sys, time
from pathlib import Path
from depthview.engine.capture.jobs.queue import Queue
queue = Queue(Path(sys.argv[1]), worker=sys.argv[2])
while True:
    queue.tick()
    print(*(job.state.value for job in queue.jobs()), flush=True)
    time.sleep(0.02)
"""


def test_a_window_that_is_killed_leaves_its_jobs_to_the_next(root: Path) -> None:
    before = Queue(root, worker=WORKER)
    numbers = [added(before, iterations=60, how="waits half way") for _ in range(3)]
    before.close()
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(root), WORKER], cwd=IMPORT_FOLDER, stdout=subprocess.PIPE, text=True
    )
    assert window.stdout is not None
    for line in window.stdout:
        if line.split()[:2] == ["training"] * 2:
            break
    window.kill()
    window.wait()
    window.stdout.close()

    queue = Queue(root, worker=WORKER)
    adopted = [job_of(queue, number).worker for number in numbers]
    assert adopted[2] is None
    for worker in adopted[:2]:
        assert worker is not None
        assert is_alive(worker)
    queue.tick()
    assert not queue._children, "two are at work already"
    for number in numbers:
        go_on(job_of(queue, number).folder)
    ticked_until(queue, lambda: all(ended(queue, number) for number in numbers))
    for number in numbers:
        job = job_of(queue, number)
        assert (job.state, job.deaths) == (State.DONE, 0)
        assert checkpoint(job.folder, 60).read_text() == chain(60)
        assert sum("features 0 in" in line for line in queue.log_tail(number)) == 1
    assert not list(root.rglob(".depthview-*"))
    queue.close()


def test_the_log_keeps_what_came_before(queue: Queue) -> None:
    number = added(queue, iterations=10)
    (job_of(queue, number).folder / LOG).write_text("from earlier\n")
    ticked_until(queue, lambda: ended(queue, number))
    assert queue.log_tail(number)[0] == "from earlier"
