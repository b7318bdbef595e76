"""Corners of drawn boards: where they are to a fraction of a pixel, and which is which."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import Stopped
from depthview.engine.frames import Image
from depthview.engine.progress import StopToken
from depthview.engine.stereo.boards import chessboard
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.corners import Corners
from depthview.engine.stereo.boards.finding import BoardFinder, grey_of, guess_board
from depthview.engine.stereo.boards.session import CalibrationSession
from tests.engine.boards.drawn_boards import CHARUCO, CHESSBOARD, Pose, drawn, eyes, poses, seen_at

HELD = Pose((0.35, -0.3, 0.15), (0.02, 0.0, 0.5))
SQUARE = Board(BoardKind.CHESSBOARD, 5, 5, 0.04)


def off_px(corners: Corners | None, exact: NDArray[np.float64]) -> NDArray[np.float64]:
    assert corners is not None
    return np.linalg.norm(corners.places - exact[corners.ids], axis=1)


@pytest.mark.parametrize("board", [CHESSBOARD, CHARUCO], ids=lambda board: board.kind.value)
def test_corners_are_where_the_camera_sees_them(board: Board) -> None:
    finder = BoardFinder(board)
    found = []
    for pose in (HELD, *poses(3)):
        pair = drawn(board, pose)
        for eye, picture in zip(eyes(), (pair.left, pair.right), strict=True):
            found.append(off_px(finder.find(grey_of(picture)), seen_at(eye, board, pose)))
            assert len(found[-1]) >= (1.0 if board is CHESSBOARD else 0.9) * board.corner_count
    assert np.sqrt(np.mean(np.concatenate(found) ** 2)) < 0.12
    assert np.concatenate(found).max() < 0.5


@pytest.mark.parametrize("turned", [0.0, 1.57, 3.14159, -1.57])
def test_a_board_that_is_turned_keeps_its_numbers(turned: float, monkeypatch: pytest.MonkeyPatch) -> None:
    pose = Pose((0.1, 0.1, turned), (0.03, 0.0, 0.62))
    exact = {board: seen_at(eyes()[0], board, pose) for board in (CHESSBOARD, CHARUCO)}
    for board in exact:
        assert off_px(BoardFinder(board).find(grey_of(drawn(board, pose).left)), exact[board]).max() < 1
    # The slow search, for bad light, begins at another corner than the quick one.
    monkeypatch.setattr(chessboard, "_quickly", lambda *_: None)
    corners = BoardFinder(CHESSBOARD).find(grey_of(drawn(CHESSBOARD, pose).left))
    assert off_px(corners, exact[CHESSBOARD]).max() < 1


@pytest.mark.parametrize("turned", [0.1, 0.9, 2.4, 3.1])
def test_a_board_that_looks_alike_turned_is_numbered_alike_in_both_eyes(turned: float) -> None:
    pose = Pose((0.2, 0.2, turned), (0.03, 0.0, 0.55))
    view = CalibrationSession(SQUARE).look(drawn(SQUARE, pose))
    exact = [seen_at(eye, SQUARE, pose) for eye in eyes()]
    _ids, left, right = view.shared()
    assert len(left) == SQUARE.corner_count
    # Whatever corner came first: what the eyes call by one number is one corner.
    nearest = [
        np.linalg.norm(places[:, None] - e[None], axis=2).argmin(axis=1)
        for places, e in ((left, exact[0]), (right, exact[1]))
    ]
    assert (nearest[0] == nearest[1]).all()


def test_markers_let_a_part_of_the_board_be_enough() -> None:
    pair = drawn(CHARUCO, HELD)
    covered = grey_of(pair.left).copy()
    exact = seen_at(eyes()[0], CHARUCO, HELD)
    covered[:, int(exact[:, 0].mean()) :] = 128
    corners = BoardFinder(CHARUCO).find(covered)
    assert corners is not None
    assert 6 <= len(corners) < CHARUCO.corner_count
    assert off_px(corners, exact).max() < 0.6


@pytest.mark.parametrize("board", [CHESSBOARD, CHARUCO], ids=lambda board: board.kind.value)
def test_nothing_is_found_where_no_board_is(board: Board) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (240, 320), np.uint8)
    for grey in (noise, np.full((240, 320), 90, np.uint8), np.zeros((20, 16), np.uint8)):
        assert BoardFinder(board).find(grey) is None


def test_a_moving_board_is_not_sharp() -> None:
    pair = drawn(CHESSBOARD, HELD)
    sharp = BoardFinder(CHESSBOARD).find(grey_of(pair.left))
    smeared = np.mean([np.roll(pair.left, shift, axis=1) for shift in range(9)], axis=0).astype(np.uint8)
    moved = BoardFinder(CHESSBOARD).find(grey_of(smeared))
    assert sharp is not None
    assert sharp.is_sharp(480)
    assert moved is None or not moved.is_sharp(480)


def test_the_board_is_found_out_from_the_pictures() -> None:
    def guessed(board: Board) -> Board | None:
        pictures: list[Image] = [drawn(board, pose).left for pose in poses(4)]
        return guess_board([grey_of(p) for p in pictures], kind=None, square_m=0.03, square_assumed=False)

    assert guessed(CHESSBOARD) == CHESSBOARD
    charuco = guessed(CHARUCO)
    assert charuco is not None
    assert (charuco.kind, charuco.columns, charuco.rows, charuco.dictionary, charuco.legacy) == (
        BoardKind.CHARUCO,
        8,
        5,
        "5x5_50",
        False,
    )
    assert charuco.marker_m == pytest.approx(CHARUCO.marker_m, rel=0.08)
    assert guess_board([np.full((90, 120), 9, np.uint8)], kind=None, square_m=1, square_assumed=True) is None


def test_a_chessboard_is_told_from_one_with_markers_by_what_is_in_its_white_squares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pose in (HELD, *poses(3)):
        exact = seen_at(eyes()[0], CHESSBOARD, pose)
        assert (CHARUCO.columns, CHARUCO.rows) == (CHESSBOARD.columns, CHESSBOARD.rows)
        monkeypatch.setattr(chessboard, "_quickly", lambda *_, places=exact: places)
        assert chessboard.has_plain_squares(grey_of(drawn(CHESSBOARD, pose).left), CHESSBOARD)
        assert not chessboard.has_plain_squares(grey_of(drawn(CHARUCO, pose).left), CHESSBOARD)


def test_looking_for_a_board_ends_when_it_is_told_to() -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        guess_board([np.zeros((90, 120), np.uint8)], kind=None, square_m=1, square_assumed=True, stop=stop)
