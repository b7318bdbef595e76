"""Scenes from photos in the whole window: how one gets there, and what is told when a job has ended."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QPushButton

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.folder import write_asked
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.store import STORE, Store
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.curve import CurvePoint, add_point
from depthview.engine.capture.training.files import PROGRESS
from depthview.engine.capture.training.presets import Preset, settings_for
from depthview.engine.folders import jobs_folder
from depthview.engine.splats.formats.opening import open_splats
from depthview.ui import dialogs
from depthview.ui.capture.new_job_dialog import NewJobDialog
from tests.window.driver import Driver
from tests.window.splats_driver import SplatsDriver, write_ball

ASKED = Asked(PoseSettings((Path("/photos"),)), settings_for(Preset.PREVIEW, cuda=False))
JOBS_PAGE = 4


def photos(folder: Path, count: int) -> list[str]:
    folder.mkdir()
    chance = np.random.default_rng(0)
    paths = [folder / f"{number}.jpg" for number in range(count)]
    for path in paths:
        Image.fromarray(chance.integers(0, 255, (48, 64, 3), np.uint8)).save(path)
    return [str(path) for path in paths]


def asks(at: Driver) -> list[NewJobDialog]:
    return at.window.findChildren(NewJobDialog)


@pytest.fixture
def ended(tmp_path: Path) -> Path:
    """The folder of a job that another window began, and that is done."""
    root = jobs_folder()
    queue = Queue(root)
    number = queue.add("Garden", ASKED)
    found = queue.job(number)
    assert found is not None
    folder = found.folder
    queue.close()
    (folder / "checkpoints").mkdir()
    write_ball(folder / "checkpoints" / "splats_005000.ply")
    for iteration in (2500, 5000):
        add_point(folder / PROGRESS, CurvePoint(iteration, 0.05, 25.0, 0.8, 400, 60.0))
    store = Store(root / STORE)
    with store._changing() as db:
        db.execute("UPDATE jobs SET state = ?, progress = 100", (State.DONE.value,))
    store.close()
    return folder


@pytest.mark.parametrize("what", ["folder", "photos"])
def test_photos_that_are_dropped_in_splats_become_a_scene(at: Driver, tmp_path: Path, what: str) -> None:
    paths = photos(tmp_path / "holiday", 4)
    at.do("go_splats")
    at.window.open_many(paths if what == "photos" else [str(tmp_path / "holiday")])
    at.until(lambda: len(asks(at)) == 1, "the question how it is to be made")
    assert asks(at)[0].inputs == (tuple(map(Path, paths)) if what == "photos" else (tmp_path / "holiday",))
    assert at.window.place is at.window.splats


def test_elsewhere_photos_and_in_splats_one_photo_are_pictures(at: Driver, tmp_path: Path) -> None:
    paths = photos(tmp_path / "holiday", 4)
    at.window.open_many(paths)
    assert not asks(at)
    at.do("go_splats")
    at.window.open_many(paths[:1])
    at.until(lambda: at.window.place is at.window.live, "Live")
    assert not asks(at)


def test_elsewhere_many_photos_are_one_press_from_a_scene(at: Driver, tmp_path: Path) -> None:
    paths = photos(tmp_path / "holiday", 4)
    at.window.open_many(paths)
    at.until_said("more than two files")
    (offer,) = [b for b in at.window.problem.findChildren(QPushButton) if b.isVisible()]
    assert offer.text() == at.window.actions_by_name["new_capture"].text()
    offer.click()
    at.until(lambda: len(asks(at)) == 1, "the question how it is to be made")
    assert asks(at)[0].inputs == tuple(map(Path, paths))
    assert at.window.place is at.window.splats
    assert not at.said  # it was taken up


def test_a_job_of_an_earlier_window_is_told_and_shown(at: Driver, ended: Path) -> None:
    hands = SplatsDriver(at)
    at.do("show_jobs")
    assert at.window.place is at.window.splats
    assert hands.workspace.inspector.tabs.currentIndex() == JOBS_PAGE
    at.until(lambda: "Garden" in at.said, "the news of its end")
    at.until(lambda: [item.title for item in hands.items] == ["Garden"], "its splats")
    panes = hands.workspace.panes
    assert not panes.training_pane.isHidden()
    assert not panes.held_out_pane.isHidden()
    assert panes.log_pane.isHidden()
    curves = hands.workspace.job_panes.curves
    assert curves is not None
    assert curves.readout.text().startswith("25.0 dB")
    (row,) = hands.workspace.inspector.jobs.section.checkpoints.rows
    assert row.show_button.text() == "Shown"
    at.do("close_splats")
    assert row.show_button.text() == "Show"
    row.show_button.click()
    at.until(lambda: [item.title for item in hands.items] == ["Garden"], "its splats again")


def test_elsewhere_the_news_of_an_end_leads_to_the_job(at: Driver, ended: Path) -> None:
    at.window.splats.capturing.desk.wake()
    at.until_said("Garden")
    assert at.window.place is at.window.live
    (offer,) = [b for b in at.window.problem.findChildren(QPushButton) if b.isVisible()]
    offer.click()
    hands = SplatsDriver(at)
    at.until(lambda: [item.title for item in hands.items] == ["Garden"], "its splats")


def test_a_job_that_was_told_is_news_no_more(at: Driver, ended: Path) -> None:
    queue = Queue(jobs_folder())
    queue.told(1)
    queue.close()
    at.do("show_jobs")
    at.until(lambda: at.window.splats.capturing.desk.chosen is not None, "the job")
    assert "Garden" not in at.said


def test_a_checkpoint_is_saved_as_another_kind_of_file(
    at: Driver, ended: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = SplatsDriver(at)
    at.do("show_jobs")
    at.until(lambda: bool(hands.items), "its splats")
    path = tmp_path / "kept.splat"
    monkeypatch.setattr(dialogs, "choose_export", lambda *_asked: path)
    watched = at.window.splats.capturing.desk.now.watched
    assert watched is not None
    hands.workspace.inspector.jobs.save_wanted.emit(watched.checkpoints[-1])
    at.until(lambda: path.exists(), "the file")
    assert len(open_splats(path)) == len(open_splats(watched.checkpoints[-1].path))


def test_with_jobs_the_workspace_stays_when_the_last_scene_is_taken_out(at: Driver, ended: Path) -> None:
    hands = SplatsDriver(at)
    at.do("show_jobs")
    at.until(lambda: bool(hands.items), "its splats")
    at.do("close_splats")
    assert at.window.splats.page is hands.workspace


def test_an_empty_pane_says_what_it_waits_for(at: Driver, ended: Path) -> None:
    hands = SplatsDriver(at)
    at.do("show_jobs")
    at.until(lambda: hands.workspace.pane is not None and bool(hands.items), "its splats")
    at.do("close_splats")
    desk, pane = at.window.splats.capturing.desk, hands.pane
    assert pane.empty_sentence.startswith("Open a splat scene")
    write_asked(jobs_folder() / "later", ASKED)
    queue = Queue(jobs_folder())
    later = queue.take_in(jobs_folder() / "later", "Later")  # paused from the first moment: nothing may begin it
    queue.close()
    at.until(lambda: any(job.id == later for job in desk.now.jobs), "the new job")
    desk.choose(later)
    at.until(lambda: pane.empty_sentence.startswith("The scene appears here"), "what comes")


def test_without_jobs_nothing_of_them_is_on_the_disk_or_on_the_panes(at: Driver) -> None:
    at.do("go_splats")
    at.do("open_sample")
    hands = SplatsDriver(at)
    at.until(lambda: bool(hands.items), "the sample")
    assert hands.workspace.panes.training_pane.isHidden()
    assert not jobs_folder().exists()
