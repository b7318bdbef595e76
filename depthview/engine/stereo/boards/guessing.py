"""Which board is held before both eyes, found out from picture after picture while they play."""

from collections import deque
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.boards.board import (
    MOST_CORNERS,
    PRINTED,
    Board,
    BoardKind,
    Pattern,
    pattern_of,
    with_squares,
)
from depthview.engine.stereo.boards.corners import Grey, shrunk
from depthview.engine.stereo.boards.finding import BoardFinder, grey_of, guess_board

_SEEN_PX = 960
_MARKERS_EVERY = 4
"""Markers of all kinds take ten times as long to look for as corners."""
_KEPT = 8
_SHOWN_IN = 2
_COMPARED_PX, _MOVED_LEVELS = 32, 3.0
"""Pictures so wide that differ by so many levels in the mean show the board elsewhere; noise leaves less than one."""
_LARGER = ((1, 0), (0, 1), (1, 1))


@dataclass(slots=True, eq=False)
class _Picture:
    """Both eyes, what the left one alone seemed to show, and which boards both were found to show."""

    eyes: tuple[Grey, Grey]
    guess: Board | None
    small: NDArray[np.float32]
    shows: dict[Pattern, bool] = field(default_factory=dict)


class BoardGuess:
    """Owned by one thread. Squares are told, not found: `square_m`.

    Our own printed board is known where it is seen. Of a chessboard a part is often taken for the whole: a guess holds
    once both eyes show it in two pictures, and no larger board is in them.
    """

    def __init__(self, square_m: float) -> None:
        self._square_m = square_m
        self._printed = BoardFinder(with_squares(PRINTED, square_m))
        self._pictures: deque[_Picture] = deque(maxlen=_KEPT)
        self.looks = 0

    def look(self, pair: StereoPair) -> Board | None:
        """The board, once it is known. `looks` counts the pictures that were looked at."""
        left, right = (np.ascontiguousarray(shrunk(grey_of(eye), _SEEN_PX)[0]) for eye in (pair.left, pair.right))
        self.looks += 1
        if all(self._printed.find(eye, thorough=False) is not None for eye in (left, right)):
            return self._printed.board
        small = cv2.resize(left, (_COMPARED_PX, _COMPARED_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
        if any(np.abs(small - before.small).mean() <= _MOVED_LEVELS for before in self._pictures):
            return None  # the same once more
        turn = BoardKind.CHESSBOARD if self.looks % _MARKERS_EVERY else BoardKind.CHARUCO
        kind = next((p.guess.kind for p in self._pictures if p.guess is not None), turn)
        guess = guess_board([left], kind=kind, square_m=self._square_m, square_assumed=False)
        picture = _Picture((left, right), guess, small)
        self._pictures.append(picture)
        if guess is not None and not _shows(picture, guess):
            picture.guess = None  # a part of the board, or the left eye's alone
        boards = {pattern_of(p.guess): p.guess for p in self._pictures if p.guess is not None}
        for board in sorted(boards.values(), key=lambda board: board.corner_count, reverse=True):
            shown = [p for p in self._pictures if _shows(p, board)]
            if len(shown) >= _SHOWN_IN:
                return _grown(board, shown)
        return None


def _grown(board: Board, pictures: list[_Picture]) -> Board:
    """The largest board that two of these pictures show and that has this one in it."""
    while board.kind is BoardKind.CHESSBOARD:
        sides = [(board.columns + right, board.rows + down) for right, down in _LARGER]
        larger = [replace(board, columns=c, rows=r) for c, r in sides if max(c, r) <= MOST_CORNERS]
        found = next((one for one in larger if sum(_shows(p, one) for p in pictures) >= _SHOWN_IN), None)
        if found is None:
            break
        board = found
    return board


def _shows(picture: _Picture, board: Board) -> bool:
    """Whether both eyes show the board; looked for once."""
    pattern = pattern_of(board)
    if pattern not in picture.shows:
        # A board with markers is found by any few of them: how large it is, only a picture of its own tells.
        other = board.kind is BoardKind.CHARUCO and (picture.guess is None or pattern_of(picture.guess) != pattern)
        finder = BoardFinder(board)
        seen = not other and all(finder.find(eye, thorough=False) is not None for eye in picture.eyes)
        picture.shows[pattern] = seen
    return picture.shows[pattern]
