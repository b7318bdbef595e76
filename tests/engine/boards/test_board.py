"""What a board may be, and that a printed one is as large as it says."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.stereo.boards.board import PRINTED, Board, BoardKind
from depthview.engine.stereo.boards.finding import BoardFinder
from depthview.engine.stereo.boards.printing import DPI, PAPERS_MM, board_picture, write_sheet


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ((BoardKind.CHESSBOARD, 2, 6, 0.025), "A board of 2x6 inner corners cannot be used"),
        ((BoardKind.CHESSBOARD, 9, 900, 0.025), "A board of 9x900 inner corners cannot be used"),
        ((BoardKind.CHESSBOARD, 9, 6, 0.0), "Squares of 0 mm are no board's"),
        ((BoardKind.CHESSBOARD, 9, 6, float("nan")), "Squares of nan mm are no board's"),
        ((BoardKind.CHARUCO, 9, 6, 0.025, False, 0.03, "5x5_50"), "Markers of 30 mm do not fit squares of 25 mm"),
        ((BoardKind.CHARUCO, 9, 6, 0.025, False, 0.02, "3x3"), "There are no markers called 3x3"),
        ((BoardKind.CHARUCO, 20, 20, 0.025, False, 0.02, "5x5_50"), "The set 5x5_50 has too few markers"),
    ],
)
def test_what_is_no_board_is_said(facts: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Board(*facts)  # type: ignore[arg-type]


def test_only_a_board_of_even_and_odd_sides_tells_its_first_corner() -> None:
    assert not Board(BoardKind.CHESSBOARD, 9, 6, 0.025).turns_alike
    assert Board(BoardKind.CHESSBOARD, 9, 7, 0.025).turns_alike
    assert Board(BoardKind.CHESSBOARD, 8, 6, 0.025).turns_alike
    assert not PRINTED.turns_alike


@pytest.mark.parametrize("paper", ["a4", "letter"])
@pytest.mark.parametrize("board", [PRINTED, Board(BoardKind.CHESSBOARD, 9, 6, 0.025)], ids=lambda b: b.kind.value)
def test_a_printed_board_measures_what_it_says(board: Board, paper: str, tmp_path: Path) -> None:
    path = tmp_path / "board.png"
    write_sheet(path, board_picture(board, paper))
    with Pillow.open(path) as picture:
        assert picture.info["dpi"] == pytest.approx((DPI, DPI), abs=0.01)
        sheet = np.asarray(picture)
    width_mm, height_mm = PAPERS_MM[paper]
    assert sheet.shape == pytest.approx((height_mm / 25.4 * DPI, width_mm / 25.4 * DPI), abs=1)
    small = cv2.resize(sheet, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    corners = BoardFinder(board).find(np.asarray(small, np.uint8))
    assert corners is not None
    assert len(corners) == board.corner_count
    first, last = corners.places[0], corners.places[board.columns - 1]
    across_mm = np.linalg.norm(last - first) * 2 / DPI * 25.4
    assert across_mm == pytest.approx(1000 * board.square_m * (board.columns - 1), abs=0.1)


def test_a_printed_sheet_is_as_large_as_the_paper(tmp_path: Path) -> None:
    write_sheet(tmp_path / "board.pdf", board_picture(PRINTED))
    page = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", (tmp_path / "board.pdf").read_bytes())
    assert page is not None
    width_mm, height_mm = (float(side) / 72 * 25.4 for side in page.groups())
    assert (width_mm, height_mm) == pytest.approx(PAPERS_MM["a4"], abs=0.1)


def test_a_board_that_does_not_fit_the_paper_is_refused(tmp_path: Path) -> None:
    large = Board(BoardKind.CHESSBOARD, 9, 6, 0.04)
    with pytest.raises(UserError, match="400 x 280 mm does not fit on A4"):
        board_picture(large)
    assert board_picture(large, "a3").picture.any()
    with pytest.raises(UserError, match="no paper called b5"):
        board_picture(PRINTED, "b5")
    with pytest.raises(UserError, match=r"ends in \.png"):
        write_sheet(tmp_path / "board.jpg", board_picture(PRINTED))
