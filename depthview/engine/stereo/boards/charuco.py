"""Find a ChArUco board, whole or in part, and what board it is where nobody said."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.boards.board import DICTIONARIES, Board, BoardKind, charuco_board, marker_set
from depthview.engine.stereo.boards.corners import Corners, Grey, edge_width_px, flat_map, refined

_FEWEST_CORNERS = 6
"""Four fix a plane; two more say whether they lie on it."""
_FITS_PX = 2.0
_MOST_OFF_PX = 5.0
"""From the flat board that most corners lie on: more is a corner taken for another, not a lens."""

_NEIGHBOURS = 2.1
"""Squares."""
_UNLIKE_PX, _UNLIKE_SHARE = 0.8, 0.001

_FEWEST_MARKERS = 6
_MOST_SQUARES = 30
_TRIED = 8
"""Pictures in which every set of markers is looked for, a second each; then there are none."""
_FITS_SHARE = 0.06
"""Of a square: how far markers lie from where a board of the right width has them; a wrong width misses by 0.3."""

Centres = NDArray[np.float64]


class CharucoFinder:
    """Finds one board in picture after picture. Owned by one thread."""

    def __init__(self, board: Board) -> None:
        self._board = board
        parameters = cv2.aruco.CharucoParameters()
        parameters.minMarkers = 1  # a corner at the edge of what is seen has one marker only
        self._detector = cv2.aruco.CharucoDetector(charuco_board(board), parameters)
        share = (board.marker_m or 0) / board.square_m
        # The nearest ink that belongs to no edge of the corner is a marker's.
        self._reach = (1 - share) / 2

    def find(self, grey: Grey) -> Corners | None:
        """The inner corners that are seen, six or more and not on one line, or None."""
        found, numbers, _markers, _marker_ids = self._detector.detectBoard(grey)
        ids, near = _numbers(numbers), _places(found)
        if len(ids) < _FEWEST_CORNERS:
            return None
        homography = flat_map(self._board.places(ids), near, most_off=_FITS_PX)
        if homography is None:
            return None
        flat = cv2.perspectiveTransform(self._board.places(ids)[None], homography)[0]
        near_px = np.maximum(_MOST_OFF_PX, 0.01 * grey.shape[1])
        fits = np.linalg.norm(flat - near, axis=1) < near_px
        ids, near = ids[fits], near[fits]
        if len(ids) < _FEWEST_CORNERS or not _spread(self._board.places(ids)):
            return None
        places = refined(grey, near, self._board.places(ids), reach=self._reach)
        if places is None:
            return None
        smooth = _smooth(self._board.places(ids), places, grey.shape[1])
        ids, places = ids[smooth], places[smooth]
        if len(ids) < _FEWEST_CORNERS or not _spread(self._board.places(ids)):
            return None
        return Corners(ids, places, edge_width_px(grey, places, self._board.places(ids)))


def guess_charuco(pictures: Iterable[Grey], *, square_m: float, square_assumed: bool) -> Board | None:
    """The ChArUco board that the pictures show; None where none does. Its last row must be seen in one of them.

    The markers say what set they are of; how their numbers follow each other in the plane says how wide the board is.
    """
    family: str | None = None
    shapes: list[_Shape] = []
    last = 0
    for index, grey in enumerate(pictures):
        if family is None and index == _TRIED:
            break
        names = _largest_sets() if family is None else (family,)
        seen = {name: _markers(grey, name) for name in names}
        name = max(seen, key=lambda name: len(seen[name][0]))
        ids, outlines = seen[name]
        if len(ids) < _FEWEST_MARKERS:
            continue
        shape = _shape(ids, outlines)
        if shape is None:
            continue
        family = name
        shapes.append(shape)
        last = max(last, int(ids.max()))
    if family is None:
        return None
    best = min(shapes, key=lambda shape: shape.misses)
    cells = _cells(best.squares_across, last + 1, best.legacy)
    squares_down = int(cells[-1, 1]) + 1
    squares_down += squares_down % 2 if best.legacy else 0
    return Board(
        BoardKind.CHARUCO,
        best.squares_across - 1,
        squares_down - 1,
        square_m,
        square_assumed,
        marker_m=float(np.median([shape.marker_share for shape in shapes])) * square_m,
        dictionary=_smallest_set(family, max(last + 1, best.squares_across * squares_down // 2)),
        legacy=best.legacy,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """How many squares lie side by side, by how much of a square the markers miss that, and a marker's side."""

    squares_across: int
    legacy: bool
    misses: float
    marker_share: float


def _largest_sets() -> tuple[str, ...]:
    """One of each family; the smaller sets are their beginnings."""
    return tuple(name for name in DICTIONARIES if name.endswith("_1000") or name[0].isalpha())


def _smallest_set(name: str, markers: int) -> str:
    bits, _, _count = name.partition("_")
    if not name.endswith("_1000"):
        return name
    enough = [n for n in DICTIONARIES if n.startswith(f"{bits}_") and int(n.partition("_")[2]) >= markers]
    return enough[0] if enough else name


def _markers(grey: Grey, name: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(N,) numbers and (N, 4, 2) outlines of the markers of one set."""
    outlines, numbers, _rejected = cv2.aruco.ArucoDetector(marker_set(name)).detectMarkers(grey)
    return _numbers(numbers), _places(outlines).reshape(-1, 4, 2)


def _numbers(found: object) -> NDArray[np.intp]:
    """(N,); what OpenCV gives is None where it found nothing, whatever its types say."""
    return np.zeros(0, np.intp) if found is None else np.asarray(found).reshape(-1).astype(np.intp)


def _places(found: object) -> NDArray[np.float64]:
    return np.zeros((0, 2)) if found is None else np.asarray(found, np.float64).reshape(-1, 2)


def _cells(squares_across: int, count: int, legacy: bool) -> NDArray[np.float64]:
    """(count, 2): column and row of the squares that hold the first markers."""
    squares_down = 2 * count // squares_across + 2
    rows, columns = np.mgrid[:squares_down, :squares_across]
    white = (rows + columns) % 2 == (0 if legacy else 1)
    return np.stack([columns[white], rows[white]], axis=1)[:count].astype(np.float64)


def _shape(ids: NDArray[np.intp], outlines: NDArray[np.float64]) -> _Shape | None:
    """The width of a board on which markers of these numbers lie as they are seen."""
    centres = outlines.mean(axis=1)
    best: _Shape | None = None
    for squares in range(4, _MOST_SQUARES + 1):
        for legacy in (False, True):
            cells = _cells(squares, int(ids.max()) + 1, legacy)[ids]
            homography = flat_map(centres, cells + 0.5)
            if homography is None:
                continue
            on_board = cv2.perspectiveTransform(outlines.reshape(1, -1, 2), homography).reshape(-1, 4, 2)
            off = on_board.mean(axis=1) - (cells + 0.5)
            sides = np.linalg.norm(np.roll(on_board, 1, axis=1) - on_board, axis=2)
            misses = float(np.sqrt((off**2).sum(axis=1).mean()) + sides.std())
            # Equal in width, both beginnings fit: a board of an odd width only shifts. The newer pattern is likelier.
            if best is None or misses < best.misses - 1e-3:
                best = _Shape(squares, legacy, misses, float(np.median(sides)))
    if best is None or best.misses > _FITS_SHARE or not 0.2 < best.marker_share < 1:
        return None
    return best


def _smooth(board_places: NDArray[np.float64], places: NDArray[np.float64], width_px: int) -> NDArray[np.bool_]:
    """(N,): which corners lie where their neighbours say. What covers a part of the board makes corners of its own, and
    a lens bends neighbours alike."""
    homography = flat_map(board_places, places)
    if homography is None:
        return np.zeros(len(places), np.bool_)
    off = places - cv2.perspectiveTransform(board_places[None], homography)[0]
    near = np.linalg.norm(board_places[:, None] - board_places[None], axis=2) < _NEIGHBOURS
    usual = np.array([np.median(off[beside], axis=0) for beside in near])
    return np.asarray(np.linalg.norm(off - usual, axis=1) < max(_UNLIKE_PX, _UNLIKE_SHARE * width_px), np.bool_)


def _spread(places: NDArray[np.float64]) -> bool:
    """Whether corners span a plane and do not lie on a line."""
    spans = np.linalg.svd(places - places.mean(axis=0), compute_uv=False)
    return bool(spans[1] > 0.15 * spans[0])
