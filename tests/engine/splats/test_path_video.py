"""A film of a flight shows every look at its time."""

from pathlib import Path

import av
import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.camera_path import CameraPath, Keyframe, turntable
from depthview.engine.splats.path_video import write_path_video
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from tests.engine.splats.planted_splats import ball, round_splats

XYZ = ball(400, 1.0)
SPLATS = prepared([Placed(round_splats(XYZ, size=0.12, colour=np.clip(0.5 + XYZ / 2, 0.1, 0.9)))])
EYE, UP = np.array([0.0, -1, -4]), np.array([0.0, -1, 0])
ROUND = turntable(EYE, np.zeros(3), UP, 40.0, 1.0)


def read(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def test_every_look_at_its_time(tmp_path: Path) -> None:
    heard: list[Progress] = []
    out = tmp_path / "비행.mp4"
    write_path_video(SPLATS, ROUND, out, (97, 64), 8.0, heard.append, background=(0.2, 0.3, 0.4))
    film = read(out)
    assert [time for time, _ in film] == pytest.approx(np.arange(8) / 8, abs=1e-3)
    assert [(one.done, one.total) for one in heard] == [(number, 8) for number in range(8)]
    with Rasterizer(SPLATS) as rasterizer:
        for time, image in film:
            assert image.shape == (64, 96, 3)
            truth = rasterizer.draw(ROUND.view_at(time, (96, 64))).over((0.2, 0.3, 0.4))
            # What films lose in colour's sharpness is at edges: on average it is little, and other looks are far off.
            assert np.abs(image.astype(int) - truth).mean() < 4
        other = rasterizer.draw(ROUND.view_at(film[4][0], (96, 64))).over((0.2, 0.3, 0.4))
        assert np.abs(film[0][1].astype(int) - other).mean() > 8
    assert [file.name for file in tmp_path.iterdir()] == [out.name]


def test_a_path_that_ends_shows_its_end_and_only_what_is_kept(tmp_path: Path) -> None:
    near, far = (Keyframe.looking(t, EYE * (1 + t), np.zeros(3), UP, 40.0) for t in (0.0, 1.0))
    path, out = CameraPath((near, far)), tmp_path / "a.mp4"
    kept = np.flatnonzero(XYZ[:, 0] > 0.3).astype(np.int32)
    write_path_video(SPLATS, path, out, (96, 64), 4.0, kept=kept, background=(1, 1, 1))
    film = read(out)
    assert len(film) == 5
    with Rasterizer(SPLATS) as rasterizer:
        truth = rasterizer.draw(path.view_at(1.0, (96, 64)), kept=kept).over((1, 1, 1))
    assert np.abs(film[-1][1].astype(int) - truth).mean() < 4
    assert film[0][1][:, :40].min() > 245  # that half is left out


def test_one_look_is_one_picture(tmp_path: Path) -> None:
    write_path_video(SPLATS, CameraPath(ROUND.keyframes[:1]), tmp_path / "a.mp4", (64, 48), 30.0)
    assert len(read(tmp_path / "a.mp4")) == 1


def test_stopped_it_leaves_nothing(tmp_path: Path) -> None:
    stop = StopToken()

    def report(progress: Progress) -> None:
        if progress.done == 2:
            stop.stop()

    with pytest.raises(Stopped):
        write_path_video(SPLATS, ROUND, tmp_path / "a.mp4", (64, 48), 8.0, report, stop)
    assert list(tmp_path.iterdir()) == []


def test_where_it_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"could not be written: .*a\.mp4$"):
        write_path_video(SPLATS, ROUND, tmp_path / "none" / "a.mp4", (64, 48), 8.0)
    with pytest.raises(ValueError, match="0 pictures"):
        write_path_video(SPLATS, ROUND, tmp_path / "a.mp4", (64, 48), 0)
