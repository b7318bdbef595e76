"""Two eyes in one picture of a film."""

import numpy as np
import pytest

from depthview.engine.stereo.views.anaglyph import dubois, half_colour
from depthview.engine.stereo.views.eyes_format import EyesFormat, packed
from tests.engine.dot_pairs import texture

LEFT, RIGHT = texture(40, 60, seed=1), texture(40, 60, seed=2)


def test_each_eye_is_where_its_format_puts_it() -> None:
    np.testing.assert_array_equal(packed(LEFT, RIGHT, EyesFormat.SIDE_BY_SIDE), np.hstack([LEFT, RIGHT]))
    np.testing.assert_array_equal(packed(LEFT, RIGHT, EyesFormat.CROSS_EYE), np.hstack([RIGHT, LEFT]))
    np.testing.assert_array_equal(packed(LEFT, RIGHT, EyesFormat.OVER_UNDER), np.vstack([LEFT, RIGHT]))
    np.testing.assert_array_equal(packed(LEFT, RIGHT, EyesFormat.ANAGLYPH), half_colour(LEFT, RIGHT))
    np.testing.assert_array_equal(packed(LEFT, RIGHT, EyesFormat.ANAGLYPH_DUBOIS), dubois(LEFT, RIGHT))


def test_half_formats_average_two_pixels() -> None:
    beside = packed(LEFT, RIGHT, EyesFormat.HALF_SIDE_BY_SIDE)
    over = packed(LEFT, RIGHT, EyesFormat.HALF_OVER_UNDER)
    assert beside.shape == over.shape == LEFT.shape
    columns = (LEFT[:, ::2].astype(int) + LEFT[:, 1::2]) / 2
    rows = (RIGHT[::2].astype(int) + RIGHT[1::2]) / 2
    assert np.abs(beside[:, :30] - columns).max() <= 0.5
    assert np.abs(over[20:] - rows).max() <= 0.5


def test_a_picture_of_one_pixel_is_none() -> None:
    with pytest.raises(ValueError, match="no picture"):
        packed(LEFT[:1], RIGHT[:1], EyesFormat.SIDE_BY_SIDE)


def test_dubois_sends_each_eye_through_its_own_glass() -> None:
    white, black = np.full((2, 2, 3), 255, np.uint8), np.zeros((2, 2, 3), np.uint8)
    assert dubois(white, white)[0, 0].tolist() == pytest.approx([255, 255, 255], abs=20)
    assert dubois(white, black)[0, 0].tolist() == [255, 0, 0]
    assert dubois(black, white)[0, 0].tolist() == pytest.approx([0, 255, 255], abs=20)
    red = black.copy()
    red[..., 0] = 255
    # A red thing is dark to the eye behind the cyan glass, but not black; half-colour makes it black there.
    assert dubois(red, red)[0, 0].tolist() == pytest.approx([105, 86, 0], abs=2)
