"""Find a chessboard in a picture, and how many corners it has where nobody said."""

from collections import Counter
from collections.abc import Iterable

import cv2
import numpy as np

from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.corners import Corners, Grey, Points, edge_width_px, refined, shrunk

_SEARCH_PX = 1280
"""A board that can be measured is found in a picture so wide; larger ones only take longer."""
_THOROUGH_PX = 960
_LIVE_PX = 640

_REACH = 0.5
"""Share of a square around a corner: boards are often cut off inside their outer squares (OpenCV's own set is)."""
_CONTRAST = 12.0
"""Grey levels between the mean black and the mean white square; with less it is no chessboard."""
_ENOUGH_VOTES = 4
_WITHIN = np.linspace(0.2, 0.8, 7)
"""Where a square is looked at, along its side: its own edges are not, a marker's are."""
_INKED = 0.15
"""Of what is seen in white squares: a marker's border alone is more."""
_LEAST_GUESSED = 12
"""Corners. Smaller grids are found in keyboards and windows as well."""


def find_chessboard(grey: Grey, board: Board, *, thorough: bool = True) -> Corners | None:
    """All inner corners of `board` in `grey`, or None. The first one lies where a black square is in the corner.

    The quick search first (cv2.findChessboardCorners); where it sees nothing and `thorough`, the slow one that copes
    with bad light (Duda and Frese 2018, cv2.findChessboardCornersSB), for pictures that somebody chose.
    """
    rough = _quickly(grey, board, _SEARCH_PX if thorough else _LIVE_PX)
    if rough is None and thorough:
        rough = _thoroughly(grey, board)
    if rough is None:
        return None
    grid = _in_order(grey, rough.reshape(board.rows, board.columns, 2), board)
    if grid is None:
        return None
    ids = np.arange(board.corner_count)
    places = refined(grey, grid.reshape(-1, 2), board.places(ids), reach=_REACH)
    if places is None:
        return None
    return Corners(ids, places, edge_width_px(grey, places, board.places(ids)))


def guess_chessboard(pictures: Iterable[Grey], *, square_m: float, square_assumed: bool) -> Board | None:
    """The board of which most of the pictures show all; None where none shows one. Columns are the longer side."""
    votes: Counter[tuple[int, int]] = Counter()
    flags = cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE | cv2.CALIB_CB_LARGER
    looked_at = []
    for grey in pictures:
        small, _scale = shrunk(grey, _THOROUGH_PX)
        found, _corners, meta = cv2.findChessboardCornersSBWithMeta(small, (3, 3), flags)
        if not found or meta is None:
            continue
        short, long = sorted(int(side) for side in meta.shape[:2])
        if short * long >= _LEAST_GUESSED:
            votes[long, short] += 1
            looked_at.append(grey)
        if votes and max(votes.values()) >= _ENOUGH_VOTES:
            break
    if not votes:
        return None
    boards = [Board(BoardKind.CHESSBOARD, *sides, square_m, square_assumed) for sides in votes]
    if len(boards) == 1:
        return boards[0]

    def shown(board: Board) -> tuple[int, int, int]:
        seen = sum(_quickly(grey, board, _LIVE_PX) is not None for grey in looked_at)
        # Of a board that is seen in part a smaller one is found: among equals the largest is whole.
        return seen, votes[board.columns, board.rows], board.corner_count

    return max(boards, key=shown)


def has_plain_squares(grey: Grey, board: Board) -> bool:
    """Whether `grey` shows all of this chessboard, and nothing is printed in its white squares."""
    rough = _quickly(grey, board, _LIVE_PX)
    if rough is None:
        return False
    grid = rough.reshape(board.rows, board.columns, 2)
    across = _WITHIN[None, :, None]
    top, bottom = grid[:-1, :, None, None], grid[1:, :, None, None]
    upper = top[:, :-1] + (top[:, 1:] - top[:, :-1]) * across
    lower = bottom[:, :-1] + (bottom[:, 1:] - bottom[:, :-1]) * across
    inside = upper + (lower - upper) * _WITHIN[:, None, None]
    x, y = (np.clip(np.rint(inside[..., i]).astype(int), 0, grey.shape[1 - i] - 1) for i in (0, 1))
    shades = grey[y, x].astype(np.float64)
    even = np.add.outer(np.arange(shades.shape[0]), np.arange(shades.shape[1])) % 2 == 0
    black, white = sorted((shades[even], shades[~even]), key=np.mean)
    middle = (float(np.median(black)) + float(np.percentile(white, 95))) / 2
    return bool((white < middle).mean() < _INKED)


def _quickly(grey: Grey, board: Board, search_px: int) -> Points | None:
    small, scale = shrunk(grey, search_px)
    found, corners = cv2.findChessboardCorners(small, (board.columns, board.rows))
    return _grown(corners, scale) if found else None


def _thoroughly(grey: Grey, board: Board) -> Points | None:
    small, scale = shrunk(grey, _THOROUGH_PX)
    flags = cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE
    found, corners = cv2.findChessboardCornersSB(small, (board.columns, board.rows), flags=flags)
    return _grown(corners, scale) if found else None


def _grown(corners: object, scale: float) -> Points:
    return (np.asarray(corners, np.float64).reshape(-1, 2) + 0.5) * scale - 0.5


def _in_order(grey: Grey, grid: Points, board: Board) -> Points | None:
    """The grid (rows, columns, 2) not mirrored, and begun at the one corner whose square is black, where only one is.

    None where the squares are not black and white by turns.
    """
    along, down = grid[0, -1] - grid[0, 0], grid[-1, 0] - grid[0, 0]
    if along[0] * down[1] - along[1] * down[0] < 0:
        grid = grid[:, ::-1]
    middles = (grid[:-1, :-1] + grid[1:, :-1] + grid[:-1, 1:] + grid[1:, 1:]) / 4
    x, y = (np.clip(np.rint(middles[..., i]).astype(int), 0, grey.shape[1 - i] - 1) for i in (0, 1))
    shades = cv2.blur(grey, (3, 3))[y, x].astype(np.float64)
    first = np.add.outer(np.arange(shades.shape[0]), np.arange(shades.shape[1])) % 2 == 0
    lighter = float(shades[first].mean() - shades[~first].mean())
    if abs(lighter) < _CONTRAST:
        return None
    return grid[::-1, ::-1] if lighter > 0 and not board.turns_alike else grid
