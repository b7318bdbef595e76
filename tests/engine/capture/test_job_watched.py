"""What a job's folder tells while others write into it: as it is, half lines left out, and the same where it is."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.checkpoints import Checkpoint, checkpoints, forget_older
from depthview.engine.capture.jobs.folder import ASKED, LOG, write_asked
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.thumbnails import Thumbnails
from depthview.engine.capture.jobs.watched import FolderWatch, Stamped, Watched
from depthview.engine.capture.poses.marks import DENSE, Stage, forget, mark_done
from depthview.engine.capture.poses.outcome import NO_MATCHES, OUTCOME, Outcome, retry_of, write_outcome
from depthview.engine.capture.poses.posed import Missing
from depthview.engine.capture.training.curve import CurvePoint, add_point, read_curve
from depthview.engine.capture.training.files import BESIDE, PROGRESS
from tests.engine.capture.small_job import checkpoint, small

POINT = CurvePoint(100, 0.25, 20.5, 0.7, 1000, 12.5)
HALF_PLACED = Outcome(5, 10, (5,), tuple(Missing(f"{number}.jpg", NO_MATCHES) for number in range(5)))
LONG_AGO_NS = 10**18


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "job"


@pytest.fixture
def watch(folder: Path) -> FolderWatch:
    return FolderWatch(7, folder)


def aged(path: Path) -> None:
    """Written before everything else."""
    os.utime(path, ns=(LONG_AGO_NS, LONG_AGO_NS))


def written(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def test_a_folder_that_is_not_there_tells_nothing_and_one_that_vanishes_neither(
    watch: FolderWatch, folder: Path
) -> None:
    nothing = watch.look()
    assert nothing == Watched(7)
    assert watch.look() is nothing
    write_asked(folder, small(Path("/photos")))
    add_point(folder / PROGRESS, POINT)
    for path in (folder / LOG, folder / BESIDE, checkpoint(folder, 10)):
        written(path)
    told = watch.look()
    assert (told.asked, told.curve, told.log) == (small(Path("/photos")), (POINT,), ("x",))
    assert told.checkpoints == (Checkpoint(10, checkpoint(folder, 10)),)
    assert told.beside is not None
    shutil.rmtree(folder)
    assert watch.look() == Watched(7)


def test_a_file_is_read_again_only_when_it_changed(
    watch: FolderWatch, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from depthview.engine.capture.jobs import watched

    reads: list[str] = []

    def counted(path: Path) -> tuple[CurvePoint, ...]:
        reads.append(path.name)
        return read_curve(path)

    monkeypatch.setattr(watched, "read_curve", counted)
    write_asked(folder, small(Path("/photos")))
    add_point(folder / PROGRESS, POINT)
    first = watch.look()
    assert [watch.look() for _ in range(5)] == [first] * 5
    assert watch.look() is first
    assert reads == [PROGRESS]
    later = replace(POINT, iteration=200)
    add_point(folder / PROGRESS, later)
    second = watch.look()
    assert second.curve == (POINT, later)
    assert second.asked is first.asked, "the same object where its file is the same"
    assert reads == [PROGRESS] * 2


def test_half_a_line_is_left_out_until_it_is_whole(watch: FolderWatch, folder: Path) -> None:
    folder.mkdir()
    add_point(folder / PROGRESS, POINT)
    later = folder / "later"
    add_point(later, replace(POINT, iteration=200))
    raw = later.read_bytes()
    with (folder / PROGRESS).open("ab") as stream:
        stream.write(raw[:20])
    told = watch.look().curve
    assert told == (POINT,)
    with (folder / PROGRESS).open("ab") as stream:
        stream.write(raw[20:50])
    assert watch.look().curve is told, "equal content is the same object"
    with (folder / PROGRESS).open("ab") as stream:
        stream.write(raw[50:])
    assert watch.look().curve == (POINT, replace(POINT, iteration=200))


def test_a_damaged_file_tells_nothing_and_a_whole_one_again(watch: FolderWatch, folder: Path) -> None:
    write_asked(folder, small(Path("/photos")))
    assert watch.look().asked is not None
    (folder / ASKED).write_bytes(b"{")
    assert watch.look().asked is None
    write_asked(folder, small(Path("/others")))
    assert watch.look().asked == small(Path("/others"))


def test_a_picture_under_the_same_name_is_told_by_its_date(watch: FolderWatch, folder: Path) -> None:
    beside = written(folder / BESIDE)
    aged(beside)
    assert watch.look().beside == Stamped(beside, LONG_AGO_NS)
    written(beside)
    told = watch.look().beside
    assert told is not None
    assert told.changed_ns > LONG_AGO_NS


def test_an_outcome_counts_while_it_is_of_what_is_asked_now(watch: FolderWatch, folder: Path) -> None:
    asked = small(Path("/photos"))
    write_asked(folder, asked)
    aged(folder / ASKED)
    write_outcome(folder, HALF_PLACED)
    told = watch.look()
    assert told.outcome == HALF_PLACED, "too few: mapping failed, and is not marked as done"
    assert told.retry == retry_of(HALF_PLACED, asked.poses)
    assert told.retry is not None

    again = replace(asked, poses=told.retry.settings)
    write_asked(folder, again)
    aged(folder / OUTCOME)
    assert (watch.look().outcome, watch.look().retry) == (None, None), "a second try, not there yet"
    write_outcome(folder, replace(HALF_PLACED, placed=10, missing=()))
    mark_done(folder, Stage.MAPPING, again.poses)
    assert watch.look().outcome is not None
    assert watch.look().retry is None, "all were placed"

    aged(folder / OUTCOME)
    write_asked(folder, replace(again, lowered_to=5))
    assert watch.look().outcome is not None, "mapping is not done again for fewer splats"
    (folder / OUTCOME).write_text("{}")
    assert watch.look().outcome is None


def test_cameras_once_they_are_whole(watch: FolderWatch, folder: Path) -> None:
    asked = small(Path("/photos"))
    write_asked(folder, asked)
    (folder / DENSE).mkdir()
    assert watch.look().cameras is None
    mark_done(folder, Stage.UNDISTORTION, asked.poses)
    assert watch.look().cameras == folder / DENSE
    forget(folder, Stage.UNDISTORTION)
    assert watch.look().cameras is None, "they are being made anew"


def test_checkpoints_rise_and_other_files_are_none(folder: Path) -> None:
    assert checkpoints(folder) == ()
    for iteration in (20_000, 1_000_000, 300):
        written(checkpoint(folder, iteration))
    for name in (".depthview-0011.ply", "splats_1.ply", "splats_000300.splat", "Splats_000300.ply", "notes.txt"):
        written(folder / "checkpoints" / name)
    (folder / "checkpoints" / "splats_000400.ply").mkdir()
    assert [one.iteration for one in checkpoints(folder)] == [300, 20_000, 1_000_000]
    assert [one.path for one in checkpoints(folder)] == [
        checkpoint(folder, iteration) for iteration in (300, 20_000, 1_000_000)
    ]


def test_older_checkpoints_go_once_a_newer_one_is_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [written(checkpoint(folder, iteration)) for iteration in (10, 20, 30)]
    other = written(folder / "checkpoints" / "mine.ply")
    forget_older(folder, folder / "splats_000040.ply")
    forget_older(folder, paths[0])
    assert [one.path for one in checkpoints(folder)] == paths

    unlink = Path.unlink

    def held_by_the_system(path: Path, missing_ok: bool = False) -> None:
        if path == paths[0]:
            raise PermissionError(path)
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", held_by_the_system)
        forget_older(folder, paths[1])
        forget_older(folder, paths[2])
        assert [one.path for one in checkpoints(folder)] == [paths[0], paths[2]]
    forget_older(folder, paths[2])
    assert [one.path for one in checkpoints(folder)] == [paths[2]]
    assert other.exists()


def job(number: int, folder: Path) -> Job:
    values = (0.0, State.QUEUED, 0.0, None, "", False, None, None, "", "", None, None, 0)
    return Job(number, "", folder, *values)


def test_a_jobs_picture_is_lent_by_its_inputs_until_it_has_photos_of_its_own(tmp_path: Path, folder: Path) -> None:
    photos = tmp_path / "holiday"
    for name in ("IMG_10.jpg", "IMG_9.jpg", "notes.txt"):
        written(photos / name)
    write_asked(folder, small(photos))
    one, thumbnails = job(1, folder), Thumbnails()
    lent = thumbnails.of([one])
    assert lent == {1: photos / "IMG_9.jpg"}
    written(photos / "IMG_1.jpg")
    assert thumbnails.of([one]) is lent, "computed once"
    for name in (".depthview-00.jpg", "photos.json", "IMG_9.jpg", "IMG_10.jpg"):
        written(folder / "photos" / name)
    own = thumbnails.of([one])
    assert own == {1: folder / "photos" / "IMG_9.jpg"}
    written(folder / "photos" / "A.jpg")
    assert thumbnails.of([one]) is own, "computed once"
    shutil.rmtree(folder)
    assert thumbnails.of([one]) == {1: photos / "IMG_9.jpg"}
    assert thumbnails.of([]) == {}


def test_a_job_that_no_picture_is_known_of_has_none(tmp_path: Path, folder: Path) -> None:
    write_asked(folder, small(written(tmp_path / "walk.mp4")))
    gone, damaged = tmp_path / "gone", tmp_path / "damaged"
    write_asked(gone, small(tmp_path / "nowhere.jpg"))
    written(damaged / ASKED, "{")
    jobs = [job(number, place) for number, place in enumerate((folder, gone, damaged, tmp_path / "none"))]
    assert Thumbnails().of(jobs) == {}
