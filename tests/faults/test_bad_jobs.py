"""Jobs on full and read-only disks, and in folders that may not be written to."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.folder import held, write_asked
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.states import ENDED, State
from depthview.engine.capture.jobs.store import Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from tests.engine.capture.small_job import chain, checkpoint, small
from tests.engine.capture.waiting import job_of, ticked_until

WORKER = "tests.engine.capture.small_job"


def add_many(store: Store, folder: Path) -> None:
    for count in range(10_000):
        store.add("more " * 100, folder / str(count))


def ended(queue: Queue, number: int) -> bool:
    return job_of(queue, number).state in ENDED


def test_a_job_on_a_disk_that_fills_up_says_so_and_goes_on_when_there_is_room(tmp_path: Path, disk: Path) -> None:
    queue = Queue(tmp_path / "jobs", worker=WORKER)
    number = queue.add("fox", small(Path("/photos"), 10), parent=disk)
    folder = job_of(queue, number).folder
    assert folder.parent == disk
    (folder / "how.txt").write_text("disk")
    ticked_until(queue, lambda: ended(queue, number))
    job = job_of(queue, number)
    assert job.state is State.FAILED
    assert job.fault.startswith("The disk is full")
    (folder / "mapping" / "large").unlink()
    (folder / "how.txt").unlink()
    queue.retry(number)
    ticked_until(queue, lambda: ended(queue, number))
    assert checkpoint(folder, 10).read_text() == chain(10)
    queue.close()


def test_a_list_on_a_full_disk_says_so_and_stays_whole(disk: Path) -> None:
    store = Store(disk / "jobs.db")
    number = store.add("first", disk / "first")
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    with pytest.raises(UserError, match="disk of the list of jobs is full"):
        add_many(store, disk)
    filler.unlink()
    jobs = store.jobs()
    assert jobs[0].id == number
    assert [job.name for job in jobs[1:]] == ["more " * 100] * (len(jobs) - 1)
    store.rename(number, "there is room again")
    store.close()
    again = Store(disk / "jobs.db")
    assert again.jobs()[0].name == "there is room again"
    again.close()


def test_a_read_only_disk(tmp_path: Path, disk: Path) -> None:
    write_asked(disk / "job", small(Path("/photos")))
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True, check=True)
    with pytest.raises(UserError, match="read-only"):
        write_asked(disk / "job", small(Path("/photos")))
    with pytest.raises(UserError, match="read-only"), held(disk / "job"):
        pass
    with pytest.raises(UserError):
        Queue(disk / "jobs")
    with pytest.raises(UserError):
        Store(disk / "jobs.db")
    queue = Queue(tmp_path / "jobs", worker=WORKER)
    with pytest.raises(UserError, match="read-only"):
        queue.add("fox", small(Path("/photos")), parent=disk)
    assert queue.jobs() == ()
    queue.close()


AS_NOBODY = """
import os, sys
from pathlib import Path
from depthview.engine.capture.jobs.folder import held
from depthview.engine.capture.jobs.store import Store
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from tests.engine.capture.small_job import small
from depthview.engine.capture.jobs.folder import write_asked
closed = Path(sys.argv[1])
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
def hold():
    with held(closed):
        pass
for work in (lambda: write_asked(closed, small(closed)), hold, lambda: Store(closed / "jobs.db")):
    try:
        work()
    except UserError as error:
        print(error)
"""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has other permissions")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # pytest's own folders are closed to others
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    command = [sys.executable, "-c", AS_NOBODY, str(closed)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=IMPORT_FOLDER, timeout=60, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 3, done
    assert [line.split(":")[0] for line in said] == [
        "This folder may not be written to",
        "This folder may not be written to",
        "The list of jobs cannot be written",
    ]
    assert list(closed.iterdir()) == []


def test_a_folder_that_cannot_be_removed_stays_in_the_list_with_the_reason(tmp_path: Path, disk: Path) -> None:
    queue = Queue(tmp_path / "jobs", worker=WORKER)
    number, other = (queue.add("fox", small(Path("/photos"), 10), parent=disk) for _ in range(2))
    queue.cancel(number)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], capture_output=True, check=True)
    queue.remove(number)
    queue.tick()
    job = job_of(queue, number)
    assert job.fault.startswith("This job's folder could not be removed")
    assert (job.wish, job.state) == (None, State.CANCELLED)
    assert job_of(queue, other).fault.startswith("This disk is read-only"), "the queue goes on"
    queue.close()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("mine")
    with pytest.raises(UserError, match="file is in the way"):
        Queue(tmp_path / "jobs")
    assert (tmp_path / "jobs").read_text() == "mine"
