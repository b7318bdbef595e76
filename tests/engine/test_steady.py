"""Relative depth of a video: a scale and an offset that jitter come out calm, and a cut is followed in one picture."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.camera import CameraChoice
from depthview.engine.colour import RunningLimits
from depthview.engine.depth import DepthScale
from depthview.engine.frames import DepthFrame, Image, Meaning, Values
from depthview.engine.steady import SteadyGauge
from tests.engine.dot_pairs import pair_of, texture

HEIGHT, WIDTH = 120, 160
FPS = 15.0
RELATIVE = Meaning.RELATIVE_INVERSE_DEPTH


def scene(k: int, seed: int) -> tuple[Image, Values]:
    """Picture and inverse depth: a slanted wall that stands still, and a near disk that crosses it."""
    picture = texture(HEIGHT, WIDTH, seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    values = (0.2 + 0.4 * x / WIDTH + 0.2 * y / HEIGHT).astype(np.float32)
    disk = (x - (20 + 2 * k) % WIDTH) ** 2 + (y - 60) ** 2 < 24**2
    values[disk] = 0.95
    picture[disk] = (250, 20, 20)
    return picture, values


def jittered(count: int, *, seed: int = 3, meaning: Meaning = RELATIVE, first: int = 0) -> list[DepthFrame]:
    """What a network says of `count` pictures: scale and offset drawn anew for each, and a little noise."""
    rng = np.random.default_rng(seed)
    frames = []
    for k in range(first, first + count):
        picture, values = scene(k, seed)
        told = values * np.float32(rng.uniform(0.7, 1.4)) + np.float32(rng.uniform(-0.2, 0.2))
        told = (told + rng.normal(0, 0.005, told.shape)).astype(np.float32)
        frames.append(frame(picture, told, k, meaning))
    return frames


def frame(picture: Image, values: Values, k: int, meaning: Meaning = RELATIVE) -> DepthFrame:
    return DepthFrame(pair_of(picture, picture, seq=k, pts_s=k / FPS), values, "net", "CPU", 0.0, 0.0, meaning)


def wall(frames: list[DepthFrame]) -> NDArray[np.float32]:
    """(frames, pixels) of what stands still and is never covered."""
    return np.stack([f.values[:30].ravel() for f in frames])


def unrest(values: NDArray[np.float32]) -> float:
    return float(values.std(axis=0).mean())


@pytest.mark.parametrize("meaning", [Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH])
def test_a_jitter_of_scale_and_offset_comes_out_calm(meaning: Meaning) -> None:
    told = jittered(60, meaning=meaning)
    steady = SteadyGauge()
    shown = [steady.follow(f)[0] for f in told]
    assert unrest(wall(told)) > 0.1
    assert unrest(wall(told)) / unrest(wall(shown)) > 8
    assert all(f.meaning is meaning for f in shown)
    np.testing.assert_array_equal(shown[0].values, told[0].values)
    assert float(wall(shown).mean()) == pytest.approx(float(wall(shown[:1]).mean()), rel=0.2)


def test_the_order_of_near_and_far_is_never_changed() -> None:
    steady = SteadyGauge()
    for told in jittered(20):
        shown, _ = steady.follow(told)
        np.testing.assert_array_equal(np.argsort(shown.values[5]), np.argsort(told.values[5]))


def test_a_long_video_neither_shrinks_nor_drifts_away() -> None:
    steady = SteadyGauge()
    told = jittered(900)
    shown = [steady.follow(f)[0] for f in told]
    spread = [float(np.ptp(f.values[:30])) for f in shown]
    mean_told = float(np.mean([np.ptp(f.values[:30]) for f in told]))
    assert float(np.mean(spread[-100:])) == pytest.approx(mean_told, rel=0.15)
    assert abs(float(wall(shown[-100:]).mean() - wall(told).mean())) < 0.1


def test_a_cut_is_followed_in_one_picture_with_its_colours() -> None:
    before, after = jittered(10), jittered(10, seed=8, first=10)
    after = [replace(f, values=f.values * 3 + 1) for f in after]
    steady, running = SteadyGauge(), RunningLimits()
    news = []
    for told in (*before, *after):
        shown, anew = steady.follow(told)
        news.append(anew)
        if anew:
            running.start_over()
        scale = DepthScale.of(shown, CameraChoice().rig_for((HEIGHT, WIDTH)))
        limits = running.follow(scale.nearness(shown.values), shown.pair.pts_s, least_pad=scale.least_pad)
        if told is after[0]:
            np.testing.assert_array_equal(shown.values, told.values)
            low, high = (float(v) for v in np.percentile(told.values, (1, 99)))
            assert limits == pytest.approx((low, high), abs=0.05 * (high - low))
    assert np.flatnonzero(news).tolist() == [0, 10]


def test_a_cut_between_scenes_that_look_alike_is_seen_by_their_depth() -> None:
    dark = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    _, values = scene(0, 3)
    steady = SteadyGauge()
    steady.follow(frame(dark, values, 0))
    shown, anew = steady.follow(frame(dark, np.ascontiguousarray(values[:, ::-1] * 2), 1))
    assert anew
    np.testing.assert_array_equal(shown.values, values[:, ::-1] * 2)


@pytest.mark.parametrize("meaning", [Meaning.DISPARITY, Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_what_has_a_unit_is_left_as_it_is(meaning: Meaning) -> None:
    steady = SteadyGauge()
    for told in jittered(5, meaning=meaning):
        assert steady.follow(told)[0] is told


def test_another_model_starts_anew() -> None:
    steady = SteadyGauge()
    one, two, three = jittered(3)
    assert steady.follow(one)[1]
    assert not steady.follow(two)[1]
    shown, anew = steady.follow(replace(three, model="another"))
    assert anew
    np.testing.assert_array_equal(shown.values, three.values)


def test_flat_and_unknown_pictures_do_no_harm() -> None:
    steady = SteadyGauge()
    picture, values = scene(0, 3)
    flat, unknown = np.full_like(values, 0.4), np.full_like(values, np.nan)
    for k, told in enumerate((values, unknown, values, flat, flat, values)):
        shown, _ = steady.follow(frame(picture, told, k))
        np.testing.assert_array_equal(np.isfinite(shown.values), np.isfinite(told))


def test_a_moving_camera_is_calm_as_well() -> None:
    """Nothing stands still in the picture, and the scene as a whole changes slowly."""
    wide, depth = texture(HEIGHT, WIDTH + 200, 5), np.linspace(0.2, 0.8, WIDTH + 200, dtype=np.float32)
    rng = np.random.default_rng(2)
    steady, found, told = SteadyGauge(), [], []
    for k in range(40):
        picture = np.ascontiguousarray(wide[:, k : k + WIDTH])
        true = (
            np.tile(depth[:WIDTH], (HEIGHT, 1)) + np.float32(0.1) * np.sin(np.arange(HEIGHT, dtype=np.float32))[:, None]
        )
        told.append((true * rng.uniform(0.7, 1.4) + rng.uniform(-0.2, 0.2)).astype(np.float32))
        found.append(steady.follow(frame(picture, told[-1], k))[0].values)
    assert unrest(np.stack(told)) / unrest(np.stack(found)) > 8
