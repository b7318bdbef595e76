from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.camera import StereoRig
from depthview.engine.cloud import PointCloud, cloud_from_depth
from depthview.engine.frames import DepthFrame, Disparity, Image, Meaning, StereoPair

RIG = StereoRig(width_px=64, focal_px=50.0, baseline_m=0.1, cx_px=30.0, cy_px=20.0, doffs_px=2.0)
MOTORCYCLE = Path(__file__).parents[3] / "shared/data/stereo/middlebury_v3_motorcycle_Q"


def picture(height: int, width: int) -> Image:
    """Each pixel's colour tells where it is."""
    y, x = np.mgrid[:height, :width]
    return np.stack([x % 256, y % 256, (x // 256) * 16 + y // 256], -1).astype(np.uint8)


def frame(disparity: Disparity, meaning: Meaning = Meaning.DISPARITY) -> DepthFrame:
    image = picture(*disparity.shape)
    return DepthFrame(StereoPair(image, image, 0, 0.0, 0.0), disparity, "m", "CPU", 0.0, 0.0, meaning)


def pixels(cloud: PointCloud) -> set[tuple[int, int]]:
    """(x, y) of the pixels that the points came from; pictures of up to 4096 px."""
    rgb = cloud.rgb.astype(int)
    return set(
        zip((rgb[:, 0] + (rgb[:, 2] // 16) * 256).tolist(), (rgb[:, 1] + rgb[:, 2] % 16 * 256).tolist(), strict=True)
    )


def test_each_point_projects_back_to_its_pixel_with_its_depth_and_colour() -> None:
    rng = np.random.default_rng(1)
    disparity = rng.uniform(1, 20, (48, 64)).astype(np.float32)
    cloud = cloud_from_depth(frame(disparity), RIG, drop_edges=False)
    assert len(cloud) == 48 * 64
    x, y, z = cloud.xyz_m.astype(float).T
    u = np.rint(x / z * RIG.focal_px + RIG.cx_px).astype(int)
    v = np.rint(y / z * RIG.focal_px + RIG.cy_px).astype(int)
    np.testing.assert_allclose(z, 50.0 * 0.1 / (disparity[v, u].astype(float) + 2.0), rtol=1e-6)
    np.testing.assert_array_equal(cloud.rgb, picture(48, 64)[v, u])
    assert cloud.footprint == pytest.approx(1 / 50.0)


def test_unknown_and_impossible_pixels_are_left_out() -> None:
    disparity = np.full((4, 64), 5.0, np.float32)
    disparity[0, :5] = [np.nan, np.inf, -2.0, -30.0, -np.inf]
    cloud = cloud_from_depth(frame(disparity), RIG)
    assert pixels(cloud) == {(x, y) for x in range(64) for y in range(4)} - {(x, 0) for x in range(5)}
    assert np.isfinite(cloud.xyz_m).all()
    nothing = cloud_from_depth(frame(np.full((4, 64), np.nan, np.float32)), RIG)
    assert len(nothing) == 0


def test_distances_outside_the_asked_range_are_left_out() -> None:
    depth = np.linspace(0.5, 4.0, 64, dtype=np.float32)
    disparity = np.tile(np.float32(5.0) / depth - np.float32(2.0), (4, 1)).astype(np.float32)
    cloud = cloud_from_depth(frame(disparity), RIG, min_distance_m=1.03, max_distance_m=2.97, drop_edges=False)
    inside = np.flatnonzero((depth >= 1.03) & (depth <= 2.97))
    assert pixels(cloud) == {(int(x), y) for x in inside for y in range(4)}


def test_a_rig_of_another_size_gives_the_same_room() -> None:
    small = np.full((30, 32), 4.0, np.float32)
    large = np.full((60, 64), 8.0, np.float32)
    a = cloud_from_depth(frame(small), RIG).xyz_m
    b = cloud_from_depth(frame(large), RIG).xyz_m
    assert a[0, 2] == pytest.approx(b[0, 2], rel=1e-6)
    np.testing.assert_allclose(a.mean(axis=0), b.mean(axis=0), atol=1e-5)


def test_what_is_as_good_as_infinitely_far_is_no_point() -> None:
    disparity = np.full((20, 1000), 5.0, np.float32)
    disparity[:, 400:600] = [[1e-6, 0.9] * 100]
    disparity[:, 600] = 1.1
    cloud = cloud_from_depth(frame(disparity), StereoRig.from_fov(disparity.shape), drop_edges=False)
    assert len(cloud) == 20 * 800
    assert cloud.xyz_m[:, 2].max() < 56
    converged = replace(StereoRig.from_fov(disparity.shape), doffs_px=10.0)
    assert len(cloud_from_depth(frame(disparity), converged, drop_edges=False)) == 20 * 1000, "nothing of it is far"


@pytest.mark.parametrize("limit", [1, 7, 100, 999, 3000, 12_345, 76_799, 76_800, 10**9])
@pytest.mark.parametrize("size", [(240, 320), (1, 76_800), (320, 240)])
def test_the_limit_holds_and_the_grid_is_even(size: tuple[int, int], limit: int) -> None:
    height, width = size
    disparity = np.full(size, width / 40, np.float32)
    cloud = cloud_from_depth(frame(disparity), StereoRig.from_fov(size), max_points=limit)
    assert 0 < len(cloud) <= limit
    if size == (240, 320):
        assert len(cloud) >= min(limit, height * width) * 0.3, "far fewer than allowed"
        xs = np.unique(np.rint(cloud.xyz_m[:, 0] / cloud.xyz_m[:, 2] * 1e4))
        assert len(xs) < 3 or np.ptp(np.diff(xs)) <= 2, "columns are evenly spaced"


def test_the_same_pixels_are_taken_in_every_frame() -> None:
    size = (100, 160)
    clouds = [
        cloud_from_depth(frame(np.full(size, d, np.float32)), StereoRig.from_fov(size), max_points=900)
        for d in (5.0, 9.0)
    ]
    np.testing.assert_array_equal(clouds[0].rgb, clouds[1].rgb)


def test_no_room_for_any_point_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="max_points"):
        cloud_from_depth(frame(np.full((4, 64), 5.0, np.float32)), RIG, max_points=0)


@pytest.mark.parametrize(
    ("assumed", "meaning", "relative"),
    [
        (False, Meaning.DISPARITY, False),
        (True, Meaning.DISPARITY, True),
        (False, Meaning.RELATIVE_INVERSE_DEPTH, True),
    ],
)
def test_a_guessed_rig_or_relative_depth_marks_the_cloud(assumed: bool, meaning: Meaning, relative: bool) -> None:
    rig = StereoRig.from_fov((4, 64), assumed=assumed)
    assert cloud_from_depth(frame(np.full((4, 64), 5.0, np.float32), meaning), rig).relative is relative


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_flying_pixels_go_and_clean_edges_stay(transposed: bool, step: int) -> None:
    size = (120, 120)
    clean = np.full(size, 10.0, np.float32)
    clean[:, 60:] = 40.0
    clean[:, 20:22] = 40.0  # a thin pole
    blurred = clean.copy()
    blurred[:, 59:63] = [14.0, 22.0, 30.0, 36.0]  # what an estimator makes of the edge
    if transposed:
        clean, blurred = clean.T.copy(), blurred.T.copy()
    rig = StereoRig.from_fov(size)
    limit = None if step == 1 else (120 // step) ** 2
    everything = cloud_from_depth(frame(clean), rig, max_points=limit, drop_edges=False)
    assert len(cloud_from_depth(frame(clean), rig, max_points=limit)) == len(everything), "clean edges lose nothing"
    cleaned = cloud_from_depth(frame(blurred), rig, max_points=limit)
    total = np.float64(rig.focal_px * rig.baseline_m) / cleaned.xyz_m[:, 2].astype(float)
    assert set(np.rint(total).astype(int)) == {10, 40}, "nothing hangs between the two surfaces"
    flying = {p for p in pixels(everything) if p[1 if transposed else 0] in range(59, 63)}
    assert pixels(everything) - pixels(cleaned) == flying


def test_slanted_floors_and_walls_stay_whole() -> None:
    height, width = 480, 640
    rig = StereoRig.from_fov((height, width), baseline_m=0.12)
    rows = np.arange(height, dtype=np.float32)[:, None] - np.float32(rig.cy_px)
    floor = np.tile(np.where(rows > 5, rows * np.float32(0.12 / 0.3), np.nan), (1, width)).astype(np.float32)
    noisy = floor + np.random.default_rng(0).normal(0, 0.1, floor.shape).astype(np.float32)
    for disparity in (floor, noisy):
        cloud = cloud_from_depth(frame(disparity), rig)
        assert len(cloud) > 0.999 * np.isfinite(disparity).sum()
    columns = np.arange(width, dtype=np.float32)
    wall = np.tile(20 + columns * np.float32(0.12), (height, 1)).astype(np.float32)
    assert len(cloud_from_depth(frame(wall), rig)) == height * width


@pytest.mark.real
def test_a_real_scene_blurred_by_upsampling_keeps_its_surfaces() -> None:
    if not MOTORCYCLE.is_dir():
        pytest.skip(f"no real data at {MOTORCYCLE}")
    raw = (MOTORCYCLE / "disp0GT.pfm").read_bytes().split(b"\n", 3)
    width, height = map(int, raw[1].split())
    truth = np.frombuffer(raw[3], "<f4").reshape(height, width)[::-1].copy()
    truth[~np.isfinite(truth)] = np.nan
    filled = np.nan_to_num(truth, nan=float(np.nanmedian(truth)))
    # What a network that works at a third of the size hands back.
    small = cv2.resize(filled, (width // 3, height // 3), interpolation=cv2.INTER_AREA)
    estimate = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)
    estimate[np.isnan(truth)] = np.nan
    low = cv2.erode(filled, np.ones((7, 7)))
    high = cv2.dilate(filled, np.ones((7, 7)))
    flying = (high - low > 8) & (np.minimum(estimate - low, high - estimate) > 0.25 * (high - low))
    rig = StereoRig(width, 999.421, 0.193001, 294.182, 252.932, 32.778)
    kept = np.zeros(truth.shape, bool)
    for x, y in pixels(cloud_from_depth(frame(estimate), rig)):
        kept[y, x] = True
    flat = np.isfinite(truth) & (high - low < 2)
    assert kept[flat].mean() > 0.999
    known = flying & np.isfinite(estimate)
    assert known.sum() > 1000
    assert kept[known].mean() < 0.3


def test_a_cloud_refuses_arrays_that_are_not_points() -> None:
    with pytest.raises(ValueError, match="xyz_m"):
        PointCloud(np.zeros((3, 3)), np.zeros((3, 3), np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="rows of rgb"):
        PointCloud(np.zeros((3, 3), np.float32), np.zeros((2, 3), np.uint8))
