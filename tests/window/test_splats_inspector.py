"""What is turned about scenes: where they stand, what is left out of them, how they are looked at, and what is kept."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from depthview.engine.splats.editing.selection import Box, Filters
from depthview.ui.splats_memory import Flight, Ground, Stand
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, pixels
from tests.window.splats_driver import Ball, SplatsDriver, ball, write_ball, write_splats

__all__ = ["ball"]


@pytest.fixture
def splats(at: Driver, ball: Path) -> SplatsDriver:
    """One ball of 400 splats, every tenth of them faint."""
    driver = SplatsDriver(at)
    driver.open(ball)
    return driver


def colour_in_the_middle(splats: SplatsDriver) -> np.ndarray:
    picture = pixels(splats.pane.grab_image()).astype(float)
    height, width = picture.shape[:2]
    return picture[height // 2 - 3 : height // 2 + 3, width // 2 - 3 : width // 2 + 3].mean((0, 1))


def test_the_ball_is_seen_in_its_colour_and_the_ground_around_it(splats: SplatsDriver) -> None:
    red, green, blue = colour_in_the_middle(splats)
    assert red > 180
    assert red > green + 80 > blue
    splats.at.choose(splats.inspector.look.ground, "white")
    assert (pixels(splats.pane.grab_image())[4, 4] == 255).all()
    assert splats.at.window.preferences.splats.look.ground is Ground.WHITE


def test_hiding_a_scene_leaves_the_ground(splats: SplatsDriver) -> None:
    (item,) = splats.items
    before = colour_in_the_middle(splats)
    QTest.mouseClick(splats.inspector.scenes.list.rows[item.number].eye, Qt.MouseButton.LeftButton)
    splats.at.until(lambda: splats.pane.splats is None, "the scene to go")
    assert np.abs(colour_in_the_middle(splats) - before).max() > 60
    QTest.mouseClick(splats.inspector.scenes.list.rows[item.number].eye, Qt.MouseButton.LeftButton)
    splats.at.until(lambda: splats.pane.splats is not None, "the scene again")
    np.testing.assert_allclose(colour_in_the_middle(splats), before, atol=2)


def test_filters_say_how_much_each_hides(splats: SplatsDriver) -> None:
    filters = splats.inspector.filters
    filters.opacity.slider.setValue(50)
    splats.at.until(lambda: len(splats.kept) == 360, "the faint ones to go")
    assert filters._faint.text().replace("\u202f", "") == "40 of 400 hidden"
    assert "360 of 400 splats" in splats.at.window.status._figures.text()
    filters.largest.setValue(0.04)
    splats.at.until(lambda: len(splats.kept) == 0, "all to go")
    assert filters._large.text() == "400 of 400 hidden"
    filters.clear.click()
    splats.at.until(lambda: len(splats.kept) == 400, "everything again")
    assert filters._faint.isHidden()
    assert filters.opacity.percent == 0


def test_the_crop_box_begins_around_everything_and_cuts_what_is_typed(splats: SplatsDriver) -> None:
    filters = splats.inspector.filters
    filters.crop.click()
    splats.at.until(lambda: splats.workspace.stage.drawn.filters.box is not None, "the box")
    middle_z = 3.0
    filters.high.numbers[2].setValue(middle_z)
    splats.at.until(lambda: bool((splats.world[splats.kept][:, 2] <= middle_z + 0.01).all()), "the near half")
    assert 100 < len(splats.kept) < 300
    filters.outside.click()
    inside = 400 - len(splats.kept)
    splats.at.until(lambda: len(splats.kept) == inside, "the other half")
    filters.crop.click()
    splats.at.until(lambda: len(splats.kept) == 400, "everything")


def test_a_box_that_is_pulled_is_the_box_that_is_typed(splats: SplatsDriver) -> None:
    splats.inspector.filters.crop.click()
    pulled = Box.between(np.array([-1.0, -1.0, 2.0]), np.array([1.0, 1.0, 3.25]))
    splats.pane.crop_box_changed.emit(pulled)
    splats.at.until(lambda: bool((splats.world[splats.kept][:, 2] <= 3.25).all()), "the cut")
    assert splats.inspector.filters.high.values == pytest.approx((1.0, 1.0, 3.25))


def test_floaters_go(splats: SplatsDriver, tmp_path: Path) -> None:
    alone = write_ball(tmp_path / "alone.ply", Ball(count=1, degree=1, middle=(9.0, 0.0, 3.0)))
    splats.at.window.splats.open_each([(str(alone),)], replaces=False)
    splats.until_settled("ball.ply", "alone.ply")
    splats.workspace.placing.current = splats.items[1]
    splats.workspace.placing._settle(Stand(shift=(20.0, 0.0, 0.0)))
    splats.inspector.filters.floaters.click()
    splats.at.until(lambda: 400 not in splats.kept and len(splats.kept) > 0, "the lonely one to go")


def test_a_scene_is_put_where_the_numbers_say(splats: SplatsDriver) -> None:
    stand, before = splats.inspector.scenes.stand, splats.world.copy()
    stand.shift.numbers[0].setValue(2.0)
    splats.at.until(lambda: bool(np.allclose(splats.world, before + np.array([2, 0, 0]), atol=1e-4)), "the shift")
    splats.at.choose(stand.up, "+y")
    middle = np.array(splats.items[0].facts.extent.middle)
    turned = (before - middle) * [-1, -1, 1] + middle + [2, 0, 0]
    splats.at.until(lambda: bool(np.allclose(splats.world, turned, atol=1e-4)), "half a turn")
    stand.back.click()
    splats.at.until(lambda: bool(np.array_equal(splats.world, before)), "as trained")


def test_up_is_guessed_by_the_floor_and_said_where_nothing_tells(splats: SplatsDriver, tmp_path: Path) -> None:
    stand = splats.inspector.scenes.stand
    splats.at.choose(stand.up, "guess it")
    splats.at.until_said("Nothing in this scene tells which way is up")
    chance = np.random.default_rng(0)
    floor = np.column_stack([chance.uniform(-2, 2, (4000, 2)), chance.normal(0, 0.01, 4000)])
    post = np.column_stack([chance.normal(0, 0.2, (400, 2)), chance.uniform(0, 1.5, 400)])
    splats.open(write_splats(tmp_path / "room.ply", np.concatenate([floor, post]), sizes=(0.06, 0.06, 0.002)))
    splats.at.choose(stand.up, "guess it")
    splats.at.until(lambda: splats.items[0].stand != Stand(), "the floor to be found")
    splats.until_settled()
    assert np.ptp(splats.world[:4000, 1]) < 0.2, "the floor is level"
    assert splats.world[4000:, 1].mean() < splats.world[:4000, 1].mean() - 0.5, "and the post stands on it"


def test_a_known_length_gives_metres(splats: SplatsDriver) -> None:
    stand = splats.inspector.scenes.stand
    stand.measure.click()
    assert splats.pane.measuring
    one, other = np.array([0.0, 0.0, 3.0]), np.array([0.5, 0.0, 3.0])
    splats.pane.measured.emit(one, other, 0.5)
    assert stand.true_length.isEnabled()
    stand.true_length.setValue(3.0)
    splats.until_settled()
    splats.at.until(lambda: bool(np.ptp(splats.world[:, 0]) > 4), "six times the size")
    assert splats.items[0].stand == Stand(scale=6.0, has_metres=True)
    assert "metres" in stand._unit.text()
    assert splats.pane._measure.metres_per_unit == 1.0


def test_the_line_and_the_eye_stay_on_the_scene_that_a_known_length_sizes(splats: SplatsDriver) -> None:
    stand, pane = splats.inspector.scenes.stand, splats.pane
    stand.measure.click()
    points = splats.world[[0, 1]].astype(np.float64)
    for point in points:
        pane._measure = pane._measure.with_point(point)
    pane.measured.emit(*points, pane._measure.length)
    size = (pane.width(), pane.height())
    before = pane.sight().place_px(points[0], size)
    stand.true_length.setValue(7.0)
    splats.until_settled()
    splats.at.until(lambda: bool(np.ptp(splats.world[:, 0]) > 2), "the size")
    np.testing.assert_allclose(pane._measure.points, splats.world[[0, 1]], rtol=1e-4, atol=1e-4)
    assert pane._measure.length_text() == "7.00 m"
    np.testing.assert_allclose(pane.sight().place_px(pane._measure.points[0], size), before, atol=0.1)


def test_what_is_brought_in_leaves_the_page_as_wide_as_it_is(splats: SplatsDriver) -> None:
    page = splats.inspector.scenes
    before = page.minimumSizeHint().width()
    for name in ("bring_live", "bring_panorama", "open_splats_beside"):
        action = splats.at.window.actions_by_name[name]
        action.setEnabled(False)
        action.setEnabled(True)
    assert page.minimumSizeHint().width() == before <= splats.inspector.width()
    assert splats.at.window.actions_by_name["bring_live"].text() == "Bring in the live cloud"


@pytest.mark.parametrize(("size", "offset"), [(1e-4, 0.0), (1.0, 4e6), (1e4, 0.0)])
def test_a_box_of_any_size_anywhere_can_be_stepped(
    splats: SplatsDriver, tmp_path: Path, size: float, offset: float
) -> None:
    xyz = size * np.random.default_rng(0).uniform(-1, 1, (300, 3)) + offset
    splats.open(write_splats(tmp_path / "odd.ply", xyz, sizes=(0.05 * size,) * 3))
    filters = splats.inspector.filters
    filters.crop.click()
    splats.until_settled()
    shown = len(splats.kept)
    low, high = np.array(filters.low.values), np.array(filters.high.values)
    assert (high - low > 1.8 * size).all()
    filters.low.numbers[0].stepUp()
    splats.until_settled()
    box = splats.workspace.stage.filters.box
    assert box is not None
    moved = box.corners.min(0) - low
    assert 0.005 * size < moved[0] < 0.2 * size
    np.testing.assert_allclose(moved[1:], 0, atol=0.02 * size + 1e-9 * offset)
    assert shown / 2 < len(splats.kept) <= shown


def test_of_what_cannot_be_drawn_no_size_is_told(splats: SplatsDriver, tmp_path: Path) -> None:
    splats.open(write_splats(tmp_path / "lost.ply", np.full((5, 3), np.nan), sizes=(0.1,) * 3))
    assert splats.inspector.scenes.stand._facts.text().startswith("Nothing of it can be drawn.\n")


def test_what_takes_the_place_of_a_scene_is_not_cut_by_its_box(splats: SplatsDriver, tmp_path: Path) -> None:
    splats.inspector.filters.opacity.slider.setValue(50)
    splats.inspector.filters.crop.click()
    splats.until_settled()
    splats.open(write_ball(tmp_path / "elsewhere.ply", Ball(middle=(50.0, 0.0, 0.0))))
    assert len(splats.kept) == 400
    assert not splats.inspector.filters.crop.isChecked()
    assert splats.inspector.filters.opacity.percent == 0


def test_one_splat_is_one_splat(splats: SplatsDriver, tmp_path: Path) -> None:
    (item,) = splats.open(write_splats(tmp_path / "one.ply", np.zeros((1, 3)), sizes=(0.1,) * 3))
    assert splats.inspector.scenes.list.rows[item.number]._line.text().startswith("1 splat ·")


def test_a_scene_that_knows_its_metres_is_as_large_the_next_time(new_window: NewWindow, ball: Path) -> None:
    first = SplatsDriver(new_window())
    first.open(ball)
    first.workspace.placing._settle(
        Stand(turn_deg=(10.0, 0.0, 90.0), shift=(5.0, 0.0, 0.0), scale=6.0, has_metres=True)
    )
    first.at.choose(first.inspector.look.drawn_as, "points")
    first.pane.set_camera(first.pane.camera)
    first.inspector.views.name.setText("from the door")
    first.inspector.views.save.click()
    seen = first.pane.camera
    first.at.window.actions_by_name["add_keyframe"].trigger()
    first.until_settled()
    first.at.close()

    second = SplatsDriver(new_window())
    (item,) = second.open(ball)
    assert item.stand == Stand(turn_deg=(10.0, 0.0, 90.0), scale=6.0, has_metres=True), (
        "a shift belongs to its neighbours"
    )
    assert second.pane.as_points
    assert second.inspector.look.drawn_as.currentText() == "points"
    (view,) = second.workspace.camera.memory.views
    assert (view.name, view.camera) == ("from the door", seen)
    assert second.workspace.camera.memory.film.stops == (seen,)


def test_saved_views_are_gone_to_renamed_and_removed(splats: SplatsDriver) -> None:
    views, at = splats.inspector.views, splats.at
    first = splats.pane.camera
    at.do("save_view")
    splats.pane.set_fov(20.0)
    at.do("save_view")
    assert [views.list.item(row).text() for row in range(views.list.count())] == ["View 1", "View 2"]
    splats.inspector.tabs.setCurrentIndex(3)
    QTest.mouseClick(
        views.list.viewport(), Qt.MouseButton.LeftButton, pos=views.list.visualItemRect(views.list.item(0)).center()
    )
    assert splats.pane.camera == first
    views.list.item(0).setText("front")
    assert splats.workspace.camera.memory.views[0].name == "front"
    views.list.setCurrentRow(0)
    views.remove.click()
    assert [view.name for view in splats.workspace.camera.memory.views] == ["View 2"]


def test_the_eye_flies_along_the_film_and_stops_at_its_end(splats: SplatsDriver) -> None:
    film, camera = splats.inspector.film, splats.workspace.camera
    splats.at.do("add_keyframe")
    splats.pane.set_camera(type(splats.pane.camera)(splats.pane.camera.focus_m, 5.0, 60.0, 10.0, 40.0))
    end = splats.pane.camera
    splats.at.do("add_keyframe")
    assert camera.memory.film.flight is Flight.THROUGH
    assert film.stops.count() == 2
    film.seconds.setValue(0.5)
    film.play.click()
    splats.at.until(lambda: not film.play.isChecked(), "the end of the flight")
    now = splats.pane.camera
    assert (now.yaw_deg, now.pitch_deg, now.fov_deg) == pytest.approx(
        (end.yaw_deg, end.pitch_deg, end.fov_deg), abs=1e-3
    )
    eye = np.array(now.focus_m) - now.distance_m * splats.pane.sight().view((2, 2)).axes[2]
    np.testing.assert_allclose(eye, splats.pane.sight().eye_m, atol=1e-6)


def test_thinned_out_and_all_again(splats: SplatsDriver) -> None:
    thin = splats.inspector.thin
    thin.count.setValue(100)
    thin.thin.click()
    splats.at.until(lambda: len(splats.items[0]) <= 100, "fewer splats")
    splats.until_settled()
    assert len(splats.world) == len(splats.items[0]) > 50
    assert "100 of its 400" in thin._note.text()
    thin.whole.click()
    splats.at.until(lambda: len(splats.world) == 400, "all of them")


def test_keys_and_buttons_and_the_inspector_agree(splats: SplatsDriver) -> None:
    by_name, look = splats.at.window.actions_by_name, splats.inspector.look
    by_name["parallel"].trigger()
    splats.at.until(lambda: look.projection.currentText() == "parallel", "the projection")
    assert splats.pane.camera.parallel
    look.turntable.click()
    assert by_name["turntable"].isChecked()
    yaw = splats.pane.camera.yaw_deg
    splats.at.until(lambda: abs(splats.pane.camera.yaw_deg - yaw) > 1, "the eye to go round")
    by_name["turntable"].trigger()
    assert not look.turntable.isChecked()
    splats.pane.setFocus()
    QTest.keyClick(splats.pane, Qt.Key.Key_P)
    assert look.drawn_as.currentText() == "points"
    assert by_name["splats_as_points"].isChecked()


def test_the_window_fits_a_screen_of_800_pixels(splats: SplatsDriver) -> None:
    window = splats.at.window
    splats.inspector.filters.crop.click()
    splats.inspector.filters.opacity.slider.setValue(50)
    splats.at.until(lambda: len(splats.kept) < 400, "what is said of filters")
    splats.at.do("add_keyframe")
    for page in range(splats.inspector.tabs.count()):
        splats.inspector.tabs.setCurrentIndex(page)
        assert window.minimumSizeHint().width() <= 800
        area = splats.inspector._pages.currentWidget()
        assert area.widget().minimumSizeHint().width() <= area.viewport().width(), "nothing is cut off at the right"


def test_no_filter_is_as_good_as_none(splats: SplatsDriver) -> None:
    assert len(splats.kept) == 400
    splats.workspace.stage.set_filters(Filters())
    splats.until_settled()
    assert splats.pane._kept is None
