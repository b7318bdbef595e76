"""What takes its time when a camera is calibrated, done beside the window: one thing at a time, with its progress."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from depthview.engine.calibration import CalibrationOrder, calibrate_files
from depthview.engine.live.calibrating import EyesAtHand
from depthview.engine.progress import Report, StopToken
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.printing import board_picture, write_sheet
from depthview.engine.stereo.boards.solving import CalibrationResult, solve
from depthview.engine.stereo.boards.view import BoardView
from depthview.engine.stereo.rigs.remembered import remember
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import write_rig
from depthview.ui.errands import Errands
from depthview.ui.work import OneAtATime


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """What came out, and of which views. `from_files` says that they were no views of what plays."""

    result: CalibrationResult
    views: tuple[BoardView, ...]
    from_files: bool = False


class CalibrationWork(OneAtATime):
    """`solved(Solved)`, `written(Path)`, `remembered(CalibratedRig)`, in the window's thread."""

    solved = Signal(object)
    written = Signal(object)
    remembered = Signal(object)

    def __init__(self, errands: Errands, parent: QObject) -> None:
        super().__init__("calibrate", errands, parent)

    def solve(self, views: tuple[BoardView, ...], board: Board, name: str) -> None:
        def work(report: Report, stop: StopToken) -> Solved:
            return Solved(solve(views, board, name=name, report=report, stop=stop), views)

        self.run(work, self.solved.emit)

    def solve_files(self, items: tuple[str, ...], order: CalibrationOrder) -> None:
        """As `depthview calibrate` does."""

        def work(report: Report, stop: StopToken) -> Solved:
            found = calibrate_files(items, order, name=Path(items[0]).name, report=report, stop=stop)
            return Solved(found.result, found.views, from_files=True)

        self.run(work, self.solved.emit)

    def save(self, path: Path, rig: CalibratedRig) -> None:
        def work(_report: Report, _stop: StopToken) -> Path:
            write_rig(path, rig)
            return path

        self.run(work, self.written.emit)

    def print(self, path: Path, board: Board, paper: str) -> None:
        def work(_report: Report, _stop: StopToken) -> Path:
            write_sheet(path, board_picture(board, paper))
            return path

        self.run(work, self.written.emit)

    def remember(self, at_hand: EyesAtHand, rig: CalibratedRig) -> None:
        """For the source at hand, if the rig fits it."""

        def work(_report: Report, _stop: StopToken) -> CalibratedRig:
            if at_hand.size_hw is not None:
                rig.warp(at_hand.size_hw)
            remember(at_hand.identity, rig)
            return rig

        self.run(work, self.remembered.emit)
