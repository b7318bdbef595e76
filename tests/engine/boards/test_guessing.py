"""An unknown board is told while pictures go by: whole, by both eyes, from two of them."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.boards import guessing
from depthview.engine.stereo.boards.board import PRINTED, Board, pattern_of, with_squares
from depthview.engine.stereo.boards.guessing import BoardGuess
from tests.engine.boards.drawn_boards import CHARUCO, CHESSBOARD, drawn, poses


def told(pairs: list[StereoPair], square_m: float = 0.03) -> tuple[Board | None, int]:
    """The board, and how many pictures it took."""
    guess = BoardGuess(square_m)
    for number, pair in enumerate(pairs, 1):
        if (board := guess.look(pair)) is not None:
            return board, number
    return None, len(pairs)


def test_a_chessboard_is_told_from_two_pictures_of_it() -> None:
    pairs = [drawn(CHESSBOARD, pose) for pose in poses(3)]
    assert told(pairs) == (CHESSBOARD, 2)
    assert told([pairs[0]] * 5)[0] is None, "one picture, however often, is no second one"


def test_the_printed_board_is_known_at_once() -> None:
    board = with_squares(PRINTED, 0.02)
    assert told([drawn(board, poses(1)[0])], 0.02) == (board, 1)


def test_markers_of_another_board_are_looked_for_now_and_then() -> None:
    board, _number = told([drawn(CHARUCO, pose) for pose in poses(12)])
    assert board is not None
    assert pattern_of(board) == pattern_of(CHARUCO)


def test_what_only_one_eye_sees_is_not_told() -> None:
    pairs = [drawn(CHESSBOARD, pose) for pose in poses(3)]
    assert told([replace(pair, right=np.full_like(pair.right, 120)) for pair in pairs])[0] is None
    assert told([replace(pair, left=np.full_like(pair.left, 120)) for pair in pairs])[0] is None


def test_a_part_is_not_taken_for_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    part = replace(CHESSBOARD, columns=CHESSBOARD.columns - 1)
    monkeypatch.setattr(guessing, "guess_board", lambda *_, **__: part)
    monkeypatch.setattr(
        guessing.BoardFinder,
        "find",
        lambda finder, _grey, *, thorough=True: finder.board if finder.board in (part, CHESSBOARD) else None,
    )
    assert told([drawn(CHESSBOARD, pose) for pose in poses(2)])[0] == CHESSBOARD
