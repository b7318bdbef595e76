"""Between the calibration and the live view: frames go there, and the rig that comes out is in force here."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from depthview.engine.live.calibrating import EyesAtHand
from depthview.engine.sources import SourceKind
from depthview.ui.board_memory import BoardMemory
from depthview.ui.errands import Errands
from depthview.ui.settings import Preferences

if TYPE_CHECKING:
    from depthview.engine.live.session import LiveSession
    from depthview.ui.calibration.window import CalibrationWindow
    from depthview.ui.live.workspace import LiveWorkspace

_STILLS = (SourceKind.IMAGE, SourceKind.SEQUENCE)


class Calibrating(QObject):
    """Opens the calibration's window when it is first wanted, and closes it with the main one.

    `used(CalibrationResult)`; `remembered(change)` as of a `Place`.
    """

    used = Signal(object)
    remembered = Signal(object)

    def __init__(self, parent: QWidget, errands: Errands, workspace: "Callable[[], LiveWorkspace]") -> None:
        super().__init__(parent)
        self._parent, self._errands, self._workspace = parent, errands, workspace
        self.window: CalibrationWindow | None = None

    def show(self, memory: BoardMemory) -> None:
        """Look at what plays from now on; `memory` is the board that was used before."""
        from depthview.ui.calibration.window import CalibrationWindow

        if self.window is None:
            session = self._workspace().session
            self.window = CalibrationWindow(
                session.tap, lambda: eyes_at_hand(session), memory, self._errands, self._parent
            )
            self.window.used.connect(self.used)
            self.window.board_chosen.connect(self._remember)
        self.window.begin()

    def cancel(self) -> None:
        """Close the calibration's window and tell what is under way to end."""
        if self.window is not None:
            self.window.close()

    def close(self, deadline: float) -> bool:
        """End what is under way before `deadline`, of time.monotonic(); True when nothing is left behind."""
        return self.window is None or self.window.shut_down(deadline)

    def _remember(self, memory: BoardMemory) -> None:
        def change(now: Preferences) -> Preferences:
            return replace(now, board=memory)

        self.remembered.emit(change)


def eyes_at_hand(session: "LiveSession") -> EyesAtHand | None:
    """What plays, and how its eyes are packed; None while nothing does. May be asked from any thread."""
    status = session.status
    info = status.playback.info if status.playback is not None else None
    if info is None:
        return None
    size_hw = status.findings.size_hw if status.findings is not None else None
    return EyesAtHand(info.identity, status.layout, info.kind in _STILLS, info.title, size_hw)
