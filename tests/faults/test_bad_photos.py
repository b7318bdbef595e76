"""Photos that no scene can be made of: a sentence each, and the good part kept."""

import errno
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from depthview.engine.capture.photos.preflight import preflight
from depthview.engine.capture.poses.outcome import read_outcome, retry_of
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.poses.stages import find_poses
from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken, ignore_progress
from tests.engine.capture.drawn_photos import drawn_photos
from tests.engine.capture.photo_files import picture, write_photo, write_photos

SMALL = {"max_splats": 1000, "max_size_px": 200}


def test_one_photo(tmp_path: Path) -> None:
    write_photos(tmp_path, 1)
    with pytest.raises(UserError, match="take at least three"):
        preflight([tmp_path], **SMALL)


def test_ten_copies_of_one_photo(tmp_path: Path) -> None:
    first = write_photos(tmp_path, 1)[0]
    for number in range(9):
        shutil.copy(first, tmp_path / f"copy{number}.jpg")
    with pytest.raises(UserError, match="All 10 photos show the same"):
        preflight([tmp_path], **SMALL)


def test_copies_saved_anew_are_copies_too(tmp_path: Path) -> None:
    image = picture(1)
    for name in ("a.jpg", "b.png", "c.webp", "d.tif"):
        write_photo(tmp_path / name, image)
    with pytest.raises(UserError, match="show the same"):
        preflight([tmp_path], **SMALL)


def test_a_folder_without_photos(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no photo")
    (tmp_path / "scene.ply").write_bytes(b"ply\n")
    with pytest.raises(UserError, match="no photos in this folder"):
        preflight([tmp_path], **SMALL)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"None of the 1 photos can be read"):
        preflight([tmp_path / "gone"], **SMALL)


def test_unreadable_files_among_good_ones_are_named_and_left_out(tmp_path: Path) -> None:
    good = write_photos(tmp_path, 5)
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("This is not a picture, whatever its name.")
    whole = good[0].read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    found = preflight([tmp_path], **SMALL)
    assert [photo.path for photo in found.photos] == good
    assert {left.path.name for left in found.left_out} == {"empty.jpg", "text.png", "cut.jpg"}
    for left in found.left_out:
        assert left.path.name in left.reason
        assert sum(left.path.name in sentence for sentence in found.sentences) == 1


def test_nothing_but_unreadable_files(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(UserError, match="None of the 4 photos can be read"):
        preflight([tmp_path], **SMALL)


def test_a_file_is_in_the_way_of_the_job(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 4)
    (tmp_path / "job").touch()
    with pytest.raises(UserError, match="in the way"):
        preflight([tmp_path / "in"], tmp_path / "job", **SMALL)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    write_photos(tmp_path / "in", 4)
    (tmp_path / "job").mkdir(mode=0o500)
    with pytest.raises(UserError, match="may not be written to"):
        preflight([tmp_path / "in"], tmp_path / "job", **SMALL)


def test_a_disk_that_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of a read-only disk, also to root."""
    write_photos(tmp_path / "in", 4)

    def refuse(self: Path, *_args: object, **_how: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(UserError, match="read-only"):
        preflight([tmp_path / "in"], tmp_path / "job", **SMALL)


def test_a_disk_with_too_little_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photos(tmp_path / "in", 4)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10 << 30, 9 << 30, 1 << 30))
    with pytest.raises(UserError, match=r"needs about 3\.\d GiB and 1\.0 GiB are free"):
        preflight([tmp_path / "in"], tmp_path / "job", max_splats=1_000_000)
    assert preflight([tmp_path / "in"], tmp_path / "job", max_splats=40_000).photos


def test_photos_that_fall_into_two_parts(tmp_path: Path) -> None:
    """The larger part becomes the scene, and of the other it is said."""
    drawn_photos(tmp_path / "in", 4, seed=1, prefix="a")
    drawn_photos(tmp_path / "in", 3, seed=2, prefix="b")
    settings = PoseSettings((tmp_path / "in",), max_size_px=300, max_splats=1000)
    posed = find_poses(tmp_path / "job", settings, ignore_progress, StopToken())
    assert {photo.name[0] for photo in posed.photos} == {"a"}
    assert len(posed.photos) == 4
    outcome = read_outcome(tmp_path / "job")
    assert outcome.parts == (4, 3)
    assert outcome.sentence == (
        "The photos fall into two parts that do not connect, of 4 and 3 photos: the largest is kept"
    )
    assert all("does not connect" in missing.reason for missing in outcome.missing)
    assert retry_of(outcome, settings) is not None


def test_photos_that_have_nothing_in_common(tmp_path: Path) -> None:
    for seed in range(3):
        drawn_photos(tmp_path / "in", 1, seed=seed, prefix=f"s{seed}")
    settings = PoseSettings((tmp_path / "in",), max_size_px=300, max_splats=1000)
    with pytest.raises(UserError, match="0 of 3 fit") as raised:
        find_poses(tmp_path / "job", settings, ignore_progress, StopToken())
    assert "s000.jpg: Nothing in it was found" in raised.value.details
    assert not (tmp_path / "job" / "dense").exists()
