"""Between a picture's size and a model's: aspect, place and value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.engine.estimators.fit import Fit, resize_disparity
from depthview.engine.frames import DisparitySpan
from tests.engine.dot_pairs import texture

sides = st.integers(16, 3000)


@given(st.tuples(sides, sides), st.tuples(sides, sides))
@settings(max_examples=200, deadline=None)
def test_the_content_fits_keeps_its_aspect_and_fills_one_side(
    source_hw: tuple[int, int], model_hw: tuple[int, int]
) -> None:
    fit = Fit.inside(source_hw, model_hw)
    height, width = fit.content_hw
    assert height <= model_hw[0]
    assert width <= model_hw[1]
    assert height == model_hw[0] or width == model_hw[1]
    scale = min(model_hw[0] / source_hw[0], model_hw[1] / source_hw[1])
    assert abs(height - source_hw[0] * scale) <= 1
    assert abs(width - source_hw[1] * scale) <= 1


def test_an_upright_picture_gets_as_many_pixels_as_a_wide_one() -> None:
    wide, upright = Fit.free((3000, 4000), (720, 1280)), Fit.free((4000, 3000), (720, 1280))
    assert wide.content_hw == (720, 960)
    assert upright.content_hw == (960, 720)
    assert upright.model_hw == upright.content_hw
    assert Fit.free((4000, 3000), (1280, 720)).content_hw == (960, 720), "told upright it is the same size"


def test_padding_repeats_the_last_row_and_column() -> None:
    image = texture(30, 40)
    padded = Fit((30, 40), (37, 52), (30, 40)).apply(image)
    assert padded.shape == (37, 52, 3)
    np.testing.assert_array_equal(padded[:30, :40], image)
    np.testing.assert_array_equal(padded[30:, :40], np.repeat(image[-1:], 7, axis=0))
    np.testing.assert_array_equal(padded[:, 40:], np.repeat(padded[:, 39:40], 12, axis=1))


def test_the_same_size_is_the_same_picture() -> None:
    image = texture(30, 40)
    fit = Fit.inside((30, 40), (30, 40))
    assert fit.apply(image) is image
    assert fit.disparity_scale == 1


def test_a_span_comes_to_the_model_s_pixels_and_loses_nothing() -> None:
    fit = Fit.free((300, 400), (150, 130))
    assert fit.disparity_scale == pytest.approx(400 / 130)
    assert fit.span_within(DisparitySpan(-7, 41)) == DisparitySpan(-3, 14)
    assert fit.span_within(None) is None


def test_undo_cuts_the_padding_and_scales_by_the_content_s_width() -> None:
    fit = Fit.inside((100, 400), (60, 80))
    assert fit.content_hw == (20, 80)
    answer = np.full((60, 80), 99, np.float32)
    answer[:20] = 3
    back = fit.undo(answer)
    assert back.shape == (100, 400)
    assert np.unique(back).tolist() == [15.0]
    assert fit.disparity_scale == 5


@pytest.mark.parametrize("size_hw", [(120, 160), (90, 200), (31, 47)])
def test_a_slanted_wall_stays_a_plane(size_hw: tuple[int, int]) -> None:
    rows, columns = np.mgrid[:60, :80]
    plane = (0.1 * columns + 0.05 * rows + 3).astype(np.float32)
    back = resize_disparity(plane, size_hw)
    ys = ((np.arange(size_hw[0]) + 0.5) * 60 / size_hw[0] - 0.5).clip(0, 59)[:, None]
    xs = ((np.arange(size_hw[1]) + 0.5) * 80 / size_hw[1] - 0.5).clip(0, 79)[None]
    expected = (0.1 * xs + 0.05 * ys + 3) * size_hw[1] / 80
    np.testing.assert_allclose(back, expected, atol=0.02 * size_hw[1] / 80)


@pytest.mark.parametrize("width", [47, 160, 333])
def test_no_value_appears_between_two_surfaces_and_unknown_stays(width: int) -> None:
    disparity = np.full((40, 80), 5, np.float32)
    disparity[:, 40:] = 30
    disparity[10:20, 10:20] = np.nan
    back = resize_disparity(disparity, (40, width)) * 80 / width
    known = back[np.isfinite(back)]
    assert np.minimum(np.abs(known - 5), np.abs(known - 30)).max() <= 1, "nothing hangs in the air between"
    assert set(np.unique(known.round(3))) >= {5, 30}
    assert np.isnan(back).mean() == pytest.approx(100 / 3200, rel=0.2)
    assert np.isnan(back[15, round(15 * width / 80)])
