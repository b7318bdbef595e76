"""The arithmetic of the flicker figures."""

import numpy as np
import pytest

from benchmarks.stereo_flicker import near_ball
from benchmarks.stereo_flicker_clips import flicker, unchanged


def test_flicker_is_deviation_over_mean_where_it_is_still_and_known() -> None:
    told = np.full((8, 4, 4), 10, np.float32)
    told[1::2, 1, 1] = 12  # moves between 10 and 12: 1 over 11
    steady, still = np.full_like(told, 10), np.zeros(told.shape, bool)
    still[:, 1, 1] = still[:, 2, 2] = True
    steady[5, 2, 2] = np.nan  # judged in neither
    before, after = flicker(told, steady, still, 4)
    assert before == pytest.approx(1 / 11)
    assert after == 0


def test_a_picture_is_unchanged_up_to_its_noise() -> None:
    rng = np.random.default_rng(0)
    lefts = [np.full((40, 60, 3), 100, np.uint8) + rng.integers(0, 4, (40, 60, 3)).astype(np.uint8) for _ in range(4)]
    lefts[2][:20, :20] += 40
    same = unchanged(lefts, 4)
    assert not same[:, :18, :18].any()
    assert same[:, 26:, 30:].all()


def test_near_the_ball_is_where_it_is_and_was() -> None:
    ball = np.zeros((10, 60, 200), bool)
    for k in range(10):
        ball[k, 30, 20 * k] = True
    near = near_ball(ball)
    assert near[9, 30, 180]
    assert near[9, 30, 60]
    assert near[9, 20, 180]
    assert not near[9, 30, 20]
