"""Metres: the height over floors that are known exactly, one measured distance, and points that are measured."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Meaning
from depthview.engine.panorama.metres.measuring import place_of, point_at
from depthview.engine.panorama.metres.scaling import in_metres
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.range_map import ModelShare, RangeMap
from depthview.engine.panorama.recipe import AutoScale, DistanceScale, HeightScale, ModelScale
from depthview.engine.panorama.scale import RangeScale, camera_height, factor_for_distance
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Room

HW = (256, 512)
TOWARDS = directions(HW)
EVERYWHERE = np.ones(HW, np.bool_)


@dataclass(frozen=True)
class Planes:
    """Half spaces around the eye, (normal, distance): the nearest boundary that a ray meets from inside."""

    walls: tuple[tuple[tuple[float, float, float], float], ...]

    def range_m(self, towards: NDArray[np.floating]) -> NDArray[np.float64]:
        ranges = np.full(towards.shape[:-1], np.inf)
        for normal, away in self.walls:
            along = towards.astype(np.float64) @ (np.array(normal) / np.linalg.norm(normal))
            with np.errstate(divide="ignore"):
                ranges = np.minimum(ranges, np.where(along > 0, away / along, np.inf))
        return ranges


def with_block(
    range_m: NDArray[np.float64], low: tuple[float, float, float], high: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Something box-shaped between the corners stands in the room."""
    with np.errstate(divide="ignore", invalid="ignore"):
        near, far = np.array(low) / TOWARDS, np.array(high) / TOWARDS
    enter, leave = np.minimum(near, far).max(axis=-1), np.maximum(near, far).min(axis=-1)
    return np.where((enter < leave) & (enter > 0), np.minimum(range_m, enter), range_m)


def height_of(range_m: NDArray[np.float64], valid: NDArray[np.bool_] = EVERYWHERE) -> float | None:
    ranges = range_m.astype(np.float32)
    return camera_height(ranges, surface_normals(ranges, TOWARDS), valid)


@pytest.mark.parametrize("unit", [1.0, 0.037, 250.0])
def test_the_height_over_a_bare_floor_in_any_unit(unit: float) -> None:
    for room in (Room(), Room((1.0, 0.4, 1.2), (0.8, 2.0, 1.0)), Room((8.0, 1.7, 12.0), (9.0, 3.0, 5.0), 40)):
        assert height_of(room.range_m(TOWARDS) * unit) == pytest.approx(room.ahead_m[1] * unit, rel=0.005)


def test_tables_beds_and_carpets_are_not_the_floor() -> None:
    furnished = Room((2.6, 1.6, 3.0), (2.2, 1.1, 2.5), 0).range_m(TOWARDS)
    furnished = with_block(furnished, (-0.6, 0.85, -0.5), (0.7, 0.9, 0.5))  # a table straight below
    furnished = with_block(furnished, (-2.2, 1.1, 1.0), (-0.4, 1.6, 2.9))  # a bed
    furnished = with_block(furnished, (0.9, 0.8, -2.4), (2.5, 1.6, -1.5))  # a kitchen unit
    assert height_of(furnished) == pytest.approx(1.6, rel=0.005)


def test_a_floor_further_down_beyond_a_window_is_not_the_one_the_camera_stands_on() -> None:
    terrace = Room((3.0, 1.6, 3.0), (3.0, 1.2, 3.0), 0).range_m(TOWARDS)
    below = Room((60.0, 9.0, 60.0), (60.0, 30.0, 60.0), 0).range_m(TOWARDS)
    open_side = (TOWARDS[..., 2] > np.abs(TOWARDS[..., 0])) & (TOWARDS[..., 1] < 0.4)
    assert height_of(np.where(open_side, below, terrace)) == pytest.approx(1.6, rel=0.005)


@pytest.mark.parametrize("slope_deg", [2.0, 5.0, 8.0])
def test_of_a_sloping_floor_the_height_straight_below_counts(slope_deg: float) -> None:
    slope = np.tan(np.radians(slope_deg))
    # y = 1.5 + slope x
    floor = ((-slope, 1.0, 0.0), 1.5 / np.hypot(1, slope))
    walls = (((1, 0, 0), 3.0), ((-1, 0, 0), 2.5), ((0, 0, 1), 2.8), ((0, 0, -1), 3.1), ((0, -1, 0), 1.2))
    assert height_of(Planes((floor, *walls)).range_m(TOWARDS)) == pytest.approx(1.5, rel=0.005)


def test_an_attic() -> None:
    roofs = (((1, -1, 0), 1.4), ((-1, -1, 0), 1.1), ((0, 0, 1), 4.0), ((0, 0, -1), 2.0))
    attic = with_block(Planes((*roofs, ((0, 1, 0), 1.55))).range_m(TOWARDS), (-2.0, 0.9, -1.5), (-0.8, 1.55, -0.2))
    assert height_of(attic) == pytest.approx(1.55, rel=0.005)


def test_a_network_is_not_exact_and_the_height_still_is() -> None:
    rng = np.random.default_rng(3)
    room = Room((2.5, 1.4, 3.5), (2.0, 1.2, 2.0))
    wavy = np.exp(0.01 * np.sin(TOWARDS @ np.array([7.0, 5.0, 6.0])))
    noisy = room.range_m(TOWARDS) * wavy * np.exp(rng.normal(0, 0.001, HW))
    assert height_of(noisy) == pytest.approx(1.4, rel=0.02)


def test_under_the_tripod_nothing_is_known() -> None:
    room = Room()
    valid = TOWARDS[..., 1] < 0.85
    ranges = np.where(valid, room.range_m(TOWARDS), np.nan)
    assert height_of(ranges, valid) == pytest.approx(1.6, rel=0.005)


def test_where_there_is_no_floor_none_is_told() -> None:
    assert height_of(np.full(HW, 2.0), np.zeros(HW, np.bool_)) is None
    assert height_of(np.full(HW, np.nan)) is None
    pit = Planes((((1, 0.4, 0), 1.0), ((-1, 0.4, 0), 1.0), ((0, 0.4, 1), 1.0), ((0, 0.4, -1), 1.0), ((0, -1, 0), 9.0)))
    assert height_of(pit.range_m(TOWARDS)) is None, "nothing in a funnel is level"
    assert height_of(Room().range_m(TOWARDS), TOWARDS[..., 1] < 0.2) is None, "the floor is masked"


def range_map(ranges: NDArray[np.float64], *, valid: NDArray[np.bool_] = EVERYWHERE, metres: bool = False) -> RangeMap:
    values = ranges.astype(np.float32)
    meaning = Meaning.METRIC_DEPTH if metres else Meaning.RELATIVE_INVERSE_DEPTH
    return RangeMap(
        values,
        surface_normals(values, TOWARDS),
        valid,
        np.zeros(HW, np.uint8),
        Photo(np.zeros((*HW, 3), np.uint8), EVERYWHERE, (HW[1], HW[0]), "drawn"),
        (ModelShare("net", "CPU", meaning, 6, 1.0, 0.1),),
        RangeScale.MODEL if metres else RangeScale.UNKNOWN,
    )


ROOM = Room((1.7, 1.6, 2.9), (2.3, 1.1, 1.4), 0)


def test_points_between_pixels_lie_on_their_walls() -> None:
    found = range_map(ROOM.range_m(TOWARDS))
    rng = np.random.default_rng(8)
    measured = 0
    for row, column in zip(rng.uniform(0, HW[0] - 1, 400), rng.uniform(-HW[1], 2 * HW[1], 400), strict=True):
        point = point_at(found, row, column)
        assert point is not None
        longitude, latitude = (column + 0.5) / HW[1] * 360 - 180, 90 - (row + 0.5) / HW[0] * 180
        assert np.degrees(np.arcsin(-point[1] / np.linalg.norm(point))) == pytest.approx(latitude, abs=1e-6)
        turned = np.degrees(np.arctan2(point[0], point[2])) - longitude
        assert (turned + 180) % 360 - 180 == pytest.approx(0, abs=1e-6)
        exact = float(ROOM.range_m(point[None])[0])
        at_corner = np.sort(np.abs(point) / np.where(point > 0, ROOM.ahead_m, ROOM.behind_m))[1] > 0.97
        if not at_corner:
            measured += 1
            assert np.linalg.norm(point) == pytest.approx(exact, rel=3e-4)
    assert measured > 250


def test_two_points_on_a_wall_are_as_far_apart_as_they_are() -> None:
    found = range_map(ROOM.range_m(TOWARDS))
    up, down = (point_at(found, *place_of(0, np.degrees(np.arctan2(-y, 2.9)), HW)) for y in (1.5, -1.0))
    assert up is not None
    assert down is not None
    assert np.linalg.norm(up - down) == pytest.approx(2.5, rel=0.001)


def test_a_point_is_not_smeared_between_near_and_far_and_not_where_nothing_is_known() -> None:
    ranges = np.where(np.arange(HW[1]) < 200, 1.0, 3.0) * np.ones(HW)
    valid = EVERYWHERE.copy()
    valid[50, 100] = False
    found = range_map(ranges, valid=valid)
    for column, far in ((199.4, 1.0), (199.6, 3.0), (-0.4, 1.0), (-0.6, 3.0)):
        point = point_at(found, 60.3, column)
        assert point is not None
        assert np.linalg.norm(point) == pytest.approx(far)
    assert point_at(found, 50.4, 100.4) is None
    assert point_at(found, 50.6, 100.4) is not None
    assert point_at(found, -0.6, 3) is None
    assert point_at(found, HW[0] - 0.4, 3) is None


def test_metres_come_about_as_the_recipe_says() -> None:
    found = range_map(0.4 * ROOM.range_m(TOWARDS))
    assert in_metres(found, ModelScale()) is found
    by_height = in_metres(found, HeightScale(1.25))
    np.testing.assert_allclose(by_height.range, 1.25 / 1.6 * ROOM.range_m(TOWARDS), rtol=0.005)
    assert (by_height.scale, by_height.has_metres) == (RangeScale.CAMERA_HEIGHT, True)
    usual = in_metres(found, AutoScale())
    np.testing.assert_allclose(usual.range, ROOM.range_m(TOWARDS), rtol=0.005)
    # From the wall ahead to the wall behind: 2.9 + 1.4.
    measured = in_metres(found, DistanceScale((0, 0), (180, 0), 4.3))
    np.testing.assert_allclose(measured.range, ROOM.range_m(TOWARDS), rtol=0.001)
    assert measured.scale is RangeScale.MEASURED_DISTANCE
    np.testing.assert_array_equal(found.range, (0.4 * ROOM.range_m(TOWARDS)).astype(np.float32))


def test_a_models_metres_are_left_alone_unless_somebody_knows_better() -> None:
    found = range_map(0.5 * ROOM.range_m(TOWARDS), metres=True)
    assert in_metres(found, AutoScale()) is found
    assert in_metres(found, HeightScale(1.6)).scale is RangeScale.CAMERA_HEIGHT


def test_what_cannot_be_brought_to_metres_says_why() -> None:
    found = range_map(ROOM.range_m(TOWARDS), valid=TOWARDS[..., 1] < 0.2)
    for wanted in (AutoScale(), HeightScale()):
        unscaled = in_metres(found, wanted)
        assert not unscaled.has_metres
        assert unscaled.notices[-1].startswith("No floor was found below the camera")
    with pytest.raises(UserError, match="at 10, -80 degrees is not known"):
        in_metres(found, DistanceScale((0, 0), (10, -80), 2))
    with pytest.raises(UserError, match="at the same place"):
        in_metres(replace(found, valid=EVERYWHERE), DistanceScale((5, 1), (5, 1), 2))
    with pytest.raises(UserError, match="at the same place"):
        factor_for_distance(np.zeros(3), np.zeros(3), 1.0)
