"""Which board is held before the camera, and how large its squares are."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from depthview.engine.errors import UserError
from depthview.engine.stereo.boards.board import (
    DICTIONARIES,
    FEWEST_CORNERS,
    MOST_CORNERS,
    PRINTED,
    Board,
    BoardKind,
    with_squares,
)
from depthview.engine.stereo.boards.printing import PAPERS_MM
from depthview.ui.board_memory import BoardMemory
from depthview.ui.parts.sections import Choice, Number, Section, say
from depthview.ui.speech import sentence


class BoardSection(Section):
    """`chosen(BoardMemory)` when the person changed something that makes a board; `print_wanted(board, paper)`."""

    chosen = Signal(object)
    print_wanted = Signal(object, str)

    def __init__(self, memory: BoardMemory, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("BoardSection", "Board"), parent)
        self._memory, self._found = memory, None if memory.board is None else memory.board
        self.kind = Choice()
        self.kind.offer(
            [
                (self.tr("find it out"), None),
                (self.tr("chessboard"), BoardKind.CHESSBOARD),
                (self.tr("ChArUco (with markers)"), BoardKind.CHARUCO),
            ],
            None,
        )
        self.kind.chosen.connect(self._choose_kind)
        self.add(self.tr("Kind"), self.kind, self.tr("A board with markers may be seen in part"))
        self.columns, self.rows = self._count(), self._count()
        corners = self.tr("Inner corners, where four squares meet; not the squares themselves")
        self.add(self.tr("Corners across"), self.columns, corners)
        self.add(self.tr("Corners down"), self.rows, corners)
        self.square = Number(lowest=1, highest=2000, step=1, decimals=2, suffix=" mm")
        self.square.changed.connect(lambda _value: self._settle())
        self.add(
            self.tr("Square"),
            self.square,
            self.tr("Side of one square as it was printed: measure it, since all metres follow from it"),
        )
        self.marker = Number(lowest=0.5, highest=2000, step=1, decimals=2, suffix=" mm")
        self.marker.changed.connect(lambda _value: self._settle())
        self.add(self.tr("Marker"), self.marker, self.tr("Side of one marker, with its black border"))
        self.dictionary = Choice()
        self.dictionary.offer([(name, name) for name in DICTIONARIES], PRINTED.dictionary)
        self.dictionary.chosen.connect(lambda _name: self._settle())
        self.add(self.tr("Markers"), self.dictionary, self.tr("The set that the markers are of"))
        self.note = self.add_note()
        self.print = QPushButton(self.tr("Print a board…"), self)
        self.print.setToolTip(self.tr("A sheet to print at 100 %, on something flat and stiff"))
        papers = QMenu(self.print)
        for paper in PAPERS_MM:
            entry = papers.addAction(paper.upper() if paper.startswith("a") else paper.title())
            entry.triggered.connect(lambda _on=False, p=paper: self.print_wanted.emit(self.to_print, p))
        self.print.setMenu(papers)
        self.form.addRow(self.print)
        self._show()

    @property
    def memory(self) -> BoardMemory:
        """What is chosen."""
        return self._memory

    @property
    def to_print(self) -> Board:
        """The chosen board, or one that suits every camera."""
        return self._memory.board or with_squares(PRINTED, self._memory.square_m)

    def show_found(self, board: Board | None) -> None:
        """What the pictures show, where that was to be found out."""
        self._found = board or self._found
        if self._memory.board is not None or board is None:
            say(self.note, "")
        else:
            what = self.tr("a chessboard") if board.kind is BoardKind.CHESSBOARD else f"ChArUco {board.dictionary}"
            words = self.tr("Found: {what}, {columns} x {rows} corners.")
            say(self.note, words.format(what=what, columns=board.columns, rows=board.rows))

    # Inside

    def _count(self) -> Number:
        field = Number(lowest=FEWEST_CORNERS, highest=MOST_CORNERS, step=1, decimals=0, suffix="")
        field.changed.connect(lambda _value: self._settle())
        return field

    def _choose_kind(self, kind: BoardKind | None) -> None:
        if kind is None:
            self._take(BoardMemory(None, self._memory.square_m))
            return
        # What was found, or used before, is likelier than anything else.
        like = self._found if self._found is not None and self._found.kind is kind else PRINTED
        board = with_squares(like, self._memory.square_m)
        if kind is BoardKind.CHESSBOARD:
            board = replace(board, kind=kind, marker_m=None, dictionary=None, legacy=False)
        self._take(BoardMemory(board, self._memory.square_m))

    def _settle(self) -> None:
        square_m = self.square.value() / 1000
        before = self._memory.board
        if before is None:
            self._take(BoardMemory(None, square_m))
            return
        marked = before.kind is BoardKind.CHARUCO
        try:
            if square_m != before.square_m:
                board = with_squares(before, square_m)  # a sheet that was printed smaller has smaller markers
            else:
                board = replace(
                    before,
                    columns=round(self.columns.value()),
                    rows=round(self.rows.value()),
                    marker_m=self.marker.value() / 1000 if marked else None,
                    dictionary=self.dictionary.currentData() if marked else None,
                )
        except UserError as error:
            say(self.note, sentence(error))
            return
        self._take(BoardMemory(board, square_m))

    def _take(self, memory: BoardMemory) -> None:
        if memory == self._memory:
            return
        self._memory = memory
        say(self.note, "")
        self._show()
        self.chosen.emit(memory)

    def _show(self) -> None:
        board = self._memory.board
        marked = board is not None and board.kind is BoardKind.CHARUCO
        self.kind.select(None if board is None else board.kind)
        self.show_row(self.columns, board is not None)
        self.show_row(self.rows, board is not None)
        self.show_row(self.marker, marked)
        self.show_row(self.dictionary, marked)
        self.square.show_number(1000 * self._memory.square_m)
        if board is not None:
            self.columns.show_number(board.columns)
            self.rows.show_number(board.rows)
            self.marker.show_number(1000 * (board.marker_m or 0))
            self.dictionary.select(board.dictionary)
