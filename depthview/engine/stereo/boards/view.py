"""One moment in which both eyes look at the board, and what it is good for."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.corners import Corners, Points

FEWEST_SHARED = 6
"""Corners that both eyes see. Four fix how the board is held, and would never contradict it."""

_FOCAL_SHARE = 0.9
"""Of the picture's width: a guess of the lens (58 degrees), good enough to say how a board is held."""


class Advice(StrEnum):
    """What the person with the board may do next, in words."""

    SHOW = "Hold the board so that both eyes see it"
    SHOW_LEFT = "Only the right eye sees the board: move it so that both do"
    SHOW_RIGHT = "Only the left eye sees the board: move it so that both do"
    STILL = "Hold the board still, the picture is blurred"
    MOVE = "Move the board or tilt it, this view is like one before"
    LEFT = "Hold the board further to the left of the picture"
    RIGHT = "Hold the board further to the right of the picture"
    UP = "Hold the board higher"
    DOWN = "Hold the board lower"
    NEARER = "Hold the board nearer, until it fills half of the picture"
    FARTHER = "Hold the board farther away"
    TURN = "Turn the board to one side, by about 30 degrees"
    TIP = "Tip the board forwards or back, by about 30 degrees"
    ENOUGH = "That is enough: the camera can be calibrated"


@dataclass(frozen=True, slots=True)
class Held:
    """How a board is held, as the left eye sees it.

    `turn_deg`, `tip_deg`: its angle to the picture, to the side and forwards or back. `width_share`: how much of the
    picture's width or height it spans, whichever is more.
    """

    turn_deg: float
    tip_deg: float
    width_share: float


@dataclass(frozen=True, slots=True, eq=False)
class BoardView:
    """What was found at one moment.

    `left`, `right`: the corners in each eye, of one numbering, None where the eye does not see the board. `size_hw`: an
    eye's size. `sharp`: whether what was found may be measured. `fresh`: whether it is unlike the views kept before.
    `held`: how the board is held, None where it is not seen. `advice`: what to do next.
    """

    name: str
    size_hw: tuple[int, int]
    left: Corners | None
    right: Corners | None
    sharp: bool
    fresh: bool = True
    held: Held | None = None
    advice: Advice = Advice.SHOW

    @property
    def usable(self) -> bool:
        """Whether enough corners are seen by both eyes, and sharply."""
        return self.sharp and len(self.shared()[0]) >= FEWEST_SHARED

    def shared(self) -> tuple[NDArray[np.intp], Points, Points]:
        """The numbers (N,) of the corners that both eyes see, and where each eye sees them, (N, 2) pixels."""
        if self.left is None or self.right is None:
            return np.zeros(0, np.intp), np.zeros((0, 2)), np.zeros((0, 2))
        ids, here, there = np.intersect1d(self.left.ids, self.right.ids, return_indices=True)
        return ids, self.left.places[here], self.right.places[there]


def view_of(
    name: str, size_hw: tuple[int, int], left: Corners | None, right: Corners | None, board: Board
) -> BoardView:
    """A view of what each eye found. Where a board looks the same when it is turned, the right eye's corners are
    numbered so that they lie as the left eye's do."""
    if left is not None and right is not None and board.turns_alike:
        right = _numbered_alike(left, right, board)
    seen = [corners for corners in (left, right) if corners is not None]
    sharp = bool(seen) and all(corners.is_sharp(size_hw[1]) for corners in seen)
    held = None if left is None else _held(left, size_hw, board)
    return BoardView(name, size_hw, left, right, sharp, held=held)


def likeness_px(view: BoardView, other: BoardView) -> float:
    """How far the corners lie apart in the left eye, the mean over those that both views show; infinite for none."""
    if view.left is None or other.left is None:
        return float("inf")
    _ids, here, there = np.intersect1d(view.left.ids, other.left.ids, return_indices=True)
    if len(here) < FEWEST_SHARED:
        return float("inf")
    return float(np.linalg.norm(view.left.places[here] - other.left.places[there], axis=1).mean())


def _numbered_alike(left: Corners, right: Corners, board: Board) -> Corners:
    """The eyes stand side by side, hence see the board turned alike: of all numberings the one that says so."""
    grid = right.places.reshape(board.rows, board.columns, 2)
    quarters = range(4) if board.rows == board.columns else (0, 2)
    turned = [np.ascontiguousarray(np.rot90(grid, quarter)).reshape(-1, 2) for quarter in quarters]
    own = left.places - left.places.mean(axis=0)

    def apart(places: Points) -> float:
        return float(np.linalg.norm(places - places.mean(axis=0) - own, axis=1).sum())

    return Corners(right.ids, min(turned, key=apart), right.edge_px)


def _held(corners: Corners, size_hw: tuple[int, int], board: Board) -> Held | None:
    height, width = size_hw
    focal_px = _FOCAL_SHARE * width
    camera = np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1.0]])
    points = board.points_m(corners.ids).astype(np.float64)
    try:
        solved, turns, _moved = cv2.solvePnP(points, corners.places, camera, None, flags=cv2.SOLVEPNP_IPPE)
    except cv2.error:
        return None
    if not solved:
        return None
    normal = cv2.Rodrigues(turns)[0][:, 2]
    normal = normal * (1 if normal[2] > 0 else -1)
    spans = np.ptp(corners.places, axis=0) / (width, height)
    turn_deg, tip_deg = (float(np.degrees(np.arctan2(normal[axis], normal[2]))) for axis in (0, 1))
    return Held(turn_deg, tip_deg, float(spans.max()))


def turned_apart(views: tuple[BoardView, ...]) -> tuple[float, float]:
    """By how many degrees the boards of these views differ in turn and in tip."""
    held = [view.held for view in views if view.held is not None]
    if not held:
        return 0.0, 0.0
    turns, tips = [h.turn_deg for h in held], [h.tip_deg for h in held]
    return max(turns) - min(turns), max(tips) - min(tips)
