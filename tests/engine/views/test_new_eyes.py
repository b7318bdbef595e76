"""New eyes of a painted scene, pixel by pixel."""

import numpy as np
import pytest

from depthview.engine.stereo.views.new_eyes import rerender
from tests.engine.views.painted import BOARD_PX, HW, WALL_PX, hidden_from_both, is_red, seen_from

LEFT, DISPARITY = seen_from(0)
RIGHT, _ = seen_from(1)


def test_eyes_as_they_were_see_what_was_taken() -> None:
    one, other = rerender(LEFT, RIGHT, DISPARITY, 1.0)
    np.testing.assert_array_equal(one, LEFT)
    np.testing.assert_array_equal(other, RIGHT)


def test_between_the_eyes_all_is_known_from_one_of_them() -> None:
    for found, at in zip(rerender(LEFT, RIGHT, DISPARITY, 0.5), (0.25, 0.75), strict=True):
        known = ~hidden_from_both(at)
        assert known.mean() > 0.99
        np.testing.assert_array_equal(found[known], seen_from(at)[0][known])


@pytest.mark.parametrize("share", [1.5, 2.0, 3.0])
def test_beside_the_eyes_nothing_is_stretched_and_holes_look_like_what_is_behind(share: float) -> None:
    for found, at in zip(rerender(LEFT, RIGHT, DISPARITY, share), (0.5 - share / 2, 0.5 + share / 2), strict=True):
        truth = seen_from(at)[0]
        hidden = hidden_from_both(at)
        assert hidden[12:36].any()
        np.testing.assert_array_equal(found[~hidden], truth[~hidden])
        np.testing.assert_array_equal(is_red(found), is_red(truth))


def test_one_eye_fills_what_is_hidden_from_behind() -> None:
    one, other = rerender(LEFT, None, DISPARITY, 0.5)
    for found, at in ((one, -0.25), (other, 0.25)):
        truth, depth = seen_from(at)
        np.testing.assert_array_equal(is_red(found), is_red(truth))
        np.testing.assert_array_equal(found[depth == BOARD_PX], truth[depth == BOARD_PX])
        assert (found == truth).all(axis=-1).mean() > 0.95


def test_the_second_eye_is_asked_only_where_the_first_sees_nothing() -> None:
    wrong = np.full_like(RIGHT, 255)
    one, _ = rerender(LEFT, wrong, DISPARITY, 0.5)
    told = (one == 255).all(axis=-1)
    assert 0 < told.sum() < 0.05 * told.size


def test_what_lies_on_the_screen_is_at_one_place_in_both() -> None:
    for screen_px, expected in ((BOARD_PX, 0), (WALL_PX, BOARD_PX - WALL_PX), (0.0, BOARD_PX)):
        one, other = rerender(LEFT, RIGHT, DISPARITY, 1.0, screen_px=screen_px)
        first, second = (np.flatnonzero(is_red(eye)[20])[0] for eye in (one, other))
        assert first - second == expected


def test_no_distance_is_one_picture_twice() -> None:
    one, other = rerender(LEFT, RIGHT, DISPARITY, 0.0, screen_px=7.0)
    np.testing.assert_array_equal(one, other)


def test_unknown_pixels_are_what_is_behind_them() -> None:
    unknown = DISPARITY.copy()
    unknown[:, :40] = unknown[14:20, 90:110] = np.nan
    unknown[12:36, 52:60] = unknown[12:36, 100:112] = np.nan  # right beside the board, where matching often fails
    whole = rerender(LEFT, RIGHT, np.where(np.isnan(unknown) & (DISPARITY == BOARD_PX), WALL_PX, DISPARITY), 2.0)
    for found, expected in zip(rerender(LEFT, RIGHT, unknown, 2.0), whole, strict=True):
        np.testing.assert_array_equal(found[20:], expected[20:])


def test_an_edge_that_a_network_smeared_is_cut_all_the_same() -> None:
    smeared = DISPARITY.copy()
    smeared[12:36, 58:62] = np.linspace(WALL_PX, BOARD_PX, 6)[1:-1]
    for found, expected in zip(rerender(LEFT, RIGHT, smeared, 2.0), rerender(LEFT, RIGHT, DISPARITY, 2.0), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_a_pixel_half_of_the_board_is_no_seam_where_a_gap_opens() -> None:
    left = LEFT.copy()
    left[12:36, [59, 100]] = (LEFT[12:36, [59, 100]].astype(int) + LEFT[12:36, [60, 99]]) // 2
    assert is_red(left[20])[[59, 100]].all()
    one, _other = rerender(left, None, DISPARITY, 2.0)
    far_side = 99 + int(BOARD_PX)
    np.testing.assert_array_equal(is_red(one)[:, :far_side], is_red(seen_from(-1)[0])[:, :far_side])


def test_rows_of_which_nothing_is_known_stay_where_they_are() -> None:
    left, right, bars = LEFT.copy(), RIGHT.copy(), DISPARITY.copy()
    left[:6] = right[:6] = 0
    left[3, 80] = right[3, 80] = 255
    bars[:6] = np.nan
    for found in rerender(left, right, bars, 2.0):
        np.testing.assert_array_equal(found[:6], left[:6])


def test_between_pixels_colours_follow_a_curve() -> None:
    x = np.arange(HW[1]) + np.zeros(HW)

    def wave(place: np.ndarray) -> np.ndarray:
        return np.repeat(np.rint(127 + 100 * np.sin(place * 0.9))[..., None], 3, axis=-1).astype(np.uint8)

    found = rerender(wave(x), None, np.full(HW, 3.0, np.float32), 1.0)[0]
    error = np.abs(found.astype(int) - wave(x - 1.5))[:, 6:-6]
    assert error.max() <= 4, "a line between two pixels is off by ten"


def test_one_surface_does_not_tear() -> None:
    slanted = np.broadcast_to(np.linspace(-10, 40, HW[1], dtype=np.float32), HW)
    grey = np.full((*HW, 3), 120, np.uint8)
    for found in rerender(grey, None, slanted, 3.0):
        assert set(np.unique(found)) == {120}
    striped = grey.copy()
    striped[:, ::2] = 0
    found = rerender(striped, None, np.ascontiguousarray(slanted), 3.0)[0]
    assert found.min() < 60 < found.max()


def test_what_is_no_distance_or_no_disparity_is_refused() -> None:
    for share in (-1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="distance"):
            rerender(LEFT, RIGHT, DISPARITY, share)
    with pytest.raises(ValueError, match="disparity"):
        rerender(LEFT, RIGHT, DISPARITY[1:], 1.0)
    with pytest.raises(ValueError, match="disparity"):
        rerender(LEFT, RIGHT[1:], DISPARITY, 1.0)
