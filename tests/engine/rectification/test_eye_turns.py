"""The seven numbers against pinhole cameras that OpenCV projects."""

import numpy as np
import pytest

from depthview.engine.stereo.rectification.eye_turns import EyeTurns, bent, mapped, row_errors, unbent
from tests.engine.rectification.turned_cameras import SIZE_HW, scene, seen, turned

ONE_EACH = [
    turned(left_yaw=8, right_yaw=0),
    turned(right_yaw=-6),
    turned(left_roll=9, right_roll=7),
    turned(right_roll=-5),
    turned(right_pitch=4),
    turned(log_zoom=0.05),
    turned(left_yaw=5, left_roll=-9, right_yaw=-3, right_roll=-6, right_pitch=-3, log_zoom=-0.04),
]


@pytest.mark.parametrize("turns", ONE_EACH)
def test_the_turns_that_cameras_have_bring_every_point_to_one_row(turns: EyeTurns) -> None:
    matches = seen(scene(), turns)
    assert np.abs(row_errors(EyeTurns.none().numbers, matches)).max() > 3
    assert np.abs(row_errors(turns.numbers, matches)).max() < 1e-6


def test_no_turns_change_nothing() -> None:
    for homography in EyeTurns.none().homographies(SIZE_HW):
        np.testing.assert_allclose(homography / homography[2, 2], np.eye(3), atol=1e-12)


def test_the_middles_stay_in_their_columns_and_the_left_one_in_its_row() -> None:
    left, right = ONE_EACH[-1].homographies(SIZE_HW)
    middle = np.array([[319.5, 239.5]])
    np.testing.assert_allclose(mapped(left, middle), middle, atol=1e-9)
    assert mapped(right, middle)[0, 0] == pytest.approx(319.5)


def test_what_lies_in_the_middle_keeps_its_size() -> None:
    """Though a camera that is only turned by so much would draw it half as large again."""
    left, right = turned(left_yaw=35, right_yaw=35).homographies(SIZE_HW)
    around = np.array([[319.5, 239.5], [321.5, 239.5], [319.5, 241.5]])
    for homography in (left, right):
        middle, aside, below = mapped(homography, around)
        np.testing.assert_allclose([aside - middle, below - middle], [[2, 0], [0, 2]], atol=0.01)


def test_the_same_turns_hold_at_another_size() -> None:
    small, large = ONE_EACH[-1].homographies(SIZE_HW)[1], ONE_EACH[-1].homographies((960, 1280))[1]
    at = np.array([[100.0, 50.0], [600.0, 400.0]])
    np.testing.assert_allclose((mapped(large, (at + 0.5) * 2 - 0.5) + 0.5) / 2 - 0.5, mapped(small, at), atol=1e-9)


@pytest.mark.parametrize("bend", [0.25, 0.03, -0.08])
def test_what_is_unbent_can_be_bent_again(bend: float) -> None:
    points = np.array([[0.0, 0.0], [639.0, 120.0], [319.5, 239.5], [50.0, 400.0]])
    straight = unbent(points, bend, SIZE_HW)
    assert np.sign(np.hypot(*(straight[0] - 319.5)) - np.hypot(*(points[0] - 319.5))) == np.sign(bend)
    np.testing.assert_allclose(bent(straight, bend, SIZE_HW), points, atol=1e-9)


def test_many_numbers_at_once_give_the_rows_of_each() -> None:
    matches = seen(scene(40), ONE_EACH[-1])
    numbers = np.array([[*ONE_EACH[-1].numbers[:7], 0.05, -0.02], [*ONE_EACH[0].numbers[:7], 0.0, 0.01]])
    for row, each in zip(row_errors(numbers, matches), numbers, strict=True):
        np.testing.assert_allclose(row, row_errors(each, matches), atol=1e-9)
        there = EyeTurns.of(each).moved(matches)
        np.testing.assert_allclose(row, there.right[:, 1] - there.left[:, 1], atol=1e-9)
