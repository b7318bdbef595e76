"""A board to print, exactly as large as it says."""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.stereo.boards.board import Board, BoardKind, charuco_board
from depthview.engine.stereo.boards.corners import Grey

DPI = 300
_MM_PER_INCH = 25.4
_MARGIN_MM = 8.0
"""Printers leave about 5 mm bare; a white rim around the board lets its outer squares be found."""

PAPERS_MM = {"a4": (297.0, 210.0), "letter": (279.4, 215.9), "a3": (420.0, 297.0), "tabloid": (431.8, 279.4)}
"""Width and height of each sheet, lying."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`picture`: (H, W) uint8, DPI pixels to an inch, lying on the paper."""

    picture: Grey
    paper: str


def board_picture(board: Board, paper: str = "a4") -> Sheet:
    """The board in the middle of a sheet, with its measures in small letters below.

    Raises UserError where it does not fit on it or there is no such paper.
    """
    if paper not in PAPERS_MM:
        raise UserError("There is no paper called {paper}: choose {known}", paper=paper, known=", ".join(PAPERS_MM))
    paper_mm = PAPERS_MM[paper]
    squares = board.columns + 1, board.rows + 1
    square_px = 1000 * board.square_m * DPI / _MM_PER_INCH
    sheet_px = [round(side * DPI / _MM_PER_INCH) for side in paper_mm]
    board_px = [round(count * square_px) for count in squares]
    margin_px = _MARGIN_MM * DPI / _MM_PER_INCH
    if any(b + 2 * margin_px > s for b, s in zip(board_px, sheet_px, strict=True)):
        raise UserError(
            "A board of {across:g} x {down:g} mm does not fit on {paper}: choose smaller squares or larger paper",
            across=1000 * squares[0] * board.square_m,
            down=1000 * squares[1] * board.square_m,
            paper=paper.upper(),
        )
    sheet = np.full((sheet_px[1], sheet_px[0]), 255, np.uint8)
    top, left = (sheet_px[1] - board_px[1]) // 2, (sheet_px[0] - board_px[0]) // 2
    sheet[top : top + board_px[1], left : left + board_px[0]] = _pattern(board, board_px[0], board_px[1])
    return Sheet(_labelled(sheet, board, top + board_px[1]), paper)


def write_sheet(path: Path, sheet: Sheet) -> None:
    """A PNG or a PDF that says how large it is to be printed. Raises UserError where it cannot be written."""
    encoded = io.BytesIO()
    picture = Pillow.fromarray(sheet.picture)
    match path.suffix.lower():
        case ".png":
            picture.save(encoded, "PNG", dpi=(DPI, DPI), optimize=True)
        case ".pdf":
            # In black and white alone nothing is lost: grey would be kept as a JPEG, which blurs edges.
            picture.convert("1", dither=Pillow.Dither.NONE).save(encoded, "PDF", resolution=DPI)
        case _:
            raise UserError(
                "A board is written as PNG or PDF, which keep its edges: use a name that ends in .png or .pdf: {path}",
                path=path,
            )
    with atomic_path(path) as temporary:
        temporary.write_bytes(encoded.getbuffer())


def _pattern(board: Board, width_px: int, height_px: int) -> Grey:
    if board.kind is BoardKind.CHARUCO:
        return np.asarray(charuco_board(board).generateImage((width_px, height_px), marginSize=0), np.uint8)
    columns = (np.arange(width_px) * (board.columns + 1)) // width_px
    rows = (np.arange(height_px) * (board.rows + 1)) // height_px
    return np.where((rows[:, None] + columns[None, :]) % 2 == 0, 0, 255).astype(np.uint8)


def _labelled(sheet: Grey, board: Board, below: int) -> Grey:
    text = f"DepthView: {board.kind}, {board.columns}x{board.rows} inner corners, squares {1000 * board.square_m:g} mm"
    if board.marker_m is not None:
        text += f", markers {1000 * board.marker_m:g} mm, {board.dictionary}"
    picture = Pillow.fromarray(sheet)
    draw = ImageDraw.Draw(picture)
    draw.text((sheet.shape[1] // 2, below + 24), text, fill=96, font=ImageFont.load_default(32), anchor="mt")
    return np.asarray(picture, np.uint8)
