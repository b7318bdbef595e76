"""Which eye is which, from the content alone: of drawn scenes, whose cameras converge, and of little to see."""

import numpy as np
import pytest

from benchmarks.drawn_clips import Faults, draw_clip, draw_wall
from depthview.engine.frames import StereoPair
from depthview.engine.stereo.eyes.order import OrderJudge, OrderVerdict, judge_order
from depthview.engine.stereo.matching.matches import find_matches
from tests.engine.dot_pairs import flat_pair, pair_of, texture


def judged(*pairs: StereoPair, swapped: bool = False) -> OrderVerdict:
    judge = OrderJudge()
    for pair in pairs:
        matches = find_matches(pair)
        if swapped:
            pair, matches = pair_of(pair.right, pair.left), matches.swapped
        judge.look(pair, matches)
    return judge.verdict


@pytest.mark.parametrize("disparity_px", [6, 24, 60])
def test_of_a_wall_the_sign_of_the_disparity_decides(disparity_px: int) -> None:
    assert not judge_order(flat_pair(240, 480, disparity_px)).swapped
    assert judge_order(flat_pair(240, 480, -disparity_px)).swapped


def test_a_wall_on_the_screen_is_not_called_swapped() -> None:
    verdict = judge_order(flat_pair(240, 640, -1))
    assert (verdict.swapped, verdict.sure) == (False, False)


def test_two_pictures_of_different_things_are_not_sure() -> None:
    assert not judge_order(pair_of(texture(240, 320, seed=1), texture(240, 320, seed=2))).sure


def test_black_pictures_and_no_look_say_nothing() -> None:
    black = np.zeros((120, 160, 3), np.uint8)
    for verdict in (judge_order(pair_of(black, black)), OrderJudge().verdict):
        assert (verdict.swapped, verdict.sure) == (False, False)
        assert "too little" in verdict.reason


@pytest.mark.parametrize("seed", [901, 903])
@pytest.mark.parametrize("converged_share", [0.0, 0.045, 0.09])
def test_what_hides_what_tells_however_the_cameras_converge(seed: int, converged_share: float) -> None:
    """At 0.09 everything lies behind the screen: each disparity has the sign of swapped parallel eyes."""
    faults = Faults(converged_share=converged_share, gain=1.2, noise_levels=2.0)
    pair = draw_clip((360, 640), seed, faults).pair(0)
    assert not judged(pair).swapped
    assert judged(pair, swapped=True).swapped


def test_uneven_rows_and_a_roll_do_not_hide_the_order() -> None:
    faults = Faults(converged_share=0.05, roll_deg=2.5, raised_share=0.06, noise_levels=2.0)
    pair = draw_clip((480, 640), 904, faults).pair(0)
    assert not judged(pair).swapped
    assert judged(pair, swapped=True).swapped


def test_exchanged_eyes_are_told_by_the_same_reasons() -> None:
    pair = draw_clip((360, 640), 903, Faults(converged_share=0.03)).pair(0)
    one, other = judged(pair), judged(pair, swapped=True)
    assert (one.sure, other.sure) == (True, True)
    assert one.reason == "what lies in front hides what lies behind"
    assert other.reason == "what lies in front would be hidden by what lies behind"


def test_drawn_clips_in_either_order() -> None:
    """The benchmark `stereo_layout` draws a hundred; these eight are others, with every fault."""
    wrong, surely_wrong = [], []
    for seed in range(930, 938):
        clip = draw_clip((270, 480), seed)
        for swapped in (False, True):
            verdict = judged(clip.pair(0), swapped=swapped)
            if verdict.swapped != swapped:
                wrong.append((seed, swapped, verdict, clip.faults))
                surely_wrong += [seed] if verdict.sure else []
    assert len(wrong) <= 1, wrong
    assert not surely_wrong


@pytest.mark.parametrize(
    ("size_hw", "seed"), [((240, 320), 30046), ((480, 480), 30057), ((270, 480), 940), ((240, 240), 941)]
)
def test_of_a_flat_wall_nothing_is_sure(size_hw: tuple[int, int], seed: int) -> None:
    """Checks that repeat: beyond the sides of the other eye's picture they are matched one check too near or too far,
    and the first two walls were surely exchanged, in either order."""
    pair = draw_wall(size_hw, seed).pair(0)
    assert not judged(pair).sure
    assert not judged(pair, swapped=True).sure
