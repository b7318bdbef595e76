"""Rig files: our own to the last digit, others' in all their spellings, and hostile ones with a sentence."""

import json
import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depthview.engine.camera import EYE_DISTANCE_M, StereoRig
from depthview.engine.errors import UserError
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig, write_rig
from tests.commands.runner import ROOT
from tests.engine.rigs.bent_rig import SIZE_HW, bent_rig, fisheye_rig

ARRAYS = ("left_matrix", "left_distortion", "right_matrix", "right_distortion", "rotation", "translation_m")
DATA = Path(__file__).resolve().parents[4] / "shared/data/stereo"
real = pytest.mark.skipif(not DATA.is_dir(), reason=f"no real data at {DATA}")


def read_calibrated(path: Path) -> CalibratedRig:
    rig = read_rig(path)
    assert isinstance(rig, CalibratedRig)
    return rig


def read_rectified(path: Path, pictures_hw: tuple[int, int] | None = None) -> StereoRig:
    rig = read_rig(path, pictures_hw=pictures_hw)
    assert isinstance(rig, StereoRig)
    return rig


def assert_same(found: CalibratedRig, wanted: CalibratedRig, tolerance: float = 0.0) -> None:
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), rtol=0, atol=tolerance, err_msg=name)
    assert found.size_hw == wanted.size_hw


def written_by_opencv(path: Path, values: dict[str, object]) -> Path:
    storage = cv2.FileStorage(str(path), cv2.FILE_STORAGE_WRITE)
    for key, value in values.items():
        storage.write(key, value)  # type: ignore[call-overload]
    storage.release()
    return path


def as_opencv_samples(rig: CalibratedRig) -> dict[str, object]:
    return {
        "K1": rig.left_matrix,
        "D1": rig.left_distortion.reshape(1, -1),
        "K2": rig.right_matrix,
        "D2": rig.right_distortion.reshape(1, -1),
        "R": rig.rotation,
        "T": rig.translation_m.reshape(3, 1),
        "image_width": SIZE_HW[1],
        "image_height": SIZE_HW[0],
    }


def test_what_is_written_is_read_again_to_the_last_digit(tmp_path: Path) -> None:
    rig = replace(bent_rig(name='a "camera": #1 \\ ü'), rms_px=0.1 + 0.2, rows_px=0.25, views=17)
    write_rig(tmp_path / "rig.yml", rig)
    found = read_calibrated(tmp_path / "rig.yml")
    assert_same(found, rig)
    rest = {f.name for f in fields(rig)} - {*ARRAYS, "name"}
    assert {name: getattr(found, name) for name in rest} == {name: getattr(rig, name) for name in rest}
    assert found.name == "a camera : 1 ü"
    write_rig(tmp_path / "again.yml", found)
    assert read_calibrated(tmp_path / "again.yml").name == found.name


def test_opencv_reads_what_we_write(tmp_path: Path) -> None:
    rig = bent_rig(name='"quoted": #')
    write_rig(tmp_path / "rig.yml", rig)
    storage = cv2.FileStorage(str(tmp_path / "rig.yml"), cv2.FILE_STORAGE_READ)
    for key, array in as_opencv_samples(rig).items():
        node = storage.getNode(key)
        read = node.mat() if isinstance(array, np.ndarray) else node.real()
        np.testing.assert_array_equal(read, array, err_msg=key)


def test_an_unknown_baseline_stays_unknown(tmp_path: Path) -> None:
    write_rig(tmp_path / "rig.yml", replace(bent_rig(), baseline_known=False))
    found = read_calibrated(tmp_path / "rig.yml")
    assert not found.baseline_known
    assert found.warp(SIZE_HW).rig.assumed


@pytest.mark.parametrize("suffix", [".yml", ".xml", ".json"])
def test_files_that_opencv_writes(tmp_path: Path, suffix: str) -> None:
    rig = bent_rig()
    path = written_by_opencv(tmp_path / f"stereo{suffix}", as_opencv_samples(rig))
    assert_same(read_calibrated(path), rig, 1e-12)


@pytest.mark.parametrize(
    "spelling",
    [
        ("K1", "D1", "K2", "D2", "R", "T"),
        ("M1", "D1", "M2", "D2", "R", "T"),
        ("cameraMatrixL", "distCoeffsL", "cameraMatrixR", "distCoeffsR", "R", "T"),
        ("CameraMatrix1", "DistCoeffs1", "CameraMatrix2", "DistCoeffs2", "R", "T"),
        ("camera_matrix_left", "dist_coeffs_left", "camera_matrix_right", "dist_coeffs_right", "rotation", "trans"),
        ("intrinsic_left", "distCoeffs_left", "intrinsic_right", "distCoeffs_right", "R", "T"),
        ("left_K", "left_D", "right_K", "right_D", "Rotation_Matrix", "Translation_Vector"),
        ("cameraMatrix0", "distCoeffs0", "cameraMatrix1", "distCoeffs1", "R", "T"),
        ("mtx_l", "dist_l", "mtx_r", "dist_r", "rmat", "tvec"),
    ],
)
def test_spellings(tmp_path: Path, spelling: tuple[str, ...]) -> None:
    rig = bent_rig()
    values = as_opencv_samples(rig)
    renamed = dict(zip(spelling, [values[key] for key in ("K1", "D1", "K2", "D2", "R", "T")], strict=True))
    path = written_by_opencv(tmp_path / "s.yml", {**renamed, "imageSize": np.array([[640.0, 480.0]])})
    assert_same(read_calibrated(path), rig, 1e-12)


def test_nested_json_and_a_rotation_vector(tmp_path: Path) -> None:
    rig = bent_rig()
    eyes = {
        side: {"K": matrix.tolist(), "D": distortion.tolist()}
        for side, matrix, distortion in (
            ("left", rig.left_matrix, rig.left_distortion),
            ("right", rig.right_matrix, rig.right_distortion),
        )
    }
    turn = np.asarray(cv2.Rodrigues(rig.rotation)[0]).ravel().tolist()
    values = {**eyes, "rvec": turn, "T": rig.translation_m.tolist(), "width": 640, "height": 480}
    (tmp_path / "c.json").write_text(json.dumps(values))
    assert_same(read_calibrated(tmp_path / "c.json"), rig, 1e-9)


def test_opencv_samples_two_files_are_read_by_either(tmp_path: Path) -> None:
    rig = bent_rig()
    values = as_opencv_samples(rig)
    written_by_opencv(tmp_path / "intrinsics.yml", {k: values[k] for k in ("K1", "D1", "K2", "D2", "image_width")})
    written_by_opencv(tmp_path / "extrinsics.yml", {k: values[k] for k in ("R", "T", "image_height")})
    assert_same(read_calibrated(tmp_path / "intrinsics.yml"), rig, 1e-12)
    assert_same(read_calibrated(tmp_path / "extrinsics.yml"), rig, 1e-12)


@pytest.mark.parametrize(
    ("factor", "unit", "baseline_m", "known"),
    [
        (1.0, None, 0.0600, True),
        (1000.0, None, 0.0600, True),  # millimetres
        (40.0, None, EYE_DISTANCE_M, False),  # squares, perhaps
        (100.0, "cm", 0.0600, True),
        (1000.0, "mm", 0.0600, True),
    ],
)
def test_lengths_without_a_unit_are_told_by_their_size(
    tmp_path: Path, factor: float, unit: str | None, baseline_m: float, known: bool
) -> None:
    values = as_opencv_samples(bent_rig())
    values["T"] = bent_rig().translation_m.reshape(3, 1) * factor
    found = read_calibrated(written_by_opencv(tmp_path / "s.yml", values | ({"unit": unit} if unit else {})))
    assert found.baseline_m == pytest.approx(baseline_m, rel=0.001)
    assert found.baseline_known is known
    assert ("millimetres" in found.name) == (factor == 1000 and unit is None)


def test_a_size_that_is_not_said_is_told_by_the_centre_or_the_pictures(tmp_path: Path) -> None:
    values = as_opencv_samples(bent_rig())
    del values["image_width"], values["image_height"]
    path = written_by_opencv(tmp_path / "s.yml", values)
    found = read_calibrated(path)
    assert found.size_hw == SIZE_HW
    assert "640 x 480" in found.name
    sized = read_rig(path, pictures_hw=(500, 650))
    assert isinstance(sized, CalibratedRig)
    assert sized.size_hw == (500, 650)


def test_a_rig_with_its_eyes_exchanged_is_put_right(tmp_path: Path) -> None:
    rig = bent_rig()
    path = written_by_opencv(tmp_path / "s.yml", as_opencv_samples(rig.exchanged))
    assert_same(read_calibrated(path), rig, 1e-9)


ROS_EYE = """image_width: 640
image_height: 480
camera_name: {name}
camera_matrix:
  rows: 3
  cols: 3
  data: [{k}]
distortion_model: {model}
distortion_coefficients:
  rows: 1
  cols: {count}
  data: [{d}]
rectification_matrix:
  rows: 3
  cols: 3
  data: [{r}]
projection_matrix:
  rows: 3
  cols: 4
  data:
{p}
"""


def ros_files(folder: Path, rig: CalibratedRig, *, model: str = "plumb_bob") -> tuple[Path, Path]:
    """As ROS's camera_calibration writes them, the projection as a list of lines."""
    r1, r2, p1, p2, *_rest = cv2.stereoRectify(
        rig.left_matrix,
        rig.left_distortion,
        rig.right_matrix,
        rig.right_distortion,
        SIZE_HW[::-1],
        rig.rotation,
        rig.translation_m.reshape(3, 1),
        flags=cv2.CALIB_ZERO_DISPARITY,
        alpha=0,
    )
    paths = []
    for name, k, d, r, p in (
        ("left", rig.left_matrix, rig.left_distortion, r1, p1),
        ("right", rig.right_matrix, rig.right_distortion, r2, p2),
    ):
        flat = {key: ", ".join(map(repr, map(float, np.ravel(a)))) for key, a in (("k", k), ("d", d), ("r", r))}
        lines = "\n".join(f"  - {float(number)!r}" for number in np.ravel(p))
        paths.append(folder / f"{name}.yaml")
        paths[-1].write_text(ROS_EYE.format(name=name, model=model, count=d.size, p=lines, **flat))
    return paths[0], paths[1]


@pytest.mark.parametrize("named", [0, 1])
def test_a_pair_of_ros_files_is_read_by_either(tmp_path: Path, named: int) -> None:
    rig = bent_rig()
    assert_same(read_calibrated(ros_files(tmp_path, rig)[named]), rig, 1e-9)


def test_a_ros_file_without_its_partner_and_one_of_unknown_lenses(tmp_path: Path) -> None:
    left, right = ros_files(tmp_path, bent_rig(), model="thin_prism")
    with pytest.raises(UserError, match="thin_prism"):
        read_rig(left)
    right.unlink()
    with pytest.raises(UserError, match="does not lie beside it"):
        read_rig(left)


def test_what_a_rig_is_called_does_not_bend_its_lenses(tmp_path: Path) -> None:
    rig = bent_rig(name="fisheye tests")
    write_rig(tmp_path / "rig.yml", rig)
    found = read_calibrated(tmp_path / "rig.yml")
    assert_same(found, rig)
    assert not found.fisheye


def test_fisheye_rigs_are_written_and_read_again_and_so_are_those_of_ros(tmp_path: Path) -> None:
    rig = fisheye_rig()
    write_rig(tmp_path / "rig.yml", rig)
    found = read_calibrated(tmp_path / "rig.yml")
    assert_same(found, rig)
    assert found.fisheye
    ros = read_calibrated(ros_files(tmp_path, rig, model="equidistant")[0])
    assert_same(ros, rig, 1e-9)
    assert ros.fisheye
    other = (tmp_path / "right.yaml").read_text().replace("equidistant", "plumb_bob")
    (tmp_path / "right.yaml").write_text(other)
    with pytest.raises(UserError, match="lenses of different kinds"):
        read_rig(tmp_path / "left.yaml")


MIDDLEBURY = """cam0=[999.421 0 294.182; 0 999.421 252.932; 0 0 1]
cam1=[999.421 0 326.96; 0 999.421 252.932; 0 0 1]
doffs=32.778
baseline=193.001
width=741
height=497
ndisp=70
"""


def test_middlebury(tmp_path: Path) -> None:
    (tmp_path / "calib.txt").write_text(MIDDLEBURY)
    rig = read_rectified(tmp_path / "calib.txt")
    wanted = StereoRig(741, 999.421, 0.193001, 294.182, 252.932, 32.778, name="calib.txt")
    assert rig == wanted
    assert read_rectified(tmp_path / "calib.txt", (994, 1482)) == wanted, "the same pictures at twice the size"
    with pytest.raises(UserError, match="it is of pictures of 741 x 497, and these are 640 x 360"):
        read_rig(tmp_path / "calib.txt", pictures_hw=(360, 640))
    (tmp_path / "calib.txt").write_text(MIDDLEBURY.replace("doffs=32.778\n", ""))
    assert read_rectified(tmp_path / "calib.txt").doffs_px == pytest.approx(32.778)


def test_texts_with_a_matrix_and_a_baseline(tmp_path: Path) -> None:
    said = "K (3x3 intrinsic matrix):\n300.5 0.0 268.0\n0.0 300.5 314.0\n0.0 0.0 1.0\n\nbaseline (meters): 0.108\n"
    (tmp_path / "calib.txt").write_text(said)
    rig = read_rectified(tmp_path / "calib.txt", (640, 544))
    assert (rig.width_px, rig.focal_px, rig.baseline_m, rig.cx_px, rig.doffs_px) == (544, 300.5, 0.108, 268, 0)
    assert "537 x 629" in read_rectified(tmp_path / "calib.txt").name, "a size that nobody said is said to be guessed"
    (tmp_path / "K.txt").write_text("754.7 0.0 489.4 0.0 754.7 265.2 0.0 0.0 1.0\n0.063\n")
    assert read_rectified(tmp_path / "K.txt", (540, 960)).focal_px == 754.7
    lines = [
        f"P{i}: 718.856 0 607.19 {-718.856 * x} 0 718.856 185.2 0 0 0 1 0" for i, x in enumerate((0, 0.5, 0, 0.54))
    ]
    (tmp_path / "kitti.txt").write_text("\n".join(lines))
    assert read_rectified(tmp_path / "kitti.txt", (376, 1241)).baseline_m == pytest.approx(0.54)


def changed(key: str, value: object) -> dict[str, object]:
    return as_opencv_samples(bent_rig()) | {key: value}


@pytest.mark.parametrize(
    "values",
    [
        changed("K1", np.full((3, 3), np.nan)),
        changed("K1", np.zeros((3, 3))),
        changed("K1", np.diag([-500.0, 500.0, 1.0])),
        changed("D1", np.full((1, 5), 1e9)),
        changed("D2", np.ones((1, 30))),
        changed("R", np.zeros((3, 3))),
        changed("R", np.diag([1.0, 1.0, -1.0])),
        changed("R", np.eye(4)),
        changed("T", np.zeros((3, 1))),
        changed("T", np.array([[np.inf], [0.0], [0.0]])),
        changed("T", np.array([[-1.0], [0.0]])),
        changed("image_width", 10**9),
        changed("image_width", -640),
        changed("fisheye", 1),  # five numbers a lens, where fisheye lenses have four
    ],
)
def test_numbers_of_no_camera_are_refused(tmp_path: Path, values: dict[str, object]) -> None:
    with pytest.raises(UserError, match=r"This calibration cannot be used, since .+: calibrate again"):
        read_rig(written_by_opencv(tmp_path / "bad.yml", values))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no stereo calibration"),
        ("hello: world\n", "no stereo calibration"),
        ("K1: [1, 2, 3", "cannot be used"),
        ("a:\n" * 3 + " b:\n  c:\n   d:\n    e:\n     f:\n      g:\n       h:\n        i:\n         j: 1\n", "cannot"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "cannot be used"),
        ("<x><y></x>", "cannot be used"),
        ('{"K1": ', "cannot be used"),
        ("[" * 100_000, "no stereo calibration"),
        ('{"a":' * 50_000, "cannot be used"),
        ("K1: !!opencv-matrix\n   rows: 1000000\n   cols: 1000000\n   data: [ 1. ]\n", "cannot be used"),
        (MIDDLEBURY.replace("999.421", "0"), "cannot be used"),
        (MIDDLEBURY.replace("193.001", "-1"), "cannot be used"),
        (MIDDLEBURY.replace("741", "1e300"), "cannot be used"),
        ("x" * 1_000_001, "too large"),
        ("a" + " " * 999_000, "no stereo calibration"),
        ("K1: [" + "\n1," * 330_000, "the file ends within a list"),
        ('{"K1": ' + "9" * 400 + "}", "no stereo calibration"),
        ("700 0 -1e999 0 700 5 0 0 1\n0.1\n", "neither the size"),
        ("K1: 1\0", "no stereo calibration"),
    ],
)
def test_other_texts_end_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "x.yml").write_text(text)
    with pytest.raises(UserError, match=sentence):
        read_rig(tmp_path / "x.yml")


_READ = """
import sys
from pathlib import Path
from depthview.engine.errors import UserError
from depthview.engine.stereo.rigs.rig_file import read_rig
try:
    read_rig(Path(sys.argv[1]))
except UserError as error:
    print(error)
"""
_FOR_EVER_S, _LONG = 60, 900_000


@pytest.mark.parametrize("text", [" " * _LONG + "x\n:", "K1: " + "1" * _LONG + "x", "K1: [ " + "1" * _LONG + "x ]"])
def test_a_line_that_could_be_split_in_many_ways_holds_nobody_up(tmp_path: Path, text: str) -> None:
    """In a process of its own: tried one after the other they take days, in which nothing here could say so."""
    (tmp_path / "x.yml").write_text(text)
    command = [sys.executable, "-c", _READ, str(tmp_path / "x.yml")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=_FOR_EVER_S, check=True, cwd=ROOT).stdout
    assert "cannot be used" in said or "no stereo calibration" in said


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "calib.txt")
    with pytest.raises(UserError, match="no stereo calibration"):
        read_rig(tmp_path / "calib.txt")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_rig(tmp_path / "none.yml")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused_with_a_sentence(tmp_path: Path, data: st.DataObject) -> None:
    write_rig(tmp_path / "rig.yml", bent_rig())
    text = (tmp_path / "rig.yml").read_bytes()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    text = text[:start] + data.draw(st.binary(max_size=8)) + text[end:]
    text = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    (tmp_path / "bad.yml").write_bytes(text)
    try:
        rig = read_rig(tmp_path / "bad.yml")
    except UserError:
        return
    try:
        assert isinstance(rig, CalibratedRig)
        rig.warp(rig.size_hw if max(rig.size_hw) < 2000 else (48, 64))
    except UserError:
        return


@pytest.mark.real
@real
@pytest.mark.parametrize("folder", ["usb_stereo_scene_raw", "sbs_usb_chessboard_1280x480"])
def test_the_usb_cameras_own_file(folder: str) -> None:
    rig = read_calibrated(DATA / folder / "StereoCalibration.yml")
    assert rig.size_hw == (480, 640)
    assert rig.baseline_m == pytest.approx(0.0601, abs=1e-4)
    assert "millimetres" in rig.name
    assert rig.warp((480, 640)).rig.baseline_m == pytest.approx(0.0601, abs=1e-4)


@pytest.mark.real
@real
def test_the_texts_beside_real_pairs() -> None:
    motorcycle = read_rectified(DATA / "middlebury_v3_motorcycle_Q" / "calib.txt")
    assert (motorcycle.focal_px, motorcycle.doffs_px, motorcycle.width_px) == (999.421, 32.778, 741)
    tinynav = read_rectified(DATA / "tinynav_looper" / "calib.txt", (640, 544))
    assert (tinynav.focal_px, tinynav.baseline_m) == pytest.approx((305.957, 0.10831), abs=1e-3)
