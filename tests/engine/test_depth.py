"""What values mean: near and far, metres and none, against numbers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.cloud import cloud_from_depth
from depthview.engine.depth import DepthScale
from depthview.engine.frames import DepthFrame, Meaning, Values
from tests.engine.dot_pairs import depth_frame

RIG = StereoRig(width_px=64, focal_px=50.0, baseline_m=0.1, cx_px=30.0, cy_px=20.0, doffs_px=2.0)
LENS_UNKNOWN = CameraChoice().rig_for((48, 64))
RELATIVE = (Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH)


def frame(values: Values, meaning: Meaning) -> DepthFrame:
    return replace(depth_frame(values), meaning=meaning)


def row(*numbers: float) -> Values:
    return np.array([numbers], np.float32)


@pytest.mark.parametrize(
    ("meaning", "near_to_far"),
    [
        (Meaning.DISPARITY, (40.0, 10.0, 1.0)),
        (Meaning.RELATIVE_INVERSE_DEPTH, (0.9, 0.5, -0.3)),
        (Meaning.METRIC_DEPTH, (0.5, 2.0, 30.0)),
        (Meaning.RANGE, (0.5, 2.0, 30.0)),
        (Meaning.AFFINE_DEPTH, (-0.4, 0.5, 3.0)),
    ],
)
def test_near_is_high_whatever_the_values_and_comes_back(meaning: Meaning, near_to_far: tuple[float, ...]) -> None:
    scale = DepthScale(meaning, RIG)
    nearness = scale.nearness(row(*near_to_far, np.nan))
    assert (np.diff(nearness[0, :3]) < 0).all()
    assert np.isnan(nearness[0, 3])
    for value, near in zip(near_to_far, nearness[0, :3], strict=True):
        assert scale.nearness_of(value) == pytest.approx(float(near), rel=1e-6)
        assert scale.value_at(scale.nearness_of(value)) == pytest.approx(value)


def test_metres_come_from_the_rig_or_from_the_model_and_from_nowhere_else() -> None:
    def metres(meaning: Meaning) -> Values:
        found = DepthScale(meaning, RIG).metres(row(8.0, 0.0, -3.0, np.nan, np.inf))
        assert found is not None
        return found[0]

    np.testing.assert_allclose(metres(Meaning.DISPARITY)[:2], [50 * 0.1 / 10, 50 * 0.1 / 2], rtol=1e-6)
    for meaning in (Meaning.METRIC_DEPTH, Meaning.RANGE):
        assert metres(meaning)[0] == 8.0
        assert np.isnan(metres(meaning)[1:]).all(), "no depth is 0, behind the eye or endless"
    for meaning in RELATIVE:
        scale = DepthScale(meaning, RIG)
        assert scale.metres(row(8.0)) is None
        assert (scale.has_metres, scale.unit, scale.file_stem) == (False, "", "relative")


def test_what_is_farther_is_unknown_where_there_are_metres() -> None:
    def kept(meaning: Meaning, *values: float) -> list[bool]:
        return np.isfinite(DepthScale(meaning, RIG).within(row(*values), 2.0)).tolist()[0]

    # 5 / (d + 2) metres: 2 m at half a pixel.
    assert kept(Meaning.DISPARITY, 0.4, 0.6, np.nan) == [False, True, False]
    assert kept(Meaning.METRIC_DEPTH, 1.9, 2.1, np.nan) == [True, False, False]
    assert kept(Meaning.RANGE, 1.9, 2.1) == [True, False]
    for meaning in RELATIVE:
        assert kept(meaning, 0.1, 5.0, 500.0) == [True, True, True], "a distance says nothing here"


@pytest.mark.parametrize(
    ("meaning", "known", "guessed"),
    [
        (Meaning.DISPARITY, ("3.00 px", "1.00 m"), ("3.00 px", "~1.20 m")),
        (Meaning.METRIC_DEPTH, ("3.00 m",), ("3.00 m",)),
        (Meaning.RANGE, ("3.00 m",), ("3.00 m",)),
        (Meaning.RELATIVE_INVERSE_DEPTH, ("3",), ("3",)),
        (Meaning.AFFINE_DEPTH, ("3",), ("3",)),
    ],
)
def test_figures_carry_the_unit_that_the_value_has(
    meaning: Meaning, known: tuple[str, ...], guessed: tuple[str, ...]
) -> None:
    assert DepthScale(meaning, RIG).figures(3.0) == known
    assert DepthScale(meaning, LENS_UNKNOWN).figures(3.0) == guessed


def test_metres_told_for_a_lens_that_nobody_knows_are_marked() -> None:
    scale = DepthScale(Meaning.METRIC_DEPTH, RIG, guessed=True)
    assert (scale.figures(3.0), scale.is_guess, scale.shape_is_guess) == (("~3.00 m",), True, True)


def room(finer: int = 1) -> Values:
    """Depth along the axis, metres: a floor under a far wall, a near box in front."""
    height, width, rig = 48 * finer, 64 * finer, RIG.scaled_to(64 * finer)
    y = (np.arange(height, dtype=np.float32)[:, None] - np.float32(rig.cy_px)) / np.float32(rig.focal_px)
    with np.errstate(divide="ignore"):
        depth = np.minimum(np.where(y > 0, np.float32(1.2) / y, np.inf), np.float32(4.0))
    depth = np.repeat(depth, width, axis=1).astype(np.float32)
    depth[20 * finer : 40 * finer, 10 * finer : 22 * finer] = 1.5
    return depth


def rays(size_hw: tuple[int, int]) -> Values:
    height, width = size_hw
    x = (np.arange(width) - RIG.cx_px) / RIG.focal_px
    y = (np.arange(height) - RIG.cy_px) / RIG.focal_px
    return np.sqrt(1 + x[None] ** 2 + y[:, None] ** 2).astype(np.float32)


@pytest.mark.parametrize("meaning", [Meaning.DISPARITY, Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_the_same_room_is_the_same_cloud_whatever_it_is_told_in(meaning: Meaning) -> None:
    depth = room()
    told = {
        Meaning.DISPARITY: np.float32(RIG.focal_px * RIG.baseline_m) / depth - np.float32(RIG.doffs_px),
        Meaning.METRIC_DEPTH: depth,
        Meaning.RANGE: depth * rays((48, 64)),
    }[meaning]
    cloud = cloud_from_depth(frame(told, meaning), RIG, drop_edges=False)
    np.testing.assert_allclose(cloud.xyz_m.reshape(48, 64, 3), RIG.points_m(depth), rtol=1e-4, atol=1e-5)
    assert not cloud.relative
    assert not cloud.unitless


@pytest.mark.parametrize("meaning", [Meaning.METRIC_DEPTH, Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH])
def test_flying_pixels_go_from_every_cloud_and_surfaces_stay(meaning: Meaning) -> None:
    depth = room(finer=6)
    depth[120:240, 59] = 1.9  # what a network makes of the edge between the box at 1.5 m and what is behind
    told = 7 / depth if meaning is Meaning.RELATIVE_INVERSE_DEPTH else depth
    told = np.asarray(told, np.float32)
    everything = cloud_from_depth(frame(told, meaning), RIG, drop_edges=False)
    cleaned = cloud_from_depth(frame(told, meaning), RIG)
    gone = len(everything) - len(cleaned)
    assert 90 <= gone <= 150, "the 120 that hang in the air, but for those at the floor, and hardly anything else"


@pytest.mark.parametrize("meaning", RELATIVE)
def test_a_relative_cloud_depends_on_neither_scale_nor_offset_and_says_what_it_is(meaning: Meaning) -> None:
    depth = room()
    told = np.asarray(1 / depth if meaning is Meaning.RELATIVE_INVERSE_DEPTH else depth, np.float32)
    clouds = [cloud_from_depth(frame(values, meaning), RIG) for values in (told, told * 37 - 5)]
    np.testing.assert_allclose(clouds[0].xyz_m, clouds[1].xyz_m, rtol=2e-3)
    z = clouds[0].xyz_m[:, 2]
    assert float(np.median(z)) == pytest.approx(2.0, rel=0.1), "its middle is where a person can walk"
    assert z.max() / z.min() < 12
    nearest = clouds[0].xyz_m[np.argmin(z)]
    column = nearest[0] / nearest[2] * RIG.focal_px + RIG.cx_px
    assert (10 <= column < 22) or nearest[1] > 0, "near is still near"
    assert clouds[0].relative
    assert clouds[0].unitless


def test_a_distance_leaves_nothing_out_of_a_relative_cloud() -> None:
    told = np.asarray(1 / room(), np.float32)
    cloud = cloud_from_depth(frame(told, Meaning.RELATIVE_INVERSE_DEPTH), RIG, max_distance_m=0.01, drop_edges=False)
    assert len(cloud) == told.size


@pytest.mark.parametrize("meaning", list(Meaning))
def test_flat_empty_and_single_pictures_do_no_harm(meaning: Meaning) -> None:
    for values in (np.full((8, 8), 0.7, np.float32), np.full((8, 8), np.nan, np.float32), row(0.5)):
        cloud = cloud_from_depth(frame(values, meaning), RIG.scaled_to(values.shape[1]))
        assert len(cloud) == np.isfinite(values).sum()
        assert np.isfinite(cloud.xyz_m).all()


@pytest.mark.parametrize(
    ("camera", "relative"),
    [
        (CameraChoice(), True),
        (CameraChoice(baseline_m=0.1), True),
        (CameraChoice(fov_deg=60), False),
        (CameraChoice(focal_px=80), False),
    ],
)
def test_metres_of_the_model_need_no_baseline_but_a_lens(camera: CameraChoice, relative: bool) -> None:
    cloud = cloud_from_depth(frame(room(), Meaning.METRIC_DEPTH), camera.rig_for((48, 64)))
    assert (cloud.relative, cloud.unitless) == (relative, False)
