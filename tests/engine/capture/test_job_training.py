"""The last step of a job's road: what is there of a training is gone on with, or is of another and goes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("pycolmap")

import cv2  # noqa: E402

from depthview.engine.capture.jobs.asked import Asked  # noqa: E402
from depthview.engine.capture.jobs.checkpoints import checkpoints  # noqa: E402
from depthview.engine.capture.jobs.road import ROAD  # noqa: E402
from depthview.engine.capture.poses.settings import PoseSettings  # noqa: E402
from depthview.engine.capture.training.curve import read_curve  # noqa: E402
from depthview.engine.capture.training.files import PROGRESS, STATE  # noqa: E402
from depthview.engine.capture.training.settings import TrainingSettings  # noqa: E402
from depthview.engine.errors import Stopped  # noqa: E402
from depthview.engine.progress import Progress, StopToken  # noqa: E402
from depthview.engine.splats.formats.opening import open_splats  # noqa: E402
from tests.engine.capture.test_posed import dense_folder  # noqa: E402

TRAINING = ROAD[-1]
ITERATIONS, STOPPED_AFTER, POINTS = 12, 3, 50
ASKED = Asked(PoseSettings((Path("/photos"),)), TrainingSettings(ITERATIONS, POINTS, 32, degree=0))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    dense_folder(tmp_path / "dense")
    draw = np.random.default_rng(2)
    for path in (tmp_path / "dense" / "images").iterdir():
        noise = draw.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        path.write_bytes(cv2.imencode(".png", noise)[1].tobytes())
    return tmp_path


def trained(folder: Path, asked: Asked, *, until: int = ITERATIONS) -> None:
    stop, told = StopToken(), []

    def report(progress: Progress) -> None:
        told.append(progress)
        if len(told) == until < ITERATIONS:
            stop.stop()

    threads = torch.get_num_threads()
    try:
        TRAINING.work(folder, asked, report, stop)
    finally:
        torch.set_num_threads(threads)


def began_with(folder: Path, asked: Asked, capsys: pytest.CaptureFixture[str]) -> str:
    """What a second process says of a training that was stopped."""
    with pytest.raises(Stopped):
        trained(folder, ASKED, until=STOPPED_AFTER)
    assert [path.name for path in (folder / STATE).iterdir()] == [f"iteration_{STOPPED_AFTER:06d}.state"]
    assert not TRAINING.is_done(folder, asked)
    capsys.readouterr()
    trained(folder, asked)
    assert TRAINING.is_done(folder, asked)
    return capsys.readouterr().err


def test_with_fewer_splats_it_goes_on_from_its_state(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lowered = ASKED.with_half_the_splats()
    assert lowered is not None
    assert f"Going on after {STOPPED_AFTER} iterations." in began_with(folder, lowered, capsys)
    assert TRAINING.is_done(folder, ASKED), "it is the training that was asked for"
    points = read_curve(folder / PROGRESS)
    assert [point.iteration for point in points] == list(range(1, ITERATIONS + 1))
    assert [point.count for point in points] == [POINTS] * STOPPED_AFTER + [POINTS // 2] * (ITERATIONS - STOPPED_AFTER)
    last = checkpoints(folder)[-1]
    assert (last.iteration, len(open_splats(last.path))) == (ITERATIONS, POINTS // 2)


def test_another_training_begins_anew(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "splats_000003.ply").touch()
    other = replace(ASKED, training=replace(ASKED.training, seed=1))
    assert "Going on" not in began_with(folder, other, capsys)
    assert [one.iteration for one in checkpoints(folder)] == [4, 8, 12], "none of the training before"
    assert not TRAINING.is_done(folder, ASKED)
