"""The pane of splats under real mouse and key events: moving, looking at, measuring, cropping, coming back."""

import gc
import math
import weakref
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from pytestqt.qtbot import QtBot

from depthview.engine.splats.editing.selection import Box
from depthview.engine.splats.framing import FirstLook
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Drawn, Rasterizer
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.navigation import CameraState
from tests.engine.splats.planted_splats import ball, round_splats
from tests.window.splat_hands import BLUE, GREEN, PATIENCE_MS, RED, SIZE, Hands, pixels, processor_pane, three_balls

FRONT = CameraState(focus_m=(0.0, 0.0, 4.0), distance_m=4.0)
"""Red on the left, green on the right, blue between them, farther."""
MIDDLE = QPointF(SIZE[0] / 2, SIZE[1] / 2)


@pytest.fixture
def at(qtbot: QtBot, nothing_left: None) -> Iterator[Hands]:
    hands = processor_pane(qtbot, three_balls())
    hands.pane.set_background(QColor(0, 0, 0))
    hands.pane.set_camera(FRONT)
    yield hands
    hands.leave()


def colour_at(image: NDArray[np.uint8], place: QPointF) -> str:
    """Which of the three is the brightest there, or none."""
    found = image[round(place.y()), round(place.x())]
    return ("red", "green", "blue")[int(found.argmax())] if found.max() > 100 else "none"


def test_it_shows_each_thing_where_it_is_and_first_of_all_says_how_to_move(at: Hands) -> None:
    with_hint = at.until_drawn()
    assert [colour_at(with_hint, at.place_of(point)) for point in (RED, GREEN, BLUE)] == ["red", "green", "blue"]
    assert with_hint[-30:].max() > 60, "the hint"
    at.drag(MIDDLE, MIDDLE + QPointF(40, 0))
    at.pane.set_camera(FRONT)
    assert at.until_drawn()[-30:].max() < 20, "who has moved knows how to"


def test_the_first_view_holds_everything_and_r_brings_it_back(at: Hands) -> None:
    at.tap(Qt.Key.Key_R)
    first = at.pane.camera
    places = [at.place_of(point) for point in (RED, GREEN, BLUE)]
    assert all(10 < place.x() < SIZE[0] - 10 and 10 < place.y() < SIZE[1] - 10 for place in places)
    at.drag(MIDDLE, MIDDLE + QPointF(70, 30))
    at.wheel(MIDDLE, 2)
    assert at.pane.camera != first
    at.tap(Qt.Key.Key_R)
    assert at.pane.camera == first


def test_it_stands_first_where_it_is_told(at: Hands) -> None:
    eye, target = np.array([2.0, -1.0, 0.0]), np.array([1.0, 0.0, 4.0])
    at.pane.show_splats(three_balls(), first=FirstLook(eye, target, 2.0, inside=False))
    np.testing.assert_allclose(at.pane.sight().eye_m, eye, atol=1e-9)
    place = at.place_of(target)
    assert (place.x(), place.y()) == pytest.approx((MIDDLE.x(), MIDDLE.y()))
    told = at.pane.camera
    at.wheel(MIDDLE, 1)
    at.tap(Qt.Key.Key_R)
    assert at.pane.camera == told


def test_a_drag_circles_the_focus_and_stays_upright(at: Hands) -> None:
    at.drag(MIDDLE, MIDDLE + QPointF(80, 0))
    state = at.pane.camera
    assert (state.focus_m, state.distance_m, state.pitch_deg) == (FRONT.focus_m, FRONT.distance_m, 0)
    assert state.yaw_deg == pytest.approx(180 * 80 / SIZE[0])
    at.drag(MIDDLE, MIDDLE + QPointF(0, 3000))
    assert at.pane.camera.pitch_deg == 89.0
    image = at.until_drawn()
    assert colour_at(image, at.place_of(GREEN)) == "green"


@pytest.mark.parametrize("how", ["shift", "middle button"])
def test_a_shifting_drag_keeps_what_it_holds_under_the_hand(at: Hands, how: str) -> None:
    before = at.place_of(np.array(FRONT.focus_m))
    button = Qt.MouseButton.MiddleButton if how == "middle button" else Qt.MouseButton.LeftButton
    at.drag(before, before + QPointF(40, -25), button=button, shift=how == "shift")
    after = at.place_of(np.array(FRONT.focus_m))
    assert (after.x(), after.y()) == pytest.approx((before.x() + 40, before.y() - 25), abs=0.01)
    assert at.pane.camera.yaw_deg == 0


def test_the_wheel_goes_towards_what_is_under_the_pointer(at: Hands) -> None:
    place = at.place_of(GREEN)
    eye = at.pane.sight().eye_m
    for _ in range(8):
        at.wheel(place, 1)
    now = at.place_of(GREEN)
    assert (now.x(), now.y()) == pytest.approx((place.x(), place.y()), abs=1.5)
    nearer = at.pane.sight().eye_m
    assert np.linalg.norm(nearer - GREEN) < 0.5 * np.linalg.norm(eye - GREEN)
    assert colour_at(at.until_drawn(), now) == "green"
    at.wheel(QPointF(3, 3), -8)
    assert at.pane.camera.distance_m == pytest.approx(FRONT.distance_m), "past everything it goes by the focus"


def test_the_wheel_goes_towards_what_is_under_the_pointer_now_and_not_what_was(at: Hands) -> None:
    place = at.place_of(RED)
    at.wheel(place, 1)
    at.pane.set_camera(replace(FRONT, focus_m=(2.0, 0.0, 4.0)))
    there = at.place_of(GREEN)
    assert (there.x(), there.y()) == pytest.approx((place.x(), place.y()))
    at.wheel(place, 4)
    there = at.place_of(GREEN)
    assert (there.x(), there.y()) == pytest.approx((place.x(), place.y()), abs=1.5)


def test_a_double_click_looks_at_what_is_there(at: Hands) -> None:
    at.until_drawn()
    place = at.place_of(BLUE)
    size_before = at.pane.sight().focal_px(SIZE[1]) / at.pane.sight().depth_m(RED)
    at.double_click(at.place_of(RED))
    at.until(lambda: math.dist(at.pane.camera.focus_m, RED) < 0.15, "the focus at the red ball")
    at.until_drawn()
    there = at.place_of(RED)
    assert (there.x(), there.y()) == pytest.approx((MIDDLE.x(), MIDDLE.y()), abs=4)
    size = at.pane.sight().focal_px(SIZE[1]) / at.pane.sight().depth_m(RED)
    assert size == pytest.approx(size_before, rel=0.1), "as large as it was"
    assert at.place_of(BLUE).x() > place.x()
    focus = at.pane.camera.focus_m
    at.double_click(QPointF(5, 5))
    assert at.pane.camera.focus_m == focus, "where nothing is, nothing happens"


@pytest.mark.parametrize(
    ("key", "way"),
    [
        (Qt.Key.Key_W, (0, 0, 1)),
        (Qt.Key.Key_S, (0, 0, -1)),
        (Qt.Key.Key_A, (-1, 0, 0)),
        (Qt.Key.Key_D, (1, 0, 0)),
        (Qt.Key.Key_E, (0, -1, 0)),
        (Qt.Key.Key_Q, (0, 1, 0)),
    ],
)
def test_a_held_key_flies_until_it_is_let_go(at: Hands, key: Qt.Key, way: tuple[int, int, int]) -> None:
    start = at.pane.sight().eye_m
    at.press(key)
    at.until(lambda: float((at.pane.sight().eye_m - start) @ np.array(way)) > 0.3, "a way flown")
    at.release(key)
    at.until_drawn()
    flown = at.pane.sight().eye_m - start
    assert flown @ np.array(way) == pytest.approx(np.linalg.norm(flown)), "straight that way"
    assert at.pane.camera.distance_m == FRONT.distance_m, "what it circles flies along"


def test_keys_turn_go_near_and_change_the_field_of_view(at: Hands) -> None:
    at.tap(Qt.Key.Key_Right)
    at.tap(Qt.Key.Key_Up)
    assert (at.pane.camera.yaw_deg, at.pane.camera.pitch_deg) == pytest.approx((5, -5))
    at.tap(Qt.Key.Key_Plus)
    assert at.pane.camera.distance_m < FRONT.distance_m
    at.tap(Qt.Key.Key_Minus)
    assert at.pane.camera.distance_m == pytest.approx(FRONT.distance_m)
    at.wheel(MIDDLE, 2, control=True)
    assert at.pane.camera.fov_deg == pytest.approx(45 * 0.92**2)
    at.pane.set_fov(70)
    assert at.pane.camera.fov_deg == 70


def test_the_turntable_goes_round_by_itself_until_it_is_told_not_to(at: Hands, qtbot: QtBot) -> None:
    with qtbot.waitSignal(at.pane.turntable_changed):
        at.tap(Qt.Key.Key_T)
    at.until(lambda: at.pane.camera.yaw_deg > 2, "a turn")
    assert at.pane.camera == replace(FRONT, yaw_deg=at.pane.camera.yaw_deg)
    at.tap(Qt.Key.Key_T)
    at.until_drawn()
    assert not at.pane.turntable


def test_what_is_measured_is_the_distance_and_with_a_known_scale_metres(at: Hands, qtbot: QtBot) -> None:
    """Two small balls, 2 apart: known to be 5 m."""
    at.until_drawn()
    at.tap(Qt.Key.Key_M)
    at.click(at.place_of(RED))
    with qtbot.waitSignal(at.pane.measured) as signal:
        at.click(at.place_of(GREEN))
    _start, _end, length = signal.args
    assert length == pytest.approx(2, abs=0.1)
    assert at.pane._measure.length_text().endswith("units")
    at.pane.set_metres_per_unit(5 / length)
    assert at.pane._measure.length_text() == "5.00 m"
    image = at.until_drawn()
    between = (at.place_of(RED) + at.place_of(GREEN)) / 2
    assert image[round(between.y()) - 4 : round(between.y()) + 4, round(between.x())].any(), "the line and its length"
    at.tap(Qt.Key.Key_Escape)
    assert not at.pane.measuring
    assert at.pane._measure.points == ()


def test_a_click_says_what_is_there(at: Hands, qtbot: QtBot) -> None:
    with qtbot.waitSignal(at.pane.picked) as signal:
        at.click(at.place_of(BLUE))
    assert np.linalg.norm(signal.args[0] - BLUE) < 0.3
    with qtbot.waitSignal(at.pane.picked) as signal:
        at.click(QPointF(4, 4))
    assert signal.args[0] is None


def test_a_face_of_the_crop_box_follows_the_hand_and_no_other_does(at: Hands) -> None:
    at.pane.set_camera(replace(FRONT, yaw_deg=-20, pitch_deg=15))
    at.pane.set_crop_box(Box.between(np.array([-1.5, -0.5, 3.5]), np.array([1.5, 0.5, 6.5])))
    assert at.until_drawn().shape == (SIZE[1], SIZE[0], 3)
    handle, target = np.array([1.5, 0, 5]), np.array([0.5, 0, 5])
    boxes: list[Box] = []
    at.pane.crop_box_changed.connect(boxes.append)
    at.drag(at.place_of(handle), at.place_of(target))
    assert at.pane.camera == replace(FRONT, yaw_deg=-20, pitch_deg=15), "the eye stays"
    box = boxes[-1]
    np.testing.assert_allclose(box.corners.min(0), [-1.5, -0.5, 3.5], atol=1e-9)
    np.testing.assert_allclose(box.corners.max(0), [0.5, 0.5, 6.5], atol=0.02)
    at.drag(at.place_of(np.array([0.5, 0, 5])), at.place_of(np.array([-3.0, 0, 5])))
    assert 0 < boxes[-1].half[0] < 0.2, "it cannot be turned inside out"
    splats = three_balls()
    at.pane.set_kept(np.flatnonzero(box.inside(splats.xyz)).astype(np.int32))
    at.pane.set_crop_box(None)
    image = at.until_drawn()
    assert [colour_at(image, at.place_of(point)) for point in (RED, GREEN, BLUE)] == ["red", "none", "blue"]


def test_a_saved_camera_comes_back_to_the_same_picture(at: Hands) -> None:
    at.drag(MIDDLE, MIDDLE + QPointF(31, 17))
    at.wheel(MIDDLE, 1)
    saved, before = at.pane.camera, at.until_drawn()
    assert hash(saved) == hash(replace(saved))
    at.drag(MIDDLE, MIDDLE + QPointF(100, -20))
    assert (at.until_drawn() != before).any()
    at.pane.set_camera(saved)
    assert (at.until_drawn() == before).all()


def test_without_perspective_what_is_farther_is_as_large(at: Hands) -> None:
    at.pane.set_parallel(True)
    image = at.until_drawn()
    assert at.pane.camera.parallel
    assert [colour_at(image, at.place_of(point)) for point in (RED, GREEN, BLUE)] == ["red", "green", "blue"]
    assert at.place_of(GREEN).x() - at.place_of(BLUE).x() == pytest.approx(at.place_of(BLUE).x() - at.place_of(RED).x())
    blue = ((image[..., 2] > 128) & (image[..., 0] < 64)).sum()
    assert blue == pytest.approx(((image[..., 1] > 128) & (image[..., 0] < 64)).sum(), rel=0.1)
    with_perspective = replace(FRONT, parallel=False)
    at.pane.set_camera(with_perspective)
    image = at.until_drawn()
    assert ((image[..., 2] > 128) & (image[..., 0] < 64)).sum() < 0.7 * blue
    at.pane.set_parallel(True)
    place = at.place_of(GREEN)
    at.wheel(place, 4)
    now = at.place_of(GREEN)
    assert (now.x(), now.y()) == pytest.approx((place.x(), place.y()), abs=1.5)


def test_the_ground_follows_the_theme_unless_it_is_chosen(at: Hands) -> None:
    at.pane.set_background(None)
    palette = QPalette()
    grounds = []
    for lightness in (30, 240):
        palette.setColor(QPalette.ColorRole.Window, QColor(lightness, lightness, lightness))
        at.pane.setPalette(palette)
        at.until(lambda: at.pane._dirty is False, "the ground")
        grounds.append(int(at.until_drawn()[2, 2].mean()))
    assert grounds[0] < 60 < 200 < grounds[1]
    at.pane.set_background(QColor(255, 255, 255))
    image = at.until_drawn()
    assert (image[2, 2] == 255).all()
    assert colour_at(image, at.place_of(RED)) == "red"


def test_screenshots_of_any_size_also_on_no_ground(at: Hands) -> None:
    at.pane.set_crop_box(Box.between(RED - 1, BLUE + 1))
    image = pixels(at.pane.screenshot(QSize(800, 500)))
    assert image.shape == (500, 800, 3)
    small = pixels(at.pane.screenshot(QSize(*SIZE)))
    at.pane.set_crop_box(None)
    at.drag(MIDDLE, MIDDLE + QPointF(9, 0))
    at.pane.set_camera(FRONT)
    assert (small == at.until_drawn()).all(), "without what is written over it"
    picture = at.pane.screenshot(QSize(800, 500), transparent=True)
    assert picture.format() == QImage.Format.Format_ARGB32_Premultiplied
    assert picture.pixelColor(3, 3).alpha() == 0
    red = at.pane.sight().place_px(RED, (800, 500))
    assert picture.pixelColor(round(red[0]), round(red[1])).alpha() > 240
    on_black = QImage(picture.size(), QImage.Format.Format_RGB32)
    on_black.fill(Qt.GlobalColor.black)
    painter = QPainter(on_black)
    painter.drawImage(0, 0, picture)
    painter.end()
    assert np.abs(pixels(on_black).astype(int) - image).max() <= 1


def test_a_hidden_pane_does_nothing(at: Hands, qtbot: QtBot) -> None:
    at.until_drawn()
    at.pane.set_turntable(True)
    at.pane.hide()
    count, camera = at.pane.render_count, at.pane.camera
    at.pane.request_render()
    qtbot.wait(100)
    assert (at.pane.render_count, at.pane.camera) == (count, camera)
    at.pane.set_turntable(False)
    at.pane.show()
    at.until_drawn()


def test_a_picture_that_moves_is_quick_and_one_at_rest_is_whole(qtbot: QtBot, nothing_left: None) -> None:
    """Many splats: while the eye moves pictures come that are smaller, and each is newer than the one before."""
    xyz = ball(60_000, 1.0, (0, 0, 4))
    hands = processor_pane(qtbot, prepared([Placed(round_splats(xyz, size=0.02, colour=(xyz - xyz.min(0)) / 2))]))
    drawing = hands.pane
    hands.until_drawn()
    yaws = []
    hands.pane.set_turntable(True)
    for _ in range(4):
        before = hands.pane._sight_shown().yaw_deg
        hands.until(lambda before=before: drawing._sight_shown().yaw_deg > before, "a newer picture")  # type: ignore[misc]
        yaws.append(hands.pane._sight_shown().yaw_deg)
    assert yaws == sorted(yaws)
    hands.pane.set_turntable(False)
    whole = hands.until_drawn()
    assert hands.pane._sight_shown().yaw_deg == pytest.approx(hands.pane.camera.yaw_deg)
    hands.tap(Qt.Key.Key_P)
    dots = hands.until_drawn()
    assert (dots != whole).any()
    hands.leave()


def test_a_scene_replaced_keeps_or_leaves_the_view_and_none_says_what_to_do(at: Hands) -> None:
    at.pane.show_splats(three_balls(), keep_view=True)
    assert at.pane.camera == FRONT
    at.pane.show_splats(three_balls())
    assert at.pane.camera != FRONT
    at.pane.say_when_empty("Nothing here.")
    at.pane.show_splats(None)
    at.until_drawn()
    assert at.pane.screenshot(QSize(*SIZE)).pixelColor(160, 100) == QColor(0, 0, 0)


def test_what_is_not_shown_any_more_is_not_kept(at: Hands) -> None:
    splats = three_balls()
    places = weakref.ref(splats.xyz)
    at.pane.show_splats(splats)
    at.until_drawn()
    del splats
    assert places() is not None
    at.pane.show_splats(None)
    gc.collect()
    assert places() is None


def test_too_little_memory_is_told_and_tried_again(at: Hands, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Rasterizer, *_: object, **_kept: object) -> Drawn:
        raise MemoryError

    at.until_drawn()
    with monkeypatch.context() as machine, qtbot.waitSignal(at.pane.failed, timeout=PATIENCE_MS) as told:
        machine.setattr(Rasterizer, "draw", full)
        at.wheel(MIDDLE, 1)
    assert "memory" in str(told.args[0])
    at.wheel(MIDDLE, 1)
    at.until_drawn()


def test_no_picture_of_a_scene_before_comes_late(at: Hands) -> None:
    """The picture that was under way when the scene changed is nobody's any more."""
    at.until_drawn()
    for red_left in (False, True, False):
        at.pane.request_render()
        at.pane._render()
        drawing = at.pane._drawing
        assert isinstance(drawing, CpuSplatDrawing)
        drawing._worker._until_free()  # it is there, and nobody has taken it
        colours = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1]])
        balls = round_splats(np.stack([RED, GREEN]), size=0.1, opacity=0.98, colour=colours[:: 1 if red_left else -1])
        at.pane.show_splats(prepared([Placed(balls)]), keep_view=True)
        shown = at.pane._picture
        at.until(lambda shown=shown: at.pane._picture is not shown, "the next picture")  # type: ignore[misc]
        assert at.pane._picture is not None
        image = pixels(at.pane._picture)
        assert colour_at(image, at.place_of(RED)) == ("red" if red_left else "green")


def test_closed_in_the_midst_of_a_picture_nothing_is_left(qtbot: QtBot, nothing_left: None) -> None:
    hands = processor_pane(qtbot, three_balls())
    hands.until(lambda: hands.pane._drawing is not None, "the drawing")
    hands.pane.request_render()
    hands.leave()
