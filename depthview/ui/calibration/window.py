"""A camera is calibrated by a board held before it: both eyes live, what to do next, and the rig that comes out."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.calibration import CalibrationOrder
from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.live.calibrating import CalibrationState, EyesAtHand, LiveCalibration
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.progress import Progress
from depthview.engine.stereo.boards.board import Board, with_squares
from depthview.engine.stereo.boards.drawing import coverage_picture
from depthview.engine.stereo.boards.solving import FEWEST_VIEWS
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.ui.board_memory import BoardMemory
from depthview.ui.calibration.board_section import BoardSection
from depthview.ui.calibration.views_list import ViewsList
from depthview.ui.calibration.words import count_words, doubt_words, next_step, result_words, rows_of, views_tip
from depthview.ui.calibration.work import CalibrationWork, Solved
from depthview.ui.errands import Errands
from depthview.ui.parts.buttons import push_button
from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.own_window import OwnWindow
from depthview.ui.parts.thin_bar import ThinBar
from depthview.ui.parts.wrapped_label import WrappedLabel
from depthview.ui.speech import sentence

_LOOK_MS = 60
_SIDE_PX = 280
_LEAST_HEIGHT_PX = 600
_COVERAGE_PX = 150


class CalibrationWindow(OwnWindow):
    """`used(CalibrationResult)`: the rig is remembered for the source at hand and is to be in force at once.
    `board_chosen(BoardMemory)`: to be remembered.

    `frames` are those of what plays, as they come; `at_hand` says what that is, and may be asked from any thread.
    """

    used = Signal(object)
    board_chosen = Signal(object)

    def __init__(
        self,
        frames: Mailbox[Frame],
        at_hand: Callable[[], EyesAtHand | None],
        memory: BoardMemory,
        errands: Errands,
        parent: QWidget,
    ) -> None:
        title = QCoreApplication.translate("CalibrationWindow", "Calibrate this camera")
        super().__init__(title, QSize(1120, 720), parent)
        self._frames, self._at_hand = frames, at_hand
        self._live: LiveCalibration | None = None
        self._ending: list[LiveCalibration] = []
        self._state = CalibrationState()
        self.solved: Solved | None = None
        self._used: Solved | None = None
        self.work = CalibrationWork(errands, self)
        self.work.moved.connect(self._show_progress)
        self.work.solved.connect(self._take_result)
        self.work.written.connect(self._tell_written)
        self.work.remembered.connect(self._tell_used)
        self.work.failed.connect(self._tell_fault)
        self.work.rested.connect(self._refresh)
        self.board = BoardSection(memory, self)
        self.board.chosen.connect(self._use_board)
        self.board.print_wanted.connect(self._ask_where_to_print)
        self.eyes, self.coverage = ImageView(self), ImageView(self)
        self.coverage.setFixedHeight(_COVERAGE_PX)
        self.coverage.setToolTip(self.tr("Where corners have been in each eye: green is enough"))
        self.step = WrappedLabel(self)
        self.step.setProperty("section", True)
        self.step.setIndent(0)
        self.count = WrappedLabel(self, "faint")
        self.views = ViewsList(self)
        self.views.drop_wanted.connect(self._drop)
        self.result, self.doubts = WrappedLabel(self), WrappedLabel(self, "warn")
        self.said = WrappedLabel(self, "faint")
        self.progress = ThinBar(self)
        self.by_itself = QCheckBox(self.tr("Take good views by themselves"), self)
        self.by_itself.setChecked(True)
        self.by_itself.toggled.connect(self._set_by_itself)
        self.by_itself.clicked.connect(self._heed_by_itself)
        self._taking_rests = self._asked_for_one = False
        self.take = self._button(self.tr("Take this view"), self.tr("Keep what is seen now (Space)"), self.take_view)
        self.anew = self._button(self.tr("Start over"), self.tr("Take all views back"), self.start_over)
        self.folder = self._button(
            self.tr("From a folder…"), self.tr("Calibrate from pictures taken before"), self._ask_folder
        )
        self.solve = self._button(self.tr("Solve"), self.tr("Calibrate the camera from these views"), self.solve_now)
        self.cancel = self._button(self.tr("Cancel"), self.tr("End it; the views stay"), self.work.cancel)
        self.use = self._button(
            self.tr("Use and remember"), self.tr("For what plays now, and whenever it is opened again"), self._use
        )
        self.done = self._button(self.tr("Close"), self.tr("What is in use stays in use"), self.close)
        save_tip = self.tr("Write a rig file, which OpenCV reads too")
        self.save = self._button(self.tr("Save as…"), save_tip, self._ask_save)
        # A key of the window, not of a button: the board is in the hands, not the mouse.
        QShortcut(QKeySequence(Qt.Key.Key_Space), self, self.take_view)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._lay_out()
        self.setMinimumHeight(_LEAST_HEIGHT_PX)
        self._refresh()

    # What it does

    def begin(self) -> None:
        """Look at what plays from now on, and come to the front."""
        if self._live is None:
            self._ending = [live for live in self._ending if not live.close(0.0)]
            memory = self.board.memory
            self._live = LiveCalibration(self._frames, self._at_hand, memory.board, square_m=memory.square_m)
            self._set_by_itself()
            self._timer.start()
        self.show()
        self.setFocus()
        self.raise_()
        self.activateWindow()

    def take_view(self) -> None:
        """Keep what is seen now."""
        if self._live is not None:
            self._asked_for_one = True
            self._live.take()

    def start_over(self) -> None:
        self.solved = None
        self._taking_rests = False
        self._set_by_itself()
        if self._live is not None:
            self._live.start_over()
        self._refresh()

    def solve_now(self) -> None:
        """Calibrate from the views there are."""
        board = self._state.board
        if board is not None:
            self.said.setText("")
            self._take_no_more()
            self.work.solve(tuple(kept.view for kept in self._state.kept), board, self._name)
            self._refresh()

    def solve_folder(self, folder: Path) -> None:
        """Calibrate from pictures that were taken before, whatever board they show."""
        self.said.setText("")
        order = CalibrationOrder(square_m=self.board.memory.square_m, square_assumed=False)
        self.work.solve_files((str(folder),), order)
        self._refresh()

    def shut_down(self, deadline: float) -> bool:
        """End what is under way before `deadline`, of time.monotonic(); True when nothing is left behind."""
        self.rest()
        ended = [live.close(max(0.0, deadline - time.monotonic())) for live in self._ending]
        return all(ended)

    def rest(self) -> None:
        """Look no more; what is solved stays."""
        self._timer.stop()
        self.work.cancel()
        if self._live is not None:
            self._live.request_stop()
            self._ending, self._live = [*self._ending, self._live], None

    # What happens

    def _look(self) -> None:
        """Take what was seen since the last look."""
        if self._live is None or self._live.state.number == self._state.number:
            return
        before, self._state = self._state, self._live.state
        glance = self._state.glance
        if glance is not None and glance is not before.glance:
            height, width = glance.picture.shape[:2]
            self.eyes.show_image(glance.picture, (height, width))
        self.step.setText(next_step(self._state, self.solved, in_use=self._in_use))
        if self._state.kept is not before.kept or self._state.board is not before.board:
            # One that was still being looked at when taking came to rest is nobody's wish to go on with the camera.
            wished = self._asked_for_one or not self._taking_rests
            if self._state.kept and wished and self.solved is not None and self.solved.from_files:
                self.solved = None
            if self._state.kept is not before.kept:
                self._asked_for_one = False
            self._refresh()

    def _refresh(self) -> None:
        """Offer what can be done now."""
        state, solved, busy = self._state, self.solved, self.work.is_busy
        self.board.show_found(state.board)
        self.step.setText(next_step(state, solved, in_use=self._in_use))
        self.count.setText(count_words(state, solved))
        self.views.show_rows(rows_of(state, solved))
        self.views.setToolTip(views_tip(solved))
        covered = state.coverage
        if solved is not None and solved.from_files:
            usable = tuple(view for view in solved.views if view.usable)
            covered = coverage_picture(usable, solved.result.rig.size_hw) if usable else None
        if covered is not None:
            self.coverage.show_image(covered, (covered.shape[0], covered.shape[1]))
        self.coverage.setVisible(covered is not None)
        self.result.setText(result_words(solved.result) if solved is not None else "")
        self.doubts.setText(doubt_words(solved.result) if solved is not None else "")
        for label in (self.result, self.doubts):
            label.setVisible(bool(label.text()))
        at_hand = self._at_hand()
        self.solve.setEnabled(len(state.kept) >= FEWEST_VIEWS and not busy)
        self.take.setEnabled(state.board is not None)
        self.anew.setEnabled(bool(state.kept) or solved is not None)
        self.folder.setEnabled(not busy)
        self.save.setEnabled(solved is not None and not busy)
        self.use.setEnabled(solved is not None and at_hand is not None and not busy)
        self.cancel.setVisible(busy)
        self.progress.setVisible(busy)
        # The one thing to do next is the one that stands out.
        next_one = (
            self.done if self._in_use else self.use if solved is not None else self.solve if state.enough else None
        )
        self._stress(next_one)

    def _stress(self, which: QPushButton | None) -> None:
        for button in (self.solve, self.use, self.done):
            name = "primary" if button is which else ""
            if button.objectName() != name:
                button.setObjectName(name)
                button.style().unpolish(button)
                button.style().polish(button)

    def _take_result(self, solved: Solved) -> None:
        self.solved, self._asked_for_one = solved, False
        self._take_no_more()
        self.said.setText("")

    def _show_progress(self, progress: Progress) -> None:
        self.said.setText(QCoreApplication.translate("Engine", progress.label))
        self.progress.show_progress(progress)

    def _tell_fault(self, error: UserError) -> None:
        self.said.setText(sentence(error))

    def _tell_written(self, path: Path) -> None:
        self.said.setText(self.tr("Saved {name}").format(name=path.name))

    def _tell_used(self, _rig: CalibratedRig) -> None:
        if self.solved is not None:
            self._used = self.solved
            self.said.setText(self.tr("In use, and remembered for {title}.").format(title=self._name))
            self.used.emit(self.solved.result)

    @property
    def _in_use(self) -> bool:
        return self.solved is not None and self._used is self.solved

    # What the person does

    def _use_board(self, memory: BoardMemory) -> None:
        board: Board | None = memory.board
        if board is None and self._state.board is not None and self.board.kind.currentData() is None:
            # Still to be found out, and found already: only its size is another one.
            board = with_squares(self._state.board, memory.square_m)
        if self._live is not None:
            self._live.use_board(board, square_m=memory.square_m)
        self.solved = None
        self.board_chosen.emit(memory)

    def _heed_by_itself(self) -> None:
        self._taking_rests = False  # from now on it is as the person has it
        self._set_by_itself()

    def _take_no_more(self) -> None:
        """What is solved is what is in the list. The tick stays: it is what the person wants once they start over."""
        self._taking_rests = True
        self._set_by_itself()

    def _set_by_itself(self) -> None:
        on, rests = self.by_itself.isChecked(), self._taking_rests
        words = self.tr("Take good views by themselves")
        self.by_itself.setText(self.tr("{words} (rests)").format(words=words) if on and rests else words)
        self.by_itself.setToolTip(
            self.tr("There is a result, and it is of these views: start over, or untick and tick this, to take others")
            if on and rests
            else self.tr("Keep a view as soon as it shows what is still missing")
        )
        if self._live is not None:
            self._live.take_by_itself(on and not rests)

    def _drop(self, name: str) -> None:
        if self._live is not None:
            self._live.drop(name)

    def _use(self) -> None:
        at_hand = self._at_hand()
        if self.solved is not None and at_hand is not None:
            self.work.remember(at_hand, self.solved.result.rig)

    def _ask_folder(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Pictures in which both eyes see the board"))
        if chosen:
            self.solve_folder(Path(chosen))

    def _ask_save(self) -> None:
        if self.solved is None:
            return
        chosen, _filter = QFileDialog.getSaveFileName(self, self.tr("Save the rig"), "rig.yml", "YAML (*.yml)")
        if chosen:
            path = Path(chosen)
            self.work.save(path if path.suffix else path.with_suffix(".yml"), self.solved.result.rig)

    def _ask_where_to_print(self, board: Board, paper: str) -> None:
        kinds = "PDF (*.pdf);;PNG (*.png)"
        chosen, _filter = QFileDialog.getSaveFileName(self, self.tr("A board to print"), f"board-{paper}.pdf", kinds)
        if chosen:
            self.work.print(Path(chosen), board, paper)

    @property
    def _name(self) -> str:
        """The rig's, for people."""
        at_hand = self._at_hand()
        return at_hand.title if at_hand is not None else ""

    # What it is made of

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.eyes, 1)
        left.addWidget(self.step)
        left.addWidget(self.coverage)
        left.addWidget(self.count)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.take, self.anew, self.folder):
            row.addWidget(button)
        row.addWidget(self.by_itself)
        row.addStretch(1)
        left.addLayout(row)
        side = QWidget(self)
        side.setFixedWidth(_SIDE_PX)
        right = QVBoxLayout(side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(8)
        right.addWidget(self.board)
        heading = QLabel(self.tr("Views"), self)
        heading.setProperty("section", True)
        heading.setIndent(0)
        right.addWidget(heading)
        right.addWidget(self.views, 1)
        for widget in (self.result, self.doubts, self.progress, self.said):
            right.addWidget(widget)
        for pair in ((self.solve, self.cancel, self.save), (self.use, self.done)):
            buttons = QHBoxLayout()
            buttons.setSpacing(8)
            for button in pair:
                buttons.addWidget(button, int(button is not self.done))  # what comes next may be long
            right.addLayout(buttons)
        both = QHBoxLayout(self)
        both.setContentsMargins(14, 10, 14, 12)
        both.setSpacing(14)
        both.addLayout(left, 1)
        both.addWidget(side)

    def _button(self, text: str, tip: str, does: Callable[[], object]) -> QPushButton:
        button = push_button(text, tip, self)
        button.clicked.connect(lambda _on=False: does())
        return button
