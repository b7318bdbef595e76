"""The page of jobs with the real queue: what a person begins, pauses, tries again, renames and deletes."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from depthview.engine.capture.jobs.checkpoints import Checkpoint
from depthview.engine.capture.jobs.folder import read_asked
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.poses.outcome import NO_FEATURES, Outcome, write_outcome
from depthview.engine.capture.poses.posed import Missing
from depthview.engine.capture.training.curve import CurvePoint, add_point
from depthview.engine.capture.training.files import PROGRESS
from tests.engine.capture.small_job import go_on, small
from tests.window.driver import pixels
from tests.window.jobs_driver import ENDLESS, WORKER, JobsDriver, at, new_page, root

__all__ = ["at", "new_page", "root"]


def prepared(root: Path, how: str, name: str = "fox") -> Path:
    """A job that somebody began before the window was opened; `how` is its mishap. Its folder."""
    queue = Queue(root, worker=WORKER)
    job = queue.job(queue.add(name, small(Path("/photos"))))
    assert job is not None
    (job.folder / "how.txt").write_text(how)
    queue.close()
    return job.folder


def test_without_jobs_there_is_one_thing_to_do_and_nothing_on_the_disk(at: JobsDriver, root: Path) -> None:
    wanted: list[bool] = []
    at.page.new_wanted.connect(lambda: wanted.append(True))
    assert at.page.empty.isVisible()
    assert not at.page.list.isVisible()
    assert not at.page.section.isVisible()
    assert not at.page.foot.isVisible()
    at.click(at.page.new)
    assert wanted == [True]
    at.leave()
    assert not root.exists()


def test_a_job_goes_its_road_and_shows_what_it_made(at: JobsDriver) -> None:
    job = at.add("Garden")
    assert not at.page.empty.isVisible()
    at.until_line("Done")
    at.until(lambda: [ended.name for ended in at.ended] == ["Garden"], "the news of its end")
    assert at.ended[0].state is State.DONE
    assert not at.row.bar.isVisible()
    verbs, checkpoints = at.page.section.verbs, at.page.section.checkpoints
    assert not any(button.isVisible() for button in (verbs.pause, verbs.resume, verbs.cancel, verbs.retry))
    at.until(lambda: [row.checkpoint.iteration for row in checkpoints.rows] == [30, 20, 10], "its checkpoints")
    shown: list[Checkpoint] = []
    saved: list[Checkpoint] = []
    at.page.checkpoint_chosen.connect(shown.append)
    at.page.save_wanted.connect(saved.append)
    at.click(checkpoints.rows[0].show_button)
    at.click(checkpoints.rows[2].save_button)
    assert shown == [Checkpoint(30, job.folder / "checkpoints" / "splats_000030.ply")]
    assert saved == [Checkpoint(10, job.folder / "checkpoints" / "splats_000010.ply")]


def test_a_job_is_paused_resumed_cancelled_and_tried_again(at: JobsDriver) -> None:
    at.add("Church", ENDLESS)
    verbs = at.page.section.verbs
    at.until_line("Training")
    assert not at.row.bar.property("quiet")
    at.click(verbs.pause)
    at.until_line("Paused")
    at.until(lambda: at.chosen.worker is None, "the end of its process")
    assert at.row.bar.property("quiet")
    assert at.row.bar.isVisible()
    assert not verbs.pause.isVisible()
    reached = at.chosen.progress
    at.click(verbs.resume)
    at.until_line("Training")
    assert at.chosen.progress >= reached > 0
    at.click(verbs.cancel)
    at.until(lambda: at.chosen.state is State.CANCELLED, "its end")
    assert at.row.line.text() == "Cancelled"
    assert not verbs.pause.isVisible()
    at.click(verbs.retry)
    at.until_line("Training")
    assert at.ended == []  # whoever cancels knows


def test_what_failed_says_why_and_no_more_than_asked(root: Path, new_page: Callable[[], JobsDriver]) -> None:
    folder = prepared(root, "fails")
    at = new_page()
    at.until(lambda: bool(at.page.list.rows), "the job of before")
    at.until_line("Failed")
    fault = at.page.section.fault
    at.until(lambda: "failed" in fault.details.toPlainText(), "the end of its log")
    assert fault.sentence.text() == "These photos do not hold together"
    assert fault.sentence.isVisible()
    assert not fault.details.isVisible()
    assert at.row.line.property("warn")
    at.click(fault.more)
    assert fault.details.isVisible()
    assert fault.details.toPlainText().startswith("two parts\n")
    at.until(lambda: [ended.state for ended in at.ended] == [State.FAILED], "the news of it")
    (folder / "how.txt").unlink()
    at.click(at.page.section.verbs.retry)
    at.until_line("Done")
    assert not fault.isVisible()
    at.until(lambda: [ended.state for ended in at.ended] == [State.FAILED, State.DONE], "the news that it went well")


def test_photos_without_a_place_are_named_and_another_way_is_offered(at: JobsDriver) -> None:
    job = at.add("Kitchen", ENDLESS)
    photos = at.page.section.photos
    at.until_line("Training")
    assert not photos.isVisible()
    missing = tuple(Missing(f"IMG_{number}.jpg", NO_FEATURES) for number in range(30))
    write_outcome(job.folder, Outcome(20, 50, (20,), missing))
    at.until(photos.isVisible, "what came of the photos")
    assert photos.placed.text() == "20 of 50 photos were placed"
    assert photos.more.text() == "30 were not: why?"
    assert not photos.missing.isVisible()
    at.click(photos.more)
    assert photos.missing.isVisible()
    assert photos.missing.text().startswith(NO_FEATURES + ":\nIMG_0.jpg, IMG_1.jpg")
    assert photos.missing.height() >= photos.missing.heightForWidth(photos.missing.width())
    assert photos.retry.text() == "Accept weaker features and matches"
    assert not photos.retry.isEnabled()
    assert "once this job is stopped" in photos.offer.text()
    at.click(at.page.section.verbs.cancel)
    at.until(photos.retry.isEnabled, "the offer to stand")
    at.click(photos.retry)
    at.until(lambda: read_asked(job.folder).poses.loose, "the other way to be asked for")
    at.until(lambda: at.chosen.state is not State.CANCELLED, "the second try")
    assert read_asked(job.folder).training.iterations == ENDLESS


def test_the_last_figures_of_the_training_stand_there(at: JobsDriver) -> None:
    job = at.add("Boat")
    training = at.page.section.training
    at.until_line("Done")
    assert not training.isVisible()
    add_point(job.folder / PROGRESS, CurvePoint(10, 0.2, 21.25, 0.7, 900, 1.0))
    add_point(job.folder / PROGRESS, CurvePoint(20, 0.1, 24.04, 0.8, 12_345, 2.0))
    at.until(lambda: training.iteration.text() == "20 of 30", "the figures")
    assert training.psnr.text() == "24.0 dB"
    assert training.splats.text() == "12\u202f345"
    add_point(job.folder / PROGRESS, CurvePoint(30, 0.1, None, None, 12_345, 3.0))
    at.until(lambda: training.iteration.text() == "30 of 30", "the last point")
    assert not training.psnr.isVisible()


def test_a_name_is_typed_in_place(at: JobsDriver) -> None:
    at.add("Old name", ENDLESS)
    row, jobs = at.row, at.page.list
    jobs.setFocus()
    at.press(Qt.Key.Key_F2)
    at.until(lambda: QApplication.focusWidget() is row.editor, "the keyboard in the name")
    assert row.editor.selectedText() == "Old name"
    QTest.keyClicks(row.editor, "Villa <b>Rosa</b>")
    at.press(Qt.Key.Key_Return)
    assert not row.editor.isVisible()
    at.until(lambda: at.chosen.name == "Villa <b>Rosa</b>", "the new name")
    assert row.name.text() == "Villa <b>Rosa</b>"
    assert QApplication.focusWidget() is jobs
    at.press(Qt.Key.Key_F2)
    QTest.keyClicks(row.editor, "never mind")
    at.press(Qt.Key.Key_Escape)
    at.click(at.page.section.verbs.rename)
    QTest.keyClicks(row.editor, "  ")
    at.press(Qt.Key.Key_Return)
    at.click(at.page.section.verbs.pause)
    at.until_line("Paused")  # whatever was wished before is done
    assert at.chosen.name == "Villa <b>Rosa</b>"


def test_deleting_asks_and_the_next_one_is_looked_at(at: JobsDriver, tmp_path: Path) -> None:
    photo = tmp_path / "mine.jpg"
    photo.write_bytes(b"a photo")
    jobs = [at.add(name, ENDLESS, tmp_path) for name in ("first", "second", "third")]
    at.desk.pause(jobs[1].id)
    at.until(lambda: "Paused" in at.page.list.rows[jobs[1].id].line.text(), "the second to write no more")
    (jobs[1].folder / "large").write_bytes(bytes(30_000_000))
    # How far it came before it rested, 0 to 100 kB, is the machine's affair.
    lies_there = sum(path.stat().st_size for path in jobs[1].folder.rglob("*") if path.is_file())
    at.page.list.setFocus()
    at.press(Qt.Key.Key_Down)
    assert at.chosen.name == "second"
    at.press(Qt.Key.Key_Delete)
    at.until(lambda: f" {lies_there / 1e6:.1f} MB" in at.question().informativeText(), "how much lies there")
    assert "second" in at.question().text()
    assert "photos are not touched" in at.question().informativeText()
    at.click(at.question().keep_button)
    at.until(lambda: QApplication.activeModalWidget() is None, "the question to go")
    assert jobs[1].folder.exists()
    at.click(at.page.section.verbs.delete)
    at.click(at.question().delete_button)
    at.until(lambda: [name for name, _ in at.lines] == ["third", "first"], "it to be gone")
    assert not jobs[1].folder.exists()
    assert at.chosen.name == "first"
    assert at.page.list.number == jobs[0].id
    assert photo.read_bytes() == b"a photo"


def test_as_many_are_at_work_as_a_person_wishes(at: JobsDriver) -> None:
    told: list[int] = []
    at.page.most_running_changed.connect(told.append)
    at.page.most_running.setValue(1)
    first = at.add("first", ENDLESS)
    at.until_line("Training")
    at.add("second", ENDLESS)
    assert at.row.line.text() == "Waiting for its turn"
    at.page.most_running.setValue(2)
    assert told == [1, 2]
    at.until_line("Training")
    still = at.desk.find(first.id)
    assert still is not None
    assert still.is_at_work


def test_two_windows_on_one_list_tell_of_an_end_once(new_page: Callable[[], JobsDriver]) -> None:
    one, other = new_page(), new_page()
    job = one.add("shared", ENDLESS)
    other.until(lambda: other.desk.find(job.id) is not None, "the other window's job")
    assert other.chosen.id == job.id
    other.click(other.page.section.verbs.pause)
    one.until_line("Paused")
    one.desk.rename(job.id, "ours")
    other.until(lambda: other.lines[0][0] == "ours", "the name that the other gave")
    other.desk.retry(job.id)  # it has not ended: another window was quicker
    other.click(other.page.section.verbs.delete)
    other.click(other.question().delete_button)
    one.until(lambda: one.desk.now.jobs == (), "it to be gone")
    assert one.page.empty.isVisible()
    one.until(lambda: one.faults == other.faults == [], "no fault")


def test_what_ended_without_a_window_is_told_by_the_next_one_alone(
    root: Path, new_page: Callable[[], JobsDriver]
) -> None:
    folder = prepared(root, "waits", "night")
    first = new_page()
    first.until(lambda: first.chosen.is_at_work, "its process")
    number = first.chosen.id
    first.leave()
    assert first.ended == []
    go_on(folder)
    queue = Queue(root, worker=WORKER)
    give_up = time.monotonic() + 60
    while (job := queue.job(number)) is not None and job.state is not State.DONE:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    queue.close()
    second = new_page()
    second.until(lambda: [ended.name for ended in second.ended] == ["night"], "the news")
    second.until(lambda: second.chosen.seen, "it to be written down")
    second.leave()
    third = new_page()
    third.until(lambda: third.desk.chosen is not None, "the list")
    third.leave()
    assert third.ended == []


def test_the_picture_of_a_job_is_its_first_photo(at: JobsDriver, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name, colour in (("a.png", "#20a040"), ("b.png", "#c03020")):
        picture = QImage(400, 300, QImage.Format.Format_RGB32)
        picture.fill(QColor(colour))
        assert picture.save(str(photos / name))
    at.add("Leaf", ENDLESS, photos)

    def is_green() -> bool:
        image = pixels(at.row.picture.grab().toImage())
        red, green, blue = map(int, image[image.shape[0] // 2, image.shape[1] // 2])
        return green > 2 * red and green > 2 * blue  # the tests' display has few colours

    at.until(is_green, "the picture")


@pytest.mark.parametrize("path", [Path("/photos"), Path("relative")])
def test_a_job_whose_photos_are_gone_stands_in_the_list_all_the_same(at: JobsDriver, path: Path) -> None:
    at.add("Gone", ENDLESS, path)
    at.until_line("Training")
    assert at.faults == []
