"""Two clicks say how far it is: against lengths that follow from the drawn disparity by hand."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from depthview.engine.camera import Whence
from depthview.engine.depth import DepthScale
from depthview.engine.frames import Meaning
from depthview.engine.measuring import Measured, measure, pixel_of
from depthview.ui.live.measuring.words import hint, length_words
from depthview.ui.parts.image_view import ImageView
from tests.window.driver import Driver, double_click

A, B, C = (40.0, 60.0), (120.0, 60.0), (120.0, 200.0)
"""Places on the wall, left of the square and below it, pixels of the picture."""


def click(view: ImageView, at: tuple[float, float]) -> None:
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, view.place_of(at).toPoint()
    )


@pytest.fixture
def measuring(still: Driver) -> Driver:
    """The paused clip, and the tape in hand."""
    still.do("measure_depth")
    assert still.workspace.tape.on
    return still


def length_by_hand_m(at: Driver, a: tuple[float, float], b: tuple[float, float]) -> float:
    """Of a line on a wall that faces the camera: z = f b / d, and x = u z / f."""
    rig = at.view.rig
    z_m = rig.focal_px * rig.baseline_m / float(np.nanmedian(at.view.depth.values[50:70, 30:130]))
    return math.dist(a, b) / rig.focal_px * z_m


def told_m(at: Driver) -> float:
    """The number in what stands beside the line."""
    return float(at.workspace.tape.said.lstrip("~").split(" ")[0])


def half_a_figure(at: Driver) -> float:
    """What the number beside the line was rounded by at most: it has no more figures than are sure."""
    return 0.5 * 0.1 ** len(at.workspace.tape.said.split(" ")[0].partition(".")[2])


def test_two_clicks_in_the_picture(measuring: Driver) -> None:
    view = measuring.workspace.panes.picture_view
    click(view, A)
    assert measuring.workspace.tape.said == ""
    click(view, B)
    np.testing.assert_allclose(measuring.workspace.tape.points, (A, B), atol=1.0)
    assert told_m(measuring) == pytest.approx(
        length_by_hand_m(measuring, *measuring.workspace.tape.points), rel=0.02, abs=half_a_figure(measuring)
    )
    assert measuring.workspace.tape.said.startswith("~"), "nobody measured this camera"
    assert "±" in measuring.workspace.tape.said


def test_the_other_pane_goes_on_and_a_third_click_begins_anew(measuring: Driver) -> None:
    panes = measuring.workspace.panes
    click(panes.picture_view, B)
    click(panes.depth_view.image, C)
    assert told_m(measuring) == pytest.approx(
        length_by_hand_m(measuring, *measuring.workspace.tape.points), rel=0.02, abs=half_a_figure(measuring)
    )
    click(panes.depth_view.image, A)
    assert len(measuring.workspace.tape.points) == 1
    assert measuring.workspace.tape.said == ""


def test_a_zoomed_picture_is_measured_in_the_sources_pixels(measuring: Driver) -> None:
    view = measuring.workspace.panes.picture_view
    view.box.setRange(xRange=(30, 130), yRange=(30, 90), padding=0)
    click(view, A)
    click(view, B)
    np.testing.assert_allclose(measuring.workspace.tape.points, (A, B), atol=0.5)


def test_a_line_is_drawn_where_it_was_clicked(measuring: Driver) -> None:
    view = measuring.workspace.panes.picture_view
    before = view.grab().toImage()
    click(view, A)
    click(view, B)
    after = view.grab().toImage()
    for end in (A, B):
        at = view.place_of(end).toPoint() * after.devicePixelRatio()
        assert before.pixelColor(at) != after.pixelColor(at)


def test_a_double_click_maximises_nothing_while_one_measures(measuring: Driver) -> None:
    panes = measuring.workspace.panes
    viewport = measuring.workspace.viewport
    assert viewport is not None
    double_click(panes.picture_view.viewport(), panes.picture_view.place_of(A).toPoint())
    double_click(viewport)
    assert all(pane.isVisible() for pane in panes.panes)
    measuring.do("measure_depth")
    double_click(panes.picture_view.viewport(), panes.picture_view.place_of(A).toPoint())
    assert not panes.depth_pane.isVisible()


def test_points_of_the_cloud(measuring: Driver) -> None:
    viewport = measuring.workspace.viewport
    assert viewport is not None
    measuring.until(lambda: len(viewport.cloud) > 0, "the cloud")
    taken: list[object] = []
    viewport.picked.connect(taken.append)
    for share in (0.35, 0.6):
        at = QPoint(round(share * viewport.width()), round(0.45 * viewport.height()))
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    points = [np.asarray(point, np.float64) for point in taken]
    assert len(points) == 2
    for point, pixel in zip(points, measuring.workspace.tape.points, strict=True):
        assert pixel == pytest.approx(pixel_of(measuring.view.rig, tuple(point)), abs=1e-6)
    assert told_m(measuring) == pytest.approx(float(np.linalg.norm(points[1] - points[0])), rel=0.1)


def test_escape_and_the_key_end_it(measuring: Driver) -> None:
    click(measuring.workspace.panes.picture_view, A)
    measuring.press(Qt.Key.Key_Escape)
    tape = measuring.workspace.tape
    measuring.until(lambda: not tape.on, "its end")
    assert not measuring.window.actions_by_name["measure_depth"].isChecked()
    click(measuring.workspace.panes.picture_view, A)
    assert measuring.workspace.tape.points == ()
    measuring.press(Qt.Key.Key_M)
    measuring.until(lambda: tape.on, "its beginning")
    measuring.press(Qt.Key.Key_M)
    measuring.until(lambda: not tape.on, "its end by the key that began it")


def test_the_length_follows_the_camera(measuring: Driver) -> None:
    view = measuring.workspace.panes.picture_view
    click(view, A)
    click(view, B)
    points = measuring.workspace.tape.points
    before_m, baseline_m = length_by_hand_m(measuring, *points), measuring.view.rig.baseline_m
    assert told_m(measuring) == pytest.approx(before_m, rel=0.02, abs=half_a_figure(measuring))
    measuring.workspace.inspector.camera.baseline.setValue(2000 * baseline_m)
    measuring.until_view(lambda v: v.rig.baseline_m == pytest.approx(2 * baseline_m), "the other eye distance")
    measuring.until(lambda: told_m(measuring) > 1.5 * before_m, "twice the length")
    assert told_m(measuring) == pytest.approx(2 * before_m, rel=0.02, abs=half_a_figure(measuring))


def test_what_plays_is_paused(at: Driver, clip: Path) -> None:
    at.open(clip)
    at.until_depth()
    at.do("measure_depth")
    at.until_phase("paused")


def test_what_played_before_goes_on_afterwards(at: Driver, clip: Path) -> None:
    at.open(clip)
    at.until_depth()
    at.do("measure_depth")
    at.until_phase("paused")
    at.do("measure_depth")
    at.until_phase("playing")


def test_what_stood_still_or_was_taken_in_hand_stays_as_it_is(measuring: Driver) -> None:
    measuring.do("measure_depth")
    assert not measuring.workspace.tape.on
    assert measuring.playback.phase == "paused", "it stood still before"
    measuring.do("play")
    measuring.until_phase("playing")
    measuring.do("measure_depth")
    measuring.until_phase("paused")
    measuring.do("step_on")
    measuring.do("measure_depth")
    assert measuring.playback.phase == "paused", "the person went on by hand"


def test_what_is_not_known_is_named(measuring: Driver) -> None:
    rig = measuring.view.rig
    assert rig.assumed
    both = hint(2, DepthScale(Meaning.DISPARITY, rig))
    assert "distance between the lenses" in both
    assert "field of view" in both
    assert "under Camera" in both
    lens = hint(2, DepthScale(Meaning.DISPARITY, replace(rig, baseline_from=Whence.RIG)))
    assert "field of view" in lens
    assert "distance between" not in lens
    eyes = hint(2, DepthScale(Meaning.DISPARITY, replace(rig, focal_from=Whence.RIG)))
    assert "distance between" in eyes
    assert "field of view" not in eyes
    assert hint(2, DepthScale(Meaning.DISPARITY, replace(rig, focal_from=Whence.RIG, baseline_from=Whence.RIG))) == ""


def test_words(still: Driver) -> None:
    scale = DepthScale(Meaning.DISPARITY, still.view.rig)
    assert length_words(Measured(1.8432, 0.026, False), scale) == "1.84 m ± 0.03 m"
    assert length_words(Measured(1.8432, None, True), scale) == "~1.84 m"
    assert length_words(Measured(12.34, 2.1, False), scale) == "12 m ± 3 m"
    assert length_words(Measured(0.02512, 0.0004, False), scale) == "0.025 m ± 0.001 m"
    assert length_words(None, scale) == "depth unknown here"
    assert length_words(None, DepthScale(Meaning.RELATIVE_INVERSE_DEPTH, still.view.rig)) == "no metres"
    assert measure(still.view.depth, still.view.rig, (-3.0, 0.0), A) is None
