"""The flat patterns by which a stereo camera is measured: a chessboard, or one with markers in its white squares."""

from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError

_FAMILIES = {
    "4x4": (50, 100, 250, 1000),
    "5x5": (50, 100, 250, 1000),
    "6x6": (50, 100, 250, 1000),
    "7x7": (50, 100, 250, 1000),
}
_SINGLE = ("ARUCO_ORIGINAL", "APRILTAG_16H5", "APRILTAG_25H9", "APRILTAG_36H10", "APRILTAG_36H11", "ARUCO_MIP_36H12")

DICTIONARIES = (
    *(f"{bits}_{count}" for bits, counts in _FAMILIES.items() for count in counts),
    *(name.lower() for name in _SINGLE),
)
"""The sets of markers that OpenCV knows, as the command line writes them. Of `5x5_50` and `5x5_100` the first 50 are
the same."""

FEWEST_CORNERS, MOST_CORNERS = 3, 60
"""Along a side: fewer than three do not tell a board from a floor's tiles, and more are too small to be seen."""
SQUARES_M = (0.001, 2.0)


class BoardKind(StrEnum):
    """The values are the command line's words."""

    CHESSBOARD = "chessboard"
    CHARUCO = "charuco"
    """Markers in the white squares (Garrido-Jurado et al. 2014; OpenCV's CharucoBoard): may be seen in part."""


@dataclass(frozen=True, slots=True)
class Board:
    """A flat pattern of equal squares.

    `columns` x `rows` count the inner corners, where four squares meet, and not the squares: a chessboard for playing
    has 7 x 7. `square_m` is a square's side in metres, `square_assumed` says that nobody measured it: all lengths are
    then in doubt by the same factor. Of a ChArUco board `marker_m` is a marker's side in metres, `dictionary` one of
    DICTIONARIES, and `legacy` says that a marker lies in the first square, as OpenCV before 4.6 printed boards of an
    even number of rows of squares.

    Raises UserError for what is no board.
    """

    kind: BoardKind
    columns: int
    rows: int
    square_m: float
    square_assumed: bool = False
    marker_m: float | None = None
    dictionary: str | None = None
    legacy: bool = False

    def __post_init__(self) -> None:
        if not all(FEWEST_CORNERS <= side <= MOST_CORNERS for side in (self.columns, self.rows)):
            raise UserError(
                "A board of {columns}x{rows} inner corners cannot be used: {least} to {most} on each side are needed",
                columns=self.columns,
                rows=self.rows,
                least=FEWEST_CORNERS,
                most=MOST_CORNERS,
            )
        least, most = SQUARES_M
        if not least <= self.square_m <= most:
            raise UserError(
                "Squares of {square:g} mm are no board's: measure one side of a square, in millimetres",
                square=1000 * self.square_m,
            )
        if self.kind is BoardKind.CHARUCO:
            self._check_markers()

    def _check_markers(self) -> None:
        if self.dictionary not in DICTIONARIES:
            raise UserError(
                "There are no markers called {name}: choose one of {known}",
                name=self.dictionary,
                known=", ".join(DICTIONARIES),
            )
        if self.marker_m is None or not 0.2 * self.square_m <= self.marker_m < self.square_m:
            raise UserError(
                "Markers of {marker:g} mm do not fit squares of {square:g} mm: measure the black side of one marker",
                marker=1000 * (self.marker_m or 0),
                square=1000 * self.square_m,
            )
        if (self.columns + 1) * (self.rows + 1) // 2 > len(marker_set(self.dictionary).bytesList):
            raise UserError(
                "The set {name} has too few markers for this board: choose a larger set", name=self.dictionary
            )

    @property
    def corner_count(self) -> int:
        return self.columns * self.rows

    @property
    def turns_alike(self) -> bool:
        """Whether the board, turned by half, looks the same, so that nobody can tell which corner is the first."""
        return self.kind is BoardKind.CHESSBOARD and (self.columns + self.rows) % 2 == 0

    def places(self, ids: NDArray[np.intp]) -> NDArray[np.float64]:
        """(N, 2): column and row of the inner corners of these numbers, which count along the rows."""
        return np.stack([ids % self.columns, ids // self.columns], axis=1).astype(np.float64)

    def points_m(self, ids: NDArray[np.intp]) -> NDArray[np.float32]:
        """(N, 3) float32: where these inner corners are on the board, metres, flat at z = 0."""
        flat = self.places(ids) * self.square_m
        return np.concatenate([flat, np.zeros((len(ids), 1))], axis=1).astype(np.float32)


Pattern = tuple[BoardKind, int, int, str | None, bool]


def pattern_of(board: Board) -> Pattern:
    """All of a board but its lengths: what a picture of it tells."""
    return board.kind, board.columns, board.rows, board.dictionary, board.legacy


def with_squares(board: Board, square_m: float) -> Board:
    """The same board printed at another size. Raises UserError for squares that no board has."""
    marker_m = None if board.marker_m is None else board.marker_m * square_m / board.square_m
    return replace(board, square_m=square_m, marker_m=marker_m, square_assumed=False)


def marker_set(name: str) -> cv2.aruco.Dictionary:
    """OpenCV's markers of that name, one of DICTIONARIES."""
    return cv2.aruco.getPredefinedDictionary(int(getattr(cv2.aruco, f"DICT_{name.upper()}")))


def charuco_board(board: Board) -> cv2.aruco.CharucoBoard:
    """OpenCV's description of a ChArUco board, in metres."""
    if board.marker_m is None or board.dictionary is None:
        raise ValueError("a chessboard has no markers")
    squares = board.columns + 1, board.rows + 1
    described = cv2.aruco.CharucoBoard(squares, board.square_m, board.marker_m, marker_set(board.dictionary))
    described.setLegacyPattern(board.legacy)
    return described


PRINTED = Board(BoardKind.CHARUCO, 9, 6, 0.025, marker_m=0.017, dictionary="5x5_50")
"""What is printed where nothing else is asked for: fills a sheet of A4 or Letter, and may be seen in part."""
