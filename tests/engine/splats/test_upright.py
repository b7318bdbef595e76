"""Up is found by floors, and where there is none it is said that nobody knows."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.splats.editing.moved import moved
from depthview.engine.splats.editing.upright import guessed_up, upright
from depthview.engine.splats.placement import Placement, turn_between
from depthview.engine.splats.quaternions import quaternions
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats.planted_splats import ball, round_splats, turn

UP = np.array([0.0, -1, 0])
AXES = [(0, -1, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1), (1, 0, 0), (-1, 0, 0)]


def sheets(xyz: NDArray[np.floating], normal: NDArray[np.floating], *, size: float = 0.05) -> SplatScene:
    """Flat splats that face (N, 3) normals, give or take some degrees."""
    rng = np.random.default_rng(5)
    third = normal + rng.normal(size=normal.shape) * 0.1
    third /= np.linalg.norm(third, axis=1, keepdims=True)
    first = np.cross(third, rng.normal(size=third.shape))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    scene = round_splats(xyz + rng.normal(size=xyz.shape) * 0.01, size=size)
    scene.log_scale[:, 2] = np.log(size / 20)
    turns = quaternions(np.stack([first, np.cross(third, first), third], axis=2))
    return replace(scene, rotation=turns.astype(np.float32))


def side(count: int, axis: int, at: float, half: tuple[float, float, float]) -> tuple[np.ndarray, np.ndarray]:
    """One side of a box: places and normals."""
    rng = np.random.default_rng(axis + int(at * 10) % 100)
    xyz = rng.uniform(-1, 1, (count, 3)) * half
    xyz[:, axis] = at
    return xyz, np.tile(np.eye(3)[axis], (count, 1))


def on_a_floor() -> SplatScene:
    """y is down here: a floor at y = 0 and a ball on it."""
    floor, normals = side(4000, 1, 0.0, (2.0, 0.0, 1.6))
    thing = ball(3000, 0.5, (0.2, -0.5, 0.1))
    outward = (thing - [0.2, -0.5, 0.1]) / 0.5
    return sheets(np.concatenate([floor, thing]), np.concatenate([normals, outward]))


def room() -> SplatScene:
    """A room 6 x 2.5 x 4.4, with a table near its floor; the floor's weight is no larger than the ceiling's."""
    half = (3.0, 1.25, 2.2)
    parts = [side(2600, 1, at, half) for at in (1.25, -1.25)]
    parts += [side(1100, 2, at, half) for at in (2.2, -2.2)] + [side(700, 0, at, half) for at in (3.0, -3.0)]
    parts += [side(900, 1, 0.6, (1.0, 0.0, 0.7))]
    return sheets(np.concatenate([xyz for xyz, _ in parts]), np.concatenate([normal for _, normal in parts]))


@pytest.mark.parametrize("up", [*AXES, (0.3, 0.7, -0.6), (-0.1, -1.0, 0.2)])
def test_a_floor_tells_exactly(up: tuple[float, float, float]) -> None:
    truth = np.array(up) / np.linalg.norm(up)
    lying = moved(on_a_floor(), Placement(turn_between(UP, truth), 7.0, np.array([3.0, -20, 5])))
    found = guessed_up(lying)
    assert found.sure
    assert np.degrees(np.arccos(np.clip(found.up @ truth, -1, 1))) < 0.5
    level = moved(lying, upright(found.up))
    assert np.ptp(level.xyz[:4000, 1]) < 0.02 * np.ptp(level.xyz[:, 0])
    assert level.xyz[4000:, 1].mean() < level.xyz[:4000, 1].mean(), "the ball is over the floor, and y is down"


def test_a_room_stands_on_its_floor_not_on_its_ceiling() -> None:
    tilted = moved(room(), Placement(turn((1, 0, 0.4), 14)))
    truth = turn((1, 0, 0.4), 14) @ UP
    found = guessed_up(tilted)
    assert found.sure
    assert np.degrees(np.arccos(np.clip(found.up @ truth, -1, 1))) < 1


@pytest.mark.parametrize("count", [0, 5, 3000])
def test_a_ball_has_no_floor_and_that_is_said(count: int) -> None:
    xyz = ball(count, 1.0) if count else np.empty((0, 3))
    found = guessed_up(sheets(xyz, xyz))
    assert not found.sure
    assert found.up.tolist() == UP.tolist()


def test_what_has_no_sense_does_not_count() -> None:
    scene = on_a_floor()
    scene.xyz[::50] = np.nan
    scene.rotation[1::50] = 0
    scene.log_scale[2::50] = np.inf
    assert guessed_up(scene).sure
