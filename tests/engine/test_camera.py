"""The camera's formulas, against points that are projected by hand."""

import math
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice, StereoRig

RIG = StereoRig(width_px=640, focal_px=500.0, baseline_m=0.1, cx_px=310.0, cy_px=245.0, doffs_px=12.0)


def project(rig: StereoRig, point: tuple[float, float, float]) -> tuple[float, float, float]:
    """(u, v, disparity) of a point (x right, y down, z forward) in metres, seen by two pinholes."""
    x, y, z = point
    left_u = rig.focal_px * x / z + rig.cx_px
    right_u = rig.focal_px * (x - rig.baseline_m) / z + rig.cx_px + rig.doffs_px
    return left_u, rig.focal_px * y / z + rig.cy_px, left_u - right_u


@pytest.mark.parametrize("z", [0.8, 2.0, 3.9])
def test_depth_is_what_two_pinholes_with_shifted_centres_see(z: float) -> None:
    _u, _v, disparity = project(RIG, (0.3, -0.2, z))
    assert RIG.depth_m(np.array([[disparity]], np.float32)) == pytest.approx(z, rel=1e-5)


def test_unknown_and_behind_the_camera_are_unknown() -> None:
    disparity = np.array([[np.nan, -12.0, -13.0, 0.0]], np.float32)
    depth = RIG.depth_m(disparity)
    assert depth.dtype == np.float32
    assert np.isnan(depth[0, :3]).all()
    assert depth[0, 3] == pytest.approx(500 * 0.1 / 12)


def test_points_come_back_to_where_they_were() -> None:
    depth = np.full((480, 640), 2.5, np.float32)
    points = RIG.points_m(depth)
    for u, v in ((0, 0), (310, 245), (639, 479), (17, 401)):
        x, y, z = (float(n) for n in points[v, u])
        seen_u, seen_v, _d = project(RIG, (x, y, z))
        assert (seen_u, seen_v) == (pytest.approx(u, abs=1e-3), pytest.approx(v, abs=1e-3))
        assert z == 2.5
    assert points[245, 310].tolist() == [0, 0, 2.5]


@pytest.mark.parametrize("width", [320, 1280, 427])
def test_a_resized_picture_keeps_its_metres(width: int) -> None:
    scaled = RIG.scaled_to(width)
    s = width / 640
    for point in ((0.3, -0.2, 2.0), (-0.7, 0.5, 1.1)):
        u, v, disparity = project(RIG, point)
        small_u, small_v, small_disparity = project(scaled, point)
        # Pixel centres: the middle of the picture stays the middle.
        assert small_u + 0.5 == pytest.approx((u + 0.5) * s)
        assert small_v + 0.5 == pytest.approx((v + 0.5) * s)
        assert small_disparity == pytest.approx(disparity * s)
    assert scaled.fov_deg == pytest.approx(RIG.fov_deg)


def test_field_of_view_is_the_angle_between_the_picture_s_edges() -> None:
    rig = StereoRig.from_fov((480, 640), fov_deg=90.0)
    assert rig.focal_px == pytest.approx(320.0)
    assert rig.fov_deg == pytest.approx(90.0)
    left_edge, right_edge = (-0.5 - rig.cx_px) / rig.focal_px, (639.5 - rig.cx_px) / rig.focal_px
    assert math.degrees(math.atan(right_edge) - math.atan(left_edge)) == pytest.approx(90.0)
    assert (rig.cx_px, rig.cy_px) == (319.5, 239.5)


@pytest.mark.parametrize(
    ("choice", "focal_px", "baseline_m", "assumed"),
    [
        (CameraChoice(), 320 / math.tan(math.radians(ASSUMED_FOV_DEG / 2)), EYE_DISTANCE_M, True),
        (CameraChoice(baseline_m=0.2), 320 / math.tan(math.radians(ASSUMED_FOV_DEG / 2)), 0.2, True),
        (CameraChoice(focal_px=700), 700, EYE_DISTANCE_M, True),
        (CameraChoice(fov_deg=90), 320, EYE_DISTANCE_M, True),
        (CameraChoice(baseline_m=0.2, fov_deg=90), 320, 0.2, False),
        (CameraChoice(baseline_m=0.2, focal_px=700), 700, 0.2, False),
        (CameraChoice(baseline_m=0.2, focal_px=700, fov_deg=90), 700, 0.2, False),
    ],
)
def test_metres_are_a_guess_until_both_lenses_are_known(
    choice: CameraChoice, focal_px: float, baseline_m: float, assumed: bool
) -> None:
    rig = choice.rig_for((480, 640))
    assert rig.focal_px == pytest.approx(focal_px)
    assert (rig.baseline_m, rig.assumed, rig.width_px) == (baseline_m, assumed, 640)


@pytest.mark.real
def test_motorcycle_is_as_far_as_its_calibration_says() -> None:
    folder = Path(__file__).resolve().parents[3] / "shared/data/stereo/middlebury_v3_motorcycle_Q"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}")
    said = dict(line.split("=", 1) for line in (folder / "calib.txt").read_text().splitlines() if "=" in line)
    focal, doffs, baseline_mm = (
        float(said["cam0"].strip("[]").split()[0]),
        float(said["doffs"]),
        float(said["baseline"]),
    )
    rig = StereoRig(int(said["width"]), focal, baseline_mm / 1000, 0.0, 0.0, doffs)
    # vmin and vmax bound the disparities of the scene; a motorcycle in a workshop is some metres away.
    near, far = rig.depth_m(np.array([float(said["vmax"]), float(said["vmin"])], np.float32))
    assert 1.5 < near < far < 10


def test_a_lens_that_a_model_saw_counts_where_the_person_says_nothing() -> None:
    seen = CameraChoice().rig_for((480, 640), 90.0)
    assert (seen.focal_px, seen.lens_assumed, seen.assumed) == (pytest.approx(320), False, True)
    assert CameraChoice(fov_deg=60.0).rig_for((480, 640), 90.0) == CameraChoice(fov_deg=60.0).rig_for((480, 640))
    assert CameraChoice(focal_px=700.0).rig_for((480, 640), 90.0).focal_px == 700.0
