"""The fixtures that look for leaks do find them."""

import threading

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.window import leaks


def test_nothing_is_found_where_nothing_was_left(qapp: QApplication) -> None:
    before = leaks.Present.now()
    timer = QTimer()
    timer.start(1000)
    timer.stop()
    thread = threading.Thread(target=lambda: None, name="depthview-short")
    thread.start()
    assert before.left_since() == []


def test_a_thread_that_goes_on_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaks, "THREADS_END_S", 0.1)
    before = leaks.Present.now()
    end = threading.Event()
    thread = threading.Thread(target=end.wait, name="depthview-stays", daemon=True)
    thread.start()
    try:
        assert before.left_since() == ["thread: depthview-stays"]
    finally:
        end.set()
        thread.join()


def test_a_timer_that_goes_on_is_found(qapp: QApplication) -> None:
    before = leaks.Present.now()
    timer = QTimer()
    timer.start(1234)
    (found,) = before.left_since()
    assert found.startswith("running timer")
    assert "1234 ms" in found
    timer.stop()
    assert before.left_since() == []


def test_a_forgotten_window_is_found(qapp: QApplication) -> None:
    before = leaks.Present.now()
    widget = QWidget()
    widget.setObjectName("forgotten")
    assert before.left_since() == ["window: QWidget 'forgotten' ''"]
    widget.deleteLater()
    assert before.left_since() == []


def test_a_vtk_object_is_found() -> None:
    from vtkmodules.vtkCommonCore import vtkPoints

    before = leaks.Present.now()
    points = vtkPoints()
    found = before.left_since()
    assert any("vtkPoints" in line for line in found)
    del points
    assert before.left_since() == []
