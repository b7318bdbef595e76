"""A job as small as can be, through the same interface as the real one: `python -m tests.engine.capture.small_job`.

Its stages write a few files each; its training makes a chain of sums, so that what was left out or done twice shows.
`how.txt` in the job's folder asks for a mishap, or for a training that `waits`, or `waits half way`, until told to
`go_on`.
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.process import main
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.steps import Step
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.files import STATE, checkpoint_path
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken

PARTS = 3
SAVED_EVERY, SHOWN_EVERY = 5, 10
FITTING_SPLATS = 10


def small(photos: Path, iterations: int = 30) -> Asked:
    return Asked(PoseSettings((photos,)), TrainingSettings(iterations, 16, 64))


def chain(iterations: int) -> str:
    """What training makes, whoever interrupts it."""
    value = ""
    for number in range(iterations):
        value = hashlib.sha256(f"{value}{number}".encode()).hexdigest()
    return value


def checkpoint(folder: Path, iteration: int) -> Path:
    return checkpoint_path(folder, iteration)


def _stage(state: State) -> Step:
    def is_done(folder: Path, _asked: Asked) -> bool:
        return (folder / state.value / "done").exists()

    def work(folder: Path, _asked: Asked, report: Report, stop: StopToken) -> None:
        how = _how(folder)
        place = output_folder(folder / state.value)
        for part in range(PARTS):
            stop.raise_if_stopped()
            if not (place / str(part)).exists():
                _write(place / str(part), state.value * 1000)
                print(f"{state.value} {part} in {os.getpid()}")
            report(Progress(part + 1, PARTS, f"{state.value}: {part + 1} of {PARTS}"))
            time.sleep(0.02)
        if how == "fails" and state is State.MAPPING:
            raise UserError("These photos do not hold together: {path}", details="two parts", path=folder)
        if how == "disk" and state is State.MAPPING:
            (place / "large").write_bytes(bytes(8 << 20))
        if how == "breaks" and state is State.MAPPING:
            raise RuntimeError("a fault of ours")
        _write(place / "done", "")

    return Step(state, 1, is_done, work)


def _train(folder: Path, asked: Asked, report: Report, stop: StopToken) -> None:
    how = _how(folder)
    if how == "vanishes":
        os._exit(9)
    if how == "memory" and asked.training_now.max_splats > FITTING_SPLATS:
        raise MemoryError
    if how == "never enough memory":
        raise MemoryError
    while _how(folder) == "waits" and not stop.stopped:
        time.sleep(0.02)
    saved = folder / STATE / "state.json"
    now = json.loads(saved.read_text()) if saved.exists() else {"iteration": 0, "value": ""}
    while now["iteration"] < asked.training.iterations:
        if stop.stopped and how != "deaf":
            _write(saved, json.dumps(now))
            stop.raise_if_stopped()
        if now["iteration"] == asked.training.iterations // 2 and _how(folder) == "waits half way":
            report(Progress(now["iteration"], asked.training.iterations, "waiting"))
            time.sleep(0.02)
            continue
        value = hashlib.sha256(f"{now['value']}{now['iteration']}".encode()).hexdigest()
        now = {"iteration": now["iteration"] + 1, "value": value}
        if now["iteration"] % SHOWN_EVERY == 0:
            _write(checkpoint(folder, now["iteration"]), now["value"])
        if now["iteration"] % SAVED_EVERY == 0:
            _write(saved, json.dumps(now))
        report(Progress(now["iteration"], asked.training.iterations, f"{now['iteration']} iterations"))
        time.sleep(0.02)


def go_on(folder: Path) -> None:
    """The job in this folder waits no more."""
    (folder / "how.txt").write_text("")


def _is_trained(folder: Path, asked: Asked) -> bool:
    return checkpoint(folder, asked.training.iterations).exists()


def _write(path: Path, text: str) -> None:
    output_folder(path.parent)
    with atomic_path(path) as temporary:
        temporary.write_text(text)


def _how(folder: Path) -> str:
    path = folder / "how.txt"
    return path.read_text() if path.exists() else ""


STEPS = (
    *(_stage(state) for state in (State.FEATURES, State.MATCHING, State.MAPPING, State.UNDISTORTION)),
    Step(State.TRAINING, 8, _is_trained, _train),
)

if __name__ == "__main__":
    sys.exit(main(STEPS))
