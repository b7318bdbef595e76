"""Which eye is which, from the content alone."""

import numpy as np
import pytest

from depthview.engine.stereo.eyes.order import judge_order
from tests.engine.dot_pairs import flat_pair, pair_of, texture


@pytest.mark.parametrize("disparity_px", [6, 24, 60])
def test_the_sign_of_the_disparity_decides(disparity_px: int) -> None:
    right_way = judge_order(flat_pair(240, 480, disparity_px))
    assert (right_way.conclusive, right_way.swapped) == (True, False)
    assert right_way.median_px == pytest.approx(disparity_px, abs=1)
    cross_eye = judge_order(flat_pair(240, 480, -disparity_px))
    assert (cross_eye.conclusive, cross_eye.swapped) == (True, True)
    assert cross_eye.median_px == pytest.approx(-disparity_px, abs=1)


def test_converged_footage_is_not_called_swapped() -> None:
    verdict = judge_order(flat_pair(240, 640, -1))
    assert (verdict.conclusive, verdict.swapped) == (True, False)


def test_two_pictures_of_different_things_say_nothing() -> None:
    verdict = judge_order(pair_of(texture(240, 320, seed=1), texture(240, 320, seed=2)))
    assert (verdict.conclusive, verdict.swapped) == (False, False)


def test_a_black_picture_says_nothing() -> None:
    black = np.zeros((120, 160, 3), np.uint8)
    assert not judge_order(pair_of(black, black)).swapped
