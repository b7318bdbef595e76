"""Colours: what is near, far and unknown is told apart, and the range does not flicker."""

import cv2
import numpy as np
import pytest

from depthview.engine.colour import (
    COLOUR_MAPS,
    UNKNOWN_RGB,
    RunningLimits,
    colourise,
    lookup_table,
    measure_limits,
)


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_the_table_runs_from_far_to_near_in_rgb(name: str) -> None:
    table = lookup_table(name)
    assert (table.shape, table.dtype) == ((256, 3), np.uint8)
    assert len(np.unique(table, axis=0)) > 150
    if name == "turbo":  # its ends are a dark blue and a dark red
        assert table[20][2] > table[20][0]
        assert table[235][0] > table[235][2]
    if name in ("inferno", "magma", "viridis", "cividis", "grey"):
        grey = cv2.cvtColor(table[None], cv2.COLOR_RGB2GRAY)[0].astype(int)
        assert grey[255] > grey[0] + 100
        assert (np.diff(grey) >= -2).all(), "these maps only get brighter"
    if name == "inferno":  # its bright end is yellow: in BGR order it would be cyan
        assert table[230][0] > table[230][2]


def test_an_unknown_map_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        lookup_table("rainbow")


def test_ends_middle_and_unknown() -> None:
    table = lookup_table("viridis")
    disparity = np.array([[10, 30, 20, -5, 99, np.nan, np.inf]], np.float32)
    picture = colourise(disparity, (10.0, 30.0), table)
    assert (picture.shape, picture.dtype, picture.flags.c_contiguous) == ((1, 7, 3), np.uint8, True)
    assert picture[0, 0].tolist() == picture[0, 3].tolist() == table[0].tolist()
    assert picture[0, 1].tolist() == picture[0, 4].tolist() == table[255].tolist()
    assert picture[0, 2].tolist() == table[127].tolist()
    assert picture[0, 5].tolist() == picture[0, 6].tolist() == list(UNKNOWN_RGB)


def test_the_unknown_colour_is_in_no_coloured_map() -> None:
    for name in COLOUR_MAPS:
        if name != "grey":
            distance = np.abs(lookup_table(name).astype(int) - UNKNOWN_RGB).max(axis=1).min()
            assert distance > 12, name


def test_equal_limits_do_not_divide_by_zero() -> None:
    picture = colourise(np.full((4, 4), 7.0, np.float32), (7.0, 7.0), lookup_table("grey"))
    assert np.unique(picture).tolist() == [0]


def test_limits_leave_out_the_odd_pixel_and_nothing_else() -> None:
    disparity = np.linspace(10, 50, 200 * 200, dtype=np.float32).reshape(200, 200)
    disparity[0, 0], disparity[4, 4] = 4000, np.nan
    limits = measure_limits(disparity)
    assert limits is not None
    assert limits[0] == pytest.approx(10, abs=1.5)
    assert limits[1] == pytest.approx(50, abs=1.5)
    flat = measure_limits(np.full((8, 8), 5, np.float32))
    assert flat is not None
    assert flat[0] < 5 < flat[1]
    assert measure_limits(np.full((8, 8), np.nan, np.float32)) is None


def _scene(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, 64 * 64, dtype=np.float32).reshape(64, 64)


def test_limits_follow_slowly_and_in_time_not_in_frames() -> None:
    slow, quick = RunningLimits(), RunningLimits()
    for running in (slow, quick):
        first = running.follow(_scene(10, 50), 0.0)
    for n in range(1, 11):
        many = slow.follow(_scene(10, 60), n * 0.1)
    once = quick.follow(_scene(10, 60), 1.0)
    assert once[1] == pytest.approx(many[1], abs=0.3)
    target = measure_limits(_scene(10, 60))
    assert target is not None
    assert first[1] < once[1] < target[1]
    after = RunningLimits()
    after.follow(_scene(10, 50), 0.0)
    assert after.follow(_scene(10, 60), 0.04)[1] - first[1] < 0.1 * (target[1] - first[1]), "no jump in one frame"


def test_a_cut_is_followed_at_once() -> None:
    running = RunningLimits()
    running.follow(_scene(10, 20), 0.0)
    assert running.follow(_scene(100, 180), 0.04) == measure_limits(_scene(100, 180))


def test_nothing_known_keeps_the_limits() -> None:
    running = RunningLimits()
    nothing = np.full((8, 8), np.nan, np.float32)
    low, high = running.follow(nothing, 0.0)
    assert low < high
    before = running.follow(_scene(10, 20), 1.0)
    assert running.follow(nothing, 2.0) == before
