"""Find a board of either kind, known or not."""

from collections.abc import Sequence

import cv2
import numpy as np

from depthview.engine.frames import Image
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.charuco import CharucoFinder, guess_charuco
from depthview.engine.stereo.boards.chessboard import find_chessboard, guess_chessboard
from depthview.engine.stereo.boards.corners import Corners, Grey


class BoardFinder:
    """Finds one board in picture after picture. Owned by one thread."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._charuco = CharucoFinder(board) if board.kind is BoardKind.CHARUCO else None

    def find(self, grey: Grey, *, thorough: bool = True) -> Corners | None:
        """The board's inner corners in an eye's picture, or None. `thorough` False is for pictures that go on coming:
        what is not found quickly is found in the next one."""
        if self._charuco is not None:
            return self._charuco.find(grey)
        return find_chessboard(grey, self.board, thorough=thorough)


def guess_board(
    pictures: Sequence[Grey], *, kind: BoardKind | None, square_m: float, square_assumed: bool
) -> Board | None:
    """The board that most of these pictures show, of that kind or of any; None where none of them shows one."""
    chessboard = None
    if kind is not BoardKind.CHARUCO:
        chessboard = guess_chessboard(pictures, square_m=square_m, square_assumed=square_assumed)
        if kind is BoardKind.CHESSBOARD:
            return chessboard
    if chessboard is not None:
        # Bits of a chessboard are seen among markers as well, but markers take a second a picture to look for.
        shows = next((grey for grey in pictures if find_chessboard(grey, chessboard, thorough=False)), None)
        if shows is not None and guess_charuco([shows], square_m=square_m, square_assumed=square_assumed) is None:
            return chessboard
    return guess_charuco(pictures, square_m=square_m, square_assumed=square_assumed) or chessboard


def grey_of(image: Image) -> Grey:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
