"""Who is believed about the camera, and that every number says who."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice, StereoRig, Whence
from depthview.engine.frames import DisparitySpan, StereoPair
from depthview.engine.metres import rig_of

PAIR = StereoPair(np.zeros((48, 64, 3), np.uint8), np.zeros((48, 64, 3), np.uint8), 0, 0.0, 0.0)
MEASURED = StereoRig(64, 70.0, 0.2, 30.0, 25.0, 3.0, name="calib.txt")
OTHER = StereoRig(64, 90.0, 0.4, 31.0, 26.0, 5.0, name="other")
EXIF = CameraChoice(0.075, None, 90.0, lens_from=Whence.FILE, baseline_from=Whence.FILE)


def test_nothing_known_is_assumed_and_says_so() -> None:
    rig = rig_of(PAIR, CameraChoice())
    assert (rig.focal_from, rig.baseline_from, rig.assumed) == (Whence.ASSUMED, Whence.ASSUMED, True)
    assert rig.fov_deg == pytest.approx(ASSUMED_FOV_DEG)
    assert rig.baseline_m == EYE_DISTANCE_M


def test_what_a_model_saw_beats_what_is_usual() -> None:
    rig = rig_of(replace(PAIR, fov_deg=90.0), CameraChoice())
    assert rig.focal_px == pytest.approx(32)
    assert (rig.focal_from, rig.assumed) == (Whence.MODEL, True)


def test_the_file_beats_what_a_model_saw() -> None:
    rig = rig_of(replace(PAIR, fov_deg=50.0), EXIF)
    assert rig.focal_px == pytest.approx(32)
    assert rig.focal_from is Whence.FILE
    assert (rig.baseline_m, rig.baseline_from, rig.assumed) == (0.075, Whence.FILE, False)


def test_a_measured_rig_beats_the_file() -> None:
    assert rig_of(replace(PAIR, fov_deg=50.0, rig=MEASURED), EXIF) == MEASURED
    assert rig_of(PAIR, replace(EXIF, rig=MEASURED)) == MEASURED
    assert rig_of(replace(PAIR, rig=MEASURED), replace(EXIF, rig=OTHER)) == MEASURED, "the pictures' own is nearer"


def test_by_hand_beats_everything_number_by_number() -> None:
    pair = replace(PAIR, fov_deg=50.0, rig=MEASURED)
    rig = rig_of(pair, CameraChoice(focal_px=100.0))
    assert (rig.focal_px, rig.focal_from) == (100.0, Whence.BY_HAND)
    assert (rig.baseline_m, rig.baseline_from, rig.doffs_px, rig.cx_px) == (0.2, Whence.RIG, 3.0, 30.0)
    rig = rig_of(pair, CameraChoice(baseline_m=0.3, doffs_px=-2.0))
    assert (rig.focal_px, rig.baseline_m, rig.baseline_from, rig.doffs_px) == (70.0, 0.3, Whence.BY_HAND, -2.0)
    assert rig_of(pair, CameraChoice(fov_deg=90.0)).focal_px == pytest.approx(32)


def test_a_rig_of_another_width_is_brought_to_the_picture_s() -> None:
    assert rig_of(replace(PAIR, rig=MEASURED.scaled_to(128)), CameraChoice()) == MEASURED


def test_what_the_person_leaves_open_is_filled_from_what_is_known() -> None:
    filled = CameraChoice(baseline_m=0.3).filled(EXIF)
    rig = rig_of(PAIR, filled)
    assert (rig.baseline_m, rig.baseline_from) == (0.3, Whence.BY_HAND)
    assert rig.focal_px == pytest.approx(32)
    assert rig.focal_from is Whence.FILE
    rig = rig_of(PAIR, CameraChoice(focal_px=80.0).filled(EXIF))
    assert (rig.focal_px, rig.focal_from, rig.baseline_m) == (80.0, Whence.BY_HAND, 0.075)
    assert CameraChoice().filled(replace(EXIF, rig=OTHER)).rig is OTHER
    assert CameraChoice(rig=MEASURED).filled(replace(EXIF, rig=OTHER)).rig is MEASURED


def test_a_model_for_one_eye_is_told_the_measured_lens() -> None:
    assert CameraChoice(rig=MEASURED).known_fov_deg(64) == pytest.approx(MEASURED.fov_deg)
    assert CameraChoice().known_fov_deg(64) is None
    assert CameraChoice(fov_deg=70.0).known_fov_deg(64) == pytest.approx(70.0)


def test_facts_are_plain() -> None:
    facts = rig_of(PAIR, CameraChoice(baseline_m=0.3)).facts
    assert facts["assumed"] is True
    assert facts["lens_assumed"] is True
    assert (facts["focal_from"], facts["baseline_from"], facts["baseline_m"]) == ("assumed", "by hand", 0.3)


def test_where_eyes_were_turned_infinity_is_a_guess_until_somebody_says_where_it_lies() -> None:
    turned = replace(PAIR, turned=True)
    known = CameraChoice(baseline_m=0.1, focal_px=500.0)
    assert not rig_of(PAIR, known).assumed
    assert rig_of(turned, known).assumed
    by_hand = rig_of(turned, replace(known, doffs_px=12.0))
    assert not by_hand.assumed
    assert by_hand.doffs_px == 12.0


def test_of_eyes_that_converge_infinity_is_assumed_behind_the_farthest_thing() -> None:
    behind = replace(PAIR, span=DisparitySpan(-9, 20))
    rig = rig_of(behind, EXIF)
    assert (rig.doffs_px, rig.doffs_from, rig.assumed) == (9.0, Whence.ASSUMED, True)
    assert np.isfinite(rig.depth_m(np.array([-8.5], np.float32))).all()
    assert rig_of(behind, replace(EXIF, doffs_px=2.0)).doffs_px == 2.0, "by hand"
    assert rig_of(replace(behind, rig=MEASURED), EXIF) == MEASURED
    assert rig_of(behind, replace(EXIF, rig=MEASURED)) == MEASURED
    parallel = rig_of(replace(PAIR, span=DisparitySpan(0, 20)), EXIF)
    assert (parallel.doffs_px, parallel.assumed) == (0.0, False)
