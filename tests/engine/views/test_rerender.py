"""Films seen by other eyes: which pictures go where, and what other kinds of depth become."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.camera import StereoRig
from depthview.engine.frames import DepthFrame, Meaning
from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.new_eyes import rerender
from depthview.engine.stereo.views.rerender import EyesChoice, Rerenderer
from depthview.engine.stereo.views.screen import COMFORT_SHARE
from tests.engine.dot_pairs import pair_of
from tests.engine.views.painted import BOARD_PX, HW, WALL_PX, is_red, seen_from

LEFT, DISPARITY = seen_from(0)
RIGHT, _ = seen_from(1)
RIG = StereoRig(HW[1], 200.0, 0.08, 79.5, 23.5)


def frame_of(values: np.ndarray, meaning: Meaning = Meaning.DISPARITY, *, pts_s: float = 0.0) -> DepthFrame:
    pair = pair_of(LEFT, RIGHT, pts_s=pts_s)
    return DepthFrame(pair, values.astype(np.float32), "test", "CPU", 0.0, 0.0, meaning=meaning)


def apart(both: np.ndarray) -> int:
    """By how many pixels the board lies further left in the right eye, of two eyes side by side."""
    first, second = (np.flatnonzero(is_red(eye)[20])[0] for eye in np.split(both, 2, axis=1))
    return int(first - second)


def test_a_pair_is_seen_with_both_of_its_eyes() -> None:
    found = Rerenderer(EyesChoice(0.5, 0.0)).render(frame_of(DISPARITY), RIG)
    low = float(np.percentile(DISPARITY, 1)) - 0.02 * (BOARD_PX - WALL_PX)
    expected = np.concatenate(rerender(LEFT, RIGHT, DISPARITY, 0.5, screen_px=low), axis=1)
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("share", [1.0, 2.0])
def test_metres_become_what_eyes_at_the_rig_s_distance_see(share: float) -> None:
    metres = RIG.depth_m(DISPARITY)
    choice = EyesChoice(share, 0.0)
    found = Rerenderer(choice).render(frame_of(metres, Meaning.METRIC_DEPTH), RIG)
    assert apart(found) == pytest.approx(share * (BOARD_PX - WALL_PX), abs=1)
    twice = RIG.scaled_to(2 * RIG.width_px)
    again = Rerenderer(choice).render(frame_of(metres, Meaning.METRIC_DEPTH), twice)
    np.testing.assert_array_equal(again, found)


@pytest.mark.parametrize("meaning", [Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH])
@pytest.mark.parametrize("unit", [1.0, 1e-3])
def test_depth_without_a_unit_spans_what_eyes_bear(meaning: Meaning, unit: float) -> None:
    sign = -1 if meaning is Meaning.AFFINE_DEPTH else 1
    found = Rerenderer(EyesChoice(1.0, 0.0)).render(frame_of(DISPARITY * unit * sign, meaning), RIG)
    assert apart(found) == pytest.approx(COMFORT_SHARE * HW[1], abs=1)


def test_one_eye_s_depth_says_nothing_of_another_picture() -> None:
    metres = RIG.depth_m(DISPARITY)
    frame = frame_of(metres, Meaning.METRIC_DEPTH)
    other = replace(frame, pair=replace(frame.pair, right=np.full_like(RIGHT, 255)))
    found, again = (Rerenderer(EyesChoice(2.0)).render(each, RIG) for each in (frame, other))
    np.testing.assert_array_equal(again, found)


def test_a_film_of_a_still_scene_is_still() -> None:
    eyes = Rerenderer(EyesChoice(2.0))
    found = [eyes.render(frame_of(DISPARITY, pts_s=n / 25), RIG) for n in range(3)]
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


@pytest.mark.parametrize("eyes_format", list(EyesFormat))
def test_every_format_has_even_sides_and_one_size(eyes_format: EyesFormat) -> None:
    odd = frame_of(DISPARITY)
    odd = replace(odd, pair=pair_of(LEFT[:47, :159], RIGHT[:47, :159]), values=DISPARITY[:47, :159])
    nothing = replace(odd, values=np.full_like(odd.values, np.nan))
    eyes = Rerenderer(EyesChoice(1.5, format=eyes_format))
    first, second = eyes.render(odd, RIG), eyes.render(nothing, RIG)
    assert first.shape == second.shape
    assert first.shape[0] % 2 == first.shape[1] % 2 == 0
    assert first.dtype == np.uint8
    assert first.flags.c_contiguous
