"""Rigs in the window: found where they lie, remembered, opened and forgotten, and each number says whence it is."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.camera import StereoRig, Whence
from depthview.engine.stereo.rigs.remembered import recall, remember
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import write_rig
from depthview.ui import dialogs
from depthview.ui.live.camera_section import CameraSection
from tests.window.driver import Driver

BASELINE_M = 0.12
MATRIX = np.array([[300.0, 0, 159.5], [0, 300.0, 119.5], [0, 0, 1]])
"""Of an eye of the small photo, 320 x 240."""
SQUARE = (240, 240)
CALIB = """cam0=[300 0 159.5; 0 300 119.5; 0 0 1]
cam1=[300 0 159.5; 0 300 119.5; 0 0 1]
doffs=0
baseline=120
width=320
height=240
"""


def measured(size_hw: tuple[int, int] = (240, 320), name: str = "my camera") -> CalibratedRig:
    turn = cv2.Rodrigues(np.radians([0.5, 0.0, 0.3]))[0].astype(np.float64)
    lens = np.zeros(5)
    return CalibratedRig(size_hw, MATRIX, lens, MATRIX, lens, turn, np.array([-BASELINE_M, 0, 0]), name=name)


def section(at: Driver) -> CameraSection:
    return at.workspace.inspector.camera


def in_force(at: Driver) -> CalibratedRig | None:
    return at.workspace.session.settings.preparation.rig


def until_metres(at: Driver) -> None:
    at.until_view(lambda view: view.rig.baseline_m == pytest.approx(BASELINE_M), "metres by the rig")
    at.until(lambda: "120.0 mm apart (rig)" in section(at).whence.text(), "whence they are")


def test_what_nobody_knows_is_said_to_be_assumed(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    at.until(lambda: section(at).whence.text() != "", "whence metres are")
    assert section(at).whence.text() == "65.0 mm apart (assumed), 60.0° wide (assumed)"
    assert section(at).rig.text() == ""
    assert section(at).forget.isHidden()
    section(at).baseline.setValue(70.0)
    at.until(lambda: "70.0 mm apart (by hand)" in section(at).whence.text(), "what the hand said")


def test_a_rectified_rig_beside_the_pictures_gives_metres(at: Driver, photo: Path) -> None:
    photo.with_name("calib.txt").write_text(CALIB, encoding="utf-8")
    at.open(photo)
    until_metres(at)
    assert at.view.rig.focal_from is Whence.RIG
    assert at.view.rig.focal_px == pytest.approx(300)
    assert in_force(at) is None, "the pictures are straight already"
    assert "calib.txt" in section(at).rig.text()
    assert section(at).baseline.text() == "120.0 mm"
    section(at).forget.click()
    at.until_view(lambda view: view.rig.assumed, "the usual again")
    at.until(lambda: "assumed" in section(at).whence.text(), "that it is assumed")


def test_a_rig_beside_the_pictures_stays_forgotten_and_is_one_click_back(at: Driver, photo: Path) -> None:
    photo.with_name("calib.txt").write_text(CALIB, encoding="utf-8")
    at.open(photo)
    until_metres(at)
    assert section(at).use_again.isHidden()
    section(at).forget.click()
    at.until(lambda: "set aside" in section(at).rig.text(), "that it was set aside")
    assert section(at).forget.isHidden()
    at.open(photo)
    at.until(lambda: "set aside" in section(at).rig.text(), "that it is aside still")
    at.until_view(lambda view: view.rig.assumed, "the usual metres")
    section(at).use_again.click()
    until_metres(at)
    assert section(at).use_again.isHidden()
    at.open(photo)
    until_metres(at)


def test_a_remembered_rig_that_is_of_no_use_is_told_of_and_the_next_one_is_taken(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    assert at.playback.info is not None
    remember(at.playback.info.identity, measured(SQUARE))
    photo.with_name("calib.txt").write_text(CALIB, encoding="utf-8")
    at.open(photo)
    at.until_said("The rig that was remembered is not used")
    until_metres(at)
    assert "calib.txt" in section(at).rig.text()


def test_a_remembered_rig_straightens_what_plays_and_can_be_forgotten(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    assert at.playback.info is not None
    identity = at.playback.info.identity
    remember(identity, measured())
    at.open(photo)
    until_metres(at)
    rig = in_force(at)
    assert rig is not None
    assert "my camera" in section(at).rig.text()
    assert at.view.depth.pair.rig is not None
    eyes = at.workspace.inspector.eyes
    at.until(lambda: "it does this" in eyes.rows.toolTip(), "what the rig does")
    assert not eyes.rows.box.isEnabled()
    assert not eyes.bars.box.isEnabled()
    assert eyes.colours.box.isEnabled()
    assert "of the whole picture" in eyes.bars.toolTip()
    section(at).forget.click()
    at.until_view(lambda view: view.rig.assumed and view.depth.pair.rig is None, "the picture as it came")
    at.until(lambda: recall(identity) is None, "nothing kept")
    at.until(lambda: eyes.rows.box.isEnabled() and eyes.bars.box.isEnabled(), "the steps offered again")
    assert "rig" not in eyes.rows.toolTip() + eyes.bars.toolTip()
    assert in_force(at) is None
    section(at).use_again.click()
    until_metres(at)
    kept = recall(identity)
    assert kept is not None
    np.testing.assert_array_equal(kept.rotation, rig.rotation)


def test_a_rig_file_is_opened_and_is_there_again(
    at: Driver, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "mine.yml"
    write_rig(path, measured())
    monkeypatch.setattr(dialogs, "choose_rig", lambda _parent, _folder: str(path))
    at.open(photo)
    at.until_depth()
    section(at).baseline.setValue(70.0)
    at.do("open_rig")
    until_metres(at)
    assert section(at).baseline.number is None, "what was typed before was less well known"
    at.open(photo)
    at.until(lambda: in_force(at) is not None, "the same rig again")
    until_metres(at)


def test_a_rig_of_another_shape_is_refused_in_a_sentence_and_the_picture_goes_on(
    at: Driver, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "square.yml"
    write_rig(path, measured(SQUARE))
    monkeypatch.setattr(dialogs, "choose_rig", lambda _parent, _folder: str(path))
    at.open(photo)
    at.until_depth()
    at.do("open_rig")
    at.until_said("measured for pictures of 240 x 240")
    assert in_force(at) is None
    assert at.view.has_depth


def test_another_layout_lets_go_of_a_rig_that_does_not_fit_any_more(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    assert at.playback.info is not None
    remember(at.playback.info.identity, measured())
    at.open(photo)
    until_metres(at)
    at.choose(at.workspace.inspector.source.layout_choice, "half side by side")
    at.until_view(lambda view: view.depth.pair.size_hw == (240, 640), "the picture in its other layout")
    at.until(lambda: in_force(at) is None, "no rig")


def test_by_hand_comes_before_the_rig(at: Driver, photo: Path) -> None:
    photo.with_name("calib.txt").write_text(CALIB, encoding="utf-8")
    at.open(photo)
    until_metres(at)
    section(at).baseline.setValue(60.0)
    at.until_view(lambda view: view.rig.baseline_from is Whence.BY_HAND, "the hand's word")
    shown: StereoRig = at.view.rig
    assert shown == replace(shown, baseline_m=0.06, focal_from=Whence.RIG)
