"""Where the screen lies among the depths of a film."""

import numpy as np
import pytest

from depthview.engine.stereo.views.screen import COMFORT_SHARE, ScreenPlane

HW = (40, 600)
MOST_PX = COMFORT_SHARE * HW[1]


def spread(low_px: float, high_px: float) -> np.ndarray:
    return np.broadcast_to(np.linspace(low_px, high_px, HW[1], dtype=np.float32), HW)


def test_the_middle_of_what_is_seen_lies_on_the_screen() -> None:
    mostly_far = np.where(spread(0, 1) < 0.7, np.float32(20), np.float32(30))
    assert ScreenPlane(None).follow(mostly_far, 1.0, 0.0) == pytest.approx(20)


def test_a_screen_that_was_chosen_amid_the_scene_stays() -> None:
    assert ScreenPlane(None).follow(spread(-10, 8), 1.0, 0.0) == pytest.approx(0)
    assert ScreenPlane(None).follow(spread(-0.2, 10), 1.0, 0.0) == pytest.approx(4.9, abs=0.1), "that is noise"


def test_comfort_comes_before_the_middle() -> None:
    near_few = np.where(spread(0, 1) < 0.9, np.float32(10), np.float32(10 + 1.5 * MOST_PX))
    screen_px = ScreenPlane(None).follow(near_few, 1.0, 0.0)
    assert 10 + 0.5 * MOST_PX < screen_px < 10 + 0.6 * MOST_PX, "the nearest are as near as is bearable"
    assert ScreenPlane(None).follow(near_few, 0.5, 0.0) == pytest.approx(10), "eyes nearer together bear it"
    too_deep = ScreenPlane(None).follow(near_few, 3.0, 0.0)
    assert too_deep == pytest.approx(10 + 0.75 * MOST_PX, rel=0.01), "half before, half behind"


@pytest.mark.parametrize(("share", "expected_px"), [(0.0, 10), (0.5, 30), (1.0, 50)])
def test_a_person_s_choice_is_kept(share: float, expected_px: float) -> None:
    assert ScreenPlane(share).follow(spread(10, 50), 5.0, 0.0) == pytest.approx(expected_px, abs=1.5)


def test_the_screen_follows_calmly_and_jumps_with_a_cut() -> None:
    screen = ScreenPlane(None)
    first = screen.follow(spread(10, 20), 1.0, 0.0)
    soon = screen.follow(spread(13, 23), 1.0, 0.04)
    later = screen.follow(spread(13, 23), 1.0, 5.0)
    assert first == pytest.approx(15, abs=0.1)
    assert first < soon < first + 0.3
    assert later == pytest.approx(18, abs=0.1)
    assert screen.follow(spread(40, 50), 1.0, 5.04) == pytest.approx(45, abs=0.1)


def test_nothing_known_changes_nothing() -> None:
    screen = ScreenPlane(None)
    nothing = np.full(HW, np.nan, np.float32)
    assert screen.follow(nothing, 1.0, 0.0) == 0.0
    first = screen.follow(spread(10, 20), 1.0, 0.1)
    assert screen.follow(nothing, 1.0, 0.2) == first
