"""Two eyes in one picture, pixel by pixel."""

import numpy as np
import pytest

from depthview.engine.stereo.views.compose import PictureMode, compose, shrink
from tests.engine.dot_pairs import pair_of, texture

LEFT, RIGHT = texture(40, 60, seed=1), texture(40, 60, seed=2)
PAIR = pair_of(LEFT, RIGHT)


def test_one_eye_is_that_eye_and_not_a_copy() -> None:
    assert compose(PAIR, PictureMode.LEFT, largest_px=100) is PAIR.left
    assert compose(PAIR, PictureMode.RIGHT, largest_px=100) is PAIR.right


def test_overlay_is_the_mean() -> None:
    picture = compose(PAIR, PictureMode.OVERLAY, largest_px=100)
    assert picture.dtype == np.uint8
    mean = (LEFT.astype(int) + RIGHT) / 2
    assert np.abs(picture - mean).max() <= 0.5


def test_anaglyph_is_red_for_the_left_and_cyan_for_the_right() -> None:
    before = RIGHT.copy()
    picture = compose(PAIR, PictureMode.ANAGLYPH, largest_px=100)
    np.testing.assert_array_equal(picture[..., 1:], RIGHT[..., 1:])
    grey = LEFT @ np.array([0.299, 0.587, 0.114])
    assert np.abs(picture[..., 0] - grey).max() <= 0.6
    np.testing.assert_array_equal(PAIR.right, before, "arrays are never written again")


@pytest.mark.parametrize("mode", list(PictureMode))
def test_every_mode_keeps_aspect_and_bound(mode: PictureMode) -> None:
    picture = compose(PAIR, mode, largest_px=30)
    assert picture.shape == (20, 30, 3)


def test_shrinking_averages_and_never_grows() -> None:
    board = np.zeros((32, 64, 3), np.uint8)
    board[::2, ::2] = board[1::2, 1::2] = 200
    assert np.unique(shrink(board, 32)).tolist() == [100]
    assert shrink(board, 64) is board
    assert shrink(board, 1000) is board
    assert shrink(np.zeros((2, 1000, 3), np.uint8), 100).shape == (1, 100, 3)
