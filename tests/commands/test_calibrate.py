"""`depthview calibrate`: the rig file that it writes, the board that it prints, and what it refuses."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.cli import tidy_environment
from depthview.engine.exports import write_image
from depthview.engine.stereo.rigs.remembered import recall
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig
from tests.commands.runner import names_in, refused, run, run_main
from tests.engine.boards.drawn_boards import BASELINE_M, CHESSBOARD, drawn, poses


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six pairs of a chessboard, and one in which the right eye sees nothing."""
    made = tmp_path / "체스 board"
    made.mkdir()
    for index, pose in enumerate(poses(6)):
        pair = drawn(CHESSBOARD, pose)
        write_image(made / f"left{index}.png", pair.left)
        write_image(made / f"right{index}.png", pair.right)
    write_image(made / "left6.png", pair.left)
    write_image(made / "right6.png", np.full_like(pair.right, 140))
    return made


def test_a_camera_that_is_not_there_is_said_before_the_work(folder: Path, tmp_path: Path) -> None:
    command = ("calibrate", folder, "-o", tmp_path / "rig.yml", "--camera", tmp_path / "gone.mp4")
    refused(run(*command), "There is no such file")
    assert not (tmp_path / "rig.yml").exists()


def test_a_folder_becomes_a_rig_file(folder: Path, tmp_path: Path) -> None:
    rig_file, covered = tmp_path / "out" / "rig.yml", tmp_path / "covered.png"
    camera = folder / "left0.png"
    arguments = (folder, "-o", rig_file, "--square-mm", 30, "--coverage", covered, "--camera", camera, "--json")
    outcome = run("calibrate", *arguments)
    said = outcome.said
    assert said["board"] == {"kind": "chessboard", "corners": [8, 5], "square_mm": 30.0, "square_assumed": False}
    assert said["baseline_m"] == pytest.approx(BASELINE_M, rel=0.02)
    assert said["rms_px"] < 0.3
    assert said["rows_px"] < 0.3
    assert said["swapped"] is False
    assert said["dropped"] == [{"name": "left6.png + right6.png", "reason": "only the left eye sees the board"}]
    assert "left6.png + right6.png was left out: only the left eye sees the board" in outcome.stderr
    assert len(said["views"]) == 6
    rig = read_rig(rig_file)
    assert isinstance(rig, CalibratedRig)
    assert rig.size_hw == (360, 480)
    assert rig.baseline_m == pytest.approx(said["baseline_m"], abs=1e-6)
    assert rig.baseline_known
    stored = cv2.FileStorage(str(rig_file), cv2.FILE_STORAGE_READ)
    assert stored.getNode("K1").mat()[0, 0] == pytest.approx(said["focal_px"], abs=1e-3)
    stored.release()
    assert covered.stat().st_size > 0
    remembered = recall(str(camera.resolve()))
    assert remembered is not None
    assert remembered.baseline_m == rig.baseline_m
    assert names_in(rig_file.parent) == ["rig.yml"]


def test_without_a_square_the_metres_are_in_doubt(folder: Path, tmp_path: Path) -> None:
    outcome = run("calibrate", folder, "-o", tmp_path / "rig.yml", "--corners", "8x5")
    assert outcome.code == 0
    assert "25 mm were assumed" in outcome.stderr
    assert "6 views of a chessboard of 8x5" in outcome.stdout
    rig = read_rig(tmp_path / "rig.yml")
    assert isinstance(rig, CalibratedRig)
    assert not rig.baseline_known


def test_a_board_is_printed(tmp_path: Path) -> None:
    path = tmp_path / "board.png"
    said = run("calibrate", "--print-board", path, "--json").said
    assert said["board"]["kind"] == "charuco"
    assert said["board"]["marker_mm"] == 17.0
    assert said["outputs"] == [str(path)]
    assert names_in(tmp_path) == ["board.png"]
    outcome = run("calibrate", "--print-board", path, "--corners", "7x5", "--square-mm", 30, "--paper", "letter")
    assert "chessboard, 7x5 corners, squares 30 mm, for LETTER" in outcome.stdout
    refused(run("calibrate", "--print-board", path, "--square-mm", 80), "A board of 800 x 560 mm does not fit on A4")
    refused(run("calibrate", "--print-board", tmp_path / "b.gif"), "A board is written as PNG")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Name the folder or the video"),
        (("nowhere",), "There is no such file"),
        ((".", "-o", "rig.txt"), "A rig file ends in .yml"),
        ((".", "--board", "dots"), "There is no board called dots: choose auto, chessboard, charuco"),
        ((".", "--corners", "many"), "many is no count of corners: write columns x rows, such as 9x6"),
        ((".", "--corners", "2x2"), "A board of 2x2 inner corners cannot be used"),
        ((".", "--square-mm", "0"), "Squares of 0 mm are no board's"),
        ((".", "--square-mm", "nan"), "Squares of nan mm are no board's"),
        ((".", "--marker-mm", "10"), "With --marker-mm and --dictionary say --corners as well"),
        ((".", "--board", "charuco", "--corners", "9x6"), "Say the set of the markers as well"),
        ((".", "--board", "chessboard", "--corners", "9x6", "--marker-mm", "9"), "A chessboard has no markers"),
        ((".", "--layout", "round"), "There is no layout called round"),
        ((".", "--coverage", "c.tif"), "This picture format cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(
    arguments: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused(run("calibrate", *arguments), sentence)
    assert names_in(tmp_path) == []


def test_the_verb_is_known_without_a_window(tmp_path: Path, home: Path) -> None:
    refused(run_main("calibrate", "no such folder", folder=tmp_path, home=home), "There is no such file")


def test_solving_is_held_to_one_thread_unless_the_person_wants_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    tidy_environment()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    tidy_environment()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"
