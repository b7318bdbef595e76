"""Whole movies where the disk is too small, or the movie is damaged: a sentence, and what is finished stays."""

import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from depthview.engine.errors import UserError
from depthview.engine.movie import export as export_room
from depthview.engine.movie.export import export_movie
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.task import DepthStorage, MovieOutputs, ValuesStorage
from tests.engine.movie.clips import Listener, files_in, film_of, stereo_clip, task_over

COUNT = 24
VALUES = MovieOutputs(values=ValuesStorage.NPY)


@pytest.fixture(autouse=True)
def small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(export_room, "_PART_FRAMES", 2)


class Filling(Listener):
    """Somebody else fills the disk while the movie is made."""

    def __init__(self, disk: Path, at: int) -> None:
        super().__init__()
        self._disk, self._at = disk, at

    def report(self, progress: Any) -> None:
        super().report(progress)
        if progress.done == self._at:
            with suppress(OSError), (self._disk / "filler").open("wb", buffering=0) as filler:
                while True:
                    filler.write(bytes(4096))


def test_a_full_disk_keeps_what_is_finished_and_with_more_room_it_goes_on(tmp_path: Path, mount: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=32m", str(mount)], capture_output=True, check=True)
    task = task_over(stereo_clip(tmp_path / "clip.mp4", COUNT), mount / "o", outputs=VALUES)
    with pytest.raises(UserError, match=r"^The disk is full"):
        export_movie(task, **Filling(mount, at=7).told)
    journal = read_journal(mount / "o")
    assert journal is not None
    assert 0 < journal.frames < COUNT
    before = files_in(mount / "o/values")
    (mount / "filler").unlink()
    result = export_movie(task, **Listener().told)
    assert (result["frames"], result["resumed_from"]) == (COUNT, journal.frames)
    after = files_in(mount / "o/values")
    assert len(after) == COUNT
    assert {name: after[name] for name in before} == before
    assert len(film_of(mount / "o/depth.mkv", "gray16le")[0]) == COUNT
    assert sorted(path.name for path in (mount / "o").iterdir()) == ["depth.mkv", "movie.json", "preview.mp4", "values"]


def test_a_disk_that_cannot_hold_the_values_is_told_before_a_frame_is_computed(
    tmp_path: Path, mount: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = task_over(stereo_clip(tmp_path / "clip.mp4", COUNT), mount / "o", outputs=VALUES)
    with monkeypatch.context() as patch:
        patch.setattr(export_room, "EveryFrame", None)
        with pytest.raises(UserError, match=r"^The disk is too full for this, 0 MB are free and at least 2 MB"):
            export_movie(task, **Listener().told)
    assert list(mount.iterdir()) == []
    few = replace(task, frames=1, outputs=replace(VALUES, preview=False, depth=DepthStorage.NONE))
    assert export_movie(few, **Listener().told)["frames"] == 1


def test_a_movie_that_ends_too_early_is_told_and_made_as_far_as_it_goes(tmp_path: Path) -> None:
    whole = stereo_clip(tmp_path / "whole.mkv", COUNT, gop=4, b_frames=0, fmt="matroska")
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    listener = Listener()
    result = export_movie(task_over(cut, tmp_path / "o"), **listener.told)
    assert 4 < result["frames"] < COUNT
    assert len(film_of(tmp_path / "o/depth.mkv", "gray16le")[0]) == result["frames"]
    assert len(listener.notices) == len(set(listener.notices)), "what is seen twice is told once"


@pytest.mark.parametrize("raw", [b"", b"not a video at all", bytes(4000)])
def test_what_is_no_movie_leaves_no_folder(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "clip.mp4").write_bytes(raw)
    with pytest.raises(UserError, match=r"clip\.mp4$"):
        export_movie(task_over(tmp_path / "clip.mp4", tmp_path / "o"), **Listener().told)
    assert not (tmp_path / "o").exists()
