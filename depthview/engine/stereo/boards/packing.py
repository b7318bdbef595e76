"""How two eyes share the pictures of a board: tried, since a board that both halves show whole leaves no doubt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from depthview.engine.frames import Frame, Layout
from depthview.engine.progress import StopToken
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.corners import Corners, Grey, shrunk
from depthview.engine.stereo.boards.finding import BoardFinder, grey_of, guess_board
from depthview.engine.stereo.boards.fit import eye_matrix
from depthview.engine.stereo.boards.view import BoardView

_TRIED_PX = 1280
_HALF = {Layout.SIDE_BY_SIDE: Layout.HALF_SIDE_BY_SIDE, Layout.OVER_UNDER: Layout.HALF_OVER_UNDER}
_SQUEEZED = 1.4
"""Pixels so much longer one way are squeezed to half: real ones are square to a per cent."""

Eyes = tuple[Grey, Grey]


@dataclass(frozen=True, slots=True)
class Packing:
    """The board that the pictures show, and how the eyes are packed, squeezed or not."""

    board: Board
    layout: Layout


def find_packing(
    frames: Iterable[Frame],
    *,
    board: Board | None,
    kind: BoardKind | None,
    square_m: float,
    square_assumed: bool,
    layout: Layout | None,
    stop: StopToken,
) -> Packing | None:
    """Board and layout from a few frames; None where no picture shows a board to both eyes. Raises Stopped.

    `board` and `layout` are what the person says, None where they are to be found. A half layout is found by
    `squeezed`, once there are views: until then it is told as the full one.
    """
    seen: dict[Layout, list[Eyes]] = {}
    for frame in frames:
        for packed in _possible(frame, layout):
            left, right = _halves(frame, packed)
            seen.setdefault(packed, []).append((shrunk(left, _TRIED_PX)[0], shrunk(right, _TRIED_PX)[0]))
    for packed, pairs in seen.items():
        found = board
        if found is None:
            lefts = [left for left, _right in pairs]
            found = guess_board(lefts, kind=kind, square_m=square_m, square_assumed=square_assumed, stop=stop)
        if found is not None and _in_both(found, pairs, stop):
            return Packing(found, packed)
    return None


def squeezed(views: Sequence[BoardView], packing: Packing) -> Packing:
    """The same with a half layout, where the pixels of these views, taken as the full one, are not square."""
    half = _HALF.get(packing.layout)
    if half is None:
        return packing
    matrix = eye_matrix([view.left for view in views if view.usable], packing.board, views[0].size_hw)
    if matrix is None:
        return packing
    tall = float(matrix[1, 1] / matrix[0, 0])
    longer = tall if half is Layout.HALF_SIDE_BY_SIDE else 1 / tall
    return replace(packing, layout=half) if longer > _SQUEEZED else packing


def unsqueezed(view: BoardView, layout: Layout) -> BoardView:
    """A view that was found in eyes as packed, as it is in eyes stretched to their full shape."""
    height, width = view.size_hw
    across, down = (2, 1) if layout is Layout.HALF_SIDE_BY_SIDE else (1, 2)
    scale = np.array([across, down], np.float64)

    def stretched(corners: Corners | None) -> Corners | None:
        return None if corners is None else replace(corners, places=(corners.places + 0.5) * scale - 0.5)

    size_hw = height * down, width * across
    return replace(view, size_hw=size_hw, left=stretched(view.left), right=stretched(view.right))


def as_packed(layout: Layout) -> Layout:
    """The full layout of a half one: eyes that are cut out and not stretched."""
    return next((full for full, half in _HALF.items() if half is layout), layout)


def _possible(frame: Frame, told: Layout | None) -> tuple[Layout, ...]:
    if frame.right is not None:
        return (Layout.SEPARATE,)
    return (as_packed(told),) if told is not None else (Layout.SIDE_BY_SIDE, Layout.OVER_UNDER)


def _halves(frame: Frame, layout: Layout) -> Eyes:
    packed = grey_of(frame.image)
    rows, columns = packed.shape[0] // 2, packed.shape[1] // 2
    if layout is Layout.SEPARATE and frame.right is not None:
        return packed, grey_of(frame.right)
    if layout is Layout.OVER_UNDER:
        return packed[:rows], packed[packed.shape[0] - rows :]
    return packed[:, :columns], packed[:, packed.shape[1] - columns :]


def _in_both(board: Board, pairs: Sequence[Eyes], stop: StopToken) -> bool:
    finder = BoardFinder(board)
    for thorough in (False, True):
        for eyes in pairs:
            stop.raise_if_stopped()
            if all(finder.find(np.ascontiguousarray(eye), thorough=thorough) for eye in eyes):
                return True
    return False
