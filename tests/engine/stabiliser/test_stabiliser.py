"""What stands still is shown still, what moves is shown where it is, and what is not known is not made up."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import DepthFrame, Meaning, Values
from depthview.engine.stabiliser.stabiliser import Stabiliser
from tests.engine.dot_pairs import pair_of, texture
from tests.engine.stabiliser.drawn_clips import (
    FPS,
    HEIGHT,
    VALUE_NOISE_PX,
    WIDTH,
    Shot,
    coming,
    compressed,
    crossing,
    drifting,
    shot,
    standing,
    wall,
)

FULL = 24
"""Frames after which the memory is full."""


def followed(shots: Iterable[Shot]) -> tuple[list[Shot], NDArray[np.float32]]:
    """The shots, and what is shown of them, (frames, H, W)."""
    stabiliser, kept = Stabiliser(), list(shots)
    return kept, np.stack([stabiliser.follow(s.depth).values for s in kept])


def told(shots: list[Shot]) -> NDArray[np.float32]:
    return np.stack([s.told for s in shots])


def off(values: NDArray[np.float32], shots: list[Shot]) -> NDArray[np.float32]:
    return np.abs(values - np.stack([s.truth for s in shots]))


def unrest(values: NDArray[np.float32]) -> float:
    return float((values.std(axis=0) / np.abs(values.mean(axis=0))).mean())


def test_what_stands_still_flickers_a_fifth_as_much_and_keeps_its_depth() -> None:
    shots, shown = followed(standing(FULL + 10))
    assert unrest(shown[FULL:]) < 0.2 * unrest(told(shots)[FULL:])
    assert unrest(shown[2:12]) < 0.5 * unrest(told(shots)[2:12])  # from the beginning
    assert off(shown, shots)[FULL:].mean() < 0.3 * off(told(shots), shots)[FULL:].mean()
    assert abs(float((shown - wall())[FULL:].mean())) < 0.02


@pytest.mark.parametrize("meaning", [Meaning.METRIC_DEPTH, Meaning.RANGE, Meaning.AFFINE_DEPTH])
def test_metres_and_numbers_without_a_unit_as_well(meaning: Meaning) -> None:
    rng = np.random.default_rng(1)
    picture, truth = texture(HEIGHT, WIDTH), np.float32(60) / wall()
    shots = [shot(picture, truth, k, rng, noise=0.05, meaning=meaning) for k in range(FULL + 10)]
    shots, shown = followed(shots)
    assert unrest(shown[FULL:]) < 0.3 * unrest(told(shots)[FULL:])
    assert abs(float((shown - truth)[FULL:].mean())) < 0.01


@pytest.mark.parametrize("seed", [2, 5, 7, 10])
def test_what_a_whole_picture_breathes_is_calmed(seed: int) -> None:
    """Networks for one eye tremble as a whole, not by pixels; a deep breath among them is no step."""
    rng = np.random.default_rng(seed)
    picture = texture(HEIGHT, WIDTH)
    shots = [
        shot(picture, wall() * np.float32(1 + 0.02 * rng.standard_normal()), k, rng, noise=0.02) for k in range(60)
    ]
    shots, shown = followed(shots)
    assert unrest(shown[FULL:]) < 0.5 * unrest(told(shots)[FULL:])


@pytest.mark.parametrize("every", [12, 24])
def test_what_keyframes_bring_is_hardly_shown(every: int) -> None:
    """Between them a film that was compressed stands quite still, and at each one its depth jumps."""
    shots, shown = followed(compressed(standing(5 * every, noise=0.02), every=every))
    assert unrest(shown[every - 2 :]) < 0.45 * unrest(told(shots)[every - 2 :])
    assert off(shown, shots)[-1].mean() < 0.75 * off(told(shots), shots).mean()


@pytest.mark.parametrize("pace_px", [1.0, 3.0, 9.0])
def test_nothing_is_dragged_behind_what_moves(pace_px: float) -> None:
    """Not on it, and not where it was in the frames before."""
    shots, shown = followed(crossing(18, pace_px=pace_px))
    raw, now = off(told(shots), shots), off(shown, shots)
    moving = np.stack([s.moving for s in shots])
    for k in range(2, len(shots)):
        left_behind = moving[max(0, k - 6) : k].any(axis=0) & ~moving[k]
        for where in (moving[k], left_behind):
            assert now[k][where].mean() < 1.1 * raw[k][where].mean()
            assert (now[k][where] > 4).mean() < 0.01


@pytest.mark.parametrize("pace_px", [3.0, 9.0])
def test_nothing_is_dragged_over_a_keyframe(pace_px: float) -> None:
    shots, shown = followed(compressed(crossing(18, pace_px=pace_px), every=5, wrong_share=0))
    raw, now = off(told(shots), shots), off(shown, shots)
    moving = np.stack([s.moving for s in shots])
    left_behind = np.stack([moving[max(0, k - 6) : k + 1].any(axis=0) for k in range(len(shots))]) & ~moving
    for where in (moving, left_behind):
        assert now[where].mean() < 1.05 * raw[where].mean()
        assert (now[where] > 4).mean() < 0.01


@pytest.mark.parametrize("step_px", [0.2, 0.5, 2.0])
def test_what_comes_nearer_in_an_unchanged_picture_is_hardly_late(step_px: float) -> None:
    shots, shown = followed(coming(38, from_frame=20, step_px=step_px))
    late_px = np.array([(s.truth - v)[s.moving].mean() for s, v in zip(shots, shown, strict=True)])
    assert late_px[20:].max() / step_px < 2.5
    assert late_px[24:].mean() / step_px < 2
    still = np.zeros((HEIGHT, WIDTH), bool)
    still[HEIGHT // 2 + 24 :] = True  # cells on the border see both
    assert unrest(shown[24:, still]) < 0.25 * unrest(told(shots)[24:, still])


def nearing(frames: int, *, from_frame: int, over_frames: int) -> Iterator[Shot]:
    """All of the picture comes nearer by 1 px, evenly over so many frames, and stays; the picture does not show it."""
    rng, picture = np.random.default_rng(7), texture(HEIGHT, WIDTH, 7)
    for k in range(frames):
        yield shot(picture, wall() + np.float32(np.clip((k - from_frame + 1) / over_frames, 0, 1)), k, rng)


@pytest.mark.parametrize("over_frames", [1, 4])
def test_a_whole_picture_that_comes_nearer_is_followed_at_once(over_frames: int) -> None:
    shots, shown = followed(nearing(FULL + 12, from_frame=FULL, over_frames=over_frames))
    late_px = np.array([float((s.truth - v).mean()) for s, v in zip(shots, shown, strict=True)])
    assert np.abs(late_px[FULL:]).max() < 0.1
    assert unrest(shown[FULL + 4 :]) < 0.3 * unrest(told(shots)[FULL + 4 :])


def test_one_eye_that_stands_still_is_not_followed_at_once() -> None:
    rng, picture, truth = np.random.default_rng(1), texture(HEIGHT, WIDTH), np.float32(60) / wall()
    shots = [
        shot(picture, truth * np.float32(1.05 if k > FULL else 1), k, rng, noise=0.02, meaning=Meaning.METRIC_DEPTH)
        for k in range(FULL + 3)
    ]
    _, shown = followed(shots)
    assert float(shown[FULL + 1].mean() / truth.mean()) - 1 < 0.6 * 0.05


def test_one_wrong_answer_is_not_shown_and_one_that_stays_is() -> None:
    stabiliser = Stabiliser()
    shots = list(standing(FULL + 12))
    where = np.s_[50:90, 60:120]
    seen = []
    for k, s in enumerate(shots):
        values = s.told.copy()
        if k == FULL or k > FULL + 3:
            values[where] += 12
        seen.append(float((stabiliser.follow(replace(s.depth, values=values)).values - s.truth)[where].mean()))
    assert abs(seen[FULL]) < 1
    assert seen[-1] == pytest.approx(12, abs=0.5)


@pytest.mark.parametrize("pace_px", [0.12, 0.5, 1.0, 2.6])
def test_a_camera_that_drifts_is_followed(pace_px: float) -> None:
    shots, shown = followed(drifting(36, pace_px=pace_px))
    raw, now = off(told(shots), shots)[10:], off(shown, shots)[10:]
    assert np.median(now) < 0.55 * np.median(raw)
    assert now.mean() < raw.mean()
    assert (now > 4).mean() < 0.015  # along the board's edges, to half a pixel


def with_hole(s: Shot, where: tuple[slice, slice]) -> DepthFrame:
    values = s.told.copy()
    values[where] = np.nan
    return replace(s.depth, values=values)


def test_a_hole_is_bridged_for_a_moment_by_what_was_known() -> None:
    stabiliser, where = Stabiliser(), np.s_[40:60, 40:60]
    for s in standing(12):
        stabiliser.follow(s.depth)
    shown = [stabiliser.follow(with_hole(s, where)).values[where] for s in standing(20, first=12)]
    assert np.abs(shown[0] - wall()[where]).mean() < VALUE_NOISE_PX
    assert np.isnan(shown[-1]).all()


def test_a_hole_stays_where_the_picture_changed_or_nothing_was_known() -> None:
    stabiliser, where, never = Stabiliser(), np.s_[40:60, 40:60], np.s_[100:110, 20:30]
    for s in standing(12):
        stabiliser.follow(with_hole(s, never))
    last = next(standing(1, first=12))
    picture = last.depth.pair.left.copy()
    picture[where] = 255 - picture[where]
    frame = replace(with_hole(last, where), pair=pair_of(picture, picture, seq=12, pts_s=12 / FPS))
    frame.values[never] = np.nan
    shown = stabiliser.follow(frame).values
    assert np.isnan(shown[where]).mean() > 0.9
    assert np.isnan(shown[never]).all()


def test_an_estimator_that_seldom_finds_anything_is_not_believed() -> None:
    """What matching finds here and there by chance must not grow into a surface."""
    stabiliser, rng = Stabiliser(), np.random.default_rng(9)
    for s in standing(30):
        found = rng.random(s.told.shape) < 0.15
        values = np.where(found, rng.uniform(0, 60, s.told.shape), np.nan).astype(np.float32)
        shown = stabiliser.follow(replace(s.depth, values=values)).values
        assert (np.isfinite(shown) & ~found).mean() < 0.01


def cut(depth: DepthFrame) -> DepthFrame:
    other = texture(HEIGHT, WIDTH, 77)
    return replace(depth, pair=pair_of(other, other, seq=depth.pair.seq, pts_s=depth.pair.pts_s))


def sought(depth: DepthFrame) -> DepthFrame:
    return replace(depth, pair=replace(depth.pair, pts_s=90.0))


def again(depth: DepthFrame) -> DepthFrame:
    return replace(depth, pair=replace(depth.pair, seq=depth.pair.seq - 1))


def other_model(depth: DepthFrame) -> DepthFrame:
    return replace(depth, model="another")


def other_meaning(depth: DepthFrame) -> DepthFrame:
    return replace(depth, meaning=Meaning.METRIC_DEPTH)


def smaller(depth: DepthFrame) -> DepthFrame:
    left = np.ascontiguousarray(depth.pair.left[:-40, :-20])
    pair = pair_of(left, left, seq=depth.pair.seq, pts_s=depth.pair.pts_s)
    return replace(depth, pair=pair, values=depth.values[:-40, :-20])


@pytest.mark.parametrize("change", [cut, sought, again, other_model, other_meaning, smaller])
def test_another_scene_starts_anew(change: Callable[[DepthFrame], DepthFrame]) -> None:
    stabiliser = Stabiliser()
    for s in standing(6):
        stabiliser.follow(s.depth)
    frame = change(next(standing(1, seed=8, first=6)).depth)
    assert stabiliser.follow(frame) is frame


def test_nothing_but_the_values_changes_and_nothing_is_written_to() -> None:
    stabiliser = Stabiliser()
    for s in standing(4):
        values = s.told.copy()
        values.setflags(write=False)
        s.depth.pair.left.setflags(write=False)
        frame = replace(s.depth, values=values, confidence=np.ones_like(values))
        shown = stabiliser.follow(frame)
        np.testing.assert_array_equal(values, s.told)
        assert shown.values.dtype == np.float32
        assert shown.values.shape == values.shape
        assert shown.pair is frame.pair
        assert shown.confidence is frame.confidence


@pytest.mark.parametrize("size_hw", [(1, 1), (9, 17), (33, 5), (16, 400)])
def test_any_size_and_nonsense_do_no_harm(size_hw: tuple[int, int]) -> None:
    stabiliser, rng = Stabiliser(), np.random.default_rng(0)
    nonsense: list[Values] = [np.full(size_hw, number, np.float32) for number in (np.nan, 0, -1, np.inf, 1e30, 2)]
    for meaning in (Meaning.METRIC_DEPTH, Meaning.DISPARITY, Meaning.RELATIVE_INVERSE_DEPTH):
        for k, values in enumerate(nonsense * 3):
            picture = rng.integers(100, 104, (*size_hw, 3)).astype(np.uint8)
            pair = pair_of(picture, picture, seq=k, pts_s=k / FPS)
            shown = stabiliser.follow(DepthFrame(pair, values, "m", "CPU", 0.0, 0.0, meaning)).values
            assert shown.shape == size_hw
