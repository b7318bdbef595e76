"""Slow work beside the window: done in a thread, its outcome taken by the window's own thread."""

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer

from depthview.engine.errors import Stopped, UserError

T = TypeVar("T")
_POLL_MS = 30


class Errands(QObject):
    """Runs what would make the window stutter. Threads end by themselves; `close` waits for them, but not for ever."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._done: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._take)

    def run(
        self,
        name: str,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[UserError], None],
        stopped: Callable[[], None] = lambda: None,
    ) -> None:
        """Call `work` in a thread called depthview-`name`, then `done` in the window's, or `failed`, or `stopped` where
        it was told to end."""
        if self._closed:
            return

        def go() -> None:
            try:
                outcome = work()
            except Stopped:
                self._done.put(stopped)
                return
            except UserError as error:
                fault = error
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the window goes on and says so
                fault = UserError("That did not work: try again.", details=repr(error))
            else:
                self._done.put(lambda: done(outcome))
                return
            self._done.put(lambda: failed(fault))

        thread = threading.Thread(target=go, name=f"depthview-{name}", daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()
        self._timer.start()

    def close(self, deadline: float) -> bool:
        """Take no outcome any more; True when every thread ended before `deadline`, of time.monotonic()."""
        self._closed = True
        self._timer.stop()
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _take(self) -> None:
        # Before the outcomes are taken: a thread that ended has left its own, and an outcome may start another thread.
        if not any(thread.is_alive() for thread in self._threads):
            self._timer.stop()
        while not self._done.empty():
            self._done.get()()
