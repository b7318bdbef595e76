"""Where rigs lie: beside the pictures, and remembered for a camera."""

import os
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.camera import StereoRig
from depthview.engine.errors import UserError
from depthview.engine.stereo.rigs.beside import rig_beside
from depthview.engine.stereo.rigs.remembered import forget, recall, remember, rigs_aside, set_aside, take_back
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import write_rig
from tests.engine.rigs.bent_rig import SIZE_HW, bent_rig

CALIB = "cam0=[500 0 320; 0 500 240; 0 0 1]\ncam1=[500 0 330; 0 500 240; 0 0 1]\ndoffs=10\nbaseline=100\n"


def identity_of(*paths: Path) -> str:
    for path in paths:
        path.touch()
    return " | ".join(str(path) for path in paths)


def test_calib_txt_beside_a_pair_and_in_a_folder(tmp_path: Path) -> None:
    identity = identity_of(tmp_path / "im0.png", tmp_path / "im1.png")
    assert rig_beside(identity, SIZE_HW) is None
    (tmp_path / "calib.txt").write_text(CALIB)
    for place in (identity, str(tmp_path)):
        found = rig_beside(place, SIZE_HW)
        assert found is not None
        assert isinstance(found.rig, StereoRig)
        assert (found.rig.focal_px, found.rig.width_px, found.rig.doffs_px) == (500, 640, 10)
        assert found.reason == "calib.txt lies beside the pictures"


def test_what_was_set_aside_for_some_pictures_is_left_until_it_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "settings"))
    path = tmp_path / "calib.txt"
    path.write_text(CALIB)
    one, other = identity_of(tmp_path / "im0.png", tmp_path / "im1.png"), identity_of(tmp_path / "b.png")
    set_aside(one, path)
    aside = rig_beside(one, SIZE_HW)
    assert aside is not None
    assert (aside.rig, aside.path, aside.set_aside) == (None, path, True)
    assert "set aside" in aside.reason
    for place in (other, str(tmp_path)):
        found = rig_beside(place, SIZE_HW)
        assert found is not None
        assert found.rig is not None, "they are other pictures"
    write_rig(tmp_path / "StereoCalibration.yml", bent_rig())
    next_one = rig_beside(one, SIZE_HW)
    assert next_one is not None
    assert isinstance(next_one.rig, CalibratedRig), "nobody set that aside"
    take_back(one)
    take_back(one)
    again = rig_beside(one, SIZE_HW)
    assert again is not None
    assert isinstance(again.rig, StereoRig)


def test_a_damaged_note_of_what_is_aside_sets_nothing_aside(tmp_path: Path) -> None:
    set_aside("a", tmp_path / "calib.txt", folder=tmp_path)
    set_aside("a", tmp_path / "rig.yml", folder=tmp_path)
    assert rigs_aside("a", folder=tmp_path) == {tmp_path / "calib.txt", tmp_path / "rig.yml"}
    (note,) = tmp_path.glob("*.aside.json")
    for text in ("[", "3", '["a", 3]', "\0"):
        note.write_text(text)
        assert rigs_aside("a", folder=tmp_path) == frozenset()


def test_a_rig_whose_numbers_lead_nowhere_is_not_used(tmp_path: Path) -> None:
    write_rig(tmp_path / "StereoCalibration.yml", bent_rig(turned_deg=(0, 170, 0)))
    found = rig_beside(identity_of(tmp_path / "a.jpg"), SIZE_HW)
    assert found is None or found.rig is None


def test_a_calibration_of_raw_pictures(tmp_path: Path) -> None:
    write_rig(tmp_path / "StereoCalibration.yml", bent_rig())
    (tmp_path / "mkdocs.yml").write_text("K1: no")
    (tmp_path / "camera_settings.yml").write_text("exposure: 3")
    found = rig_beside(identity_of(tmp_path / "a.jpg"), SIZE_HW)
    assert found is not None
    assert isinstance(found.rig, CalibratedRig)
    other = rig_beside(identity_of(tmp_path / "a.jpg"), (720, 1280))
    assert other is not None
    assert other.rig is None
    assert "another shape" in other.reason
    straight = rig_beside(identity_of(tmp_path / "left_rect.png", tmp_path / "right_rect.png"), SIZE_HW)
    assert straight is not None
    assert straight.rig is None
    assert "rectified already" in straight.reason


def test_a_damaged_calibration_is_told_and_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "calib.txt").write_text(CALIB.replace("baseline=100", "baseline=-1"))
    found = rig_beside(identity_of(tmp_path / "im0.png"), SIZE_HW)
    assert found is not None
    assert found.rig is None
    assert "calib.txt" in found.reason


@pytest.mark.parametrize("identity", ["camera:0", "https://a.example/calib.txt", "", "\0", "x" * 5000])
def test_what_is_no_place_has_nothing_beside_it(identity: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    assert rig_beside(identity, SIZE_HW) is None


def test_a_camera_that_comes_again_has_its_rig(tmp_path: Path) -> None:
    usb = "usb:32e4:9750/../..\\ümlaut:*?" + "x" * 300
    assert recall(usb, folder=tmp_path / "rigs") is None
    path = remember(usb, bent_rig(), folder=tmp_path / "rigs")
    assert path.parent == tmp_path / "rigs"
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208 - names suffice
    found = recall(usb, folder=tmp_path / "rigs")
    assert found is not None
    np.testing.assert_array_equal(found.rotation, bent_rig().rotation)
    assert recall("2" + usb, folder=tmp_path / "rigs") is None, "another camera's rig is not this one's"
    remember(usb, bent_rig(turned_deg=(0, 0, 0)), folder=tmp_path / "rigs")
    again = recall(usb, folder=tmp_path / "rigs")
    assert again is not None
    np.testing.assert_array_equal(again.rotation, np.eye(3))
    forget(usb, folder=tmp_path / "rigs")
    assert recall(usb, folder=tmp_path / "rigs") is None
    forget(usb, folder=tmp_path / "rigs")


def test_rigs_are_kept_under_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path))
    assert remember("camera", bent_rig()).parent == tmp_path / "rigs"
    assert recall("camera") is not None


def test_a_damaged_memory_is_a_sentence(tmp_path: Path) -> None:
    remember("camera", bent_rig(), folder=tmp_path).write_text(CALIB + "width=640\nheight=480\n")
    with pytest.raises(UserError, match="calibrate it again"):
        recall("camera", folder=tmp_path)
