"""Flattening, against rooms whose range and normals are known exactly and which are bent as networks bend them."""

import numpy as np
import pytest

from benchmarks.panorama_surface import bent, corners, furnished, judged
from depthview.engine.panorama.surface.refine import refined
from depthview.engine.sphere import directions

HW = (128, 256)
TOWARDS = directions(HW)
EVERYWHERE = np.ones(HW, bool)
FLATTENED = {}


def room(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The true range and normals, the bent range, and that flattened."""
    if number not in FLATTENED:
        rng = np.random.default_rng(100 + number)
        truth_m, normals = furnished(rng).met(TOWARDS)
        seen = bent(truth_m, rng)
        FLATTENED[number] = truth_m, normals, seen, refined(seen, EVERYWHERE)
    return FLATTENED[number]


@pytest.mark.parametrize("number", range(4))
def test_a_bent_room_comes_nearer_to_the_truth(number: int) -> None:
    truth_m, normals, before, after = room(number)
    was, now = (judged(range_m, truth_m, normals, EVERYWHERE) for range_m in (before, after))
    assert now["normals_deg"] < 0.7 * was["normals_deg"]
    assert now["range_percent"] < 0.9 * was["range_percent"]


def test_corners_are_not_rounded() -> None:
    """Of all rooms together: in a single one a wall may be found a little off."""
    was, now = [], []
    for number in range(4):
        truth_m, normals, before, after = room(number)
        near, torn = corners(truth_m, normals)
        was.append(list(judged(before, truth_m, normals, near & ~torn).values()))
        now.append(list(judged(after, truth_m, normals, near & ~torn).values()))
    assert (np.mean(now, axis=0) < np.mean(was, axis=0)).all()


def test_what_is_exact_stays_exact() -> None:
    truth_m = room(0)[0]
    after = refined(truth_m.astype(np.float32), EVERYWHERE)
    off = np.abs(after / truth_m - 1)
    assert off.mean() < 1e-3
    assert (off > 0.01).mean() < 0.01, "a few pixels where a cupboard ends"


def test_what_is_round_is_left_alone() -> None:
    ball = np.full(HW, 2.5)
    np.testing.assert_array_equal(refined(ball.astype(np.float32), EVERYWHERE), ball.astype(np.float32))
    seen = bent(ball, np.random.default_rng(1))
    np.testing.assert_array_equal(refined(seen, EVERYWHERE), seen)


def test_no_column_is_special() -> None:
    _, _, before, after = room(1)
    for columns in (1, 128):
        rolled = np.roll(refined(np.roll(before, columns, axis=1), EVERYWHERE), -columns, axis=1)
        assert np.abs(rolled / after - 1).mean() < 0.005


def test_the_unit_does_not_matter() -> None:
    _, _, before, after = room(2)
    np.testing.assert_allclose(refined(before * 1000, EVERYWHERE) / 1000, after, rtol=1e-4)


def test_what_is_unknown_or_not_to_be_believed_stays_as_it_is() -> None:
    before = room(3)[2].copy()
    before[:, 60:70] = np.nan
    valid = EVERYWHERE.copy()
    valid[:, 50:90] = False
    after = refined(before, valid)
    np.testing.assert_array_equal(after[~valid], before[~valid])
    assert np.isfinite(after[valid]).all()
    assert (after[valid] != before[valid]).mean() > 0.5


@pytest.mark.parametrize("size_hw", [(2, 4), (64, 128)])
def test_nothing_known_and_tiny_maps_do_no_harm(size_hw: tuple[int, int]) -> None:
    nothing = np.full(size_hw, np.nan, np.float32)
    np.testing.assert_array_equal(refined(nothing, np.zeros(size_hw, bool)), nothing)
    one = np.ones(size_hw, np.float32)
    np.testing.assert_array_equal(refined(one, np.ones(size_hw, bool)), one)
