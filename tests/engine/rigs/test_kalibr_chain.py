"""Kalibr's camchain.yaml, as it writes it: long rows go on in the next line."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig
from tests.engine.rigs.bent_rig import bent_rig, fisheye_rig


def chain(rig: CalibratedRig, model: str) -> str:
    moved = np.vstack([np.hstack([rig.rotation, rig.translation_m[:, None]]), [0, 0, 0, 1]])
    rows = "".join("  - [{!r}, {!r}, {!r},\n    {!r}]\n".format(*map(float, row)) for row in moved)
    text = ""
    for eye, matrix, lens in (
        ("cam0", rig.left_matrix, rig.left_distortion),
        ("cam1", rig.right_matrix, rig.right_distortion),
    ):
        first, second, third, fourth = map(float, lens[:4])
        text += f"{eye}:\n" + (f"  T_cn_cnm1:\n{rows}" if eye == "cam1" else "")
        text += f"  cam_overlaps: [{1 if eye == 'cam0' else 0}]\n  camera_model: pinhole\n"
        text += f"  distortion_coeffs: [{first!r}, {second!r}, {third!r},\n    {fourth!r}]\n"
        text += f"  distortion_model: {model}\n"
        focal = [float(matrix[0, 0]), float(matrix[1, 1]), float(matrix[0, 2]), float(matrix[1, 2])]
        text += f"  intrinsics: {focal}\n  resolution: [640, 480]\n  rostopic: /{eye}/image_raw\n"
    return text


def read(tmp_path: Path, text: str) -> CalibratedRig:
    (tmp_path / "camchain.yaml").write_text(text)
    rig = read_rig(tmp_path / "camchain.yaml")
    assert isinstance(rig, CalibratedRig)
    return rig


@pytest.mark.parametrize(("wanted", "model"), [(bent_rig(), "radtan"), (fisheye_rig(), "equidistant")])
def test_two_cameras_of_a_chain_are_a_rig(tmp_path: Path, wanted: CalibratedRig, model: str) -> None:
    found = read(tmp_path, chain(wanted, model))
    assert found.fisheye == wanted.fisheye
    assert found.size_hw == wanted.size_hw
    for name in ("left_matrix", "right_matrix", "rotation", "translation_m"):
        np.testing.assert_allclose(getattr(found, name), getattr(wanted, name), atol=1e-12, err_msg=name)
    np.testing.assert_array_equal(found.left_distortion, wanted.left_distortion[:4])
    np.testing.assert_array_equal(found.right_distortion, wanted.right_distortion[:4])


def test_the_right_camera_may_come_first(tmp_path: Path) -> None:
    found = read(tmp_path, chain(fisheye_rig().exchanged, "equidistant"))
    np.testing.assert_allclose(found.translation_m, fisheye_rig().translation_m, atol=1e-12)
    np.testing.assert_array_equal(found.left_matrix, fisheye_rig().left_matrix)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("camera_model: pinhole", "camera_model: omni", "described as 'omni-radtan', which nothing here reads"),
        ("distortion_model: radtan", "distortion_model: fov", "described as 'pinhole-fov'"),
        ("T_cn_cnm1", "T_cam_imu", "cam1/T_cn_cnm1 is missing"),
        ("resolution: [640, 480]", "resolution: [640, .nan]", "cam0/resolution is missing or of a wrong size"),
        ("[640, 480]\n  rostopic: /cam1", "[640, 400]\n  rostopic: /cam1", "pictures of different sizes"),
        ("radtan\n  intrinsics", "equidistant\n  intrinsics", "lenses of different kinds"),
    ],
)
def test_what_cannot_be_straightened_is_said(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = chain(bent_rig(), "radtan")
    assert old in text
    with pytest.raises(UserError, match=why):
        read(tmp_path, text.replace(old, new, 1))


def test_a_lens_that_bends_nothing_goes_with_an_ordinary_one_and_with_no_fisheye(tmp_path: Path) -> None:
    unbent = chain(bent_rig(), "radtan").replace("model: radtan", "model: none", 1)
    found = read(tmp_path, unbent)
    assert not found.left_distortion.any()
    assert found.right_distortion.any()
    with pytest.raises(UserError, match="lenses of different kinds"):
        read(tmp_path, unbent.replace("model: radtan", "model: equidistant"))
