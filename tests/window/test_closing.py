"""Quit takes under two seconds from any state: whatever hangs, it is not waited for longer than that."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.ui import main_window
from tests.engine.web_server import Reply, web_server
from tests.window.conftest import NewWindow
from tests.window.driver import PATIENCE_MS, Driver

_NO_HURRY_S = 30.0
"""For what is to be seen finished: that it is waited for is asked, not how much a crowded machine writes in time."""


def test_it_gives_itself_less_than_is_promised() -> None:
    assert main_window.QUIT_S < 2


def test_from_the_first_page(at: Driver) -> None:
    at.close_in_time()


def test_while_it_plays(playing: Driver) -> None:
    playing.close_in_time()


def test_in_the_moment_after_opening(at: Driver) -> None:
    at.do("open_sample")
    at.close_in_time()


def test_with_ctrl_q(playing: Driver) -> None:
    playing.until_keys_are_heard()
    started = time.monotonic()
    QTest.keyClick(QApplication.focusWidget() or playing.window, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    playing.until(lambda: not playing.window.isVisible(), "the window to close")
    assert time.monotonic() - started < 2 * main_window.QUIT_S


def test_paused(playing: Driver) -> None:
    playing.do("play")
    playing.until_phase("paused")
    playing.close_in_time()


def test_at_the_end(at: Driver, clip: Path) -> None:
    at.do("loop")
    at.open(clip)
    at.until_depth()
    at.choose(at.workspace.transport.speed, "4×")
    at.until_phase("ended")
    at.close_in_time()


def test_after_a_failure(at: Driver, tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    at.open(path)
    at.until_said("empty")
    at.close_in_time()


def test_while_a_model_loads(playing: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading cannot be cut short inside ONNX Runtime; closing does not wait for it."""
    began, go_on = threading.Event(), threading.Event()
    real = ModelLibrary.open_estimator

    def slow(self: ModelLibrary, selection: Selection, *, threads: int | None = None) -> Estimator:
        began.set()
        assert go_on.wait(20)
        return real(self, selection, threads=threads)

    monkeypatch.setattr(ModelLibrary, "open_estimator", slow)
    playing.choose(playing.workspace.inspector.models.resolution, "360 × 480")
    try:
        playing.until(began.is_set, "loading to begin")
        playing.close_in_time()
    finally:
        go_on.set()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_whole_process_ends_cleanly_at_a_signal(home: Path, sample_clip: Path, number: signal.Signals) -> None:
    """Ctrl+C in the terminal, or a logout: threads, OpenGL and the interpreter all come down without a crash."""
    script = "import sys; sys.argv[0] = 'depthview'; from depthview.ui.app import run; sys.exit(run(sys.argv[1:]))"
    watch = (
        "import sys, threading\n"
        "def tell():\n"
        "    import time\n"
        "    while 'vtkmodules.vtkRenderingOpenGL2' not in sys.modules: time.sleep(0.05)\n"
        "    print('depth', flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", watch + script, str(sample_clip)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "depth\n", "the first cloud never came"
        process.send_signal(number)
        _out, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert "Traceback" not in said
    assert "Fatal" not in said


@pytest.mark.parametrize("when", ["before the answer", "inside the film"])
def test_while_a_server_stalls(at: Driver, sample_clip: Path, when: str) -> None:
    film = sample_clip.read_bytes()
    with web_server() as web:
        cut_at = 0 if when == "before the answer" else len(film) // 2
        web.pages["/film.mp4"] = Reply(film, "video/mp4", cut_at=cut_at, stall_s=30, ranges=False)
        at.open(web.url("/film.mp4"))
        at.until(lambda: web.stalling > 0, "the server to stall")
        at.close_in_time()


def test_while_something_stalls_another_source_plays(at: Driver, photo: Path, sample_clip: Path) -> None:
    film = sample_clip.read_bytes()
    with web_server() as web:
        web.pages["/film.mp4"] = Reply(film, "video/mp4", cut_at=0, stall_s=30, ranges=False)
        at.open(web.url("/film.mp4"))
        at.until(lambda: web.stalling > 0, "the server to stall")
        at.open(photo)
        at.until_depth()
        at.close_in_time()


def test_with_the_key_sheet_open(at: Driver) -> None:
    at.do("shortcuts")
    at.close_in_time()


def test_a_file_that_is_being_written_is_finished(
    at: Driver, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_window, "QUIT_S", _NO_HURRY_S)
    at.open(clip)
    at.until_depth()
    path = tmp_path / "cloud.ply"
    at.window.export_to(path, "ply")
    at.close()
    assert path.exists()
    assert list(tmp_path.glob(".depthview*")) == []


def test_everything_that_is_slow_at_once_has_one_limit(
    playing: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model, the colours and a disk that all hang: each is waited for, but not one after the other."""
    go_on = threading.Event()
    hung: set[str] = set()

    def hang(what: str) -> Callable[..., NoReturn]:
        def wait(*_arguments: object, **_named: object) -> NoReturn:
            hung.add(what)
            go_on.wait(20)
            raise UserError("It took too long.")

        return wait

    try:
        monkeypatch.setattr("depthview.ui.live.exporting.write_npy", hang("disk"))
        playing.window.export_to(tmp_path / "depth.npy", "npy")
        monkeypatch.setattr("depthview.engine.live.presenter.colourise", hang("colours"))
        playing.until(lambda: "colours" in hung, "the colours to hang")
        monkeypatch.setattr(SemiGlobalEstimator, "estimate", hang("model"))
        playing.until(lambda: hung == {"disk", "colours", "model"}, "all to hang")
        playing.close_in_time()
    finally:
        go_on.set()


def test_a_slow_disk_is_given_time_when_nothing_else_is_slow(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "depth.npy"

    def slowly(path: Path, _disparity_px: object) -> None:
        time.sleep(1.0)
        path.write_bytes(b"depth")

    monkeypatch.setattr(main_window, "QUIT_S", _NO_HURRY_S)
    monkeypatch.setattr("depthview.ui.live.exporting.write_npy", slowly)
    still.window.export_to(path, "npy")
    still.close()
    assert path.read_bytes() == b"depth"


def test_closing_twice_does_no_harm(playing: Driver) -> None:
    playing.close_in_time()
    playing.close_in_time()


def test_windows_one_after_another_leave_nothing(new_window: NewWindow, photo: Path) -> None:
    before = threading.active_count()
    for _ in range(5):
        at = new_window()
        at.open(photo)
        at.until_depth()
        at.leave()
        # What looks for models or devices is not waited for, and ends by itself.
        at.qtbot.waitUntil(lambda: threading.active_count() <= before, timeout=PATIENCE_MS)
