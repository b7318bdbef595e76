"""A job and its window killed at random moments, under the eyes of someone who believes every file there is."""

import hashlib
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from depthview.engine.capture.jobs.alive import is_alive, kill_with_children
from depthview.engine.capture.jobs.folder import read_asked
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import AT_WORK, ENDED, State
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.posed import read_posed
from depthview.engine.capture.training.arrays_file import read_arrays
from depthview.engine.capture.training.curve import read_curve
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.splats.formats.opening import open_splats
from tests.engine.capture.waiting import job_of, until

UNFINISHED = ".depthview-"
"""How the names of files begin that are written still."""

_BEFORE_TRAINING = 0.45
"""What share of the mishaps comes then."""
_UNTIL = 0.8
"""The last one comes at about that share of the iterations."""
_LONGEST_S = {True: 0.3, False: 1.5}
"""From a moment that is waited for until the mishap, in training and before."""
_MISHAPS = ("job", "window", "both", "pause")

Point = tuple[int, float | None, float | None, int]


@dataclass
class Watcher:
    """Remembers what was in a job's folder."""

    folder: Path
    seen: dict[Path, str] = field(default_factory=dict)
    points: set[Point] = field(default_factory=set)

    def look(self) -> None:
        """All that has its name is whole, and all that was there is there as it was."""
        shown = shown_in(self.folder)
        assert self.seen.items() <= shown.items()
        self.seen, self.points = shown, self.points | points_in(self.folder)
        read_asked(self.folder)
        for path in named_in(self.folder, "checkpoints"):
            assert len(open_splats(path)) > 0
        for path in named_in(self.folder, "state"):
            try:
                read_arrays(path)
            except UserError:
                assert not path.exists(), "older ones make room while we look"
        if (self.folder / "outcome.json").exists():
            read_outcome(self.folder)
        if (self.folder / "dense").exists():
            read_posed(self.folder / "dense")
        if (beside := self.folder / "held_out.png").exists():
            assert cv2.imread(str(beside)) is not None


def shown_in(folder: Path) -> dict[Path, str]:
    """Checkpoints, placed photos and their cameras: what is in each, in short."""
    shown = [path for place in ("checkpoints", "dense") for path in named_in(folder, place)]
    return {path: hashlib.blake2b(path.read_bytes()).hexdigest() for path in shown}


def named_in(folder: Path, place: str) -> list[Path]:
    """The files that are written to their end."""
    files = [path for path in (folder / place).rglob("*") if path.is_file()]
    return [path for path in files if not path.name.startswith(UNFINISHED)]


def points_in(folder: Path) -> set[Point]:
    """Of the curve, but for the times and for the loss, which is a mean since the last start."""
    return {(point.iteration, point.psnr, point.ssim, point.count) for point in read_curve(folder / "progress.jsonl")}


def killed_to_the_end(queue: Queue, number: int, root: Path, worker: str, kills: int, seed: int) -> Watcher:
    """Let the job go its road in windows that are killed, and be killed itself, until it has ended."""
    chance = random.Random(seed)
    watcher = Watcher(job_of(queue, number).folder)
    window = _window(root, worker)
    try:
        for kill in range(kills):
            state, share = _moment(kill / kills)
            until(lambda: _reached(job_of(queue, number), state, share), say=queue.jobs)  # noqa: B023
            time.sleep(chance.uniform(0, _LONGEST_S[state is State.TRAINING]))
            watcher.look()
            mishap, mark = _MISHAPS[kill % len(_MISHAPS)], job_of(queue, number).worker
            assert mark is not None
            if mishap in ("window", "both"):
                window.kill()
                window.wait()
            if mishap == "window":
                assert is_alive(mark), "it outlives the window"
            elif mishap == "pause":
                queue.pause(number)
            else:
                kill_with_children(mark)
            if mishap != "window":
                until(lambda: not is_alive(mark))  # noqa: B023
            watcher.look()
            if mishap == "pause":
                until(lambda: job_of(queue, number).worker is None, say=queue.jobs)
                queue.resume(number)
            if mishap in ("window", "both"):
                window = _window(root, worker)
            if mishap != "window":
                until(lambda: job_of(queue, number).worker not in (None, mark), say=queue.jobs)  # noqa: B023
        until(lambda: job_of(queue, number).state in ENDED, say=queue.jobs)
    finally:
        window.kill()
        window.wait()
    watcher.look()
    return watcher


def _moment(share: float) -> tuple[State, float]:
    """When a mishap comes, of all in their order: not before this state, and in training after so much of it."""
    if share < _BEFORE_TRAINING:
        return AT_WORK[int(share / _BEFORE_TRAINING * (len(AT_WORK) - 1))], 0.0
    return State.TRAINING, _UNTIL * (share - _BEFORE_TRAINING) / (1 - _BEFORE_TRAINING)


def _reached(job: Job, state: State, share: float) -> bool:
    assert job.state not in ENDED, job
    if job.worker is None or not job.is_at_work or AT_WORK.index(job.state) < AT_WORK.index(state):
        return False
    points = read_curve(job.folder / "progress.jsonl")
    return share == 0 or (bool(points) and points[-1].iteration >= share * read_asked(job.folder).training.iterations)


def _window(root: Path, worker: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.engine.capture.ticking_window", str(root), worker]
    return subprocess.Popen(command, cwd=IMPORT_FOLDER)
