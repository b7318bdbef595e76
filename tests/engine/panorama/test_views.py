"""Directions, the sphere's borders, and views: what is drawn is what lies there."""

import numpy as np
import pytest

from depthview.engine.panorama.views import View, ViewSet, draw_view, views_of
from depthview.engine.sphere import directions, even_directions, pixel_of, surrounded
from tests.engine.panorama.solids import Room, painted, read_off

HW = (256, 512)


def test_the_middle_looks_ahead_and_columns_go_right_and_rows_down() -> None:
    towards = directions((180, 360))
    np.testing.assert_allclose(np.linalg.norm(towards, axis=-1), 1, atol=1e-6)
    np.testing.assert_allclose(towards[89:91, 179:181].mean(axis=(0, 1)), (0, 0, 1), atol=1e-4)
    assert towards[90, 270, 0] > 0.999, "a quarter to the right is x"
    assert towards[0, 0, 1] < -0.999, "the first row is above, and y goes down"


def test_every_pixel_is_found_again_where_it_looks() -> None:
    column, row = pixel_of(directions(HW), HW)
    np.testing.assert_allclose(column, np.broadcast_to(np.arange(HW[1]), HW), atol=1e-3)
    np.testing.assert_allclose(row, np.broadcast_to(np.arange(HW[0])[:, None], HW), atol=1e-3)


def test_beyond_the_borders_lie_the_pixels_that_look_beside_them() -> None:
    """Across the wrap and the poles alike, neighbours in the grid are neighbours on the sphere."""
    grid = surrounded(directions((64, 128)))
    assert grid.shape == (66, 130, 3)
    step = np.pi / 64 + 1e-4
    for one, other in ((grid[:-1], grid[1:]), (grid[1:-1, :-1], grid[1:-1, 1:])):
        angle = np.arccos(np.clip((one.astype(np.float64) * other).sum(-1), -1, 1))
        assert angle.max() < step


def test_even_directions_are_even() -> None:
    towards = even_directions(60, 100).reshape(-1, 3)
    for axis in range(3):
        shares = np.histogram(towards[:, axis], 10, (-1, 1))[0] / len(towards)
        np.testing.assert_allclose(shares, 0.1, atol=0.005)  # Archimedes: equal slices of a sphere are equal in area


@pytest.mark.parametrize("view_set", ViewSet)
def test_a_set_sees_everything_and_its_views_overlap(view_set: ViewSet) -> None:
    towards = even_directions(60, 100)
    seen = np.zeros(towards.shape[:2])
    for view in views_of(view_set):
        right, down, _along = view.place(towards)
        with np.errstate(invalid="ignore"):
            seen += np.maximum(np.abs(right), np.abs(down)) < 0.95
    assert seen.min() >= 1
    assert seen.mean() > 1.3


def test_a_view_places_its_own_rays_on_its_own_pixels() -> None:
    view = View(33, -48, 77)
    rays = view.rays(40)
    right, down, along = view.place((rays / np.linalg.norm(rays, axis=-1, keepdims=True)).astype(np.float32))
    places = (np.arange(40) + 0.5) / 40 * 2 - 1
    np.testing.assert_allclose(right, np.broadcast_to(places, (40, 40)), atol=1e-5)
    np.testing.assert_allclose(down, np.broadcast_to(places[:, None], (40, 40)), atol=1e-5)
    np.testing.assert_allclose(along, 1 / np.linalg.norm(rays, axis=-1), atol=1e-6)
    behind = -view.rotation[2].astype(np.float32)
    assert np.isnan(view.place(behind[None])[0]).all()


@pytest.mark.parametrize("yaw_deg", [0, 180, 251])
@pytest.mark.parametrize("pitch_deg", [-90, -40, 0, 90])
def test_what_is_drawn_is_what_lies_there(yaw_deg: float, pitch_deg: float) -> None:
    """Over the wrap and over both poles too."""
    room, view = Room(), View(yaw_deg, pitch_deg, 100)
    picture = draw_view(view, surrounded(painted(room, HW)), 200)
    assert picture.shape == (200, 200, 3)
    off = np.abs(read_off(picture) / room.range_m(view.rays(200)) - 1)
    assert np.percentile(off, 99) < 0.015, "grey has steps of 0.8 %"
