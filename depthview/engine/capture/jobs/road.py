"""The steps of every job: COLMAP's stages, then training."""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.checkpoints import set_aside
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.steps import Step
from depthview.engine.capture.poses.marks import DENSE, MARKS, Stage, is_done
from depthview.engine.capture.training.files import PROGRESS, STATE
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.reading import reading

if TYPE_CHECKING:
    from depthview.engine.capture.rasterizers.base import Rasterizer

_BEGUN, _DONE = "training-begun.json", "training.json"
_POSE_FILES = ("cameras.bin", "images.bin", "points3D.bin")


def _poses_step(stage: Stage, share: float) -> Step:
    def work(folder: Path, asked: Asked, report: Report, stop: StopToken) -> None:
        from depthview.engine.capture.poses.stages import run_stage

        run_stage(stage, folder, asked.poses, report, stop)

    return Step(State(stage.value), share, lambda folder, asked: is_done(folder, stage, asked.poses), work)


def _is_trained(folder: Path, asked: Asked) -> bool:
    return _read(folder / MARKS / _DONE) == _training_of(folder, asked)


def _train(folder: Path, asked: Asked, report: Report, stop: StopToken) -> None:
    from depthview.engine.capture.poses.posed import read_posed
    from depthview.engine.capture.training.running import train

    this = _training_of(folder, asked)
    begun = folder / MARKS / _BEGUN
    if _read(begun) != this:
        # What is there is of other photos, or was asked for otherwise: it is of no use here, but perhaps to somebody.
        aside = set_aside(folder)
        if aside is not None:
            _say(f"What was trained before is kept: {aside}")
        if (folder / STATE).exists():
            shutil.rmtree(folder / STATE)
        (folder / PROGRESS).unlink(missing_ok=True)
        _write(begun, this)
    settings = asked.training_now
    done = _time_shares(settings)
    posed = read_posed(folder / DENSE)

    def tell(progress: Progress) -> None:
        report(Progress(done[int(progress.done)], done[-1], progress.label))

    with _rasterizer() as (rasterizer, device):
        # A job that is to pause is stopped: its process ends, and gives back its memory.
        train(posed, settings, folder, rasterizer, device=device, report=tell, stop=stop, say=_say)
    _write(folder / MARKS / _DONE, this)


@contextmanager
def _rasterizer() -> "Iterator[tuple[Rasterizer, str]]":
    """The quickest that works here, and the device that its Gaussians lie on."""
    from depthview.engine.capture.rasterizers.gsplat import GsplatRasterizer, why_not
    from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer

    reason = why_not()
    if reason is None:
        yield GsplatRasterizer(), "cuda"
        return
    _say(reason)
    with ProcessorRasterizer() as rasterizer:
        yield rasterizer, "cpu"


def _time_shares(settings: TrainingSettings) -> list[float]:
    """What part of the time is taken to be over before each iteration, and 1 at the end. Photos of half the size take
    half the time (measured): less than their pixels say, since the splats cost as well."""
    costs = [1 / settings.reduction(iteration) for iteration in range(settings.iterations)]
    whole = sum(costs)
    return [cost / whole for cost in accumulate(costs, initial=0.0)]


def _training_of(folder: Path, asked: Asked) -> dict[str, Any] | None:
    """What makes a training the one that it is; None before the photos have cameras."""
    cameras = hashlib.blake2b(digest_size=16)
    for name in _POSE_FILES:
        path = folder / DENSE / "sparse" / name
        if not path.exists():
            return None
        with reading(path), path.open("rb") as file:
            cameras.update(hashlib.file_digest(file, "blake2b").digest())
    return {"cameras": cameras.hexdigest(), "training": asked.training.to_json()}


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()


def _write(path: Path, said: object) -> None:
    output_folder(path.parent)
    with atomic_path(path, durable=True) as temporary:
        temporary.write_text(json.dumps(said), encoding="utf-8")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


ROAD = (
    _poses_step(Stage.FEATURES, 4),
    _poses_step(Stage.MATCHING, 8),
    _poses_step(Stage.MAPPING, 4),
    _poses_step(Stage.UNDISTORTION, 2),
    Step(State.TRAINING, 82, _is_trained, _train),
)
