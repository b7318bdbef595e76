"""Work that is asked for again and again while a hand turns something: one at a time, and of what waits the last."""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.errors import UserError
from depthview.ui.errands import Errands

T = TypeVar("T")


class Latest(QObject):
    """`failed(UserError)` where a piece of work could not be done."""

    failed = Signal(object)

    def __init__(self, name: str, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._name, self._errands = name, errands
        self._waiting: Callable[[], None] | None = None
        self._under_way = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Whether something is under way or waits."""
        return self._under_way or self._waiting is not None

    def ask(self, work: Callable[[], T], done: Callable[[T], None], *, settle_ms: int = 0) -> None:
        """Do `work` in a thread, then `done` in the window's; not at all where something else is asked for first, nor
        before the hand has rested for `settle_ms`."""

        def run() -> None:
            self._under_way = True

            def end(outcome: T) -> None:
                self._under_way = False
                done(outcome)
                self._begin_if_free()

            self._errands.run(self._name, work, end, self._fail)

        self._waiting = run
        self._timer.start(settle_ms)

    def stop(self) -> None:
        """Begin nothing any more."""
        self._waiting = None
        self._timer.stop()

    def _fail(self, error: UserError) -> None:
        self._under_way = False
        self.failed.emit(error)
        self._begin_if_free()

    def _begin_if_free(self) -> None:
        if not self._timer.isActive():
            self._begin()

    def _begin(self) -> None:
        if not self._under_way and self._waiting is not None:
            run, self._waiting = self._waiting, None
            run()
