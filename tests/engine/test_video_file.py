"""The film that is written shows every picture, at its own time."""

from pathlib import Path

import av
import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.video_file import video_file


def _plain(level: int) -> np.ndarray:
    return np.full((48, 64, 3), (level, 255 - level, 40), np.uint8)


def _read(path: Path) -> list[tuple[float, np.ndarray]]:
    with av.open(str(path)) as container:
        return [(f.time, f.to_ndarray(format="rgb24")) for f in container.decode(video=0)]


def test_every_picture_at_its_own_time(tmp_path: Path) -> None:
    path = tmp_path / "필름 1.mp4"
    shown = [(0.0, 20), (0.1, 80), (0.15, 140), (1.0, 200)]
    with video_file(path, 30.0) as film:
        for pts_s, level in shown:
            film.add(_plain(level), pts_s)
    back = _read(path)
    assert [t for t, _image in back] == pytest.approx([t for t, _level in shown], abs=1e-3)
    for (_t, image), (_pts, level) in zip(back, shown, strict=True):
        assert np.abs(image[24, 32].astype(int) - (level, 255 - level, 40)).max() < 10
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_times_that_do_not_grow_lose_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with video_file(path, 24.0) as film:
        for pts_s in (0.0, 0.5, 0.5, 0.4):
            film.add(_plain(100), pts_s)
    times = [t for t, _image in _read(path)]
    assert len(times) == 4
    assert times == sorted(set(times))


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def write() -> None:
        with video_file(tmp_path / "a.mp4", 24.0) as film:
            film.add(_plain(9), 0.0)
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write()
    assert [p.name for p in tmp_path.iterdir()] == []


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"could not be written: .*a\.mp4$"), video_file(tmp_path / "no/a.mp4", 24.0):
        pytest.fail("must not get here")


@pytest.mark.parametrize("error", [OSError(5, "the camera's disk"), av.error.InvalidDataError(1, "the source's data")])
def test_what_fails_beside_the_film_is_not_blamed_on_it(tmp_path: Path, error: Exception) -> None:
    def write() -> None:
        with video_file(tmp_path / "a.mp4", 24.0) as film:
            film.add(_plain(9), 0.0)
            raise error

    with pytest.raises(type(error)) as caught:
        write()
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_disk_that_fills_up_is_told_with_the_film_s_own_name(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"

    def write() -> None:
        with video_file(path, 24.0) as film:
            film._container.close()
            film._container = av.open("/dev/full", "w", format="mp4")
            for n in range(200):
                film.add(np.random.default_rng(n).integers(0, 256, (48, 64, 3), np.uint8), n / 24)

    with pytest.raises(UserError, match=r"The disk is full: .*a\.mp4$"):
        write()
    assert list(tmp_path.iterdir()) == []
