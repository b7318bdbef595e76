"""A window in a home of its own, and what must not be left when a test is over."""

import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.sgm import MODEL_ID
from depthview.engine.resources import sample
from depthview.ui import app, settings
from depthview.ui.main_window import MainWindow
from tests.window import leaks
from tests.window.driver import Driver, put_on_screen
from tests.window.stereo_pictures import write_clip, write_photo

NewWindow = Callable[[], Driver]
STILL_S = 1.0
_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> QApplication:
    """The application as `depthview` starts it."""
    return app.start([])


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing of the person who runs the tests is read or written. Depth is small, so that it is quick."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("DEPTHVIEW_HOME", str(folder))
    settings.save(settings.Preferences(two_eyes=Selection(MODEL_ID, None, (240, 320)), theme="dark"))
    return folder


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, dressed: QApplication, home: Path) -> Iterator[None]:
    """Fails a test that leaves a thread, a running timer, a window or a VTK object behind."""
    before = leaks.Present.now()
    yield
    if request.node.stash.get(_FAILED, False):
        return  # the traceback holds the window's objects, and there is enough to read already
    left = before.left_since()
    assert not left, "left behind: " + "; ".join(left)


@pytest.fixture
def new_window(nothing_left: None, home: Path, qtbot: QtBot) -> Iterator[NewWindow]:
    """Start DepthView, again and again if need be; every window is closed and deleted at the end."""
    drivers: list[Driver] = []

    def start() -> Driver:
        window = MainWindow()
        if not (home / "window.ini").exists():
            window.resize(1280, 800)  # the first time it is as large as the screen allows, and the tests' may be small
        put_on_screen(window)
        window.activateWindow()
        drivers.append(Driver(qtbot, window))
        return drivers[-1]

    yield start
    for driver in drivers:
        driver.leave()


@pytest.fixture
def at(new_window: NewWindow) -> Driver:
    """A window that was just started."""
    return new_window()


@pytest.fixture
def playing(at: Driver) -> Driver:
    """A window in which the sample plays and depth is on the screen."""
    at.do("open_sample")
    at.until_depth()
    return at


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Both eyes in one small picture."""
    return write_photo(tmp_path / "wall.png")


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of 40 small frames, whose disparity tells which frame it is."""
    return write_clip(tmp_path_factory.mktemp("clips") / "wall_sbs.mkv")


@pytest.fixture
def still(at: Driver, clip: Path) -> Driver:
    """The small clip, paused, with the depth of one frame on the screen: the same one on machines of any speed."""
    at.open(clip)
    at.until_depth()
    at.do("play")
    at.until_phase("paused")
    asked_at = time.perf_counter()
    at.workspace.player.seek(STILL_S)
    at.until(lambda: at.view.depth.pair.captured_at >= asked_at, "its depth on the screen")
    at.until(lambda: not at.view.depth.held, "its own depth, not that of the frames before")
    at.until(lambda: at.view.cloud is not None, "its cloud")
    return at


@pytest.fixture
def sample_clip() -> Path:
    return sample().clip
