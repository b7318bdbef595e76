"""Calibrating in the window: a board before the camera, and a rig that is in force when it is over."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from depthview.engine.exports import write_image
from depthview.engine.live.calibrating import LiveCalibration
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.rigs.remembered import recall
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig
from depthview.ui import main_window, settings
from depthview.ui.board_memory import BoardMemory
from depthview.ui.calibration.views_list import ViewRow, ViewsList
from depthview.ui.calibration.window import CalibrationWindow
from tests.engine.boards.drawn_boards import BASELINE_M, CHESSBOARD, drawn, poses
from tests.window.conftest import NewWindow
from tests.window.driver import PATIENCE_MS, Driver, pixels, put_on_screen

VIEWS = 7
SOLVING_MS = 60_000
"""Fitting is pure work, and a busy machine takes long for it."""


@pytest.fixture(scope="session")
def board_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a board that is held differently in each, by a camera that is known exactly."""
    folder = tmp_path_factory.mktemp("boards") / "board_sbs"
    folder.mkdir()
    for number, pose in enumerate(poses(VIEWS)):
        pair = drawn(CHESSBOARD, pose)
        write_image(folder / f"board{number}_sbs.png", np.concatenate([pair.left, pair.right], axis=1))
    return folder


@pytest.fixture
def before_it(home: Path, new_window: NewWindow, board_folder: Path) -> Driver:
    """The pictures play, its board is known, and the calibration is open."""
    settings.save(replace(settings.load(), board=BoardMemory(CHESSBOARD, CHESSBOARD.square_m)))
    at = new_window()
    at.open(board_folder)
    at.until_depth()
    at.do("calibrate")
    return at


def panel(at: Driver) -> CalibrationWindow:
    window = at.window.live.calibrating.window
    assert window is not None, "the calibration is not open"
    return window


def count(at: Driver) -> int:
    return panel(at).views.count()


def solved(at: Driver) -> CalibrationWindow:
    window = panel(at)
    # Each is shown for a second, and one that was missed comes again with the next round.
    at.qtbot.waitUntil(lambda: count(at) >= VIEWS - 1, timeout=SOLVING_MS)
    window.solve.click()
    at.qtbot.waitUntil(lambda: window.solved is not None, timeout=SOLVING_MS)
    return window


def test_it_is_offered_once_two_eyes_play(at: Driver, board_folder: Path) -> None:
    assert not at.window.actions_by_name["calibrate"].isEnabled()
    at.open(board_folder)
    at.until_depth()
    at.do("calibrate")
    assert panel(at).isVisible()
    assert not panel(at).solve.isEnabled()
    assert not panel(at).use.isEnabled()


def test_from_a_board_before_the_camera_to_metres(before_it: Driver) -> None:
    window = solved(before_it)
    assert "mm apart" in window.result.text()
    assert window.solved is not None
    rig = window.solved.result.rig
    assert rig.baseline_m == pytest.approx(BASELINE_M, rel=0.01)
    assert all(" px" in window.views.item(row).text() for row in range(window.views.count()))
    camera = before_it.workspace.inspector.camera
    assert "assumed" in camera.whence.text()

    assert "use it" in window.step.text()
    before_it.until(lambda: window.use.width() >= window.use.sizeHint().width(), "its words to be whole")
    window.use.click()
    before_it.until_view(lambda view: view.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.01), "metres by the rig")
    before_it.until(lambda: "Done" in window.step.text(), "what is left to do")
    assert before_it.playback.info is not None
    assert window.said.text() == f"In use, and remembered for {before_it.playback.info.title}."
    before_it.until(lambda: "(rig)" in camera.whence.text(), "whence they are")
    assert "assumed" not in camera.whence.text()
    assert "calibrated here" in camera.rig.text()
    in_force = before_it.workspace.session.settings.preparation.rig
    assert isinstance(in_force, CalibratedRig)
    kept = recall(before_it.playback.info.identity) if before_it.playback.info is not None else None
    assert kept is not None
    assert kept.baseline_m == pytest.approx(rig.baseline_m)


def test_views_are_taken_by_space_and_back_by_delete(before_it: Driver) -> None:
    window = panel(before_it)
    window.by_itself.setChecked(False)
    before_it.do("play")
    before_it.until_phase("paused")
    before_it.until(lambda: before_it.workspace.session.tap.wait_until_empty(0.0), "the last picture to be looked at")
    window.start_over()
    before_it.until(lambda: window._state.number > 0 and count(before_it) == 0, "no views")
    window.activateWindow()
    window.setFocus()
    before_it.until(window.isActiveWindow, "the calibration in front")
    QTest.keyClick(window, Qt.Key.Key_Space)
    before_it.until(lambda: count(before_it) == 1, "a view")
    window.views.setCurrentRow(0)
    QTest.keyClick(window.views, Qt.Key.Key_Delete)
    before_it.until(lambda: count(before_it) == 0, "it is taken back")


def test_a_rig_is_saved_as_a_file_and_a_board_is_printed(before_it: Driver, tmp_path: Path) -> None:
    window = solved(before_it)
    assert window.solved is not None
    rig = window.solved.result.rig
    window.work.save(tmp_path / "my.yml", rig)
    before_it.until(lambda: "Saved my.yml" in window.said.text(), "the rig file")
    read = read_rig(tmp_path / "my.yml")
    assert isinstance(read, CalibratedRig)
    assert read.baseline_m == pytest.approx(rig.baseline_m)
    window.work.print(tmp_path / "board.pdf", CHESSBOARD, "a4")
    before_it.until(lambda: "Saved board.pdf" in window.said.text(), "the sheet")
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")
    window.work.print(tmp_path / "no" / "board.pdf", replace(CHESSBOARD, square_m=0.2), "a4")
    before_it.until(lambda: "does not fit on A4" in window.said.text(), "what is wrong")


def test_a_folder_does_what_the_command_line_does_and_a_rig_of_another_shape_is_not_remembered(
    before_it: Driver, board_folder: Path, photo: Path
) -> None:
    window = panel(before_it)
    window.by_itself.setChecked(False)
    before_it.open(photo)
    before_it.until_depth()
    window.solve_folder(board_folder)
    before_it.qtbot.waitUntil(lambda: window.solved is not None, timeout=SOLVING_MS)
    assert window.solved is not None
    assert window.solved.from_files
    assert len(window.solved.result.errors) == VIEWS
    assert count(before_it) == VIEWS
    assert window.count.text() == f"{VIEWS} views from {board_folder.name}, {VIEWS} of them are used"
    assert board_folder.name in window.step.text(), "these are no views of what plays"
    square = replace(window.solved.result.rig, size_hw=(480, 480))
    window.solved = replace(window.solved, result=replace(window.solved.result, rig=square))
    window.use.click()
    before_it.until(lambda: "measured for pictures of 480 x 480" in window.said.text(), "why not")
    assert before_it.playback.info is not None
    assert recall(before_it.playback.info.identity) is None


def test_who_starts_over_has_views_taken_as_before_it_was_solved(before_it: Driver, board_folder: Path) -> None:
    window = panel(before_it)
    for wanted in (True, False):
        if window.by_itself.isChecked() is not wanted:
            window.by_itself.click()
        window.solve_folder(board_folder)
        before_it.qtbot.waitUntil(lambda: window.solved is not None, timeout=SOLVING_MS)
        assert window.by_itself.isChecked() is wanted, "a tick is what is wanted"
        assert ("rests" in window.by_itself.text()) is wanted, "what is solved is what is in the list"
        live = window._live
        assert live is not None
        before_it.until(lambda live=live: not live._takes, "a rest")
        old = live.state.kept
        window.anew.click()
        assert window.by_itself.isChecked() is wanted
        assert "rests" not in window.by_itself.text()
        if wanted:
            before_it.until(
                lambda old=old: any(kept not in old for kept in window._state.kept) and count(before_it) > 0,
                "views of what plays",
            )


def test_what_a_folder_gave_outlasts_views_that_come_late_but_not_the_wish_to_go_on(
    before_it: Driver, board_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LiveCalibration, "take_by_itself", lambda _self, _on: None)  # it is always too late
    window = panel(before_it)
    window.solve_folder(board_folder)
    before_it.qtbot.waitUntil(lambda: window.solved is not None, timeout=SOLVING_MS)
    live = window._live
    assert live is not None

    def until_a_view_is_kept() -> None:
        before = window._state.kept
        live.start_over()
        before_it.until(lambda: bool(window._state.kept) and window._state.kept is not before, "one more view")

    until_a_view_is_kept()
    assert window.solved is not None, "nobody asked for that view"
    window.by_itself.click()
    window.by_itself.click()
    until_a_view_is_kept()
    assert window.solved is None, "the person goes on with the camera"


def test_errors_are_whole_beside_names_of_any_length(qtbot: QtBot) -> None:
    words, name = "0.21 / 0.19 px", "WIN_20230723_03_06_13_Pro.jpg + WIN_20230723_03_06_13_Pro (2).jpg"
    shown = []
    for row in (ViewRow("1", words), ViewRow(name, words), ViewRow(name, "the board is cut off at an edge", "why")):
        views = ViewsList()
        qtbot.addWidget(views)
        views.resize(280, 200)
        views.show_rows((row,))
        put_on_screen(views)
        wide = views.fontMetrics().horizontalAdvance(words)
        shown.append(pixels(views.viewport().grab().toImage()))
        assert not views.horizontalScrollBar().isVisible()
    right = shown[0].shape[1] - wide - 12
    lines = [np.flatnonzero(np.ptp(picture[:, right:], axis=(1, 2)) > 60) for picture in shown]
    np.testing.assert_array_equal(shown[0][: lines[0][-1], right:], shown[1][: lines[0][-1], right:])
    assert lines[2][-1] > lines[0][-1] + views.fontMetrics().height() / 2, "what is long has a line of its own"


def test_the_board_is_remembered(before_it: Driver) -> None:
    section = panel(before_it).board
    section.rows.setValue(7)
    assert before_it.window.preferences.board.board == replace(CHESSBOARD, rows=7)
    before_it.choose(section.kind, "ChArUco (with markers)")
    assert not section.marker.isHidden()
    section.square.setValue(40.0)
    board = before_it.window.preferences.board.board
    assert isinstance(board, Board)
    assert (board.square_m, board.marker_m) == pytest.approx((0.04, 0.0272)), "a larger sheet has larger markers"
    settings.save(before_it.window.preferences)
    assert settings.load().board == before_it.window.preferences.board


def test_closing_the_main_window_waits_for_the_look_under_way(
    before_it: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main_window, "QUIT_S", PATIENCE_MS / 1000)
    before_it.close()
    assert not panel(before_it).isVisible()
    assert all(not live._thread.is_alive() for live in panel(before_it)._ending)
