"""The arithmetic of the panorama figures, on answers whose figures can be counted by hand."""

import math

import numpy as np
import pytest

from benchmarks.panorama_judge import best_cylinder, cylinder, judge, mean_score
from depthview.engine.sphere import directions


def test_the_unit_of_neither_counts() -> None:
    truth = np.random.default_rng(1).uniform(1, 5, (16, 32)).astype(np.float32)
    score = judge(truth, 7 * truth)
    assert (score.abs_rel, score.delta1, score.answered) == (pytest.approx(0, abs=1e-6), 1.0, 1.0)
    assert (score.abs_rel_sphere, score.delta1_sphere) == (pytest.approx(0, abs=1e-6), 1.0)


def test_only_what_is_known_is_judged_and_an_unknown_answer_is_the_median() -> None:
    truth = np.full((8, 16), 2, np.float32)
    truth[0] = 0
    truth[1] = np.nan  # 96 known
    found = truth.copy()
    found[:2] = 99
    found[2] = 3  # 16 off by a half
    found[3] = np.nan  # 16 unknown: told as 2, which is right
    score = judge(truth, found)
    assert score.abs_rel == pytest.approx(16 / 96 * 0.5)
    assert score.delta1 == pytest.approx(80 / 96)
    assert score.answered == pytest.approx(80 / 96)
    nothing = judge(truth, np.full_like(truth, np.nan))
    assert math.isnan(nothing.abs_rel)
    assert (nothing.delta1, nothing.answered) == (0.0, 0.0)


def test_close_is_within_a_quarter_both_ways() -> None:
    truth = np.full((4, 8), 10, np.float32)
    found = truth.copy()
    found[0, :4] = [12.4, 12.6, 8.1, 7.9]
    assert judge(truth, found).delta1 == pytest.approx(30 / 32)


def test_by_solid_angle_the_rows_at_the_poles_count_little() -> None:
    truth = np.full((4, 8), 2, np.float32)
    found = truth.copy()
    found[[0, 3]] = 3
    found[1, 0] = 2  # the median stays 2 by the rows in the middle
    found[[0, 3], 0] = 2
    score = judge(truth, found)
    polar, middle = math.cos(math.radians(67.5)), math.cos(math.radians(22.5))
    assert score.abs_rel == pytest.approx(0.5 * 14 / 32)
    assert score.abs_rel_sphere == pytest.approx(0.5 * 14 * polar / (16 * polar + 16 * middle))


def test_an_answer_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="for a panorama of"):
        judge(np.ones((4, 8), np.float32), np.ones((8, 16), np.float32))


def test_a_mean_counts_every_photo_alike() -> None:
    truth = np.full((4, 8), 2, np.float32)
    wrong = truth.copy()
    wrong[0] = 4
    one, other = judge(truth, truth), judge(truth, wrong)
    mean = mean_score([one, other])
    assert mean.abs_rel == pytest.approx((one.abs_rel + other.abs_rel) / 2)
    assert mean.delta1 == pytest.approx((1 + 0.75) / 2)


def test_a_cylinder_is_one() -> None:
    towards = directions((32, 64))
    points = cylinder((32, 64), 0.5, 0.8)[..., None] * towards
    around = np.hypot(points[..., 0], points[..., 2])
    on_wall = np.isclose(around, 1, atol=1e-5)
    on_floor, on_ceiling = np.isclose(points[..., 1], 0.5, atol=1e-5), np.isclose(points[..., 1], -0.8, atol=1e-5)
    assert (on_wall | on_floor | on_ceiling).all()
    assert (around < 1 + 1e-5).all()
    assert on_floor.any()
    assert on_wall.any()
    assert on_ceiling.any()


def test_the_best_cylinder_is_found_whatever_its_unit() -> None:
    truth = 3 * cylinder((64, 128), 0.6, 1.1)
    truth[:4] = 0
    assert judge(truth, best_cylinder(truth)).abs_rel < 0.02
    assert judge(truth, np.ones_like(truth)).abs_rel > 0.1
