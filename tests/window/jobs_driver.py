"""A person at the inspector's page of jobs, with the real queue and small jobs in processes of their own."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.capture.jobs.alive import kill_with_children
from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.row import Job
from depthview.ui.capture.delete_question import DeleteQuestion
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.capture.job_row import JobRow
from depthview.ui.capture.jobs_page import JobsPage
from depthview.ui.errands import Errands
from tests.engine.capture.small_job import small
from tests.window.driver import put_on_screen

WORKER = "tests.engine.capture.small_job"
WIDTH_PX, HEIGHT_PX = 292, 860
"""Of the inspector, in a window 1000 px high."""
ENDLESS = 1_000_000
_PATIENCE_MS = 60_000
_QUIT_S = 10


class JobsDriver:
    """One page in a window of its own, and the hands on it."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot, self.root = qtbot, root
        self.window = QScrollArea()
        self.errands = Errands(self.window)
        self.desk = CaptureDesk(root, self.errands, worker=WORKER, parent=self.window)
        self.ended: list[Job] = []
        self.faults: list[str] = []
        self.desk.ended.connect(self.ended.append)
        self.desk.failed.connect(lambda error: self.faults.append(str(error)))
        self.page = JobsPage(self.desk)
        self.window.setWidgetResizable(True)
        self.window.setFrameShape(QFrame.Shape.NoFrame)
        self.window.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.window.setWidget(self.page)
        self.window.setFixedSize(WIDTH_PX, HEIGHT_PX)
        put_on_screen(self.window)
        self.window.activateWindow()

    # Doing

    def add(self, name: str, iterations: int = 30, photos: Path = Path("/photos")) -> Job:
        """Begin a job, which is chosen then."""
        self.desk.add(name, small(photos, iterations))
        self.until(lambda: self.desk.chosen is not None and self.desk.chosen.name == name, f"{name} in the list")
        return self.chosen

    def click(self, button: QWidget) -> None:
        self.until(lambda: button.isVisible() and button.isEnabled(), f"{button.accessibleName()!r} to be pressed")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def press(self, key: Qt.Key) -> None:
        """Where the keyboard is, which is somewhere as soon as the window is the active one."""
        self.until(lambda: QApplication.focusWidget() is not None, "the keyboard")
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, key)

    def question(self) -> DeleteQuestion:
        """What is asked at the moment."""
        self.until(lambda: len(self.window.findChildren(DeleteQuestion)) == 1, "one question")
        return self.window.findChildren(DeleteQuestion)[0]

    def leave(self) -> None:
        assert self.desk.close(time.monotonic() + _QUIT_S)
        assert self.errands.close(time.monotonic() + _QUIT_S)
        shiboken6.delete(self.window)

    # Waiting and looking

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def check() -> None:
            assert condition(), f"waited in vain for {what}; there are {self.lines}, {self.faults}"

        self.qtbot.waitUntil(check, timeout=_PATIENCE_MS)

    def until_line(self, words: str) -> None:
        """Until the chosen job's row says so."""
        self.until(lambda: words in self.row.line.text(), f"{words!r}")

    @property
    def chosen(self) -> Job:
        job = self.desk.chosen
        assert job is not None
        return job

    @property
    def row(self) -> JobRow:
        return self.page.list.rows[self.chosen.id]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Names and states, from top to bottom."""
        rows = [self.page.list.rows[number] for number in sorted(self.page.list.rows, reverse=True)]
        return [(row.name.text(), row.line.text()) for row in rows]


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Of the jobs; what is at work there at the end is killed."""
    folder = tmp_path / "jobs"
    yield folder
    if folder.exists():
        queue = Queue(folder, worker=WORKER)
        for job in queue.jobs():
            queue.remove(job.id)
        while jobs := queue.jobs():
            for job in jobs:
                if job.worker is not None:
                    kill_with_children(job.worker)
            queue.tick()
        queue.close()


@pytest.fixture
def new_page(nothing_left: None, qtbot: QtBot, root: Path) -> Iterator[Callable[[], JobsDriver]]:
    """Open a page, again and again if need be; each is closed at the end."""
    drivers: list[JobsDriver] = []

    def start() -> JobsDriver:
        drivers.append(JobsDriver(qtbot, root))
        return drivers[-1]

    yield start
    for driver in drivers:
        if shiboken6.isValid(driver.window):
            driver.leave()


@pytest.fixture
def at(new_page: Callable[[], JobsDriver]) -> JobsDriver:
    return new_page()
