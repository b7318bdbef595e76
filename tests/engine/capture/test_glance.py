"""What somebody brings, at a glance: whether it is for a scene, how much it is, and a few pictures of it in small."""

import json
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.capture.photos import recognition
from depthview.engine.capture.photos.glance import glance
from depthview.engine.capture.photos.listing import is_photo
from depthview.engine.capture.photos.recognition import is_for_capture
from depthview.engine.capture.photos.room import check_disk
from depthview.engine.capture.training.presets import times_the_work
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import StopToken
from tests.engine.capture.photo_files import write_photo, write_photos
from tests.engine.coded_clips import coded_image, number_in, write_clip


def test_a_folder_of_photos_is_for_a_scene(tmp_path: Path) -> None:
    write_photos(tmp_path / "holiday", 3)
    (tmp_path / "holiday" / ".DS_Store").touch()
    (tmp_path / "holiday" / "notes.txt").touch()
    write_photos(tmp_path / "set" / "images", 3)
    (tmp_path / "set" / "cameras.txt").touch()
    assert is_for_capture(tmp_path / "holiday")
    assert is_for_capture(tmp_path / "holiday" / "p00.jpg")
    assert is_for_capture(tmp_path / "set")


def test_what_is_something_else_is_not(tmp_path: Path) -> None:
    write_photos(tmp_path / "mail", 3)
    for number in range(4):
        (tmp_path / "mail" / f"{number}.txt").touch()
    write_photos(tmp_path / "two", 2)
    write_photos(tmp_path / "sog", 5)
    (tmp_path / "sog" / "meta.json").write_text(json.dumps({"version": 2}))
    (tmp_path / "empty").mkdir()
    for name in ("mail", "two", "sog", "empty", "mail/0.txt", "gone", "gone\0", "x" * 5000):
        assert not is_for_capture(tmp_path / name), name


def test_only_the_beginning_of_a_large_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[Path] = []
    monkeypatch.setattr(recognition, "is_photo", lambda path: looked.append(path) is None and is_photo(path))
    for number in range(2000):
        (tmp_path / f"{number}.jpg").touch()
    assert is_for_capture(tmp_path)
    assert len(looked) == 300


def test_a_video_is_for_a_scene_alone_or_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "clip.MOV").touch()
    assert is_for_capture(tmp_path / "clip.MOV")
    assert is_for_capture(tmp_path)
    (tmp_path / "other.mp4").touch()
    assert not is_for_capture(tmp_path)


def test_pictures_are_spread_over_the_photos_and_stand_upright(tmp_path: Path) -> None:
    for number in range(20):
        write_photo(tmp_path / f"{number}.png", np.full((40, 60, 3), 10 * number, np.uint8), orientation=6)
    (tmp_path / "7.png").write_bytes(b"not a picture")
    seen = glance([tmp_path], 20, 30, StopToken())
    assert seen.files == 20
    assert seen.video is None
    assert seen.file_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())
    assert [image.shape for image in seen.pictures] == [(30, 20, 3)] * 19
    assert [int(image[15, 10, 0]) for image in seen.pictures] == [10 * number for number in range(20) if number != 7]
    few = glance([tmp_path], 3, 30, StopToken())
    assert [int(image[15, 10, 0]) for image in few.pictures] == [0, 100, 190]


def test_of_a_video_pictures_are_spread_over_its_length(tmp_path: Path) -> None:
    clip = tmp_path / "film.mp4"
    images = [coded_image(number) for number in range(60)]
    write_clip(clip, images, options={"crf": "10"})
    seen = glance([clip], 4, images[0].shape[0], StopToken())
    assert (seen.files, seen.video) == (1, clip)
    numbers = [number_in(image) for image in seen.pictures]
    assert len(numbers) == 4
    assert all(abs(number - asked) <= 2 for number, asked in zip(numbers, (7, 22, 37, 52), strict=True))


def test_a_video_beside_photos_is_told(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 3)
    clip = tmp_path / "film.mp4"
    clip.touch()
    assert glance([tmp_path / "in", clip], 3, 20, StopToken()).passed_over == (clip,)


def test_a_glance_ends_when_told(tmp_path: Path) -> None:
    write_photos(tmp_path, 3)
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        glance([tmp_path], 3, 20, stop)
    (tmp_path / "none").mkdir()
    with pytest.raises(UserError, match="no photos"):
        glance([tmp_path / "none"], 3, 20, StopToken())


def test_the_disk_is_asked_without_a_trace(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "yet"
    assert check_disk(folder, 1) > 1
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "writable").write_text("mine")
    check_disk(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["writable"]
    with pytest.raises(UserError, match="in the way"):
        check_disk(tmp_path / "writable" / "job", 1)


def test_how_much_more_work_a_preset_is() -> None:
    preview, full = TrainingSettings(3000, 1, 480), TrainingSettings(30_000, 1, 960)
    assert times_the_work(full, preview, [(4000, 3000)] * 3) == pytest.approx(10 * (960 / 480) ** 2)
    assert times_the_work(full, preview, [(400, 300)]) == pytest.approx(10), "photos are never made larger"
    assert times_the_work(full, preview, [(400, 300), (960, 480)]) == pytest.approx(
        10 * (400 * 300 + 960 * 480) / (400 * 300 + 480 * 240)
    )
