"""From photos to cameras: against the true ones, and killed, cancelled and asked again at every stage."""

import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from filelock import FileLock

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.marks import forget, is_done
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.posed import read_posed
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.capture.poses.stages import Stage, find_poses, run_stage
from depthview.engine.errors import Stopped, UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.progress import Progress, StopToken, ignore_progress
from tests.engine.capture.drawn_photos import apart_after_alignment, drawn_photos

PHOTOS = 5
PATIENCE_S = 120
MADE = {Stage.MAPPING: ("sparse", "outcome.json"), Stage.UNDISTORTION: ("dense",)}
KILLED_PROGRAM = """
import json, sys
from pathlib import Path
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.poses.stages import Stage, run_stage
from depthview.engine.progress import StopToken
stage, folder, settings = json.loads(sys.argv[1])
said = lambda progress: print(progress.label, flush=True)
run_stage(Stage(stage), Path(folder), PoseSettings.from_json(settings), said, StopToken())
"""


def settings_of(inputs: Path, **more: object) -> PoseSettings:
    return PoseSettings((inputs,), max_size_px=300, max_splats=1000, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Camera]]:
    folder = tmp_path_factory.mktemp("drawn") / "photos"
    return folder, drawn_photos(folder, PHOTOS)


@pytest.fixture(scope="module")
def told(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[Path, dict[str, Camera]]
) -> tuple[Path, dict[Stage, list[Progress]]]:
    """A job whose stages are all done, and what each told of its progress."""
    folder = tmp_path_factory.mktemp("job")
    heard: dict[Stage, list[Progress]] = {stage: [] for stage in Stage}
    for stage in Stage:
        run_stage(stage, folder, settings_of(drawn[0]), heard[stage].append, StopToken())
    return folder, heard


@pytest.fixture(scope="module")
def whole(told: tuple[Path, dict[Stage, list[Progress]]]) -> Path:
    return told[0]


@pytest.fixture
def job(tmp_path: Path, whole: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "job"))


def begin_at(stage: Stage, folder: Path, settings: PoseSettings) -> None:
    """As if the stage and those behind it had never begun, and those before it were done."""
    # Features and matches lie in one file: to be without matches is to begin with features.
    set_back(folder, Stage.FEATURES if stage is Stage.MATCHING else stage)
    if stage is Stage.MATCHING:
        run_stage(Stage.FEATURES, folder, settings, ignore_progress, StopToken())


def set_back(folder: Path, stage: Stage) -> None:
    """As if the stage and those behind it had never begun; not for MATCHING."""
    forget(folder, stage)
    for later in list(Stage)[list(Stage).index(stage) :]:
        for name in MADE.get(later, ()):
            place = folder / name
            shutil.rmtree(place) if place.is_dir() else place.unlink()
    if stage is Stage.FEATURES:
        shutil.rmtree(folder / "photos")
        (folder / "stages" / "begun.json").unlink()
        for path in folder.glob("database.db*"):
            path.unlink()


def true_enough(folder: Path, cameras: dict[str, Camera]) -> None:
    """The cameras found stand, look and see as the true ones, up to a similarity."""
    posed = read_posed(folder / "dense")
    assert [photo.name for photo in posed.photos] == sorted(cameras)
    true = [cameras[photo.name] for photo in posed.photos]
    found = [photo.camera for photo in posed.photos]
    assert apart_after_alignment(np.stack([c.eye for c in found]), np.stack([c.eye for c in true])) < 0.005
    for a, b in zip(found[1:], true[1:], strict=True):
        turn = a.rotation @ found[0].rotation.T
        wanted = b.rotation @ true[0].rotation.T
        assert np.degrees(np.arccos(np.clip((np.trace(turn @ wanted.T) - 1) / 2, -1, 1))) < 0.3
        # The undistorted picture is another size; what it sees across is the same.
        scale = b.focal_px[0] / b.width_px
        assert a.focal_px[0] / a.width_px == pytest.approx(scale, rel=0.02)


def test_the_cameras_are_found_where_they_were(whole: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    true_enough(whole, drawn[1])
    posed = read_posed(whole / "dense")
    assert len(posed.points_xyz) > 300
    assert posed.missing == ()
    for photo in posed.photos:
        assert max(photo.camera.width_px, photo.camera.height_px) <= 300
    outcome = read_outcome(whole)
    assert (outcome.placed, outcome.total, outcome.parts) == (PHOTOS, PHOTOS, (PHOTOS,))
    # y points down in the photos and so in the world.
    assert np.sum([photo.camera.rotation[1] for photo in posed.photos], axis=0)[1] > 0.9 * PHOTOS


def test_a_stage_once_done_is_not_done_again(whole: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}
    heard: list[Progress] = []
    find_poses(whole, settings_of(drawn[0]), heard.append, StopToken())
    assert heard == []
    assert before == {path: path.stat().st_mtime_ns for path in whole.rglob("*") if path.is_file()}


def test_other_settings_do_again_only_what_they_change(job: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    features = (job / "stages" / "features.json").stat().st_mtime_ns
    heard: list[Progress] = []
    find_poses(job, settings_of(drawn[0], mapper=Mapper.GLOBAL), heard.append, StopToken())
    assert (job / "stages" / "features.json").stat().st_mtime_ns == features
    assert not any("features" in progress.label or "pairs" in progress.label for progress in heard)
    true_enough(job, drawn[1])


def test_progress_is_told_in_every_stage(told: tuple[Path, dict[Stage, list[Progress]]]) -> None:
    for heard in told[1].values():
        shares = [progress.done / progress.total for progress in heard if progress.total]
        assert shares[-1] == 1
        assert shares == sorted(shares)
        assert shares[0] >= 0


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_that_was_killed_and_then_stopped_is_done_when_asked_again(
    job: Path, drawn: tuple[Path, dict[str, Camera]], stage: Stage
) -> None:
    settings = settings_of(drawn[0])
    begin_at(stage, job, settings)
    asked = json.dumps([stage.value, str(job), settings.to_json()])
    parent = subprocess.Popen(
        [sys.executable, "-c", KILLED_PROGRAM, asked], cwd=IMPORT_FOLDER, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    first = parent.stdout.readline()
    while first.startswith(("Looking at", "Taking in")):
        first = parent.stdout.readline()
    parent.kill()  # SIGKILL
    parent.wait()
    parent.stdout.close()
    with FileLock(job / "colmap.lock", timeout=PATIENCE_S):
        pass  # what the parent had started has ended too
    assert not (job / "stages" / f"{stage.value}.json").exists()
    assert first
    stop = StopToken()
    told_at: list[float] = []

    def report(_progress: Progress) -> None:
        told_at.append(time.monotonic())
        stop.stop()

    with pytest.raises(Stopped):
        run_stage(stage, job, settings, report, stop)
    assert time.monotonic() - told_at[0] < 10
    find_poses(job, settings, ignore_progress, StopToken())
    assert not list(job.glob("*-unfinished"))
    true_enough(job, drawn[1])


def test_a_database_that_a_power_cut_broke_is_made_anew(job: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    set_back(job, Stage.UNDISTORTION)
    database = job / "database.db"
    broken = bytearray(database.read_bytes())
    broken[4096:] = bytes(len(broken) - 4096)
    database.write_bytes(broken)
    find_poses(job, settings_of(drawn[0]), ignore_progress, StopToken())
    true_enough(job, drawn[1])


@pytest.mark.parametrize("matcher", [Matcher.SEQUENTIAL, Matcher.LIKENESS, Matcher.PLACES])
def test_photos_are_placed_whatever_chooses_the_pairs(
    job: Path, drawn: tuple[Path, dict[str, Camera]], matcher: Matcher
) -> None:
    """By place, too, where no photo knows its place."""
    with closing(sqlite3.connect(job / "database.db")) as connection, connection:
        connection.execute("DELETE FROM matches")
        connection.execute("DELETE FROM two_view_geometries")
    for stage in (Stage.MATCHING, Stage.MAPPING):
        run_stage(stage, job, settings_of(drawn[0], matcher=matcher), ignore_progress, StopToken())
    assert read_outcome(job).placed == PHOTOS


def test_a_second_try_accepts_more_and_finds_the_same(tmp_path: Path) -> None:
    cameras = drawn_photos(tmp_path / "photos", 3)
    find_poses(tmp_path / "job", settings_of(tmp_path / "photos", loose=True), ignore_progress, StopToken())
    true_enough(tmp_path / "job", cameras)


def test_the_job_goes_on_when_the_photos_are_gone(job: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    set_back(job, Stage.MAPPING)
    gone = drawn[0].with_name("gone")
    drawn[0].rename(gone)
    try:
        find_poses(job, settings_of(drawn[0]), ignore_progress, StopToken())
    finally:
        gone.rename(drawn[0])
    true_enough(job, drawn[1])


def test_a_second_try_needs_no_photos_but_its_own(job: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    gone = drawn[0].with_name("gone")
    drawn[0].rename(gone)
    try:
        run_stage(Stage.FEATURES, job, settings_of(drawn[0], loose=True), ignore_progress, StopToken())
    finally:
        gone.rename(drawn[0])
    assert is_done(job, Stage.FEATURES, settings_of(drawn[0], loose=True))


def test_a_photo_of_something_else_is_named_with_its_reason(tmp_path: Path) -> None:
    inputs = tmp_path / "photos"
    drawn_photos(inputs, 3)
    drawn_photos(inputs, 1, seed=9, prefix="other")
    plain = np.full((300, 400, 3), 90, np.uint8)
    plain[:, 200:] = 95
    cv2.imwrite(str(inputs / "plain.png"), plain)
    posed = find_poses(tmp_path / "job", settings_of(inputs), ignore_progress, StopToken())
    reasons = {missing.name: missing.reason for missing in posed.missing}
    assert set(reasons) == {"other00.jpg", "plain.png"}
    assert "Nothing in it was found" in reasons["other00.jpg"]
    assert "hardly any detail" in reasons["plain.png"]


def test_what_fails_in_colmap_is_a_sentence(job: Path, drawn: tuple[Path, dict[str, Camera]]) -> None:
    set_back(job, Stage.UNDISTORTION)
    (job / "sparse" / "0" / "images.bin").write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match="COLMAP"):
        run_stage(Stage.UNDISTORTION, job, settings_of(drawn[0]), ignore_progress, StopToken())


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    yield
    left = [child for child in psutil.Process().children(recursive=True) if "poses.work" in " ".join(child.cmdline())]
    assert left == []
