"""The exact picture that everything else is held against, itself against pictures that can be worked out by hand."""

import math

import numpy as np
import pytest

from benchmarks.splat_reference import LOW_PASS_PX2, psnr_over_object, reference
from tests.engine.splats.drawn_splats import front, splats_of

RED, GREEN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)


def test_one_round_splat_is_its_gaussian_at_pixel_middles() -> None:
    view = front((64, 48), focal_px=50)
    splats, _ = splats_of([[0.1, -0.2, 2.0]], 0.2, 0.8)
    drawn = reference(splats, view, np.array([RED]))
    x, y = np.meshgrid(np.arange(64) + 0.5, np.arange(48) + 0.5)
    dx, dy = x - (32 + 50 * 0.1 / 2), y - (24 - 50 * 0.2 / 2)
    # The Jacobian leans by x/z and y/z: a round splat is drawn longer along the way out from the middle.
    slope = np.array([[25, 0, -25 * 0.05], [0, 25, 25 * 0.1]])
    inverse = np.linalg.inv(slope @ slope.T * np.float64(np.float32(0.2) ** 2) + LOW_PASS_PX2 * np.eye(2))
    power = inverse[0, 0] * dx**2 + 2 * inverse[0, 1] * dx * dy + inverse[1, 1] * dy**2
    expected = np.float32(0.8) * np.exp(-power / 2)
    expected[expected < 1 / 255] = 0
    np.testing.assert_allclose(drawn.alpha, expected, atol=1e-7)
    np.testing.assert_allclose(drawn.rgb[..., 0], expected, atol=1e-7)
    assert not drawn.rgb[..., 1:].any()
    assert drawn.over((0, 0, 1))[0, 0].tolist() == [0, 0, 1]


def test_the_nearer_of_two_is_over_the_farther_whatever_their_numbers() -> None:
    view = front((9, 9))
    for nearer in (0, 1):
        xyz = np.array([[0, 0, 3.0], [0, 0, 3.0]])
        xyz[nearer, 2] = 2
        splats, _ = splats_of(xyz, 0.5, [0.5, 0.75])
        drawn = reference(splats, view, np.array([RED, GREEN]))
        alpha = np.array([0.5, 0.75])
        expected = alpha.copy()
        expected[1 - nearer] *= 1 - alpha[nearer]
        np.testing.assert_allclose(drawn.rgb[4, 4, :2], expected, rtol=1e-6)
        assert drawn.alpha[4, 4] == pytest.approx(1 - 0.5 * 0.25)


def test_of_equally_deep_ones_the_later_is_over_the_earlier() -> None:
    splats, _ = splats_of([[0, 0, 2.0], [0, 0, 2.0]], 0.5, 0.5)
    drawn = reference(splats, front((9, 9)), np.array([RED, GREEN]))
    np.testing.assert_allclose(drawn.rgb[4, 4], (0.25, 0.5, 0))


def test_none_is_more_solid_than_all_but_a_hundredth() -> None:
    splats, _ = splats_of([[0, 0, 2.0]], 0.5, 1.0)
    assert reference(splats, front((9, 9)), np.array([RED])).alpha.max() == pytest.approx(0.99)


def test_a_needle_lies_as_it_was_turned() -> None:
    """Long from the upper left to the lower right, y down."""
    splats, _ = splats_of([[0, 0, 2.0]], [[0.05, 0.049, 0, 0.05, 0, 0.05]], 0.9)
    alpha = reference(splats, front((49, 49)), np.array([RED])).alpha
    assert alpha[30, 30] == pytest.approx(alpha[18, 18])
    along = (0.05 + 0.049) * 25**2 + LOW_PASS_PX2
    assert alpha[30, 30] == pytest.approx(0.9 * math.exp(-(2 * 6.0**2) / along / 2), rel=1e-5)
    assert alpha[30, 18] == alpha[18, 30] == 0


def test_far_off_the_axis_the_slope_is_cut_off_but_the_middle_is_not() -> None:
    """tan = 2 where the border is at 0.5: the slope of the Jacobian stays at 0.65, the middle is where it is."""
    splats, _ = splats_of([[4, 0, 2.0]], 1.0, 0.9)
    view = front((50, 48), focal_px=50)
    alpha = reference(splats, view, np.array([RED])).alpha
    across = (25**2 * (1 + 0.65**2) + LOW_PASS_PX2, 25**2 + LOW_PASS_PX2)
    expected = np.float32(0.9) * math.exp(-((25 + 100 - 49.5) ** 2 / across[0] + 0.5**2 / across[1]) / 2)
    assert alpha[24, 49] == pytest.approx(expected, rel=1e-6)


def test_what_is_not_between_near_and_far_is_not_there() -> None:
    splats, _ = splats_of([[0, 0, 1.0], [0, 0, 2.0], [0, 0, 3.0], [0, 0, -2.0]], 0.1, 0.5)
    colours = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]])
    drawn = reference(splats, front((9, 9), near=1.0, far=3.0), colours)
    np.testing.assert_allclose(drawn.rgb[4, 4], (0, 0.5, 0))


def test_an_opaque_thing_hides_what_is_behind_it_pixel_by_pixel() -> None:
    splats, _ = splats_of([[0, 0, 2.0]], 1.0, 0.5)
    behind = np.full((9, 9), np.inf)
    behind[:, :4], behind[:, 4] = 1.9, 2.1
    alpha = reference(splats, front((9, 9)), np.array([RED]), behind_m=behind).alpha
    assert not alpha[:, :4].any()
    assert (alpha[:, 4:] > 0.4).all()


def test_a_smoothly_trained_splat_smaller_than_a_pixel_is_fainter() -> None:
    for smooth in (False, True):
        splats, _ = splats_of([[0, 0, 2.0]], 0.008, 0.8, antialiased=smooth)
        before = (25 * 0.008) ** 2
        factor = before / (before + LOW_PASS_PX2) if smooth else 1
        alpha = reference(splats, front((9, 9)), np.array([RED])).alpha
        assert alpha[4, 4] == pytest.approx(0.8 * factor, rel=1e-6)


def test_without_perspective_all_depths_are_as_large() -> None:
    splats, _ = splats_of([[-0.5, 0, 2.0], [0.5, 0, 200.0]], 0.1, 0.5)
    view = front((41, 21), focal_px=20, parallel=True)
    alpha = reference(splats, view, np.array([RED, GREEN])).alpha
    np.testing.assert_allclose(alpha, alpha[:, ::-1], atol=1e-12)
    assert alpha[10, 10] == pytest.approx(0.5)


def test_only_the_kept_ones_and_never_those_without_opacity() -> None:
    splats, _ = splats_of([[0, 0, 2.0], [0, 0, 3.0], [0, 0, 4.0]], 0.5, [0.5, 0.5, 0.0])
    drawn = reference(splats, front((9, 9)), np.array([RED, GREEN, RED]), kept=np.array([2, 1], np.int32))
    np.testing.assert_allclose(drawn.rgb[4, 4], (0, 0.5, 0))


def test_decibels_count_only_where_the_object_is() -> None:
    a, b = np.zeros((4, 4, 3)), np.zeros((4, 4, 3))
    touched = np.zeros((4, 4), bool)
    touched[1, 1] = True
    b[1, 1] = 0.1
    assert psnr_over_object(a, b, touched) == pytest.approx(20)
    assert psnr_over_object(a, b, ~touched) == math.inf
    with pytest.raises(ValueError, match="touches no pixel"):
        psnr_over_object(a, b, np.zeros((4, 4), bool))
