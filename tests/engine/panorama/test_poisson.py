"""The screened Poisson solve against the same system written out."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.panorama.merging.poisson import solve_screened


def written_out(
    near: NDArray[np.float32], slope_x: NDArray[np.float32], slope_y: NDArray[np.float32], screening: float
) -> NDArray[np.float64]:
    """One row for each slope that is known and each pixel, by dense least squares."""
    height, width = near.shape
    place = np.arange(near.size).reshape(near.shape)
    pairs = [(place, np.roll(place, -1, axis=1), slope_x), (place[:-1], place[1:], slope_y)]
    rows, wanted = [np.sqrt(screening) * np.eye(near.size)], [np.sqrt(screening) * near.ravel()]
    for here, there, slope in pairs:
        known = np.isfinite(slope).ravel()
        row = np.zeros((known.sum(), near.size))
        np.put_along_axis(row, there.ravel()[known][:, None], 1, 1)
        np.put_along_axis(row, here.ravel()[known][:, None], -1, 1)
        rows.append(row)
        wanted.append(slope.ravel()[known])
    found, *_ = np.linalg.lstsq(np.concatenate(rows), np.concatenate(wanted), rcond=None)
    return np.asarray(found.reshape(height, width))


@pytest.mark.parametrize("size_hw", [(2, 4), (6, 12), (8, 8), (10, 20)])
@pytest.mark.parametrize("screening", [1.0, 1e-3])
def test_it_is_the_exact_minimum(size_hw: tuple[int, int], screening: float) -> None:
    rng = np.random.default_rng(1)
    near, slope_x = (rng.normal(size=size_hw).astype(np.float32) for _ in range(2))
    slope_y = rng.normal(size=(size_hw[0] - 1, size_hw[1])).astype(np.float32)
    found = solve_screened(near, slope_x, slope_y, screening)
    assert found.dtype == np.float32
    expected = written_out(near, slope_x, slope_y, screening)
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())


def test_with_its_own_slopes_a_surface_stays_as_it_is() -> None:
    surface = np.random.default_rng(2).normal(size=(64, 128)).astype(np.float32)
    found = solve_screened(surface, np.roll(surface, -1, 1) - surface, np.diff(surface, axis=0), 1e-5)
    np.testing.assert_allclose(found, surface, atol=1e-5)


def test_slopes_win_over_levels_within_reach_and_a_step_in_the_levels_goes() -> None:
    """Two views a third apart in level, of the same smooth wall: what remains is the wall."""
    wall = np.sin(np.arange(128) * (2 * np.pi / 128)).astype(np.float32) * np.ones((64, 1), np.float32)
    near = wall + np.where(np.arange(128) < 64, 0.3, 0).astype(np.float32)
    found = solve_screened(near, np.roll(wall, -1, 1) - wall, np.diff(wall, axis=0), 1e-6)
    np.testing.assert_allclose(found, wall + 0.15, atol=2e-3)


def test_what_is_unknown_does_not_pull() -> None:
    surface = np.random.default_rng(3).normal(size=(16, 32)).astype(np.float32)
    slope_x, slope_y = np.roll(surface, -1, 1) - surface, np.diff(surface, axis=0)
    slope_x[4, 5:9] = slope_y[9, 3] = np.nan
    np.testing.assert_allclose(solve_screened(surface, slope_x, slope_y, 1e-3), surface, atol=1e-5)
