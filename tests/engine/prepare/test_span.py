"""How far scenes reach behind the screen and before it: that all lies within what is said, and that it is held."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator, measure_range
from depthview.engine.frames import DisparitySpan, Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.span import SpanJudge, SpanVerdict
from tests.engine.dot_pairs import flat_pair, pair_of, texture
from tests.engine.pfm import read_pfm

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "stereo"
HW = (160, 400)
SQUARE_PX = 14


def scene(wall_px: int, size_hw: tuple[int, int] = HW) -> tuple[StereoPair, NDArray[np.float32]]:
    """A wall at `wall_px` and a square well before the screen; what is true of the left eye."""
    height, width = size_hw
    wall = flat_pair(height, width, wall_px)
    left, right = wall.left.copy(), wall.right.copy()
    truth = np.full(size_hw, wall_px, np.float32)
    rows, first, last = slice(height // 4, 3 * height // 4), width // 3, width // 2
    left[rows, first:last] = right[rows, first - SQUARE_PX : last - SQUARE_PX] = texture(
        height // 2, last - first, seed=8
    )
    truth[rows, first:last] = SQUARE_PX
    return pair_of(left, right), truth


def seen(truth: NDArray[np.float32], count: int = 400, wrong_share: float = 0.0) -> Matches:
    """Matches of what both eyes show, some of them of anything with anything."""
    rng = np.random.default_rng(4)
    height, width = truth.shape
    y, x = rng.integers(0, height, count), rng.integers(0, width, count)
    left = np.stack([x, y], axis=1).astype(np.float64)
    right = left - np.stack([truth[y, x], np.zeros(count)], axis=1)
    wrong = np.flatnonzero(rng.random(count) < wrong_share)
    right[wrong] = rng.uniform((0, 0), (width, height), (len(wrong), 2))
    return Matches(left, right, (height, width))


def judged(pair: StereoPair, matches: Matches) -> DisparitySpan:
    judge = SpanJudge()
    judge.look(pair, matches)
    span = judge.verdict.span
    assert span is not None
    return span


@pytest.mark.parametrize("wrong_share", [0.0, 0.2])
@pytest.mark.parametrize("wall_px", [-2, -6, -20, -45])
def test_it_begins_a_little_behind_the_farthest_thing(wall_px: int, wrong_share: float) -> None:
    pair, truth = scene(wall_px)
    span = judged(pair, seen(truth, wrong_share=wrong_share))
    assert wall_px - 0.025 * HW[1] <= span.lowest_px < wall_px
    assert SQUARE_PX < span.highest_px <= HW[1] / 2


def test_matches_that_are_wrong_by_far_count_for_nothing_however_many_agree_on_their_row() -> None:
    """As in a film of two phones: three of a hundred lie on one row by chance, a third of the width behind all else."""
    pair, truth = scene(6)
    matches, rng = seen(truth), np.random.default_rng(3)
    wrong = rng.choice(len(matches), 12, replace=False)
    right = matches.right.copy()
    right[wrong, 0] += rng.uniform(0.1, 0.4, len(wrong)) * HW[1]
    assert judged(pair, Matches(matches.left, right, HW)) == judged(pair, matches)


@pytest.mark.parametrize("wall_px", [-1, 0, 9])
def test_of_parallel_eyes_it_begins_at_zero(wall_px: int) -> None:
    pair, truth = scene(wall_px)
    assert judged(pair, seen(truth, wrong_share=0.1)).lowest_px == 0


def test_of_a_plain_wall_that_has_no_matches_the_dense_look_knows() -> None:
    pair, truth = scene(-20)
    span = judged(pair, seen(truth, count=10))
    assert -20 - 0.025 * HW[1] <= span.lowest_px < -20
    assert span.highest_px == HW[1], "of what is near it says little"


def test_a_dense_look_does_not_outvote_the_matches() -> None:
    """Two black borders of warped pictures match at any disparity."""
    pair, _truth = scene(-60)
    parallel = seen(np.full(HW, 6, np.float32))
    assert judged(pair, parallel).lowest_px == 0


def test_of_pictures_with_nothing_in_common_nothing_is_said() -> None:
    none = Matches(np.zeros((0, 2)), np.zeros((0, 2)), HW)
    pair = pair_of(texture(*HW, seed=1), texture(*HW, seed=2))
    judge = SpanJudge()
    judge.look(pair, none)
    assert judge.verdict.span is None
    assert judge.verdict.reason


def test_where_rows_are_not_even_nothing_is_said() -> None:
    pair, truth = scene(-20)
    uneven = seen(truth)
    raised = Matches(uneven.left, np.add(uneven.right, (0, 9)), uneven.size_hw)
    judge = SpanJudge()
    judge.look(pair, raised)
    assert judge.verdict.span is None


def test_matching_finds_nothing_beyond_it_where_left_alone_it_would() -> None:
    """The reflection in a window lies where nothing is that has a place of its own."""
    pair, truth = scene(6)
    reflected = flat_pair(60, HW[1], 130, seed=5)
    left, right = pair.left.copy(), pair.right.copy()
    left[:60], right[:60] = reflected.left, reflected.right
    pair = pair_of(left, right)
    span = judged(pair, seen(truth))
    assert measure_range(left, right)[1] > 130 > span.highest_px

    def nearest_px(pair: StereoPair) -> float:
        return float(np.nanmax(SemiGlobalEstimator(Selection("sgm")).estimate(pair).values))

    assert nearest_px(pair) > 120
    assert nearest_px(replace(pair, span=span)) <= span.highest_px + 16, "matching counts in steps of 16"


def beginnings(walls_px: list[int]) -> list[int]:
    judge, found = SpanJudge(), []
    scenes = {wall: scene(wall) for wall in set(walls_px)}
    for wall in walls_px:
        pair, truth = scenes[wall]
        judge.look(pair, seen(truth))
        span = judge.verdict.span
        assert span is not None
        found.append(span.lowest_px)
    return found


def test_it_is_held_while_the_scene_goes_to_and_fro() -> None:
    assert len(set(beginnings([-20, -17, -21, -14, -19, -16, -21, -18] * 4))) == 1


def test_a_scene_that_sinks_back_slowly_moves_it_in_few_steps() -> None:
    assert len(set(beginnings([-20 - k // 2 for k in range(40)]))) <= 7


def test_one_look_that_goes_wrong_moves_nothing_and_two_that_agree_do() -> None:
    found = beginnings([-10, -10, -60, -10, -10, -40, -40, -10])
    assert len(set(found[:6])) == 1
    assert found[6] < -40
    assert found[7] == found[6]


def test_it_goes_back_when_all_of_many_looks_need_less() -> None:
    found = beginnings([-60] + [-10] * 15)
    assert found[5] == found[0]
    assert found[-1] > found[0]
    assert found[-1] < -10


def test_glances_carry_it_along_while_eyes_turn_against_each_other() -> None:
    judge = SpanJudge()
    pair, truth = scene(-10)
    judge.look(pair, seen(truth))
    before = judge.verdict.span
    for _ in range(2):
        judge.glance(seen(truth - 60))
    after = judge.verdict.span
    assert before is not None
    assert after is not None
    assert before.lowest_px > -30
    assert -70 - 0.025 * HW[1] <= after.lowest_px < -70
    judge.glance(Matches(np.zeros((0, 2)), np.zeros((0, 2)), HW))
    assert judge.verdict.span == after, "who sees nothing says nothing"


def test_glances_draw_nothing_in_since_what_comes_in_is_not_among_them() -> None:
    judge = SpanJudge()
    pair, truth = scene(-60)
    judge.look(pair, seen(truth))
    before = judge.verdict.span
    for _ in range(15):
        judge.glance(seen(truth + 40))
    after = judge.verdict.span
    assert before is not None
    assert after is not None
    assert after.lowest_px == before.lowest_px < -60
    assert after.highest_px > before.highest_px, "though they carry it outwards"


@pytest.mark.parametrize(("shift_share", "highest_px"), [(0.1, 60), (-0.1, 60), (-0.3, 320)])
def test_where_a_person_says_that_it_begins_it_ends_as_found_or_nowhere(shift_share: float, highest_px: int) -> None:
    asked = Asked(choices=PreparationChoices(shift_share=shift_share))
    none_yet = Findings.none_yet((240, 320), asked)
    found = replace(none_yet, span=SpanVerdict(DisparitySpan(-10, 60), ""))
    assert found.preparation(asked).span == DisparitySpan(-round(shift_share * 320), highest_px)


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no real pairs at {DATA}")
@pytest.mark.parametrize("turn_px", [0, 40, 90])
def test_a_photo_by_turned_cameras(turn_px: int) -> None:
    folder = DATA / "middlebury_v3_motorcycle_Q"
    left, right = (read(folder / name) for name in ("im0.png", "im1.png"))
    truth = read_pfm(folder / "disp0GT.pfm")
    truth[~np.isfinite(truth)] = np.nanmedian(truth[np.isfinite(truth)])
    width = left.shape[1]
    pair = pair_of(left, right[:, np.clip(np.arange(width) - turn_px, 0, width - 1)])
    span = judged(replace(pair, seq=1), seen(truth - turn_px))
    lowest = float(np.percentile(truth, 0.5)) - turn_px
    if lowest > 0:
        assert span.lowest_px == 0
    else:
        assert lowest - 0.06 * width <= span.lowest_px <= lowest
    assert float(np.percentile(truth, 99.5)) - turn_px < span.highest_px


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return np.ascontiguousarray(image[..., ::-1]).astype(np.uint8)
