"""The panorama's pane in a room whose every wall has its own colour: what is seen is held to the exact answer."""

import gc
import math
from dataclasses import replace

import numpy as np
import pytest
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.panorama.scene.colours import Colouring
from depthview.engine.panorama.scene.scene import PanoramaScene, panorama_scene, scene_of
from depthview.engine.sphere import directions, pixel_of
from depthview.ui.scene import panorama_points
from depthview.ui.scene.panorama_eye import Standing
from depthview.ui.scene.panorama_pane import Form, PanoramaPane
from tests.engine.panorama.range_maps import range_map_of
from tests.render.test_viewport import pixels, wheel
from tests.window.driver import put_on_screen

SIZE = (320, 200)
LOW, HIGH = np.array([-3.0, -1.2, -2.0]), np.array([2.0, 1.5, 4.0])
COLOURS = np.array([[[250, 0, 0], [0, 0, 240], [0, 250, 0]], [[0, 220, 220], [220, 220, 0], [230, 0, 230]]], np.uint8)
"""Of the walls at LOW and HIGH, each by x, y, z: LOW y, the ceiling, is blue; HIGH y, the floor, yellow."""


def walls(eye: NDArray[np.float64], rays: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """How far along each ray the room ends, and the colour there."""
    with np.errstate(divide="ignore"):
        ends = np.maximum((LOW - eye) / rays, (HIGH - eye) / rays)
    axis = ends.argmin(axis=-1)
    side = (np.take_along_axis(rays, axis[..., None], axis=-1)[..., 0] > 0).astype(int)
    return ends.min(axis=-1), COLOURS[side, axis]


def room(size_hw: tuple[int, int] = (256, 512)) -> PanoramaScene:
    towards = directions(size_hw).astype(np.float64)
    range_map, image = walls(np.zeros(3), towards)
    at = range_map[..., None] * towards
    inwards = np.where(np.isclose(at, LOW), 1.0, np.where(np.isclose(at, HIGH), -1.0, 0.0))
    normals = inwards / np.linalg.norm(inwards, axis=-1, keepdims=True)
    return panorama_scene(range_map.astype(np.float32), image, normals.astype(np.float32), has_metres=True)


@pytest.fixture(scope="module")
def skinned() -> PanoramaScene:
    """The room as the road gives it, with meshes."""
    towards = directions((256, 512)).astype(np.float64)
    range_map, image = walls(np.zeros(3), towards)
    return scene_of(range_map_of(range_map, image))


@pytest.fixture(scope="module")
def scene() -> PanoramaScene:
    return room()


@pytest.fixture
def pane(qtbot: QtBot, scene: PanoramaScene) -> PanoramaPane:
    widget = PanoramaPane()
    qtbot.addWidget(widget)
    widget.resize(*SIZE)
    widget.set_background(QColor(0, 0, 0))
    widget.show_scene(scene)
    qtbot.keyClick(widget, Qt.Key.Key_Shift)  # who touched a key is told no more what to do
    return widget


def shown(pane: PanoramaPane, qtbot: QtBot) -> PanoramaPane:
    put_on_screen(pane)
    pane.activateWindow()
    pane.setFocus()
    qtbot.waitUntil(lambda: pane.render_count > 0 and pane.hasFocus(), timeout=10_000)
    return pane


def expected(pane: PanoramaPane) -> NDArray[np.uint8]:
    """(H, W, 3) what the eye of the pane sees of the exact room."""
    sight = pane.eye.sight()
    rays = np.array([[sight.ray(x + 0.5, y + 0.5, SIZE) for x in range(SIZE[0])] for y in range(SIZE[1])])
    return walls(sight.eye_m, rays)[1]


@pytest.mark.parametrize(
    ("x", "y", "z", "yaw_deg", "pitch_deg"),
    [(0, 0, 0, 0, 0), (0, 0, 0, 100, 80), (1.2, 0.3, 2.0, -120, 10), (-2, -0.5, -1, 60, -30)],
)
def test_what_is_seen_is_the_room_without_a_hole(
    pane: PanoramaPane, x: float, y: float, z: float, yaw_deg: float, pitch_deg: float
) -> None:
    walker = pane.eye.walker
    walker.state = replace(walker.state, x=x, y=y, z=z, yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    image = pixels(pane.grab_image())
    assert image.any(axis=2).all(), "no hole"
    # Squares of a wall reach over its edges by half their width.
    assert (image == expected(pane)).all(axis=2).mean() > 0.93


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("x", "y", "z", "yaw_deg", "pitch_deg"), [(0, 0, 0, 0, 0), (1.2, 0.3, 2.0, -120, 30)])
def test_the_surface_is_the_room_without_a_hole_coarse_and_fine(
    pane: PanoramaPane,
    skinned: PanoramaScene,
    x: float,
    y: float,
    z: float,
    yaw_deg: float,
    pitch_deg: float,
    whole: bool,
) -> None:
    pane.show_scene(skinned)
    walker = pane.eye.walker
    walker.state = replace(walker.state, x=x, y=y, z=z, yaw_deg=yaw_deg, pitch_deg=pitch_deg)
    if whole:
        image = pixels(pane.grab_image())
    else:
        assert pane._drawing is not None
        quick = pane._drawing.draw_some(pane._opened(), SIZE, pane._look(skinned))
        assert quick is not None
        assert not pane._drawing.complete
        image = pixels(quick)
    assert image.any(axis=2).all(), "no hole"
    near = np.abs(image.astype(int) - expected(pane)).max(axis=2) <= 2
    assert near.mean() > 0.93


def test_the_surface_is_coloured_cut_and_seen_into_as_the_points_are(
    pane: PanoramaPane, skinned: PanoramaScene, qtbot: QtBot
) -> None:
    pane.show_scene(skinned)
    pane.set_colouring(Colouring.NORMAL)
    np.testing.assert_allclose(pixels(pane.grab_image())[100, 160], [128, 128, 255], atol=2)
    pane.set_colouring(Colouring.PHOTO)
    pane.eye.walker.turn_to(0, -80)
    assert (pixels(pane.grab_image())[100, 160] == COLOURS[0, 1]).all()
    pane.set_kept_height(0.9)
    assert not pixels(pane.grab_image())[100, 160].any()
    pane.set_kept_height(1.0)
    assert (pixels(pane.grab_image())[100, 160] == COLOURS[0, 1]).all()
    pane.set_standing(Standing.OUTSIDE)
    image = pixels(pane.grab_image())
    x, y = pane.eye.sight().place_px(np.array([0.0, 1.5, 1.0]), SIZE)
    assert tuple(image[round(y), round(x)]) == tuple(COLOURS[1, 1]), "the floor, through the ceiling"
    surface = pane._scene
    assert surface is not None
    with qtbot.waitSignal(pane.form_changed):
        pane.set_form(Form.POINTS)
    as_points = pixels(pane.grab_image())
    assert tuple(as_points[round(y), round(x)]) == tuple(COLOURS[1, 1])
    assert (as_points == image).all(axis=2).mean() > 0.9, "the same room"
    assert all(prop.GetTexture() is None for prop in surface.renderer.GetViewProps()), "of the surface nothing is left"


def test_it_begins_at_the_camera_looking_ahead_on_the_level(pane: PanoramaPane) -> None:
    state = pane.eye.walker.state
    assert (state.x, state.y, state.z, state.yaw_deg, state.pitch_deg, state.fov_deg) == (0, 0, 0, 0, 0, 75)
    assert tuple(pixels(pane.grab_image())[100, 160]) == tuple(COLOURS[1, 2])


def test_from_outside_one_sees_in_through_walls_and_ceiling(pane: PanoramaPane) -> None:
    pane.set_standing(Standing.OUTSIDE)
    image = pixels(pane.grab_image())
    sight = pane.eye.sight()
    x, y = sight.place_px(np.array([0.0, 1.5, 1.0]), SIZE)
    assert tuple(image[round(y), round(x)]) == tuple(COLOURS[1, 1]), "the floor, through the ceiling"
    seen = {tuple(colour) for colour in np.unique(image.reshape(-1, 3), axis=0).tolist()}
    assert tuple(COLOURS[0, 1].tolist()) not in seen, "of the ceiling's outer side nothing"
    # From the left: of the far walls the inner sides, of the near ones nothing.
    assert tuple(COLOURS[1, 2].tolist()) in seen
    assert tuple(COLOURS[0, 2].tolist()) not in seen


def test_cutting_by_height_and_by_depth_hides_and_gives_back(pane: PanoramaPane) -> None:
    blue = COLOURS[0, 1]
    pane.eye.walker.turn_to(0, -80)
    assert (pixels(pane.grab_image())[100, 160] == blue).all()
    pane.set_kept_height(0.9)
    assert not (pixels(pane.grab_image()) == blue).all(axis=2).any()
    assert pane.pixel_at(QPointF(160, 100)) is None, "nor can it be pointed at"
    pane.set_kept_height(1.0)
    assert (pixels(pane.grab_image())[100, 160] == blue).all()

    pane.set_standing(Standing.OUTSIDE)
    whole = pixels(pane.grab_image()).any(axis=2).sum()
    pane.set_cut_depth(0.5)
    half = pixels(pane.grab_image()).any(axis=2).sum()
    pane.set_cut_depth(1.0)
    assert pixels(pane.grab_image()).any(axis=2).sum() < half < whole
    pane.set_cut_depth(0.0)
    assert pixels(pane.grab_image()).any(axis=2).sum() == whole


def test_colours_change_without_a_new_scene(pane: PanoramaPane) -> None:
    photo = pixels(pane.grab_image())
    pane.set_colouring(Colouring.NORMAL)
    by_normal = pixels(pane.grab_image())[100, 160]
    np.testing.assert_allclose(by_normal, [128, 128, 255], atol=1)
    pane.set_colouring(Colouring.RANGE, "viridis")
    assert len(np.unique(pixels(pane.grab_image()).reshape(-1, 3), axis=0)) > 20
    pane.set_colouring(Colouring.PHOTO)
    np.testing.assert_array_equal(pixels(pane.grab_image()), photo)


def test_a_quick_picture_comes_first_and_passes_make_it_whole(
    qtbot: QtBot, scene: PanoramaScene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(panorama_points, "_CHUNK", 1 << 12)
    pane = PanoramaPane()
    qtbot.addWidget(pane)
    pane.resize(*SIZE)
    pane.set_background(QColor(0, 0, 0))
    pane.show_scene(scene)
    qtbot.keyClick(pane, Qt.Key.Key_Shift)
    whole = pixels(pane.grab_image())
    drawing, opened = pane._drawing, pane._scene
    assert drawing is not None
    assert opened is not None
    assert len(drawing._points) > 10
    monkeypatch.setattr(type(drawing._quick), "points_in", lambda _self, _time_s: 15_000)
    drawing.begin()
    assert not drawing.complete
    quick = drawing.draw_some(opened, SIZE, pane._look(scene))
    assert quick is not None
    assert pixels(quick).any(axis=2).mean() > 0.99, "few points, but larger: the surface is closed"
    passes = 0
    last = None
    while not drawing.complete:
        assert last is None, "no picture of a part"
        last = drawing.draw_some(opened, SIZE, pane._look(scene))
        passes += 1
    assert passes > 3
    assert last is not None
    np.testing.assert_array_equal(pixels(last), whole)


def test_at_rest_all_points_are_drawn_and_then_nothing_more(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    drawing = pane._drawing
    assert drawing is not None
    qtbot.waitUntil(lambda: drawing.complete and not pane._timer.isActive(), timeout=20_000)
    count = pane.render_count
    qtbot.wait(150)
    assert pane.render_count == count
    qtbot.mouseMove(pane, QPoint(50, 50))
    qtbot.wait(50)
    assert pane.render_count == count, "pointing draws nothing anew"


def test_keys_walk_while_they_are_held_and_only_with_the_focus(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    walker = pane.eye.walker
    qtbot.keyPress(pane, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: walker.state.z > 0.2, timeout=10_000)
    qtbot.keyRelease(pane, Qt.Key.Key_W)
    qtbot.waitUntil(lambda: not walker.moving, timeout=10_000)
    z = walker.state.z
    qtbot.wait(100)
    assert walker.state.z == z
    assert walker.state.y == 0.0
    qtbot.keyPress(pane, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: walker.state.x > 0.1, timeout=10_000)
    pane.clearFocus()
    qtbot.waitUntil(lambda: not walker.moving, timeout=10_000)
    qtbot.keyRelease(pane, Qt.Key.Key_D)
    qtbot.keyClick(pane, Qt.Key.Key_Left)
    assert walker.state.yaw_deg == -5
    qtbot.keyClick(pane, Qt.Key.Key_Plus)
    assert walker.state.fov_deg < 75
    qtbot.keyClick(pane, Qt.Key.Key_R)
    assert (walker.state.x, walker.state.z, walker.state.yaw_deg, walker.state.fov_deg) == (0, 0, 0, 75)


def test_who_is_new_is_told_what_to_do_until_the_first_move(qtbot: QtBot, scene: PanoramaScene) -> None:
    pane = PanoramaPane()
    qtbot.addWidget(pane)
    pane.resize(*SIZE)
    pane.show_scene(scene)
    told = pixels(pane.grab_image())
    pane.set_kept_height(1.0)
    np.testing.assert_array_equal(pixels(pane.grab_image()), told)
    qtbot.keyClick(pane, Qt.Key.Key_Shift)
    changed = (pixels(pane.grab_image()) != told).any(axis=2)
    assert changed[170:].sum() > 500
    assert not changed[:160].any()


def test_o_changes_where_one_stands_and_says_so(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    with qtbot.waitSignal(pane.standing_changed) as changed:
        qtbot.keyClick(pane, Qt.Key.Key_O)
    assert changed.args == [Standing.OUTSIDE]
    away = pane.eye.navigation.state.distance_m
    wheel(pane, 120)
    assert pane.eye.navigation.state.distance_m < away
    assert pane.eye.walker.state.z == 0, "who looks in from outside does not walk inside"
    qtbot.keyClick(pane, Qt.Key.Key_R)
    assert pane.standing is Standing.INSIDE


def test_the_wheel_and_a_double_click_walk(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    walker = pane.eye.walker
    wheel(pane, 240)
    qtbot.waitUntil(lambda: walker.state.z > 0.1 and not walker.moving, timeout=10_000)
    qtbot.mouseDClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(160, 100))
    qtbot.waitUntil(lambda: walker.state.z > 1.5 and not walker.moving, timeout=10_000)
    assert walker.state.z < HIGH[2] - 0.3, "it stops short of the wall"


def test_dragging_looks_round_and_is_no_click(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    pane.set_measuring(True)
    start, none, left = QPointF(160, 100), Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    for kind, at, which, held in (
        (QMouseEvent.Type.MouseButtonPress, start, left, left),
        (QMouseEvent.Type.MouseMove, start + QPointF(30, 10), none, left),
        (QMouseEvent.Type.MouseMove, start + QPointF(60, 20), none, left),
        (QMouseEvent.Type.MouseButtonRelease, start + QPointF(60, 20), left, none),
    ):
        event = QMouseEvent(kind, at, pane.mapToGlobal(at), which, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(pane, event)
    state = pane.eye.walker.state
    assert state.yaw_deg < -10, "the room follows the hand to the right, the look goes left"
    assert state.pitch_deg < -3
    assert not pane._measure.points


def test_pointing_tells_the_photos_pixel_from_anywhere(pane: PanoramaPane, qtbot: QtBot, scene: PanoramaScene) -> None:
    shown(pane, qtbot)
    for state in (replace(pane.eye.walker.state, yaw_deg=30.0), replace(pane.eye.walker.state, x=1.0, z=2.0)):
        pane.eye.walker.state = state
        with qtbot.waitSignal(pane.pointed) as pointed:
            qtbot.mouseMove(pane, QPoint(200, 80) if state.x else QPoint(100, 60))
        at = (200, 80) if state.x else (100, 60)
        sight = pane.eye.sight()
        ray = sight.ray(*at, SIZE)
        exact = sight.eye_m + float(walls(sight.eye_m, ray[None])[0][0]) * ray
        column, row = pixel_of(exact, scene.size_hw)
        assert pointed.args[0] == pytest.approx(float(column), abs=1.01)
        assert pointed.args[1] == pytest.approx(float(row), abs=1.01)


def test_where_the_camera_stood_even_what_is_not_known_is_pointed_at(pane: PanoramaPane, scene: PanoramaScene) -> None:
    holed = scene.range.copy()
    holed[:, 240:270] = np.nan
    pane.show_scene(replace(scene, range=holed))
    assert pane.pixel_at(QPointF(160, 100)) in {(127, 255), (127, 256), (128, 255), (128, 256)}
    pane.set_measuring(True)
    pane._click(QPointF(160, 100))
    assert not pane._measure.points, "but not measured"
    unmarked = pixels(pane.grab_image())
    pane.mark(256, 100)
    assert (pixels(pane.grab_image()) != unmarked).any(), "and marked, since its direction is known"
    pane.mark(-1, -1)
    pane.eye.walker.state = replace(pane.eye.walker.state, z=0.5)
    assert pane.pixel_at(QPointF(160, 100)) is None
    pane.request_render()
    unmarked = pixels(pane.grab_image())
    pane.mark(256, 100)
    np.testing.assert_array_equal(pixels(pane.grab_image()), unmarked)


def test_a_mark_stands_where_the_pixel_is(pane: PanoramaPane, scene: PanoramaScene) -> None:
    before = pixels(pane.grab_image())
    pane.mark(256 + 20, 128 - 10)
    ring = (pixels(pane.grab_image()) != before).any(axis=2)
    rows, columns = np.nonzero(ring)
    point = scene.point_of((118, 276))
    assert point is not None
    x, y = pane.eye.sight().place_px(point, SIZE)
    assert columns.mean() + 0.5 == pytest.approx(x, abs=1)
    assert rows.mean() + 0.5 == pytest.approx(y, abs=1)
    pane.mark(-1, -1)
    np.testing.assert_array_equal(pixels(pane.grab_image()), before)
    pane.mark(10_000, 5)
    np.testing.assert_array_equal(pixels(pane.grab_image()), before)


def test_two_clicks_measure_and_esc_ends_it(pane: PanoramaPane, qtbot: QtBot) -> None:
    shown(pane, qtbot)
    qtbot.keyClick(pane, Qt.Key.Key_M)
    assert pane.measuring
    qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))
    with qtbot.waitSignal(pane.measured) as told:
        qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=QPoint(220, 100))
    # Both on the wall ahead, at z = 4.
    exact = 120 / pane.eye.sight().focal_px(SIZE[1]) * 4
    assert told.args[2] == pytest.approx(exact, abs=0.1)
    assert told.args[2] == pytest.approx(float(np.linalg.norm(told.args[1] - told.args[0])))
    assert pane._measure.length_text() == f"{told.args[2]:.2f} m"
    with_line = pixels(pane.grab_image())
    with qtbot.waitSignal(pane.measuring_changed) as ended:
        qtbot.keyClick(pane, Qt.Key.Key_Escape)
    assert ended.args == [False]
    assert (pixels(pane.grab_image()) != with_line).any(axis=2).sum() > 100


def test_lengths_without_metres_are_units(qtbot: QtBot, scene: PanoramaScene) -> None:
    pane = PanoramaPane()
    qtbot.addWidget(pane)
    pane.show_scene(replace(scene, has_metres=False))
    measure = pane._measure.with_point(np.zeros(3)).with_point(np.array([0.0, 3.0, 4.0]))
    assert measure.length_text() == "5 units"


def test_a_screenshot_has_the_size_that_was_asked_for_and_the_pane_keeps_its_own(pane: PanoramaPane) -> None:
    before = pixels(pane.grab_image())
    large = pane.screenshot(QSize(640, 400))
    assert (large.width(), large.height()) == (640, 400)
    image = pixels(large)
    assert image.any(axis=2).all()
    assert (image[::2, ::2] == before).all(axis=2).mean() > 0.9
    np.testing.assert_array_equal(pixels(pane.grab_image()), before)


def test_another_scene_takes_the_place_and_the_view_can_stay(pane: PanoramaPane) -> None:
    pane.eye.walker.turn_to(40, 5)
    first = pixels(pane.grab_image())
    pane.show_scene(room((128, 256)), keep_view=True)
    assert pane.eye.walker.state.yaw_deg == 40
    assert (pixels(pane.grab_image()) == first).all(axis=2).mean() > 0.9
    pane.show_scene(None)
    assert (pixels(pane.grab_image()).max(axis=2) > 0).mean() < 0.1, "only a sentence"
    pane.show_scene(room((128, 256)))
    assert pane.eye.walker.state.yaw_deg == 0


@pytest.mark.parametrize("how", ["closed", "released and dropped", "only dropped", "parent deleted"])
def test_nothing_of_vtk_outlives_the_pane(qtbot: QtBot, how: str) -> None:
    parent = QWidget()
    pane = PanoramaPane(parent if how == "parent deleted" else None)
    pane.resize(*SIZE)
    pane.show_scene(room((64, 128)))
    pane.grab_image()
    dead: list[str] = []
    drawing, opened = pane._drawing, pane._scene
    assert drawing is not None
    assert opened is not None
    assert opened._window is not None
    actor = drawing._points._actors[0]
    things = {"window": opened._window, "renderer": opened.renderer, "actor": actor.actor, "data": actor._data}
    for name, thing in things.items():
        thing.AddObserver("DeleteEvent", lambda *_, name=name: dead.append(name))
    del things, thing, actor, drawing, opened
    gc.disable()
    try:
        if how == "closed":
            pane.show()
            pane.close()
            assert "window" in dead
            pane.show_scene(room((64, 128)))
            pane.grab_image()
        elif how == "released and dropped":
            pane.release()
            pane.release()
        elif how == "parent deleted":
            shiboken6.delete(parent)
        del pane
        QApplication.processEvents()
        assert set(dead) == {"window", "renderer", "actor", "data"}, "without the garbage collector"
    finally:
        gc.enable()


def test_a_scene_that_goes_takes_its_actors_along(pane: PanoramaPane) -> None:
    pane.grab_image()
    opened = pane._scene
    assert opened is not None
    count = opened.renderer.GetViewProps().GetNumberOfItems()
    assert count > 0
    pane.show_scene(room((128, 256)))
    pane.grab_image()
    assert opened.renderer.GetViewProps().GetNumberOfItems() == math.ceil(len(room((128, 256))) / (1 << 16))
