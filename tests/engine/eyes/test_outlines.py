"""A board before a wall: its outline belongs to it, and says which of the two is nearer."""

import numpy as np
import pytest

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.eyes.occlusion import Outlines, judge_outlines
from depthview.engine.stereo.eyes.rough import RoughDepth
from depthview.engine.stereo.matching.matches import Matches, find_matches
from tests.engine.dot_pairs import pair_of, texture

WALL_PX, BOARD_PX = -8, 6


def board_before_wall(*, hidden: bool = False) -> StereoPair:
    """The board is nearer. `hidden`: instead one looks at it through a window in the wall, cut where the board ends."""
    near, far = (WALL_PX, BOARD_PX) if hidden else (BOARD_PX, WALL_PX)
    height, width, margin = 240, 320, 40
    wall, board = (
        texture(height, width + 2 * margin, seed=1) // 3,
        texture(height, width + 2 * margin, seed=2) // 4 + 170,
    )
    eyes = []
    for side in (-1, 1):
        # x in an eye is what lies at x + side * disparity / 2 in the middle.
        columns = np.arange(width)
        back = board if hidden else wall
        front = wall if hidden else board
        picture = back[:, columns + margin + side * far // 2].copy()
        inside = (columns + side * near // 2 >= 110) & (columns + side * near // 2 < 210)
        shown = ~inside if hidden else inside
        rows = slice(0, height) if hidden else slice(60, 180)
        picture[rows, shown] = front[:, columns + margin + side * near // 2][rows, shown]
        eyes.append(picture)
    return pair_of(*eyes)


def outlines(pair: StereoPair) -> Outlines:
    return judge_outlines(RoughDepth.of(pair, find_matches(pair)))


def test_the_outline_of_what_is_in_front_moves_with_it() -> None:
    found = outlines(board_before_wall())
    assert found.count > 40
    assert found.balance > 0.4
    assert found.proof > 2


def test_exchanged_eyes_change_the_sign_and_nothing_else() -> None:
    pair = board_before_wall()
    one, other = outlines(pair), outlines(pair_of(pair.right, pair.left))
    assert other.balance == pytest.approx(-one.balance, abs=0.05)
    assert other.count == pytest.approx(one.count, rel=0.1)


def test_a_window_in_a_wall_with_the_disparities_of_swapped_eyes() -> None:
    """The wall hides what lies behind, but has the lower disparity: only swapped eyes see that."""
    found = outlines(board_before_wall(hidden=True))
    assert found.balance < -0.4
    assert found.proof < -2


def test_of_a_wall_alone_the_picture_s_sides_prove_nothing() -> None:
    """A strip of it is seen by one eye only; stripes are found again there, at a wrong disparity."""
    stripes = np.tile(np.arange(400) // 4 % 2 * 60, (240, 1)).astype(np.uint8)
    wall = np.repeat((texture(240, 400, seed=3)[..., 0] // 8 + stripes + 60)[..., None], 3, axis=2)
    found = outlines(pair_of(wall[:, 50:370], wall[:, 62:382]))
    assert abs(found.proof) < 2


def test_rough_depth_knows_both_signs() -> None:
    pair = board_before_wall()
    rough = RoughDepth.of(pair, find_matches(pair))
    assert np.nanmedian(rough.first_px[100:140, 130:190]) == pytest.approx(BOARD_PX, abs=0.5)
    assert np.nanmedian(rough.first_px[10:40, 60:260]) == pytest.approx(WALL_PX, abs=0.5)
    assert np.nanmedian(rough.second_px[100:140, 130:190]) == pytest.approx(BOARD_PX, abs=0.5)


def test_rough_depth_without_matches_searches_all_the_same() -> None:
    pair = board_before_wall()
    none = np.zeros((0, 2))
    rough = RoughDepth.of(pair, Matches(none, none, pair.size_hw))
    assert np.nanmedian(rough.first_px[100:140, 130:190]) == pytest.approx(BOARD_PX, abs=0.5)
