"""A red board before a blue wall, both of paint, as an eye at any place between or beside two sees them: exact."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image

HW = (48, 160)
WALL_PX, BOARD_PX = 4.0, 16.0
"""Disparities of which quarters are whole: no picture needs a colour between two pixels."""
_MARGIN = 64
_BOARD = slice(12, 36), slice(_MARGIN + 60, _MARGIN + 100)


def _paint(low: tuple[int, int, int], high: tuple[int, int, int], seed: int) -> Image:
    shape = (HW[0], HW[1] + 2 * _MARGIN, 3)
    return np.asarray(np.random.default_rng(seed).integers(low, high, shape), np.uint8)


_WALL = _paint((0, 60, 120), (60, 120, 250), 1)
_RED = _paint((200, 0, 0), (255, 40, 40), 2)


def seen_from(at: float) -> tuple[Image, NDArray[np.float32]]:
    """The picture and the disparity that an eye sees at a place: 0 is the left eye's, 1 the right's."""
    height, width = HW
    picture = np.empty((height, width, 3), np.uint8)
    disparity_px = np.full(HW, WALL_PX, np.float32)
    columns = np.arange(width) + _MARGIN
    picture[:] = _WALL[:, columns + round(at * WALL_PX)]
    there = columns + round(at * BOARD_PX)
    board = np.zeros((height, width), np.bool_)
    board[_BOARD[0]] = (there >= _BOARD[1].start) & (there < _BOARD[1].stop)
    picture[board] = _RED[:, there][board]
    disparity_px[board] = BOARD_PX
    return picture, disparity_px


def hidden_from_both(at: float) -> NDArray[np.bool_]:
    """(H, W): what an eye sees there of the wall that the board hides from the left eye and from the right one, or that
    lies outside of both pictures."""
    height, width = HW
    wall = np.arange(width) + _MARGIN + round(at * WALL_PX)
    hidden = np.zeros((height, width), np.bool_)
    hidden[:, (wall < _MARGIN) | (wall >= _MARGIN + width + round(WALL_PX))] = True
    behind = np.ones(width, np.bool_)
    for eye in (0, 1):
        before = wall + round(eye * (BOARD_PX - WALL_PX))
        # The wall's last pixel beside the board is not believed where a gap opens there.
        behind &= (before >= _BOARD[1].start - 1) & (before < _BOARD[1].stop + 1)
    rows = np.zeros(height, np.bool_)
    rows[_BOARD[0]] = True
    hidden |= rows[:, None] & behind
    return np.asarray(hidden & (seen_from(at)[1] == WALL_PX))


def is_red(picture: Image) -> NDArray[np.bool_]:
    return np.asarray(picture[..., 0] > 100)
