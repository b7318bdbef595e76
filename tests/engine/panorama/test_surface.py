"""Normals and validity, against planes and pictures that are known."""

import numpy as np
import pytest

from depthview.engine.panorama.sphere import directions
from depthview.engine.panorama.surface import blown_out, surface_normals, valid_mask
from tests.engine.panorama.solids import Ball, Room, Solid

HW = (256, 512)
TOWARDS = directions(HW)


@pytest.mark.parametrize("room", [Room(), Room((0.6, 2.0, 3.0), (5.0, 1.5, 0.9), yaw_deg=-71)])
def test_normals_of_planes_are_exact_away_from_their_edges(room: Room) -> None:
    truth = room.normals(TOWARDS)
    found = surface_normals(room.range_m(TOWARDS).astype(np.float32), TOWARDS)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
    off_deg = np.degrees(np.arccos(np.clip((found * truth).sum(-1), -1, 1)))
    edge = np.zeros(HW, bool)
    for axis in (0, 1):
        for way in (-1, 1):
            edge |= np.abs(np.roll(truth, way, axis) - truth).max(-1) > 1e-6
    assert edge.mean() < 0.05
    edge[[0, -1]] = False  # floor and ceiling lie there, across the pole too
    assert off_deg[~edge].max() < 1.0
    assert (found * TOWARDS).sum(-1)[~edge].max() < 0, "they face the eye"


def test_normals_of_a_sphere_point_back() -> None:
    found = surface_normals(Ball().range_m(TOWARDS).astype(np.float32), TOWARDS)
    np.testing.assert_allclose(found, -TOWARDS, atol=2e-3)


def mask_of(solid: Solid, photo: np.ndarray) -> np.ndarray:
    range_m = solid.range_m(TOWARDS).astype(np.float32)
    everywhere = np.ones(HW, bool)
    return valid_mask(photo, everywhere, everywhere, surface_normals(range_m, TOWARDS), TOWARDS)


def test_a_room_is_valid_and_a_step_in_depth_is_not() -> None:
    grey = np.full((*HW, 3), 90, np.uint8)
    assert mask_of(Room(), grey).all()
    stepped = Ball(2.0).range_m(TOWARDS)
    stepped[:, 100:200] = 1.0
    range_m = stepped.astype(np.float32)
    everywhere = np.ones(HW, bool)
    valid = valid_mask(grey, everywhere, everywhere, surface_normals(range_m, TOWARDS), TOWARDS)
    middle = valid[HW[0] // 2]
    assert sorted(np.flatnonzero(~middle)) == [99, 100, 199, 200]


def test_areas_of_white_are_blown_out_and_single_white_pixels_are_not() -> None:
    photo = np.full((*HW, 3), 120, np.uint8)
    photo[40:60, 100:140] = 255
    photo[80:100, 100:140] = (255, 255, 200)
    photo[150, 200] = 255
    expected = np.zeros(HW, bool)
    expected[40:60, 100:140] = True
    np.testing.assert_array_equal(blown_out(photo), expected)
    np.testing.assert_array_equal(mask_of(Ball(), photo), ~expected)
