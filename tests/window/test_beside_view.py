"""A photo held out and its drawing: swiped, zoomed, replaced, and passed over where it cannot be read."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depthview.engine.capture.jobs.watched import Stamped
from depthview.engine.sources.images import Still, read_still
from depthview.ui.capture import beside_view
from depthview.ui.capture.beside_view import BesideView
from depthview.ui.errands import Errands
from tests.window.driver import PATIENCE_MS, pixels, put_on_screen
from tests.window.training_curve import curve

Colour = tuple[int, int, int]
RED, GREEN, BLUE = (200, 30, 20), (20, 180, 40), (30, 40, 220)


def write_pair(
    path: Path, left: tuple[int, int, int], right: tuple[int, int, int], size_wh: tuple[int, int]
) -> Stamped:
    """As `write_beside` writes it: the photo on the left, what was drawn on the right."""
    width, height = size_wh
    both = np.concatenate([np.full((height, width, 3), left), np.full((height, width, 3), right)], axis=1)
    cv2.imwrite(str(path), both[..., ::-1].astype(np.uint8))
    return Stamped(path, path.stat().st_mtime_ns)


def colour_at(view: BesideView, x: float, y: float) -> tuple[int, ...]:
    """What is painted over the source's point (x, y)."""
    at = view.image.mapFromScene(view.image.box.mapViewToScene(QPointF(x, y)))
    return tuple(pixels(view.image.grab().toImage())[at.y(), at.x()].tolist())


def drag(view: BesideView, start: QPointF, end: QPointF) -> None:
    """From one point of the picture to another, with the left button."""
    window = view.image.viewport()
    first, last = (view.image.mapFromScene(view.image.box.mapViewToScene(at)) for at in (start, end))
    QTest.mouseMove(window, first)
    QTest.mousePress(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    for step in range(1, 6):
        at = first + QPoint(round((last.x() - first.x()) * step / 5), round((last.y() - first.y()) * step / 5))
        QTest.mouseMove(window, at)
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)


@pytest.fixture
def view(dressed: QApplication, qtbot: QtBot) -> Iterator[BesideView]:
    """As large as a pane."""
    errands = Errands(dressed)
    view = BesideView(errands)
    qtbot.addWidget(view)
    view.resize(480, 240)
    put_on_screen(view)
    yield view
    assert errands.close(time.monotonic() + 5)
    errands.deleteLater()


def until_shown(view: BesideView, qtbot: QtBot, left: Colour) -> None:
    def check() -> None:
        assert not view.sentence.isVisible()
        assert colour_at(view, 3, 3) == left

    qtbot.waitUntil(check, timeout=PATIENCE_MS)


def until_read(view: BesideView, qtbot: QtBot, stamped: Stamped) -> None:
    qtbot.waitUntil(lambda: view._read == stamped and not view._reading, timeout=PATIENCE_MS)


def test_photo_and_drawing_meet_at_the_divider(view: BesideView, qtbot: QtBot, tmp_path: Path) -> None:
    assert view.sentence.isVisible()
    assert "photo" in view.sentence.text()
    view.show_picture(write_pair(tmp_path / "held_out.png", RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    assert view.image.divider.value() == 30
    assert colour_at(view, 27, 20) == RED
    assert colour_at(view, 33, 20) == BLUE
    view.image.divider.setValue(12.5)
    assert colour_at(view, 10, 20) == RED
    assert colour_at(view, 16, 20) == BLUE
    view.image.divider.setValue(1000)
    assert view.image.divider.value() == 60
    assert colour_at(view, 55, 10) == RED


def test_the_divider_is_dragged_and_the_picture_shifted(view: BesideView, qtbot: QtBot, tmp_path: Path) -> None:
    view.show_picture(write_pair(tmp_path / "held_out.png", RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    part = view.image.box.viewRect()
    drag(view, QPointF(30, 10), QPointF(15, 10))
    assert view.image.divider.value() == pytest.approx(15, abs=0.5)
    assert view.image.box.viewRect() == part
    drag(view, QPointF(45, 10), QPointF(35, 10))
    assert view.image.divider.value() == pytest.approx(15, abs=0.5)
    assert view.image.box.viewRect().left() == pytest.approx(part.left() + 10, abs=0.5)


def test_the_divider_stays_within_reach_when_one_looks_closer(view: BesideView, qtbot: QtBot, tmp_path: Path) -> None:
    view.show_picture(write_pair(tmp_path / "held_out.png", RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    view.image.box.setRange(xRange=(40, 50), padding=0)
    seen = view.image.box.viewRect()
    assert seen.left() <= view.image.divider.value() <= seen.right()
    before = view.image.divider.value()
    QTest.keyClick(view.image, Qt.Key.Key_Right)
    assert before < view.image.divider.value() <= seen.right()


def test_a_new_picture_keeps_the_look_and_the_divider(view: BesideView, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "held_out.png"
    view.show_picture(write_pair(path, RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    view.image.divider.setValue(20)
    view.image.box.scaleBy((0.8, 0.8))
    part = view.image.box.viewRect()
    stamped = write_pair(path, RED, GREEN, (60, 40))
    view.show_picture(Stamped(path, stamped.changed_ns + 1))
    qtbot.waitUntil(lambda: colour_at(view, 25, 20) == GREEN, timeout=PATIENCE_MS)
    assert view.image.divider.value() == 20
    assert view.image.box.viewRect() == part


@pytest.mark.parametrize("damage", ["half", "empty", "text", "one pixel", "gone"])
def test_what_cannot_be_read_is_passed_over(view: BesideView, qtbot: QtBot, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "held_out.png"
    view.show_picture(write_pair(path, RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    elif damage == "one pixel":
        cv2.imwrite(str(path), np.zeros((1, 1, 3), np.uint8))
    else:
        path.write_bytes({"half": whole[: len(whole) // 2], "empty": b"", "text": b"no"}[damage])
    damaged = Stamped(path, 1)
    view.show_picture(damaged)
    until_read(view, qtbot, damaged)
    assert colour_at(view, 3, 3) == RED
    write_pair(path, GREEN, BLUE, (60, 40))
    view.show_picture(Stamped(path, 2))
    until_shown(view, qtbot, GREEN)


def test_another_jobs_picture_never_stays(view: BesideView, qtbot: QtBot, tmp_path: Path) -> None:
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    view.show_picture(write_pair(first, RED, BLUE, (60, 40)))
    until_shown(view, qtbot, RED)
    view.show_picture(write_pair(second, GREEN, BLUE, (40, 60)))
    assert view.sentence.isVisible()
    until_shown(view, qtbot, GREEN)
    assert view.image.divider.value() == 20
    view.show_picture(None)
    assert view.sentence.isVisible()


def test_what_is_no_longer_wanted_is_not_shown(
    view: BesideView, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = {name: threading.Event() for name in ("a.png", "b.png")}
    go_on = {name: threading.Event() for name in began}

    def slow(path: Path) -> Still:
        assert threading.current_thread() is not threading.main_thread()
        began[path.name].set()
        assert go_on[path.name].wait(PATIENCE_MS / 1000)
        return read_still(path)

    monkeypatch.setattr(beside_view, "read_still", slow)
    view.show_picture(write_pair(tmp_path / "a.png", RED, BLUE, (60, 40)))
    qtbot.waitUntil(began["a.png"].is_set, timeout=PATIENCE_MS)
    view.show_picture(None)
    view.show_picture(write_pair(tmp_path / "b.png", GREEN, BLUE, (60, 40)))
    go_on["a.png"].set()
    qtbot.waitUntil(began["b.png"].is_set, timeout=PATIENCE_MS)
    assert view.sentence.isVisible()
    go_on["b.png"].set()
    until_shown(view, qtbot, GREEN)


def test_the_title_says_how_near_it_is(view: BesideView) -> None:
    (point,) = curve(1)
    view.show_point(point)
    assert view.readout.text() == "PSNR 12.0 dB · SSIM 0.500"
    assert view.image.accessibleDescription() == view.readout.text()
    view.show_point(curve(1, held_out=False)[0])
    assert view.readout.text() == ""
    assert view.sentence.text() == "This training holds no photo out."
    view.show_point(None)
    assert view.readout.text() == ""
