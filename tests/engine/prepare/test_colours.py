"""Unequal eyes: the right one gets the left one's colours, where that is worth it, and keeps them."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import match
from depthview.engine.frames import Image, StereoPair
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.stereo.matching.matches import Matches, find_matches
from depthview.engine.stereo.prepare.colours import ColoursJudge, ColoursVerdict
from tests.engine.dot_pairs import flat_pair, pair_of

HW = (200, 320)
SHIFT_PX = 12

Light = NDArray[np.float64]
Change = Callable[[Light], Light]

CHANGES: dict[str, Change] = {
    "darker": lambda v: 0.7 * v,
    "brighter": lambda v: 1.2 * v,
    "flatter": lambda v: 0.7 * v + 0.2,
    "gamma": lambda v: v**1.4,
    "warmer": lambda v: v * (1.1, 1.0, 0.8),
    "everything": lambda v: 0.85 * (v * (1.05, 0.9, 0.8)) ** 0.8 + 0.05,
}


def changed(image: Image, change: Change) -> Image:
    return np.clip(np.rint(255 * change(image / 255.0)), 0, 255).astype(np.uint8)


def equal_pair(seed: int = 5, noise: float = 3.0) -> StereoPair:
    """Two eyes of one wall, each with its own noise, nowhere near black or white."""
    pair, rng = flat_pair(*HW, SHIFT_PX, seed), np.random.default_rng(seed)
    eyes = [np.clip(40 + 0.6 * eye + rng.normal(0, noise, eye.shape), 0, 255) for eye in (pair.left, pair.right)]
    return pair_of(eyes[0].astype(np.uint8), eyes[1].astype(np.uint8))


def with_right(pair: StereoPair, right: Image) -> StereoPair:
    return pair_of(pair.left, right)


def matches(count: int = 400, wrong_share: float = 0.15) -> Matches:
    """What both eyes see of the wall, some of them of anything with anything on the same row."""
    rng = np.random.default_rng(2)
    left = rng.uniform((SHIFT_PX, 0), (HW[1] - 1, HW[0] - 1), (count, 2))
    right = left - (SHIFT_PX, 0)
    wrong = rng.random(count) < wrong_share
    right[wrong, 0] = rng.uniform(0, HW[1] - 1, wrong.sum())
    return Matches(left, right, HW)


def judged(pair: StereoPair, seen: Matches | None = None) -> ColoursVerdict:
    judge = ColoursJudge()
    judge.look(pair, matches() if seen is None else seen)
    return judge.verdict


@pytest.mark.parametrize("seen", [400, 5], ids=["matches", "distributions"])
@pytest.mark.parametrize("name", CHANGES)
def test_what_was_done_to_the_right_eye_is_undone(name: str, seen: int) -> None:
    pair = equal_pair()
    verdict = judged(with_right(pair, changed(pair.right, CHANGES[name])), matches(seen))
    assert verdict.helps, verdict.reason
    assert verdict.match is not None
    back = verdict.match.apply(changed(pair.right, CHANGES[name]))
    error = np.abs(back.astype(float) - pair.right).mean()
    assert error < 3.0
    before = np.abs(changed(pair.right, CHANGES[name]).astype(float) - pair.right).mean()
    assert abs(verdict.difference - before) < 0.35 * before + 1


@pytest.mark.parametrize("name", ["equal", *CHANGES])
def test_curves_rise_everywhere(name: str) -> None:
    pair = equal_pair()
    verdict = judged(with_right(pair, changed(pair.right, CHANGES.get(name, lambda v: v))))
    assert verdict.match is not None
    assert (np.diff(verdict.match.curves.astype(int), axis=1) >= 0).all()
    assert verdict.match.curves.shape == (3, 256)


def test_equal_eyes_are_left_alone() -> None:
    verdict = judged(equal_pair())
    assert not verdict.helps
    assert verdict.difference < 2
    assert "does not disturb" in verdict.reason


def test_eyes_of_different_things_are_left_alone() -> None:
    """No curve explains why they differ."""
    pair = pair_of(equal_pair(1).left, equal_pair(2).right)
    assert not judged(pair).helps


def test_clipped_places_and_a_warp_s_empty_border_do_not_count() -> None:
    pair = equal_pair()
    right = changed(pair.right, CHANGES["darker"])
    clipped = right.copy()
    clipped[:80] = 0
    clipped[80:100] = 255
    verdict = judged(with_right(pair, clipped))
    assert verdict.match is not None
    assert np.abs(verdict.match.apply(right).astype(float) - pair.right).mean() < 3.0


def test_matches_count_though_rows_could_not_be_evened() -> None:
    """Of two pictures that show mostly different things their distributions say nothing."""
    pair = equal_pair()
    low = np.concatenate([pair.right[20:], np.full((20, HW[1], 3), 90, np.uint8)])
    low[-100:] = 90
    seen = matches(2000)
    seen = Matches(seen.left, seen.right - (0, 20), HW)
    inside = (seen.right[:, 1] > 2) & (seen.right[:, 1] < 97)
    verdict = judged(
        with_right(pair, changed(low, CHANGES["darker"])), Matches(seen.left[inside], seen.right[inside], HW)
    )
    assert verdict.helps
    assert verdict.match is not None
    back = verdict.match.apply(changed(pair.right, CHANGES["darker"]))
    assert np.abs(back.astype(float) - pair.right).mean() < 3.0


def test_nothing_seen_says_nothing() -> None:
    black = np.zeros((*HW, 3), np.uint8)
    verdict = judged(pair_of(black, black), matches(0))
    assert (verdict.match, verdict.helps) == (None, False)
    assert verdict.reason


def test_matching_is_the_better_for_it() -> None:
    scene = known_scenes(1)[0]
    dark = changed(scene.pair.right, lambda v: 0.85 * v)
    pair = with_right(scene.pair, dark)
    verdict = judged(pair, find_matches(pair))
    assert verdict.helps
    assert verdict.match is not None
    known = np.isfinite(scene.disparity_px)

    def wrong_share(right: Image) -> float:
        disparity = match(scene.pair.left, right, 0, 191)
        return float((~(np.abs(disparity - scene.disparity_px) <= 2))[known].mean())

    assert wrong_share(verdict.match.apply(dark)) < 0.7 * wrong_share(dark)


def test_over_a_clip_the_curves_are_held() -> None:
    judge = ColoursJudge()
    held = set()
    for seed in range(12):
        pair = equal_pair(seed)
        judge.look(with_right(pair, changed(pair.right, CHANGES["darker"])), matches())
        held.add(id(judge.verdict.match))
        assert judge.verdict.helps
    assert len(held) == 1


def test_they_follow_an_exposure_that_changes() -> None:
    judge = ColoursJudge()
    for k in range(22):
        pair = equal_pair(k)
        change = CHANGES["darker"] if k < 12 else CHANGES["brighter"]
        judge.look(with_right(pair, changed(pair.right, change)), matches())
    pair = equal_pair(50)
    now = judge.verdict.match
    assert now is not None
    back = now.apply(changed(pair.right, CHANGES["brighter"]))
    assert np.abs(back.astype(float) - pair.right).mean() < 3.0
