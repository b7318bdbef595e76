"""Files appear whole or not at all."""

import os
import stat
import sys
from pathlib import Path

import pytest

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.errors import UserError


def test_the_file_appears_at_the_end_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "a name with blanks, 한국어.png"
    path.write_text("old")
    with atomic_path(path) as temporary:
        temporary.write_text("new")
        assert temporary.suffix == ".png"
        assert temporary.parent == tmp_path
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), UserError("Said already.")])
def test_a_failure_leaves_what_was_there(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "out.npy"
    path.write_text("old")

    def write() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        write()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["out.npy"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows opens no folders")
def test_a_power_cut_finds_the_old_or_the_new_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "job.json"
    path.write_text("old")
    forced: list[tuple[str, str]] = []
    force = os.fsync

    def watched(handle: int) -> None:
        found = os.fstat(handle)
        kind = "names" if stat.S_ISDIR(found.st_mode) else f"{found.st_size} bytes"
        forced.append((kind, path.read_text()))
        force(handle)

    monkeypatch.setattr(os, "fsync", watched)
    with atomic_path(path, durable=True) as temporary:
        temporary.write_text("newer")
    assert forced == [("5 bytes", "old"), ("names", "newer")]


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "out.npy"
    with pytest.raises(UserError, match=r"The disk is full: .*out\.npy$"), atomic_path(path):
        raise OSError(28, "No space left on device")
    assert [p.name for p in tmp_path.iterdir()] == []


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("x")
    with pytest.raises(UserError, match=r"A file is in the way of this folder: .*taken"):
        output_folder(tmp_path / "taken" / "deeper")
    with pytest.raises(UserError, match=r"A file is in the way of this folder: .*taken$"):
        output_folder(tmp_path / "taken")
    with pytest.raises(UserError, match="A file is in the way"), atomic_path(tmp_path / "taken" / "x.png"):
        pytest.fail("must not get here")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"could not be written: .*x\.png$"), atomic_path(tmp_path / "no" / "x.png"):
        pytest.fail("must not get here")


def test_a_folder_where_the_file_should_be(tmp_path: Path) -> None:
    (tmp_path / "x.png").mkdir()
    with pytest.raises(UserError, match=r"x\.png$"), atomic_path(tmp_path / "x.png") as temporary:
        temporary.write_text("x")
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="This name is too long"), atomic_path(tmp_path / ("x" * 300)) as temporary:
        temporary.write_text("x")
    assert [p.name for p in tmp_path.iterdir()] == []


def test_folders_are_made_as_deep_as_asked(tmp_path: Path) -> None:
    made = output_folder(tmp_path / "a b" / "다" / "c")
    assert made.is_dir()
    assert output_folder(made) == made
