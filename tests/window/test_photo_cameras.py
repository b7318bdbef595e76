"""Where photos were taken, over the pane of splats: seen, told by name, and looked through, by real mouse events."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depthview.engine.capture.poses.frustums import Frustums, frustums_of
from depthview.engine.splats.quaternions import rotations
from depthview.ui.scene.navigation import CameraState
from tests.engine.capture.circling import circle, looking, posed
from tests.window.splat_hands import SIZE, Hands, pixels, processor_pane, three_balls

ABOVE = CameraState(focus_m=(0.0, 0.0, 0.0), distance_m=9.0, pitch_deg=35.0)
GROUND = QColor(0, 0, 0)


@pytest.fixture
def at(qtbot: QtBot, nothing_left: None) -> Iterator[Hands]:
    """Cameras in a circle, seen from above; photo 00 and 08 are held out."""
    hands = processor_pane(qtbot, None)
    hands.pane.set_background(GROUND)
    hands.tap(Qt.Key.Key_Shift)
    hands.pane.show_frustums(frustums_of(posed(circle(12, radius=2.0))))
    hands.pane.set_camera(ABOVE)
    yield hands
    hands.leave()


def shown(at: Hands) -> Frustums:
    assert at.pane.frustums is not None
    return at.pane.frustums


def point(at: Hands, where: QPointF) -> None:
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, where, at.pane.mapToGlobal(where), none, none, none_held())
    QApplication.sendEvent(at.pane, event)


def none_held() -> Qt.KeyboardModifier:
    return Qt.KeyboardModifier.NoModifier


def picture(at: Hands) -> NDArray[np.uint8]:
    return pixels(at.pane.grab_image())


def place(at: Hands, which: int) -> QPointF:
    return at.place_of(shown(at).tips[which])


def colour_near(image: NDArray[np.uint8], where: QPointF) -> NDArray[np.int64]:
    """The brightest pixel of the nine there."""
    x, y = round(where.x()), round(where.y())
    few = image[y - 1 : y + 2, x - 1 : x + 2].reshape(-1, 3).astype(int)
    return np.asarray(few[few.sum(axis=1).argmax()])


def test_each_camera_is_where_it_stood_and_the_held_out_ones_are_told_apart(at: Hands) -> None:
    image, accent = picture(at), at.pane.palette().color(QPalette.ColorRole.Highlight)
    for which in range(12):
        found = colour_near(image, place(at, which))
        if which in (0, 8):
            assert np.ptp(found) < 20 < found.min(), f"the ink of {which}"
        else:
            np.testing.assert_allclose(found, (accent.red(), accent.green(), accent.blue()), atol=12)


def test_its_lines_go_from_the_tip_round_the_photo(at: Hands) -> None:
    """Half-way along each of the eight edges of the nearest one there is a line, and the photo's middle is empty."""
    image, found = picture(at), shown(at)
    corners, tip = found.corners[0], found.tips[0]
    ends = [(tip, corner) for corner in corners] + [(corners[i], corners[i - 1]) for i in range(4)]
    for start, end in ends:
        assert colour_near(image, at.place_of((start + end) / 2)).min() > 60
    at.pane.show_frustums(None)
    assert colour_near(picture(at), at.place_of(tip)).max() == 0


def test_a_tip_tells_its_photo_and_what_can_be_done(at: Hands) -> None:
    before = picture(at)
    point(at, place(at, 3) + QPointF(4, 3))
    assert at.pane._photos.pointed_at == 3
    assert at.pane.cursor().shape() is Qt.CursorShape.PointingHandCursor
    changed = np.abs(picture(at).astype(int) - before).max(axis=2) > 30
    above, below = place(at, 3) - QPointF(0, 26), (SIZE[0] // 2, SIZE[1] - 24)
    assert changed[round(above.y()) - 6 : round(above.y()) + 6, round(above.x()) - 20 : round(above.x()) + 20].any()
    assert changed[below[1] - 8 : below[1] + 8, below[0] - 40 : below[0] + 40].any()
    point(at, QPointF(5, 5))
    assert at.pane._photos.pointed_at is None
    assert at.pane.cursor().shape() is Qt.CursorShape.ArrowCursor
    np.testing.assert_array_equal(picture(at), before)


def test_of_two_behind_each_other_the_nearer_one_is_meant(at: Hands) -> None:
    up = np.array([0.0, -1.0, 0.0])
    row = [looking(np.array([0.0, 0.0, z]), np.array([1.0, 0.0, z]), up) for z in (4.0, 2.0, 3.0)]
    at.pane.show_frustums(frustums_of(posed(row)))
    at.pane.set_camera(CameraState(focus_m=(0.0, 0.0, 3.0), distance_m=6.0))
    point(at, place(at, 0))
    assert at.pane._photos.pointed_at == 1


@pytest.mark.parametrize("which", [2, 5])
def test_a_double_click_looks_as_the_photo_did(at: Hands, which: int) -> None:
    heard: list[CameraState] = []
    at.pane.camera_changed.connect(heard.append)
    at.double_click(place(at, which))
    at.until(lambda: heard == [at.pane.camera], "the camera to be told")
    found, sight = shown(at), at.pane.sight()
    np.testing.assert_allclose(sight.eye_m, found.tips[which], atol=1e-9)
    places = np.array([at.place_of(corner).toTuple() for corner in found.corners[which]])
    assert places.min() > 0
    assert (places < SIZE).all(), "all of the photo is seen"
    assert np.ptp(places[:, 1]) > 0.9 * SIZE[1], "as large as it can be"
    assert np.ptp(places[:2, 1]) < 1e-6, "it was held level"
    image = picture(at)
    for one, other in zip(places, np.roll(places, 1, axis=0), strict=True):
        assert colour_near(image, QPointF(*((one + other) / 2))).max() > 60, "the photo's frame"


def test_a_photo_that_was_held_crooked_is_seen_whole_too(at: Hands) -> None:
    for roll_deg in (20.0, 90.0):
        half = math.radians(roll_deg) / 2
        turn = rotations(np.array([math.cos(half), 0.0, 0.0, math.sin(half)]))
        up = turn @ (0.0, -1.0, 0.0)
        crooked = looking(np.array([0.0, 0.0, 3.0]), np.array([0.0, 0.0, 9.0]), up)
        at.pane.show_frustums(frustums_of(posed([crooked])))
        at.pane.set_camera(CameraState(distance_m=9.0))
        at.double_click(place(at, 0))
        places = np.array([at.place_of(corner).toTuple() for corner in shown(at).corners[0]])
        assert places.min() > 0
        assert (places < SIZE).all()


def test_while_one_is_looked_through_no_other_is_in_the_way(at: Hands) -> None:
    at.double_click(place(at, 2))
    image, found = picture(at), shown(at)
    frame = np.array([at.place_of(corner).toTuple() for corner in found.corners[2]])
    low, high = frame.min(axis=0) + 4, frame.max(axis=0) - 4
    inside = image[round(low[1]) + 30 : round(high[1]), round(low[0]) : round(high[0])]  # below the photo's name
    assert inside.max() < 10
    point(at, QPointF(SIZE[0] / 2, SIZE[1] / 2))
    assert at.pane._photos.pointed_at is None
    at.wheel(QPointF(SIZE[0] / 2, SIZE[1] / 2), -3)
    assert picture(at).max() > 100, "they are back as soon as one moves on"


def test_those_behind_the_eye_are_not_there(at: Hands) -> None:
    """From the middle of the circle one sees those in front, and lines that pass beside the eye do no harm."""
    eye = CameraState(focus_m=(0.0, -1.0, 1.0), distance_m=1.0, fov_deg=100.0)
    at.pane.set_camera(eye)
    for which in range(12):
        behind = shown(at).tips[which][2] <= 0
        x, y, depth = (*place(at, which).toTuple(), shown(at).tips[which][2])
        if behind:
            assert at.pane._photos.at(QPointF(x, y), at.pane.sight(), SIZE) != which
        elif 0 < x < SIZE[0] and depth > 0.5:
            assert at.pane._photos.at(QPointF(x, y), at.pane.sight(), SIZE) == which
    picture(at)


def test_without_perspective_they_are_where_they_are(at: Hands) -> None:
    at.pane.set_parallel(True)
    image = picture(at)
    assert all(colour_near(image, place(at, which)).max() > 100 for which in range(12))
    at.double_click(place(at, 4))
    assert at.pane.camera.parallel


def test_thousands_are_painted_as_some_of_them(at: Hands) -> None:
    many = frustums_of(posed(circle(1700, radius=2.0)))
    at.pane.show_frustums(many)
    assert picture(at).max() > 100
    point(at, place(at, 1000))
    assert at.pane._photos.pointed_at is not None
    assert at.pane._photos.pointed_at % 5 == 0, "one in five"


def test_measuring_goes_before_looking_through(at: Hands) -> None:
    at.pane.show_splats(three_balls(), keep_view=True)
    before = at.pane.camera
    at.tap(Qt.Key.Key_M)
    at.double_click(place(at, 3))
    assert at.pane.camera == before
    assert at.pane._photos.pointed_at is None


def test_no_exported_picture_shows_them(at: Hands) -> None:
    at.pane.show_splats(three_balls(), keep_view=True)
    alone = pixels(at.pane.screenshot(at.pane.size()))
    at.pane.show_frustums(None)
    np.testing.assert_array_equal(pixels(at.pane.screenshot(at.pane.size())), alone)
