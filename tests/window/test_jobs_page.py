"""How jobs look in the inspector: their words, their room, what can be pressed; and who is called when one ends."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shiboken6
from PIL import Image as Pillow
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QListWidget, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.capture.jobs.alive import ProcessMark
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.checkpoints import Checkpoint
from depthview.engine.capture.jobs.row import Job, Wish
from depthview.engine.capture.jobs.session import JobsNow
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.watched import Watched
from depthview.engine.capture.poses.outcome import NO_FEATURES, NO_MATCHES, Outcome, Retry
from depthview.engine.capture.poses.posed import Missing
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.curve import CurvePoint
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.ui.capture.announcing import Announcer
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.job_words import ended_words, fault_words, left_words, row_words
from depthview.ui.capture.jobs_page import JobsPage
from depthview.ui.capture.thumbnails import Thumbnails
from depthview.ui.errands import Errands
from depthview.ui.parts.wrapped_label import WrappedLabel
from tests.window.driver import PATIENCE_MS, put_on_screen
from tests.window.jobs_driver import HEIGHT_PX, WIDTH_PX

HERE = ProcessMark(1, 0.0)
FOLDER = Path("/home/anna/.local/share/depthview/jobs/2026-11-21 Kitchen")
BAR_PX = 8
"""Of the scroll bar."""


def job(number: int = 1, state: State = State.QUEUED, name: str = "fox", **others: Any) -> Job:
    facts: dict[str, Any] = {"progress": 0.0, "eta_s": None, "doing": "", "paused": False, "wish": None}
    facts |= {"asked_to_stop_s": None, "fault": "", "fault_details": "", "worker": None, "told_s": None, "deaths": 0}
    return Job(number, name, FOLDER, 0.0, state, **(facts | others))


FAULT = "The photos could not be put together, 2 of 31 fit: take them closer together, in even light, of a place with "
LONG = "A rather long name of a very old church in the far south of the country"
JOBS = (
    job(1, State.DONE, "Garden in May", progress=100.0),
    job(2, State.FAILED, "Kitchen", progress=14.0, fault=FAULT + f"detail: {FOLDER}", fault_details="x" * 300),
    job(3, State.TRAINING, LONG, progress=43.2, eta_s=1260.0, doing="118204 splats", worker=HERE),
    job(4, State.QUEUED, "Bicycle", progress=61.0, paused=True),
    job(5, State.MATCHING, "Market", progress=8.0, doing="Comparing photos: 310 of 4950 pairs", worker=HERE),
)
ASKED = Asked(PoseSettings((Path("/photos"),)), TrainingSettings(30_000, 1_000_000, 1600))
CURVE = (CurvePoint(500, 0.2, 21.0, 0.7, 90_000, 60.0), CurvePoint(20_000, 0.1, 28.4, 0.9, 118_204, 900.0))
CHECKPOINTS = tuple(Checkpoint(count, Path(f"/{count}")) for count in (10_000, 20_000, 30_000))
MISSING = tuple(Missing(f"IMG_20{number}.jpg", (NO_FEATURES, NO_MATCHES)[number % 2]) for number in range(3))
OUTCOME = Outcome(47, 50, (47,), MISSING)
OFFER = Retry("Place all photos at once instead of one after the other", replace(ASKED.poses, loose=True))
TRAINED = Watched(3, ASKED, CURVE, ("a line of the log",), OUTCOME, None, CHECKPOINTS)


@pytest.fixture
def page(nothing_left: None, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobsPage]:
    """As high as in a window of 1000 px, of a desk that looks at nothing: the test says what there is."""
    monkeypatch.setattr(CaptureDesk, "wake", lambda _self: None)
    window = QScrollArea()
    errands = Errands(window)
    page = JobsPage(CaptureDesk(tmp_path, errands, parent=window))
    window.setWidgetResizable(True)
    window.setFrameShape(QScrollArea.Shape.NoFrame)
    window.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    window.setWidget(page)
    window.setFixedSize(WIDTH_PX, HEIGHT_PX)
    put_on_screen(window)
    yield page
    shiboken6.delete(window)


def show(page: JobsPage, now: JobsNow, chosen: int) -> None:
    desk = page._desk
    desk.now = now
    desk.choose(chosen)
    desk.changed.emit()
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (job(), "Waiting for its turn"),
        (job(worker=HERE), "Starting…"),
        (job(progress=61.9), "Waiting for its turn · 61 %"),
        (job(progress=61.9, paused=True), "Paused · 61 %"),
        (job(state=State.TRAINING, progress=30.0, paused=True, worker=HERE, eta_s=60.0), "Being paused… · 30 %"),
        (job(state=State.FEATURES, worker=HERE), "Finding features"),
        (job(state=State.MATCHING, worker=HERE, progress=4.0), "Comparing photos · 4 %"),
        (job(state=State.MAPPING, worker=HERE, progress=16.0, eta_s=600.0), "Placing cameras · 10 min left"),
        (job(state=State.UNDISTORTION, worker=HERE, progress=17.0), "Straightening photos · 17 %"),
        (job(state=State.TRAINING, worker=HERE, progress=99.99), "Training · 99 %"),
        (job(state=State.TRAINING, worker=HERE, wish=Wish.CANCEL, progress=50.0), "Being cancelled…"),
        (job(state=State.TRAINING, worker=HERE, wish=Wish.REMOVE, progress=50.0), "Being deleted…"),
        (job(state=State.DONE, progress=100.0), "Done"),
        (job(state=State.FAILED, progress=14.0, fault="no"), "Failed"),
        (job(state=State.CANCELLED, progress=14.0), "Cancelled"),
    ],
)
def test_a_state_is_said_in_plain_words(one: Job, words: str) -> None:
    assert row_words(one) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "about a minute left"),
        (89, "about a minute left"),
        (150, "2 min left"),
        (7100, "118 min left"),
        (4 * 3600 + 900, "4 h left"),
        (6 * 24 * 3600, "6 days left"),
    ],
)
def test_time_left_is_said_no_finer_than_it_is_known(seconds: float, words: str) -> None:
    assert left_words(seconds) == words


def test_a_fault_is_said_without_the_folder_that_a_click_opens() -> None:
    failed = JOBS[1]
    assert fault_words(failed) == FAULT + "detail"
    assert ended_words(failed) == f"“Kitchen” failed: {FAULT}detail"
    elsewhere = replace(failed, fault="The disk is full: free some space: /mnt/usb")
    assert fault_words(elsewhere) == "The disk is full: free some space: /mnt/usb"


@pytest.mark.parametrize("number", [one.id for one in JOBS])
def test_the_page_of_five_jobs_fits_the_inspector(page: JobsPage, qtbot: QtBot, number: int) -> None:
    watched = replace(TRAINED, number=number, retry=OFFER if number == 2 else None)
    if number == 2:
        watched = replace(watched, curve=(), checkpoints=())
    show(page, JobsNow(JOBS, watched), number)
    assert page.minimumSizeHint().width() <= WIDTH_PX - BAR_PX
    assert page.height() == HEIGHT_PX
    labels = [label for label in page.findChildren(WrappedLabel) if label.isVisible()]
    assert len(labels) >= 2
    qtbot.waitUntil(
        lambda: all(label.height() >= label.heightForWidth(label.width()) for label in labels), timeout=PATIENCE_MS
    )
    rows = page.list.rows
    width = page.list.viewport().width
    qtbot.waitUntil(lambda: all(row.geometry().right() <= width() for row in rows.values()), timeout=PATIENCE_MS)
    assert {row.height() for row in rows.values()} == {rows[number].height()}


def test_what_is_on_the_page_has_a_name_and_says_what_it_does(page: JobsPage) -> None:
    show(page, JobsNow(JOBS, replace(TRAINED, retry=OFFER)), 3)
    kinds: tuple[type[QWidget], ...] = (QAbstractButton, QAbstractSpinBox, QListWidget)
    controls = [widget for kind in kinds for widget in page.findChildren(kind) if widget.isVisible()]
    assert len(controls) > 10
    assert [widget for widget in controls if not (widget.accessibleName() or widget.property("text"))] == []
    assert [widget for widget in controls if not widget.toolTip()] == []


def test_what_is_still_known_of_another_job_is_not_shown_for_this_one(page: JobsPage) -> None:
    show(page, JobsNow(JOBS, TRAINED), 3)
    assert page.section.training.isVisible()
    show(page, JobsNow(JOBS, TRAINED), 4)
    assert not page.section.training.isVisible()
    assert not page.section.photos.isVisible()
    assert not page.section.checkpoints.isVisible()


def test_a_row_that_is_renamed_stays_so_while_others_come_and_go(page: JobsPage) -> None:
    show(page, JobsNow(JOBS), 3)
    page.list.begin_rename()
    editor = page.list.rows[3].editor
    editor.setText("half a na")
    show(page, JobsNow((*JOBS[1:], job(6, name="new"))), 3)
    assert sorted(page.list.rows) == [2, 3, 4, 5, 6]
    assert editor.isVisible()
    assert editor.text() == "half a na"
    assert page.list.item(0) is page.list._holders[6]


class FileManager(QObject):
    """In the desktop's place."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toLocalFile())


def test_its_folder_is_opened(page: JobsPage) -> None:
    show(page, JobsNow(JOBS), 4)
    manager = FileManager()
    QDesktopServices.setUrlHandler("file", manager, "open")
    try:
        page.section.verbs.folder.click()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert manager.opened == [str(FOLDER)]


def test_the_switch_speaks_only_when_a_person_turns_it(page: JobsPage) -> None:
    show(page, JobsNow(JOBS), 3)
    told: list[bool] = []
    page.keep_changed.connect(told.append)
    page.show_keep(True)
    assert page.keep.isChecked()
    assert told == []
    page.keep.click()
    assert told == [False]


def test_a_photo_is_small_upright_and_cut_to_its_place(
    nothing_left: None, qtbot: QtBot, dressed: QApplication, tmp_path: Path
) -> None:
    across = np.zeros((300, 400, 3), np.uint8)
    across[:, :200, 0] = across[:, 200:, 2] = 220  # red on the left, blue on the right
    exif = Pillow.Exif()
    exif[0x0112] = 6  # the camera was held upright: what is left is up
    photo = tmp_path / "upright.jpg"
    Pillow.fromarray(across).save(photo, exif=exif)
    (tmp_path / "none.jpg").write_text("no picture")
    errands = Errands(dressed)
    thumbnails = Thumbnails(errands, QSize(56, 42))
    assert thumbnails.of(None) is None
    assert thumbnails.of(tmp_path / "none.jpg") is None
    assert thumbnails.of(photo) is None
    qtbot.waitUntil(lambda: thumbnails.of(photo) is not None, timeout=PATIENCE_MS)
    found = thumbnails.of(photo)
    assert found is not None
    assert found.size() == QSize(56, 42)
    image = found.toImage()
    assert image.pixelColor(28, 6).red() > 150 > image.pixelColor(28, 6).blue()
    assert image.pixelColor(28, 36).blue() > 150 > image.pixelColor(28, 36).red()
    nothing = thumbnails.of(tmp_path / "none.jpg")
    assert nothing is not None
    assert nothing.isNull()
    assert errands.close(time.monotonic() + 5)


def test_only_who_looks_elsewhere_is_called(nothing_left: None, qtbot: QtBot) -> None:
    window, another = QWidget(), QWidget()
    announcer = Announcer(window)

    def in_front(widget: QWidget) -> Callable[[], bool]:
        put_on_screen(widget)
        widget.activateWindow()
        return widget.isActiveWindow

    qtbot.waitUntil(in_front(window), timeout=PATIENCE_MS)
    assert not announcer.announce(JOBS[0])
    qtbot.waitUntil(in_front(another), timeout=PATIENCE_MS)
    assert announcer.announce(JOBS[0])
    announcer.close()
    shiboken6.delete(another)
    shiboken6.delete(window)
