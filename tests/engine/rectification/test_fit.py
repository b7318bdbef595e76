"""Turns found from matches, many of them wrong; and the cases in which matches do not tell them."""

import numpy as np
import pytest

from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.doubts import doubt
from depthview.engine.stereo.rectification.eye_turns import EyeTurns
from depthview.engine.stereo.rectification.fit import Fit, Prior, fit_turns, follow_turns, misses_px
from tests.engine.rectification.turned_cameras import SIZE_HW, bent_by, scene, seen, turned, with_wrong

HELD_OUT = scene(400, seed=99)


@pytest.mark.parametrize(
    "turns",
    [
        turned(left_yaw=3, left_roll=-2, right_yaw=1, right_roll=-3, right_pitch=2, log_zoom=0.02),
        turned(left_yaw=7, left_roll=9, right_yaw=4, right_roll=8, right_pitch=-1),
        turned(left_yaw=4, right_yaw=-4),
    ],
)
@pytest.mark.parametrize("wrong", [0.0, 0.45])
def test_other_points_of_the_scene_come_to_one_row_too(turns: EyeTurns, wrong: float) -> None:
    fit = fit_turns(with_wrong(seen(scene(), turns, noise_px=0.2), wrong))
    assert fit is not None
    assert np.percentile(misses_px(fit.turns.numbers, seen(HELD_OUT, turns)), 95) < 0.6
    assert fit.agree.mean() == pytest.approx(1 - wrong, abs=0.06)
    assert doubt(fit, with_wrong(seen(scene(), turns, noise_px=0.2), wrong)) is None


def test_a_rectified_pair_is_hardly_turned() -> None:
    matches = with_wrong(seen(scene(), turned(), noise_px=0.2), 0.2)
    fit = fit_turns(matches)
    assert fit is not None
    assert np.percentile(misses_px(fit.turns.numbers, seen(HELD_OUT, turned())), 95) < 0.3


def test_of_eyes_one_of_which_is_ahead_the_yaw_is_found_and_no_zoom_instead() -> None:
    turns = turned(left_yaw=30, left_roll=3, right_yaw=28, right_roll=2, right_pitch=1)
    matches = with_wrong(seen(scene(), turns, noise_px=0.2), 0.2)
    fit = fit_turns(matches)
    assert fit is not None
    assert np.percentile(misses_px(fit.turns.numbers, seen(HELD_OUT, turns)), 95) < 0.6
    assert np.degrees(fit.turns.left_yaw) == pytest.approx(30, abs=8)
    assert abs(fit.turns.log_zoom) < 0.01


@pytest.mark.parametrize(("left", "right"), [(0.1, 0.1), (0.02, 0.0), (-0.02, 0.01)])
def test_lenses_that_bend_what_they_show_are_found_out(left: float, right: float) -> None:
    turns = turned(left_yaw=3, left_roll=-2, right_yaw=1, right_roll=-3, right_pitch=2)
    matches = with_wrong(bent_by(seen(scene(), turns, noise_px=0.2), left, right), 0.2)
    held_out = bent_by(seen(HELD_OUT, turns), left, right)
    fit, straight = fit_turns(matches), fit_turns(matches, bending=False)
    assert fit is not None
    assert straight is not None
    assert doubt(fit, matches) is None
    assert fit.turns.bends == pytest.approx((left, right), abs=0.03)
    assert np.percentile(misses_px(fit.turns.numbers, held_out), 95) < 0.6
    assert np.percentile(misses_px(straight.turns.numbers, held_out), 95) > 0.8


def test_straight_lenses_are_not_bent() -> None:
    fit = fit_turns(with_wrong(seen(scene(), turned(right_pitch=2, right_roll=1), noise_px=0.3), 0.2))
    assert fit is not None
    assert fit.turns.bends == (0, 0)


def test_turns_that_draw_one_border_many_times_as_large_are_not_believed() -> None:
    matches = seen(scene(), turned(left_yaw=50, right_yaw=50), noise_px=0.2)
    fit = fit_turns(matches)
    assert fit is not None
    sharp = Fit(turned(left_yaw=50, right_yaw=50), fit.agree | True, fit.covariance * 0)
    assert "more than people turn cameras" in (doubt(sharp, matches) or "")


def test_turns_are_followed_in_small_steps() -> None:
    now = turned(left_yaw=3, right_yaw=2, right_pitch=1.4, right_roll=0.3)
    before = turned(left_yaw=3, right_yaw=2, right_pitch=1.0)
    matches = seen(scene(), now, noise_px=0.2)
    fit = follow_turns(matches, Prior.after(before, 0.04))
    assert np.percentile(misses_px(before.numbers, matches), 95) > 3
    assert np.percentile(misses_px(fit.turns.numbers, seen(HELD_OUT, now)), 95) < 0.6
    assert abs(fit.turns.left_yaw - before.left_yaw) < np.radians(0.3)


def _doubt(matches: Matches) -> str:
    fit = fit_turns(matches)
    assert fit is not None
    return doubt(fit, matches) or ""


def test_matches_in_one_corner_are_not_believed() -> None:
    points = scene(900)
    matches = seen(points, turned(right_pitch=1), noise_px=0.3)
    corner = (matches.left < [200, 150]).all(axis=1)
    assert 25 <= corner.sum() <= 120
    assert "in one corner" in _doubt(Matches(matches.left[corner], matches.right[corner], SIZE_HW))


def test_a_slanted_wall_that_fills_little_is_not_believed() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-0.25, 0.25, 60), rng.uniform(-0.08, 0.08, 60)
    wall = np.stack([x, y, 1 + 1.5 * x], axis=1)
    assert "one surface" in _doubt(seen(wall, turned(right_pitch=1), noise_px=0.3))


def test_pictures_of_different_things_are_not_believed() -> None:
    rng = np.random.default_rng(2)
    left, right = rng.uniform(0, 1, (2, 300, 2)) * [640, 480]
    assert "does not fit two cameras" in _doubt(Matches(left, right, SIZE_HW))


def test_a_camera_that_moved_ahead_is_not_believed() -> None:
    """The point it moves towards lies inside the picture: no turn brings its rows to one height."""
    assert _doubt(seen(scene(), turned(), ahead_m=0.3, noise_px=0.2)) != ""


def test_fewer_than_a_dozen_say_nothing() -> None:
    assert fit_turns(seen(scene(11), turned())) is None
