"""The curves of a training: where they lie, what is read out of them, how many they may be."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.capture.training.curve import CurvePoint
from depthview.ui import theme
from depthview.ui.capture.curves_view import CurvesView
from tests.window.driver import hover, pixels, put_on_screen
from tests.window.training_curve import curve


@pytest.fixture
def frame(dressed: QApplication, qtbot: QtBot) -> QWidget:
    """As large as a pane, and empty: a view given by a fixture would be held by pytest for longer than the test."""
    frame = QWidget()
    qtbot.addWidget(frame)
    frame.resize(480, 240)
    put_on_screen(frame)
    return frame


def view_in(frame: QWidget) -> CurvesView:
    view = CurvesView(frame)
    view.setGeometry(frame.rect())
    view.show()
    QApplication.processEvents()
    return view


def point_at(view: CurvesView, iteration: float) -> None:
    at = view.plot.getPlotItem().getViewBox().mapViewToScene(QPointF(iteration, 0.5))
    hover(view.plot.viewport(), QPointF(view.plot.mapFromScene(at)))


def ticks(view: CurvesView, side: str) -> dict[str, float]:
    """What is written at an axis, and at which height."""
    (level,) = view.plot.getPlotItem().getAxis(side)._tickLevels
    return {text: share for share, text in level}


def test_a_sentence_until_there_is_a_point_and_again_without(frame: QWidget) -> None:
    view = view_in(frame)
    assert view.sentence.isVisible()
    assert "curves" in view.sentence.text()
    view.show_curve(curve(3), 3000)
    assert view.plot.isVisible()
    assert not view.sentence.isVisible()
    view.show_curve((), 0)
    assert view.sentence.isVisible()
    assert view.readout.text() == ""


def test_both_curves_lie_where_their_axes_say(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(4), 3000)
    xs, psnr_shares = view.plot._psnr.getData()
    assert list(xs) == [100, 200, 300, 400]
    decibels = ticks(view, "right")
    slope = (decibels["20"] - decibels["10"]) / 10
    expected = [decibels["10"] + slope * (psnr - 10) for psnr in (12, 14, 16, 18)]
    assert psnr_shares == pytest.approx(expected)
    losses = ticks(view, "left")
    _xs, loss_shares = view.plot._loss.getData()
    # 0.32 halves each time, as from 0.2 to 0.1, on an axis of equal factors
    octave = losses["0.2"] - losses["0.1"]
    assert np.diff(loss_shares) == pytest.approx([-octave] * 3)
    assert loss_shares[0] == pytest.approx(losses["0.2"] + octave * np.log2(1.6))


def test_one_sees_how_far_it_is(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(6), 3000)
    (low, high), _y = view.plot.getPlotItem().getViewBox().viewRange()
    assert low == 0
    assert 3000 <= high < 3100
    assert view.readout.text() == "22.0 dB · 600 of 3\u202f000 iterations"
    assert view.plot.accessibleDescription() == view.readout.text()


def test_without_photos_held_out_there_is_only_the_loss(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(5, held_out=False), 3000)
    assert not view.plot.getPlotItem().getAxis("right").isVisible()
    assert len(view.plot._loss.getData()[0]) == 5
    assert "dB" not in view.readout.text()
    point_at(view, 200)
    assert "PSNR" not in view.plot.box.text()
    assert "0.1600" in view.plot.box.text()
    view.show_curve(curve(5), 3000)
    assert view.plot.getPlotItem().getAxis("right").isVisible()


def test_the_mouse_reads_out_the_nearest_point(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(8), 1000, (300, 600))
    assert not view.plot.box.isVisible()
    point_at(view, 341)
    text = view.plot.box.text()
    for figure in ("300, checkpoint", "0.0800", "16.0 dB", "0.520", "10\u202f002", "3 min 30 s"):
        assert figure in text, figure
    assert view.plot._line.value() == 300
    assert view.plot.rect().contains(view.plot.box.geometry())
    point_at(view, 990)  # nothing was measured there yet: the last one
    assert "800" in view.plot.box.text()
    assert "checkpoint" not in view.plot.box.text()
    assert view.plot.rect().contains(view.plot.box.geometry())
    hover(view.plot.viewport(), QPointF(1, 1))
    assert not view.plot.box.isVisible()


def test_the_arrow_keys_read_out_too(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(5), 1000)
    read = []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(view.plot, key)
        read.append(view.plot._line.value())
    assert read == [500, 400, 500, 500]
    QTest.keyClick(view.plot, Qt.Key.Key_Escape)
    assert not view.plot.box.isVisible()


def test_checkpoints_are_marked(frame: QWidget) -> None:
    view = view_in(frame)
    points = curve(5)
    view.show_curve(points, 1000, (200,))
    before = list(view.plot._marks)
    view.show_curve(points, 1000, (200, 400))
    assert not any(mark in view.plot.getPlotItem().items for mark in before)
    assert [mark.value() for mark in view.plot._marks] == [200, 400]
    assert all(mark in view.plot.getPlotItem().items for mark in view.plot._marks)
    view.show_curve(points, 1000)
    assert view.plot._marks == []


def test_the_same_points_are_not_drawn_again(frame: QWidget, monkeypatch: pytest.MonkeyPatch) -> None:
    view = view_in(frame)
    points = curve(5)
    view.show_curve(points, 1000, [200])
    drawn = view.plot._loss.getData()[0]
    view.show_curve(points, 1000, [200])
    assert view.plot._loss.getData()[0] is drawn
    view.show_curve(curve(6), 1000, [200])
    assert view.plot._loss.getData()[0] is not drawn


def test_of_many_points_every_peak_is_drawn_and_every_one_read(frame: QWidget) -> None:
    view = view_in(frame)
    points = list(curve(10_000))
    points[7_000] = CurvePoint(700_100, 0.32, 34.0, 0.9, 5, 5.0)
    view.show_curve(points, 1_000_000)
    xs, ys = view.plot._psnr.getData()
    assert len(xs) < 1500
    assert 700_100.0 in xs[ys == ys.max()]
    assert (xs[0], xs[-1]) == (100.0, 1_000_000.0)
    point_at(view, 700_100)
    assert view.plot._pointed is not None
    read = points[view.plot._pointed]
    assert abs(read.iteration - 700_100) < 1_000_000 / view.plot.width() * 2  # a pixel is 2 000 iterations wide


@pytest.mark.parametrize(
    "point",
    [
        CurvePoint(1, 0.0, 0.0, 0.0, 0, 0.0),
        CurvePoint(7, -3.0, -1e300, 1e300, -1, -1.0),
        CurvePoint(30_000, 1e300, 1e300, None, 10**12, 1e12),
    ],
)
def test_no_figure_is_too_strange(frame: QWidget, point: CurvePoint) -> None:
    view = view_in(frame)
    view.show_curve((point,), 3000)
    for item in (view.plot._loss, view.plot._psnr):
        assert np.isfinite(item.getData()[1]).all()
    point_at(view, point.iteration)
    assert view.plot.box.isVisible()
    view.grab()


def test_the_scale_moves_in_whole_steps(frame: QWidget) -> None:
    view = view_in(frame)
    view.show_curve(curve(3), 1000)
    before = ticks(view, "right")
    view.show_curve(curve(4), 1000)
    assert ticks(view, "right") == before == {"10": 0.0, "15": 0.5, "20": 1.0}


def test_the_theme_is_followed(frame: QWidget, dressed: QApplication) -> None:
    view = view_in(frame)
    view.show_curve(curve(5), 1000)
    seen = {}
    try:
        for name in ("light", "dark"):
            theme.choose(name)
            theme.apply(dressed)
            QApplication.processEvents()
            picture = pixels(view.plot.grab().toImage())
            corner = picture[2, 2]
            wanted = QColor(theme.colours()["base"]).getRgb()[:3]
            np.testing.assert_allclose(corner, wanted, atol=8)  # of a display of 16 bits a pixel
            seen[name] = corner.tolist()
    finally:
        theme.choose("dark")
        theme.apply(dressed)
    assert seen["light"] != seen["dark"]
