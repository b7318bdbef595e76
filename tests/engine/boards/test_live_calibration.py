"""A calibration beside what plays: which views are kept by themselves, and what starts it over."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.frames import Frame, Layout
from depthview.engine.live.calibrating import CalibrationState, EyesAtHand, LiveCalibration
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.stereo.boards.board import Board
from tests.engine.boards.drawn_boards import CHESSBOARD, Pose, drawn, poses

PATIENCE_S = 30.0
BESIDE = EyesAtHand("camera", Layout.SIDE_BY_SIDE)


class Hands:
    """A camera whose frames the test shows, and the calibration that looks at them."""

    def __init__(self, board: Board | None = CHESSBOARD) -> None:
        self.frames: Mailbox[Frame] = Mailbox()
        self.at_hand: EyesAtHand | None = BESIDE
        self.work = LiveCalibration(self.frames, lambda: self.at_hand, board)
        self._shown = 0

    def show(self, pose: Pose, at_s: float) -> CalibrationState:
        """Show the board so, and wait until it was looked at."""
        pair = drawn(CHESSBOARD, pose)
        before, self._shown = self.work.state.number, self._shown + 1
        image = np.concatenate([pair.left, pair.right], axis=1)
        self.frames.put(Frame(image, None, self._shown, at_s, at_s))
        return self.until(lambda state: state.number > before)

    def until(self, wanted: Callable[[CalibrationState], bool]) -> CalibrationState:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            taken = self.frames.wait_until_empty(0.0)  # before the look at the state, which may be of the frame before
            state = self.work.state
            if taken and wanted(state):
                return state
            time.sleep(0.005)
        raise AssertionError(f"waited in vain: {self.work.state}")


@pytest.fixture
def hands() -> Iterator[Hands]:
    held = Hands()
    yield held
    assert held.work.close(PATIENCE_S)


def names(state: CalibrationState) -> list[str]:
    return [kept.view.name for kept in state.kept]


def settled(hands: Hands, pose: Pose, at_s: float) -> CalibrationState:
    """The state after a look at this very frame."""
    before = hands.work.state.glance
    hands.show(pose, at_s)
    return hands.until(lambda state: state.glance is not before)


def test_a_view_is_kept_once_the_board_is_held_still_and_only_once(hands: Hands) -> None:
    first, second = poses(2)
    state = settled(hands, first, 0.0)
    assert names(state) == []
    assert state.glance is not None
    assert state.glance.moves, "nobody knows yet whether it stands still"
    assert names(settled(hands, first, 0.04)) == ["1"]
    assert names(settled(hands, first, 0.08)) == ["1"], "the same view tells nothing new"
    assert names(settled(hands, second, 0.12)) == ["1"], "it has just been moved"
    state = settled(hands, second, 0.16)
    assert names(state) == ["1", "2"]
    assert state.coverage is not None
    assert state.kept[0].thumbnail.shape[1] == 112


def test_by_hand_it_is_kept_at_once_and_can_be_taken_back(hands: Hands) -> None:
    hands.work.take_by_itself(False)
    first, second = poses(2)
    settled(hands, first, 0.0)
    assert names(settled(hands, first, 0.04)) == [], "it was told to wait"
    hands.work.take()
    assert names(hands.until(lambda state: len(state.kept) == 1)) == ["1"]
    settled(hands, second, 0.08)
    hands.work.take()
    hands.until(lambda state: len(state.kept) == 2)
    hands.work.drop("1")
    assert names(hands.until(lambda state: len(state.kept) == 1)) == ["2"]


def test_stills_need_not_be_held_still(hands: Hands) -> None:
    hands.at_hand = replace(BESIDE, stills=True)
    for index, pose in enumerate(poses(2)):
        assert len(settled(hands, pose, 3.0 * index).kept) == index + 1


def test_another_camera_begins_anew(hands: Hands) -> None:
    hands.at_hand = replace(BESIDE, stills=True)
    settled(hands, poses(1)[0], 0.0)
    hands.at_hand = EyesAtHand("another", Layout.SIDE_BY_SIDE, stills=True)
    assert names(settled(hands, poses(2)[1], 1.0)) == ["1"]


def test_one_eye_is_refused_in_a_sentence(hands: Hands) -> None:
    hands.at_hand = EyesAtHand("camera", Layout.MONO)
    hands.show(poses(1)[0], 0.0)
    assert "Only one eye is seen" in str(hands.until(lambda state: state.fault is not None).fault)
    hands.at_hand = BESIDE
    assert settled(hands, poses(1)[0], 1.0).fault is None


def test_another_length_of_the_squares_keeps_the_views_and_another_board_does_not(hands: Hands) -> None:
    hands.at_hand = replace(BESIDE, stills=True)
    settled(hands, poses(1)[0], 0.0)
    hands.work.use_board(replace(CHESSBOARD, square_m=0.05), square_m=0.05)
    state = hands.until(lambda state: state.board is not None and state.board.square_m == 0.05)
    assert names(state) == ["1"]
    hands.work.use_board(replace(CHESSBOARD, rows=6), square_m=0.05)
    assert hands.until(lambda state: state.board is not None and state.board.rows == 6).kept == ()


def test_an_unknown_board_is_told_from_the_pictures() -> None:
    hands = Hands(board=None)
    try:
        hands.work.use_board(None, square_m=0.03)
        state = hands.work.state
        for index, pose in enumerate(poses(3)):
            state = settled(hands, pose, float(index))
        assert state.board is not None
        assert (state.board.columns, state.board.rows, state.board.square_m) == (8, 5, 0.03)
        assert state.glance is not None
        assert state.glance.view is not None
        assert state.looks == 1, "the first picture alone does not tell"
        assert names(state) == [], "a board before a camera is held still first"
    finally:
        assert hands.work.close(PATIENCE_S)


def test_pictures_that_were_shown_before_the_board_was_known_count_as_well() -> None:
    hands = Hands(board=None)
    hands.at_hand = replace(BESIDE, stills=True)
    try:
        for index, pose in enumerate(poses(3)):
            state = settled(hands, pose, float(index))
        assert names(hands.until(lambda state: len(state.kept) == 3)) == ["1", "2", "3"]
        assert state.board is not None
    finally:
        assert hands.work.close(PATIENCE_S)
