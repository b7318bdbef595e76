"""The board by which cameras are calibrated, as it is remembered between two starts. No Qt here."""

from dataclasses import dataclass
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.stereo.boards.board import PRINTED, SQUARES_M, Board, BoardKind


@dataclass(frozen=True, slots=True)
class BoardMemory:
    """`board` None: whichever the pictures show, with squares of `square_m`."""

    board: Board | None = None
    square_m: float = PRINTED.square_m

    @property
    def facts(self) -> dict[str, Any]:
        """As a file can hold it: without None, which TOML does not know."""
        facts: dict[str, Any] = {"square_m": self.square_m}
        board = self.board
        if board is not None:
            facts |= {"kind": board.kind.value, "columns": board.columns, "rows": board.rows}
            if board.kind is BoardKind.CHARUCO:
                facts |= {"marker_m": board.marker_m, "dictionary": board.dictionary, "legacy": board.legacy}
        return facts

    @classmethod
    def of(cls, facts: dict[str, Any]) -> "BoardMemory":
        """What `facts` gave; what is not there, or makes no sense, is as on the first day."""
        told = facts.get("square_m")
        least, most = SQUARES_M
        square_m = float(told) if isinstance(told, int | float) and least <= told <= most else PRINTED.square_m
        try:
            board = Board(
                BoardKind(facts["kind"]),
                int(facts["columns"]),
                int(facts["rows"]),
                square_m,
                marker_m=facts.get("marker_m"),
                dictionary=facts.get("dictionary"),
                legacy=facts.get("legacy") is True,
            )
        except (KeyError, ValueError, TypeError, UserError):
            return cls(None, square_m)
        return cls(board, square_m)
