"""Find a board of either kind, known or not."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from depthview.engine.frames import Image
from depthview.engine.progress import StopToken
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.charuco import CharucoFinder, guess_charuco
from depthview.engine.stereo.boards.chessboard import find_chessboard, guess_chessboard, has_plain_squares
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
    pictures: Sequence[Grey],
    *,
    kind: BoardKind | None,
    square_m: float,
    square_assumed: bool,
    stop: StopToken | None = None,
) -> Board | None:
    """The board that most of these pictures show, of that kind or of any; None where none shows one. Raises Stopped."""

    def watched() -> Iterator[Grey]:
        for grey in pictures:
            if stop is not None:
                stop.raise_if_stopped()
            yield grey

    chessboard = None
    if kind is not BoardKind.CHARUCO:
        chessboard = guess_chessboard(watched(), square_m=square_m, square_assumed=square_assumed)
        if kind is BoardKind.CHESSBOARD:
            return chessboard
    # Bits of a chessboard are seen among markers as well, but markers take seconds a picture to look for.
    if chessboard is not None and any(has_plain_squares(grey, chessboard) for grey in watched()):
        return chessboard
    return guess_charuco(watched(), square_m=square_m, square_assumed=square_assumed) or chessboard


def grey_of(image: Image) -> Grey:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)
