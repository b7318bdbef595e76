"""The drawn scene is what it says: its truth carries one eye onto the other, and its mask says where it cannot."""

import numpy as np
import pytest

from benchmarks.stereo_drawn import BOARD_PX, FAR_WIRES_PX, NEAR_WIRES_PX, WALL_PX, DrawnScene, draw_scene
from benchmarks.stereo_edges import halved


@pytest.fixture(scope="module")
def scene() -> DrawnScene:
    return draw_scene((240, 320))


def difference(scene: DrawnScene) -> np.ndarray:
    """Grey levels between each left pixel and where its disparity puts it in the right eye."""
    pair = scene.pair
    columns = np.arange(pair.left.shape[1])[None] - pair.disparity_px.astype(np.int64)
    there = np.take_along_axis(pair.right, np.clip(columns, 0, None)[..., None], axis=1)
    return np.abs(pair.left.astype(np.int16) - there).max(axis=2)


def test_the_truth_carries_the_left_eye_onto_the_right(scene: DrawnScene) -> None:
    off = difference(scene)
    # A slanted wire's rim is mixed with another piece of wall in each eye; noise is 1.5 grey levels.
    upright = ~np.isin(scene.pair.disparity_px, (FAR_WIRES_PX, NEAR_WIRES_PX))
    assert scene.pair.seen is not None
    assert np.percentile(off[scene.pair.seen & upright], 97) <= 8
    assert np.median(off[scene.pair.seen & ~upright]) <= 8


def test_what_only_one_eye_sees_is_marked(scene: DrawnScene) -> None:
    assert scene.pair.seen is not None
    hidden = ~scene.pair.seen
    assert 0.03 < hidden.mean() < 0.25
    assert np.median(difference(scene)[hidden]) > 15
    # Left of the board the wall is hidden for as far as the two differ.
    row, edge = 80, int(np.flatnonzero(scene.pair.disparity_px[80] == BOARD_PX)[0])
    reach = int(BOARD_PX - WALL_PX)
    assert hidden[row, edge - reach : edge].all()
    assert not hidden[row, edge - reach - 4 : edge - reach].any()


def test_wires_are_as_thick_as_they_are_called(scene: DrawnScene) -> None:
    for thickness, where in scene.wires.items():
        row = where[60].astype(np.int8)  # no two cross here
        starts, ends = np.flatnonzero(np.diff(row) == 1), np.flatnonzero(np.diff(row) == -1)
        widths = (ends - starts).tolist()
        assert widths.count(thickness) >= 4
        assert max(widths) <= thickness + 1


def test_the_same_seed_gives_the_same_pixels(scene: DrawnScene) -> None:
    again = draw_scene((240, 320)).pair
    assert np.array_equal(again.left, scene.pair.left)
    assert np.array_equal(again.right, scene.pair.right)


def test_half_the_size_has_half_the_disparity(scene: DrawnScene) -> None:
    small = halved(scene.pair)
    assert small.left.shape == small.right.shape == (120, 160, 3)
    assert small.seen is not None
    assert small.seen.shape == small.disparity_px.shape == (120, 160)
    assert set(np.unique(small.disparity_px)) <= {p / 2 for p in (WALL_PX, FAR_WIRES_PX, NEAR_WIRES_PX, BOARD_PX)}
