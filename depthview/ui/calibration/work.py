"""What takes its time when a camera is calibrated, done beside the window: one thing at a time, with its progress."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.calibration import CalibrationOrder, calibrate_files
from depthview.engine.errors import Stopped, UserError
from depthview.engine.live.calibrating import EyesAtHand
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.printing import board_picture, write_sheet
from depthview.engine.stereo.boards.solving import CalibrationResult, solve
from depthview.engine.stereo.boards.view import BoardView
from depthview.engine.stereo.rigs.remembered import remember
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import write_rig
from depthview.ui.errands import Errands

T = TypeVar("T")
_LOOK_MS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """What came out, and of which views. `from_files` says that they were no views of what plays."""

    result: CalibrationResult
    views: tuple[BoardView, ...]
    from_files: bool = False


class CalibrationWork(QObject):
    """All signals come in the window's thread: `moved(Progress)`, `solved(Solved)`, `written(Path)`,
    `remembered(CalibratedRig)`, `failed(UserError)`, and `rested()` after each, also when it was cancelled."""

    moved = Signal(object)
    solved = Signal(object)
    written = Signal(object)
    remembered = Signal(object)
    failed = Signal(object)
    rested = Signal()

    def __init__(self, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._errands = errands
        self._stop: StopToken | None = None
        self._progress: Progress | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look_at_progress)

    @property
    def is_busy(self) -> bool:
        return self._stop is not None

    def cancel(self) -> None:
        if self._stop is not None:
            self._stop.stop()

    def solve(self, views: tuple[BoardView, ...], board: Board, name: str) -> None:
        def work(report: Report, stop: StopToken) -> Solved:
            return Solved(solve(views, board, name=name, report=report, stop=stop), views)

        self._run(work, self.solved.emit)

    def solve_files(self, items: tuple[str, ...], order: CalibrationOrder) -> None:
        """As `depthview calibrate` does."""

        def work(report: Report, stop: StopToken) -> Solved:
            found = calibrate_files(items, order, name=Path(items[0]).name, report=report, stop=stop)
            return Solved(found.result, found.views, from_files=True)

        self._run(work, self.solved.emit)

    def save(self, path: Path, rig: CalibratedRig) -> None:
        def work(_report: Report, _stop: StopToken) -> Path:
            write_rig(path, rig)
            return path

        self._run(work, self.written.emit)

    def print(self, path: Path, board: Board, paper: str) -> None:
        def work(_report: Report, _stop: StopToken) -> Path:
            write_sheet(path, board_picture(board, paper))
            return path

        self._run(work, self.written.emit)

    def remember(self, at_hand: EyesAtHand, rig: CalibratedRig) -> None:
        """For the source at hand, if the rig fits it."""

        def work(_report: Report, _stop: StopToken) -> CalibratedRig:
            if at_hand.size_hw is not None:
                rig.warp(at_hand.size_hw)
            remember(at_hand.identity, rig)
            return rig

        self._run(work, self.remembered.emit)

    def _run(self, work: Callable[[Report, StopToken], T], done: Callable[[T], None]) -> None:
        if self.is_busy:
            return
        self._stop = stop = StopToken()
        self._progress = None

        def go() -> Callable[[], None]:
            try:
                outcome = work(self._take_progress, stop)
            except Stopped:
                return lambda: None
            return lambda: done(outcome)

        def end(tell: Callable[[], None]) -> None:
            self._rest()
            tell()
            self.rested.emit()

        def fail(error: UserError) -> None:
            self._rest()
            self.failed.emit(error)
            self.rested.emit()

        self._timer.start()
        self._errands.run("calibrate", go, end, fail)

    def _take_progress(self, progress: Progress) -> None:
        """Called by the working thread: the latest is enough."""
        self._progress = progress

    def _look_at_progress(self) -> None:
        if self._progress is not None:
            self.moved.emit(self._progress)

    def _rest(self) -> None:
        self._timer.stop()
        self._stop = None
