"""What is slow is done beside the window: it goes on, says that it waits, and closes in time."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu

from depthview.engine.models.library import ModelFamily, ModelLibrary
from depthview.engine.sources import cameras
from tests.window.driver import Driver
from tests.window.toy_models import write_family


@pytest.fixture
def go_on() -> Iterator[threading.Event]:
    """What the slow wait for; set at the end, so that no thread is left."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def slow_drivers(go_on: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow() -> list[cameras.CameraInfo]:
        assert threading.current_thread().name == "depthview-cameras"
        go_on.wait(20)
        return []

    monkeypatch.setattr(cameras, "list_cameras", slow)


def open_file_menu(at: Driver) -> QMenu:
    """What happens when the File menu is opened; the sub-menu of cameras."""
    at.window.menus._menus["file"].aboutToShow.emit()
    return at.window.menus._cameras


def words(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


@pytest.mark.usefixtures("slow_drivers")
def test_looking_for_cameras_is_not_waited_for(at: Driver, go_on: threading.Event) -> None:
    menu = open_file_menu(at)
    assert words(menu) == ["looking for cameras…"]
    open_file_menu(at)
    assert [t.name for t in threading.enumerate()].count("depthview-cameras") == 1
    go_on.set()
    at.until(lambda: words(menu) == ["no camera found: plug one in"], "the answer")


@pytest.mark.usefixtures("slow_drivers")
def test_closing_while_looking_for_cameras(at: Driver) -> None:
    open_file_menu(at)
    at.close_in_time()


def test_model_files_are_read_beside_the_window_and_used_as_one(
    playing: Driver, tmp_path: Path, go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = write_family(tmp_path / "family")
    bad = tmp_path / "bad.onnx"
    bad.write_text("no")
    real = ModelLibrary.find
    readers: set[str] = set()

    def slow(self: ModelLibrary, name: str) -> ModelFamily:
        if name.endswith(".onnx"):
            readers.add(threading.current_thread().name)
            go_on.wait(20)
        return real(self, name)

    monkeypatch.setattr(ModelLibrary, "find", slow)
    playing.window.open_many([str(path) for path in (*paths, bad)])
    playing.until(lambda: bool(readers), "the files to be read")
    seen = playing.view.depth.pair.seq
    playing.until_view(lambda v: v.depth.pair.seq > seen, "the film to go on")
    assert playing.window.preferences.model_files == ()
    go_on.set()
    playing.until_said(str(bad))
    playing.until_view(lambda v: v.depth.model == "toy", "the good ones in use")
    assert playing.window.preferences.model_files == tuple(map(str, paths))
    assert readers == {"depthview-model-files"}
    assert playing.workspace.inspector.models.model.currentText() == "toy"


def test_closing_while_a_model_file_is_read(
    playing: Driver, tmp_path: Path, go_on: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = threading.Event()

    def slow(self: ModelLibrary, name: str) -> ModelFamily:
        began.set()
        go_on.wait(20)
        raise AssertionError(name)

    monkeypatch.setattr(ModelLibrary, "find", slow)
    playing.window.open_many([str(tmp_path / "a.onnx")])
    playing.until(began.is_set, "reading to begin")
    playing.close_in_time()
