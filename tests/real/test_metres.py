"""Metres of real pairs with their own calibrations, by matching; `python -m benchmarks.stereo_metres` tells more."""

import pytest

from benchmarks.stereo_metres import BOARD, MOTORCYCLE, TINYNAV, board, by_matching, motorcycle, tinynav

pytestmark = pytest.mark.real


@pytest.mark.skipif(not MOTORCYCLE.is_dir(), reason=f"no real data at {MOTORCYCLE}")
def test_motorcycle_is_as_far_as_it_was_measured() -> None:
    assert motorcycle(by_matching) < 0.02


@pytest.mark.skipif(not BOARD.is_dir(), reason=f"no real data at {BOARD}")
def test_a_real_board_is_as_large_as_it_is() -> None:
    """Raw pictures of a board of 25 mm squares, straightened by the camera's own calibration: nothing is assumed."""
    found = board(by_matching, 5)
    assert found.count >= 20
    assert found.median_share < 0.02
    assert found.within_share > 0.9


@pytest.mark.skipif(not TINYNAV.is_dir(), reason=f"no real data at {TINYNAV}")
def test_an_office_is_of_an_office_s_size() -> None:
    near, far = tinynav(by_matching)
    assert 0.3 < near < far < 12
