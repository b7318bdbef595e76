"""Long work beside the window: how far it is, and a way to end it."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.progress import Progress, Report, StopToken
from depthview.ui.errands import Errands

T = TypeVar("T")
_LOOK_MS = 100


class Work:
    """A piece of work under way, as the thread that does it and the window's both see it."""

    def __init__(self) -> None:
        self.stop = StopToken()
        self.progress: Progress | None = None

    def report(self, progress: Progress) -> None:
        """Called by the working thread: the latest is enough."""
        self.progress = progress

    def cancel(self) -> None:
        self.stop.stop()


class OneAtATime(QObject):
    """Does one piece of work after the other. The signals come in the window's thread: `moved(Progress)` now and then
    while something is under way, `failed(UserError)`, and `rested()` after each, however it ended."""

    moved = Signal(object)
    failed = Signal(object)
    rested = Signal()

    def __init__(self, name: str, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._name, self._errands = name, errands
        self._work: Work | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        return self._work is not None

    def run(
        self,
        do: Callable[[Report, StopToken], T],
        done: Callable[[T], None],
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        """`do` it in a thread, then call `done` or `stopped` in the window's; not at all while another is under way."""
        if self.is_busy:
            return
        self._work = work = Work()

        def end(tell: Callable[[], None]) -> None:
            self._timer.stop()
            self._work = None
            tell()
            self.rested.emit()

        self._timer.start()
        self._errands.run(
            self._name,
            lambda: do(work.report, work.stop),
            lambda outcome: end(lambda: done(outcome)),
            lambda error: end(lambda: self.failed.emit(error)),
            lambda: end(stopped),
        )

    def cancel(self) -> None:
        """Tell what is under way to end."""
        if self._work is not None:
            self._work.cancel()

    def _look(self) -> None:
        if self._work is not None and self._work.progress is not None:
            self.moved.emit(self._work.progress)
