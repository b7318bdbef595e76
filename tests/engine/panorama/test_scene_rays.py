"""What a ray meets in a range map, against boxes and balls whose answer is known exactly."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.panorama.scene.rays import pixel_along, pixel_towards
from depthview.engine.panorama.scene.scene import PanoramaScene, panorama_scene
from depthview.engine.sphere import directions, pixel_of

SIZE_HW = (256, 512)
PIXEL = 2 * math.pi / SIZE_HW[1]
LOW, HIGH = np.array([-3.0, -1.2, -2.0]), np.array([2.0, 1.5, 4.0])
Vector = NDArray[np.float64]


def scene_of_range(range_map: NDArray[np.floating]) -> PanoramaScene:
    image = np.zeros((*SIZE_HW, 3), np.uint8)
    return panorama_scene(range_map.astype(np.float32), image, -directions(SIZE_HW), has_metres=True)


def box_hits(eye: Vector, ray: Vector) -> tuple[float, float]:
    """Along the ray, where it enters the box and where it leaves it."""
    with np.errstate(divide="ignore"):
        ends = np.stack([(LOW - eye) / ray, (HIGH - eye) / ray])
    return float(ends.min(axis=0).max()), float(ends.max(axis=0).min())


@pytest.fixture(scope="module")
def room() -> PanoramaScene:
    towards = directions(SIZE_HW).astype(np.float64)
    with np.errstate(divide="ignore"):
        return scene_of_range(np.maximum(LOW / towards, HIGH / towards).min(axis=-1))


def point(scene: PanoramaScene, pixel: tuple[int, int]) -> Vector:
    found = scene.point_of(pixel)
    assert found is not None
    return found


def rays(count: int, seed: int) -> NDArray[np.float64]:
    found = np.random.default_rng(seed).normal(size=(count, 3))
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True))


def test_from_the_camera_it_is_the_pixel_of_the_direction(room: PanoramaScene) -> None:
    for eye in (np.zeros(3), np.full(3, 1e-12), np.array([1e-7, 0, 0])):
        for ray in rays(50, 1):
            column, row = pixel_of(ray, SIZE_HW)
            expected = (round(float(row)), round(float(column)) % SIZE_HW[1])
            assert pixel_along(room, eye, ray) == pixel_towards(room, ray) == expected


def test_from_any_place_in_the_room_it_is_where_the_ray_leaves_the_box(room: PanoramaScene) -> None:
    rng = np.random.default_rng(2)
    for ray in rays(300, 3):
        eye = rng.uniform(LOW + 0.1, HIGH - 0.1)
        exact = eye + box_hits(eye, ray)[1] * ray
        pixel = pixel_along(room, eye, ray)
        assert pixel is not None
        # The pixel's centre is at most a pixel beside; on a wall seen from the camera at a slant that is more.
        away = float(np.linalg.norm(exact))
        assert np.linalg.norm(point(room, pixel) - exact) < 1.5 * PIXEL * away**2


@pytest.mark.parametrize("eye", [np.array([0.0, 0.0, 2.0]), np.array([0.0, 0.0, -1.0])])
def test_a_ray_straight_away_from_the_camera_or_back_through_it(room: PanoramaScene, eye: Vector) -> None:
    pixel = pixel_along(room, eye, np.array([0.0, 0.0, 1.0]))
    assert pixel is not None
    assert np.linalg.norm(point(room, pixel) - [0, 0, 4]) < 0.1


def test_from_outside_the_near_wall_is_met_unless_it_is_seen_through(room: PanoramaScene) -> None:
    rng = np.random.default_rng(5)
    for ray in rays(100, 4):
        inside = rng.uniform(LOW + 0.3, HIGH - 0.3)
        eye = inside - 20 * ray
        enters, leaves = box_hits(eye, ray)
        near = pixel_along(room, eye, ray)
        far = pixel_along(room, eye, ray, from_behind=False)
        assert near is not None
        assert far is not None
        tolerance = 3 * PIXEL * 25
        assert np.linalg.norm(point(room, near) - (eye + enters * ray)) < tolerance
        assert np.linalg.norm(point(room, far) - (eye + leaves * ray)) < tolerance
        past = pixel_along(room, eye, ray, nearest=(enters + leaves) / 2)
        assert past == far, "what lies before the cut is not met"


def test_what_is_cut_off_above_is_not_met(room: PanoramaScene) -> None:
    eye, ray = np.array([0.2, -9.0, 0.3]), np.array([0.0, 1.0, 0.0])
    whole, cut = pixel_along(room, eye, ray), pixel_along(room, eye, ray, highest=1.0)
    assert whole is not None
    assert cut is not None
    assert point(room, whole)[1] == pytest.approx(-1.2, abs=0.05)
    assert point(room, cut)[1] == pytest.approx(1.5, abs=0.05)
    assert pixel_along(room, eye, ray, highest=-2.0) is None


def test_between_a_ball_and_the_wall_behind_it_there_is_nothing_to_meet() -> None:
    """Seen from the side, the shell between the ball's rim and the wall is not there: the ray goes on to the wall."""
    towards = directions(SIZE_HW).astype(np.float64)
    with np.errstate(divide="ignore"):
        wall = np.maximum(LOW / towards, HIGH / towards).min(axis=-1)
    middle, radius = np.array([0.0, 0.0, 2.0]), 0.5
    along = towards @ middle
    under = along**2 - (middle @ middle - radius**2)
    hit = (under > 0) & (along > 0)
    scene = scene_of_range(np.where(hit, along - np.sqrt(np.maximum(under, 0)), wall))
    eye = np.array([-2.0, 0.0, 3.2])
    through = pixel_along(scene, eye, np.array([1.0, 0.0, 0.0]))
    assert through is not None
    # The wall at x = 2 is seen there, at z = 3.2.
    assert np.linalg.norm(point(scene, through) - [2, 0, 3.2]) < 0.1
    at_ball = pixel_along(scene, np.array([-2.0, 0.0, 1.8]), np.array([1.0, 0.0, 0.0]))
    assert at_ball is not None
    assert np.linalg.norm(point(scene, at_ball) - middle) == pytest.approx(radius, abs=0.05)


def test_unknown_directions_hold_no_ray(room: PanoramaScene) -> None:
    holed = room.range.copy()
    holed[100:156] = np.nan  # a band around the horizon
    scene = scene_of_range(holed)
    assert pixel_along(scene, np.zeros(3), np.array([0.0, 0.0, 1.0])) is None
    assert pixel_along(scene, np.array([0.5, 0.0, 0.5]), np.array([1.0, 0.0, 0.0])) is None
    assert pixel_along(scene, np.array([0.5, 0.0, 0.5]), np.array([0.0, 1.0, 0.0])) is not None
