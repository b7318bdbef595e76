"""Boards seen by cameras that are known exactly: as corners without a picture, and drawn through bent lenses."""

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.boards.board import Board, BoardKind, charuco_board
from depthview.engine.stereo.boards.corners import Corners
from depthview.engine.stereo.boards.view import BoardView, view_of

CHESSBOARD = Board(BoardKind.CHESSBOARD, 8, 5, 0.03)
CHARUCO = Board(BoardKind.CHARUCO, 8, 5, 0.03, marker_m=0.021, dictionary="5x5_50")

BASELINE_M = 0.062
_OVERSAMPLED = 3
_TEXTURE_PX = 40
"""Of a square, in the picture that a drawn board is cut from."""


@dataclass(frozen=True)
class Eye:
    """A camera: `turn`, `move_m` bring a point from the left eye's metres to this one's."""

    size_hw: tuple[int, int]
    matrix: NDArray[np.float64]
    distortion: NDArray[np.float64]
    turn: NDArray[np.float64]
    move_m: NDArray[np.float64]


def eyes(size_hw: tuple[int, int] = (360, 480), *, focal: float = 0.85) -> tuple[Eye, Eye]:
    """Two cameras that are not quite alike, bend straight lines and are mounted askew by a degree."""
    height, width = size_hw
    left = np.array([[focal * width, 0, 0.51 * width], [0, focal * width, 0.48 * height], [0, 0, 1]])
    right = np.array([[1.01 * focal * width, 0, 0.49 * width], [0, 1.01 * focal * width, 0.5 * height], [0, 0, 1]])
    turn = np.asarray(cv2.Rodrigues(np.radians([0.6, -1.0, 0.8]))[0], np.float64)
    return (
        Eye(size_hw, left, np.array([-0.22, 0.06, 0.0008, -0.0005, 0.0]), np.eye(3), np.zeros(3)),
        Eye(size_hw, right, np.array([-0.2, 0.05, -0.0006, 0.0004, 0.0]), turn, np.array([-BASELINE_M, 0.0008, 0.002])),
    )


@dataclass(frozen=True)
class Pose:
    """How a board is held before the left eye: turned by a vector (radians), its middle at `at_m`."""

    turned: tuple[float, float, float]
    at_m: tuple[float, float, float]

    def of(self, board: Board) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        turn = np.asarray(cv2.Rodrigues(np.array(self.turned, np.float64))[0], np.float64)
        middle = np.array([(board.columns - 1) / 2, (board.rows - 1) / 2, 0]) * board.square_m
        return turn, np.array(self.at_m) - turn @ middle


def poses(count: int, seed: int = 3) -> list[Pose]:
    """Boards tilted and moved about, all of them inside both eyes' pictures."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        far = rng.uniform(0.42, 0.6)
        turned = rng.uniform((-0.55, -0.5, -0.2), (0.55, 0.5, 0.2))
        at = rng.uniform((-0.12, -0.1), (0.16, 0.1)) * far
        found.append(Pose(tuple(turned), (float(at[0]) + 0.03, float(at[1]), float(far))))
    return found


def seen_at(eye: Eye, board: Board, pose: Pose) -> NDArray[np.float64]:
    """(N, 2): exactly where the eye sees each inner corner."""
    turn, move = pose.of(board)
    points = board.points_m(np.arange(board.corner_count)).astype(np.float64)
    places, _ = cv2.projectPoints(
        points, cv2.Rodrigues(eye.turn @ turn)[0], eye.turn @ move + eye.move_m, eye.matrix, eye.distortion
    )
    return np.asarray(places, np.float64).reshape(-1, 2)


def measured(board: Board, pose: Pose, name: str, *, noise_px: float = 0.1, seed: int = 0) -> BoardView:
    """A view as corners that a detector might have measured, without a picture."""
    rng = np.random.default_rng(seed)
    found = []
    both = eyes()
    for eye in both:
        exact = seen_at(eye, board, pose)
        found.append(Corners(np.arange(board.corner_count), exact + rng.normal(0, noise_px, exact.shape), 2.5))
    return view_of(name, both[0].size_hw, found[0], found[1], board)


def measured_views(count: int, board: Board = CHESSBOARD, *, noise_px: float = 0.1) -> list[BoardView]:
    return [
        measured(board, pose, f"view {index}", noise_px=noise_px, seed=index) for index, pose in enumerate(poses(count))
    ]


def drawn(board: Board, pose: Pose, *, size_hw: tuple[int, int] = (360, 480)) -> StereoPair:
    """The board as both eyes see it, before a grey wall."""
    left, right = (_drawn(eye, side, board, pose) for side, eye in enumerate(eyes(size_hw)))
    return StereoPair(left, right, 0, 0.0, 0.0)


def spoilt(view: BoardView, by_px: float) -> BoardView:
    """The view with its right eye's corners moved, as when the board moved between two exposures."""
    assert view.right is not None
    rng = np.random.default_rng(1)
    wild = view.right.places + rng.normal(0, by_px, view.right.places.shape)
    return replace(view, right=replace(view.right, places=wild))


def _drawn(eye: Eye, side: int, board: Board, pose: Pose) -> Image:
    turn, move = pose.of(board)
    turn, move = eye.turn @ turn, eye.turn @ move + eye.move_m
    rays = _rays(eye.size_hw, side)
    # Where each ray meets the board's plane, in squares from the board's outer corner.
    to_board = np.linalg.inv(np.stack([turn[:, 0], turn[:, 1], move], axis=1))
    met = rays @ to_board.T
    x, y = ((met[..., axis] / met[..., 2] / board.square_m + 1.5) * _TEXTURE_PX - 0.5 for axis in (0, 1))
    shade = cv2.remap(
        _texture(board),
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=150,
    )
    height, width = eye.size_hw
    small = cv2.resize(shade, (width, height), interpolation=cv2.INTER_AREA)
    return np.repeat(np.asarray(small, np.uint8)[..., None], 3, axis=2)


@cache
def _rays(size_hw: tuple[int, int], side: int) -> NDArray[np.float64]:
    """(k H, k W, 3): the direction of each part of a pixel; the lens's bend undone by iteration."""
    eye = eyes(size_hw)[side]
    height, width = size_hw
    k = _OVERSAMPLED
    v, u = np.mgrid[: k * height, : k * width]
    x0 = ((u + 0.5) / k - 0.5 - eye.matrix[0, 2]) / eye.matrix[0, 0]
    y0 = ((v + 0.5) / k - 0.5 - eye.matrix[1, 2]) / eye.matrix[1, 1]
    k1, k2, p1, p2, _k3 = eye.distortion
    x, y = x0.copy(), y0.copy()
    for _ in range(12):
        r2 = x * x + y * y
        bend = 1 + k1 * r2 + k2 * r2 * r2
        x, y = (
            (x0 - 2 * p1 * x * y - p2 * (r2 + 2 * x * x)) / bend,
            (y0 - p1 * (r2 + 2 * y * y) - 2 * p2 * x * y) / bend,
        )
    return np.stack([x, y, np.ones_like(x)], axis=-1)


@cache
def _texture(board: Board) -> NDArray[np.uint8]:
    """The squares and a white rim of half a square; beyond it is the wall."""
    across, down = (board.columns + 1) * _TEXTURE_PX, (board.rows + 1) * _TEXTURE_PX
    if board.kind is BoardKind.CHARUCO:
        pattern = np.asarray(charuco_board(board).generateImage((across, down), marginSize=0), np.uint8)
    else:
        rows, columns = np.mgrid[:down, :across] // _TEXTURE_PX
        pattern = np.where((rows + columns) % 2 == 0, 20, 235).astype(np.uint8)
    return np.pad(pattern, _TEXTURE_PX // 2, constant_values=235)
