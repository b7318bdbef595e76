"""The first look shows what a scene is about: whole, large, and from the side that shows most."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.splats.framing import FirstLook, first_look
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats.planted_splats import ball, round_splats, turn

FOV_DEG, SIZE = 45.0, (160, 120)
ASPECT = SIZE[0] / SIZE[1]


def looked(scene: SplatScene, placement: Placement | None = None) -> tuple[FirstLook, PreparedSplats]:
    splats = prepared([Placed(scene, placement or Placement())])
    look = first_look(splats, FOV_DEG, ASPECT)
    assert look is not None
    return look, splats


def place_px(look: FirstLook, xyz: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 2) where points are in the picture, 0 to 1 across and down."""
    view = look.view(FOV_DEG, SIZE)
    c = view.to_camera(xyz)
    assert (c[:, 2] > view.near).all()
    return np.asarray(c[:, :2] / c[:, 2:] * view.focal_px / np.array(SIZE) + 0.5)


def assert_fills(look: FirstLook, xyz: NDArray[np.floating]) -> None:
    seen = place_px(look, xyz)
    low, high = np.percentile(seen, (1, 99), axis=0)
    assert (low > 0).all()
    assert (high < 1).all()
    assert (high - low).max() > 0.75
    assert (low + high) / 2 == pytest.approx(0.5, abs=0.05)


def box(count: int, half: tuple[float, float, float], seed: int = 0) -> NDArray[np.float64]:
    """(N, 3) evenly on the six sides of a box."""
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-1, 1, (count, 3))
    area = np.array([half[1] * half[2], half[0] * half[2], half[0] * half[1]])
    axis = rng.choice(3, count, p=area / area.sum())
    xyz[np.arange(count), axis] = np.sign(xyz[np.arange(count), axis])
    return np.asarray(xyz * half)


def test_an_object_among_floaters_before_a_background() -> None:
    thing = box(3000, (0.4, 1.0, 0.3)) + np.array([5.0, 2, -3])
    far = ball(2500, 60.0)
    adrift = ball(20, 9.0, (5, 2, -3))
    size = np.concatenate([np.full(3000, 0.02), np.full(2500, 2.0), np.full(20, 0.1)])
    look, _ = looked(round_splats(np.concatenate([thing, far, adrift]), size=size))
    assert not look.inside
    assert_fills(look, thing)
    assert look.eye[1] < look.target[1], "from a little above; y is down"


@pytest.mark.parametrize("side", [(0, 0, -1), (1, 0, 0), (0, 0, 1), (-1, 0, 0)])
def test_from_the_side_that_shows_most(side: tuple[int, int, int]) -> None:
    """A grey box with a chequered side."""
    normal = np.array(side, np.float64)
    xyz = box(6000, (1.0, 1.0, 1.0))
    front = xyz @ normal > 0.99
    across = xyz @ np.cross(normal, [0, 1, 0])
    dark = (np.floor(across * 2) + np.floor(xyz[:, 1] * 2)) % 2 > 0
    shade = np.where(front, np.where(dark, 0.1, 0.9), 0.5)[:, None].repeat(3, 1)
    look, _ = looked(round_splats(xyz, size=0.04, colour=shade))
    out = look.eye - look.target
    assert out @ normal > 0.6 * np.linalg.norm(out)
    assert_fills(look, xyz)


def room() -> SplatScene:
    corners = [(-2.0, 0.8, 1.2), (2.0, 0.8, -1.0), (1.5, 0.8, 1.4)]
    furniture = [box(400, (0.5, 0.4, 0.5), seed) + np.array(corner) for seed, corner in enumerate(corners)]
    return round_splats(np.concatenate([box(8000, (3.0, 1.25, 2.2)), *furniture]), size=0.08)


def test_a_room_is_seen_from_within() -> None:
    look, splats = looked(room())
    assert look.inside
    assert (np.abs(look.eye) < [2.2, 1.0, 1.5]).all()
    assert np.linalg.norm(splats.xyz - look.eye, axis=1).min() > 0.4
    assert abs(look.target[1] - look.eye[1]) < 1e-6, "straight ahead"


def test_a_hollow_thing_is_seen_from_without() -> None:
    look, _ = looked(round_splats(box(8000, (3.0, 1.25, 2.2)), size=0.08))
    assert not look.inside


@pytest.mark.parametrize("turned_deg", [0.0, 90.0, 180.0])
def test_an_open_room_is_seen_from_where_it_is_open(turned_deg: float) -> None:
    """A floor and two walls, painted alike on both sides, and a thing in their corner."""
    rng = np.random.default_rng(0)
    floor, left, back = (rng.uniform(-1, 1, (3000, 3)) * [2, 1, 2] for _ in range(3))
    floor[:, 1], left[:, 0], back[:, 2] = 1, -2, 2
    xyz = np.concatenate([floor, left, back, box(600, (0.4, 0.4, 0.4)) + np.array([-1, 0.6, 1])])
    shade = np.where((np.floor(xyz * 1.5 + 0.1).sum(axis=1) % 2 > 0)[:, None], [0.9, 0.6, 0.3], [0.2, 0.3, 0.5])
    rotation = turn((0, 1, 0), turned_deg)
    look, _ = looked(round_splats(xyz @ rotation.T, size=0.05, colour=shade))
    out = (look.eye - look.target) @ rotation
    assert not look.inside
    assert out[2] < 0.3
    assert out[0] > -0.3
    assert max(out[0], -out[2]) > 2


def test_of_any_size_anywhere() -> None:
    xyz = box(3000, (0.4, 1.0, 0.3))
    placement = Placement(scale=500.0, shift=np.array([1e4, -2e4, 3e3]))
    here, _ = looked(round_splats(xyz, size=0.02))
    there, splats = looked(round_splats(xyz, size=0.02), placement)
    assert there.radius == pytest.approx(500 * here.radius, rel=1e-3)
    assert placement.to_local(there.eye) == pytest.approx(here.eye, abs=0.01)
    assert_fills(there, splats.xyz)


def test_only_what_is_kept_is_framed_and_nothing_is_none() -> None:
    xyz = np.concatenate([box(500, (1, 1, 1)), box(500, (1, 1, 1)) + 10])
    splats = prepared([Placed(round_splats(xyz, size=0.05))])
    look = first_look(splats, FOV_DEG, ASPECT, np.arange(500, 1000, dtype=np.int32))
    assert look is not None
    assert_fills(look, xyz[500:])
    assert first_look(splats, FOV_DEG, ASPECT, np.empty(0, np.int32)) is None
    one = first_look(splats, FOV_DEG, ASPECT, np.array([3], np.int32))
    assert one is not None
    assert np.isfinite(one.eye).all()
    faint = prepared([Placed(round_splats(xyz, opacity=0.01))])
    assert first_look(faint, FOV_DEG, ASPECT) is not None


@pytest.mark.parametrize("size", [1e-3, 0.3, 50.0])
def test_a_splat_alone_is_seen_whole(size: float) -> None:
    look, _ = looked(round_splats(np.array([[2.0, -0.6, 1.2]]), size=size))
    assert look.radius >= size
    half_angle = np.arctan(3 * size / np.linalg.norm(look.eye - look.target))
    assert np.radians(FOV_DEG) / 8 < half_angle < np.radians(FOV_DEG) / 2
