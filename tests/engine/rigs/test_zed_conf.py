"""A ZED camera's SN*.conf: the numbers of the size at hand, millimetres, the right eye's place seen from the left."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig
from tests.engine.rigs.bent_rig import points_m

TURN = (0.004, 0.012, -0.0016)
PLACE_MM = (119.9, 0.4, -0.7)
MODES = {"2K": (2208, 1242, 1400.0), "FHD": (1920, 1080, 1400.0), "HD": (1280, 720, 700.0), "VGA": (672, 376, 350.0)}


def conf(modes: tuple[str, ...] = tuple(MODES)) -> str:
    text = ""
    for mode in modes:
        width, height, focal = MODES[mode]
        for side, off in (("LEFT", 3.0), ("RIGHT", -5.0)):
            text += f"[{side}_CAM_{mode}]\r\nfx={focal}\r\nfy={focal + 1}\r\ncx={width / 2 + off}\r\n"
            text += f"cy={height / 2 + off}\r\nk1=-0.17\r\nk2=0.028\r\nk3=0.001\r\np1=0.0003\r\np2=-0.0005\r\n\r\n"
    text += f"[STEREO]\r\nBaseline={PLACE_MM[0]}\r\nTY={PLACE_MM[1]}\r\nTZ={PLACE_MM[2]}\r\n"
    for mode in modes:
        text += "".join(f"{name}_{mode}={angle}\r\n" for name, angle in zip(("RX", "CV", "RZ"), TURN, strict=True))
    return text + "[MISC]\r\nSensor_ID=0\r\nSerial=12a\r\n"


def read(tmp_path: Path, text: str, pictures_hw: tuple[int, int] | None = None) -> CalibratedRig:
    (tmp_path / "SN10027879.conf").write_text(text, newline="")
    rig = read_rig(tmp_path / "SN10027879.conf", pictures_hw=pictures_hw)
    assert isinstance(rig, CalibratedRig)
    return rig


@pytest.mark.parametrize("mode", MODES)
def test_the_numbers_of_the_size_at_hand_are_taken(tmp_path: Path, mode: str) -> None:
    width, height, focal = MODES[mode]
    rig = read(tmp_path, conf(), (height, width))
    assert rig.size_hw == (height, width)
    assert rig.name == f"SN10027879.conf, {mode}"
    assert rig.left_matrix.tolist() == [[focal, 0, width / 2 + 3], [0, focal + 1, height / 2 + 3], [0, 0, 1]]
    assert rig.right_distortion.tolist() == [-0.17, 0.028, 0.0003, -0.0005, 0.001]
    assert rig.baseline_m == pytest.approx(float(np.linalg.norm(PLACE_MM)) / 1000)


def test_without_pictures_it_is_the_largest_and_a_picture_of_that_shape_is_scaled(tmp_path: Path) -> None:
    assert read(tmp_path, conf()).size_hw == (1242, 2208)
    assert read(tmp_path, conf(("HD", "VGA"))).size_hw == (720, 1280)
    assert read(tmp_path, conf(), (360, 640)).fits((360, 640))


def test_rows_agree_as_they_do_by_the_makers_own_sample(tmp_path: Path) -> None:
    """The truth: what the sample of the makers hands to OpenCV's stereoRectify straightens these very points."""
    rig = read(tmp_path, conf(), (720, 1280))
    turn, place = np.asarray(cv2.Rodrigues(np.array(TURN))[0]), np.array(PLACE_MM) / 1000
    xyz = points_m()
    left, _ = cv2.projectPoints(xyz, np.zeros(3), np.zeros(3), rig.left_matrix, rig.left_distortion)
    right, _ = cv2.projectPoints(xyz @ turn.T - place, np.zeros(3), np.zeros(3), rig.right_matrix, rig.right_distortion)
    eyes = left.reshape(-1, 2), right.reshape(-1, 2)
    found = rig.warp((720, 1280)).points(Matches(eyes[0], eyes[1], (720, 1280)))
    assert np.abs(eyes[0][:, 1] - eyes[1][:, 1]).max() > 3
    np.testing.assert_allclose(found.left[:, 1], found.right[:, 1], atol=0.02)
    r1, r2, p1, p2, *_ = cv2.stereoRectify(
        rig.left_matrix, rig.left_distortion, rig.right_matrix, rig.right_distortion, (1280, 720), turn, place[:, None]
    )
    theirs = [
        cv2.undistortPoints(eye.reshape(-1, 1, 2), k, d, R=r, P=p).reshape(-1, 2)[:, 1]
        for eye, k, d, r, p in (
            (eyes[0], rig.left_matrix, rig.left_distortion, r1, p1),
            (eyes[1], rig.right_matrix, rig.right_distortion, r2, p2),
        )
    ]
    np.testing.assert_allclose(theirs[0], theirs[1], atol=0.02)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("[STEREO]", "[OTHER]", "not the numbers of both eyes"),
        ("[RIGHT_CAM_", "[RIGHT_", "not the numbers of both eyes"),
        ("Baseline=119.9", "Baseline=0\r\nTZ=0\r\nTY=0\r\n[MISC]", "no distance of two eyes"),
        ("fx=1400.0", "fx=nan", "what is no number"),
        ("fx=1400.0", "fx=0", "that of no camera"),
    ],
)
def test_damage_is_said(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in conf()
    with pytest.raises(UserError, match=why):
        read(tmp_path, conf().replace(old, new))
