"""The real road, from drawn photos to splats, in the real process: killed, paused, and nevertheless the same."""

import random
import time
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.alive import kill_with_children
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.states import AT_WORK, ENDED, State
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.curve import read_curve
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.splats.formats.opening import open_splats
from tests.engine.capture.drawn_photos import drawn_photos
from tests.engine.capture.waiting import job_of, ticked_until

pytest.importorskip("torch")
pytest.importorskip("pycolmap")

PHOTOS, ITERATIONS = 6, 60
SIZE_PX = 160


def asked_of(photos: Path) -> Asked:
    poses = PoseSettings((photos,), max_size_px=SIZE_PX, max_splats=1000)
    return Asked(poses, TrainingSettings(ITERATIONS, 1000, SIZE_PX, degree=1, coarse_to_fine=True))


def test_a_real_job_is_killed_and_paused_and_makes_the_same_splats(tmp_path: Path) -> None:
    drawn_photos(tmp_path / "photos", PHOTOS)
    queue = Queue(tmp_path / "jobs", most_deaths=100)
    number = queue.add("drawn", asked_of(tmp_path / "photos"))
    chance = random.Random(3)

    def state() -> State:
        return job_of(queue, number).state

    for when in (AT_WORK[0], AT_WORK[1], State.TRAINING):
        ticked_until(queue, lambda when=when: state() in AT_WORK and AT_WORK.index(state()) >= AT_WORK.index(when))
        time.sleep(chance.uniform(0, 0.5))
        worker = job_of(queue, number).worker
        if worker is not None:
            kill_with_children(worker)
        ticked_until(queue, lambda worker=worker: job_of(queue, number).worker != worker)
    folder = job_of(queue, number).folder
    curve = folder / "progress.jsonl"
    ticked_until(queue, lambda: bool(read_curve(curve)))
    queue.pause(number)
    ticked_until(queue, lambda: job_of(queue, number).worker is None)
    assert list((folder / "state").glob("*.state")), "what was learnt until the pause"
    queue.resume(number)
    ticked_until(queue, lambda: state() in ENDED)
    job = job_of(queue, number)
    assert (job.state, job.fault) == (State.DONE, "")
    assert read_outcome(folder).placed == PHOTOS
    assert any("Going on after" in line for line in queue.log_tail(number))
    checkpoint = folder / "checkpoints" / f"splats_{ITERATIONS:06d}.ply"
    assert len(open_splats(checkpoint)) > 0
    assert read_curve(curve)[-1].iteration == ITERATIONS
    assert not list(folder.rglob(".depthview-*"))
    interrupted = checkpoint.read_bytes()

    (folder / "stages" / "training.json").unlink()
    (folder / "stages" / "training-begun.json").unlink()
    queue.retry(number)
    ticked_until(queue, lambda: state() in ENDED)
    assert state() is State.DONE
    assert checkpoint.read_bytes() == interrupted, "as without an interruption"
    queue.close()
