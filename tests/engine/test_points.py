"""Shift and lens behind a map of points, against cameras that are known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.estimators.points import depth_of, points_in, solve_camera


def seen_points(size_hw: tuple[int, int], fov_deg: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Depth of a hilly floor, 1 to 5 m, and its points through a lens whose axis is the picture's middle."""
    height, width = size_hw
    x = (2 * np.arange(width) + 1 - width) / width * math.tan(math.radians(fov_deg) / 2)
    y = (2 * np.arange(height) + 1 - height) / width * math.tan(math.radians(fov_deg) / 2)
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    depth = 4.0 - 2.5 * down + 0.6 * np.sin(7 * across) + 0.4 * np.cos(9 * across * down)
    return depth, np.stack([depth * x[None], depth * y[:, None], depth], axis=-1)


@pytest.mark.parametrize("size_hw", [(90, 160), (160, 90), (31, 33)])
@pytest.mark.parametrize("fov_deg", [25.0, 60.0, 110.0])
@pytest.mark.parametrize("shift", [0.0, 1.2, -3.0, 200.0])
@pytest.mark.parametrize("unit", [1.0, 0.02])
def test_shift_and_lens_come_back(size_hw: tuple[int, int], fov_deg: float, shift: float, unit: float) -> None:
    depth, points = seen_points(size_hw, fov_deg)
    points = ((points - (0, 0, shift)) * unit).astype(np.float32)
    for told in (None, fov_deg):
        seen = solve_camera(points, fov_deg=told)
        assert seen is not None
        assert seen.fov_deg == pytest.approx(fov_deg, rel=1e-3)
        assert seen.shift == pytest.approx(shift * unit, abs=3e-3 * unit)
        np.testing.assert_allclose(depth_of(points, seen), depth * unit, atol=5e-3 * unit)


def test_what_is_not_known_does_not_count() -> None:
    depth, points = seen_points((90, 160), 60.0)
    rng = np.random.default_rng(2)
    known = rng.random(depth.shape) > 0.4
    points = np.where(known[..., None], points - (0, 0, 0.7), rng.normal(0, 50, points.shape)).astype(np.float32)
    points[0, 0] = np.nan
    seen = solve_camera(points, known)
    assert seen is not None
    assert (seen.fov_deg, seen.shift) == (pytest.approx(60.0, rel=1e-3), pytest.approx(0.7, abs=3e-3))
    assert solve_camera(points, np.zeros_like(known)) is None


def test_noise_moves_them_a_little() -> None:
    _depth, points = seen_points((90, 160), 60.0)
    points *= 1 + np.random.default_rng(3).normal(0, 0.02, points.shape[:2])[..., None]
    seen = solve_camera((points - (0, 0, 0.7)).astype(np.float32))
    assert seen is not None
    assert (seen.fov_deg, seen.shift) == (pytest.approx(60.0, rel=0.03), pytest.approx(0.7, abs=0.1))


def test_of_a_wall_seen_straight_on_nothing_is_moved_without_need() -> None:
    _depth, points = seen_points((90, 160), 60.0)
    flat = points / points[..., 2:] * 2.0
    seen = solve_camera(flat.astype(np.float32))
    assert seen is not None
    assert seen.fov_deg == pytest.approx(60.0, rel=0.1)
    told = solve_camera((flat - (0, 0, 0.5)).astype(np.float32), fov_deg=60.0)
    assert told is not None
    assert told.shift == pytest.approx(0.5, rel=1e-2), "with the lens known it is no riddle"


def test_points_that_look_the_other_way_are_no_map() -> None:
    _depth, points = seen_points((90, 160), 60.0)
    assert solve_camera((points * (-1, -1, 1)).astype(np.float32)) is None


@pytest.mark.parametrize("shape", [(1, 20, 30, 3), (20, 30, 3), (1, 3, 20, 30), (1, 1, 3, 20, 30)])
def test_points_in_any_order_of_axes(shape: tuple[int, ...]) -> None:
    found = points_in(np.zeros(shape, np.float32))
    assert found is not None
    assert found.shape == (20, 30, 3)
    assert points_in(np.zeros((1, 1, 20, 30), np.float32)) is None
