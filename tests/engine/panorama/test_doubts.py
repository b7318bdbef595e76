"""Why a place cannot be believed, against solids and pictures that are known."""

import numpy as np
import pytest

from depthview.engine.panorama.surface.doubts import Doubt, believed, blown_out, doubts_of
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Ball, Room, Solid

HW = (256, 512)
TOWARDS = directions(HW)
EVERYWHERE = np.ones(HW, bool)
GREY = np.full((*HW, 3), 90, np.uint8)


def doubts_in(solid: Solid | np.ndarray, photo: np.ndarray = GREY, **where: np.ndarray) -> np.ndarray:
    range_m = solid if isinstance(solid, np.ndarray) else solid.range_m(TOWARDS)
    range_m = range_m.astype(np.float32)
    covered, known = where.get("covered", EVERYWHERE), where.get("known", EVERYWHERE)
    return doubts_of(photo, covered, known, range_m, surface_normals(range_m, TOWARDS), TOWARDS)


def test_a_room_has_no_doubts_and_a_step_in_depth_has() -> None:
    assert not doubts_in(Room()).any()
    stepped = Ball(2.0).range_m(TOWARDS)
    stepped[:, 100:200] = 1.0
    middle = doubts_in(stepped)[HW[0] // 2]
    assert sorted(np.flatnonzero(middle)) == [99, 100, 199, 200]
    assert (middle[[99, 100, 199, 200]] == Doubt.EDGE).all()


def test_a_step_that_a_network_smears_is_an_edge_all_along() -> None:
    columns = np.arange(HW[1])
    smeared = 4 - 3 * np.clip((columns - 100) / 4, 0, 1) + 3 * np.clip((columns - 300) / 4, 0, 1)
    found = set(np.flatnonzero(doubts_in(np.tile(smeared, (HW[0], 1)))[HW[0] // 2]))
    assert {101, 102, 103, 301, 302, 303} <= found <= {*range(99, 106), *range(299, 306)}


def test_the_far_floor_of_a_long_hall_is_seen_flat_but_is_no_edge() -> None:
    hall = Room((2.0, 1.6, 60.0), (2.0, 2.5, 60.0), yaw_deg=30)
    range_m = hall.range_m(TOWARDS)
    facing = -(hall.normals(TOWARDS) * TOWARDS).sum(-1)
    assert (facing < 1 / 15).sum() > 50, "or this test shows nothing"
    doubtful = doubts_in(range_m) != 0
    assert doubtful.mean() < 5e-4
    assert range_m[doubtful].min() > 25, "only where the end is a few pixels wide"


def test_areas_of_white_are_blown_out_and_single_white_pixels_are_not() -> None:
    photo = np.full((*HW, 3), 120, np.uint8)
    photo[40:60, 100:140] = 255
    photo[80:100, 100:140] = (255, 255, 200)
    photo[150, 200] = 255
    expected = np.zeros(HW, bool)
    expected[40:60, 100:140] = True
    np.testing.assert_array_equal(blown_out(photo), expected)
    np.testing.assert_array_equal(doubts_in(Ball(), photo), np.where(expected, Doubt.WINDOW, 0))


def test_black_below_and_above_is_the_pole_but_a_black_screen_is_not() -> None:
    photo = GREY.copy()
    photo[-20:, 100:300] = 5
    photo[:15] = 0
    photo[100:120, 100:200] = 3
    expected = np.zeros(HW, bool)
    expected[-20:, 100:300] = expected[:15] = True
    np.testing.assert_array_equal(doubts_in(Ball(), photo), np.where(expected, Doubt.POLE, 0))


def test_a_place_keeps_all_its_doubts_and_a_person_chooses_which_count() -> None:
    covered, known = EVERYWHERE.copy(), EVERYWHERE.copy()
    covered[:, 50:60] = known[:, 55:70] = False
    photo = np.where(np.arange(HW[1])[None, :, None] >= 65, np.uint8(255), GREY)
    found = doubts_in(Ball(), photo, covered=covered, known=known)[HW[0] // 2]
    assert found[52] & Doubt.NOT_COVERED
    assert found[57] & Doubt.NOT_COVERED
    assert found[57] & Doubt.UNKNOWN
    assert found[67] == Doubt.UNKNOWN | Doubt.WINDOW
    assert believed(found).tolist() == (found == 0).tolist()
    without_windows = believed(found, [Doubt.SKY])
    assert without_windows[100]
    assert not without_windows[[52, 57, 62, 67]].any(), "where nothing is known, nothing can be believed"


@pytest.mark.parametrize("columns", [1, 257])
def test_a_rolled_room_has_rolled_doubts(columns: int) -> None:
    stepped = Room().range_m(TOWARDS)
    stepped[100:150, 60:90] *= 0.4
    rolled = doubts_in(np.roll(stepped, columns, 1))
    differing = rolled != np.roll(doubts_in(stepped), columns, 1)
    # The room does not roll with the axes: only the box in it does, and its edges.
    assert differing.mean() < 1e-3
