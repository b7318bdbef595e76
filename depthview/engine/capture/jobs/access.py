"""The list of jobs as one thread uses it, opened once there is one, and what goes wrong with it, told once."""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path

from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.store import STORE
from depthview.engine.errors import UserError

_MOST_FAULTS = 20
_INSIDE = "Something failed inside DepthView, please report it: {error}"


class Faults:
    """What went wrong, until somebody takes it: all that is `add`ed, and each trouble once as long as it lasts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._new: deque[UserError] = deque(maxlen=_MOST_FAULTS)
        self._lasting: dict[object, str] = {}

    def add(self, error: Exception) -> None:
        """What is none of a person's matters becomes a sentence that asks to report it."""
        with self._lock:
            self._new.append(_fault(error))

    def lasts(self, who: object, error: Exception) -> None:
        """`who` meets it again and again; it is told when nobody met the same before."""
        fault = _fault(error)
        with self._lock:
            if str(fault) not in self._lasting.values():
                self._new.append(fault)
            self._lasting[who] = str(fault)

    def is_over(self, who: object) -> None:
        with self._lock:
            self._lasting.pop(who, None)

    def take(self) -> tuple[UserError, ...]:
        with self._lock:
            taken = tuple(self._new)
            self._new.clear()
        return taken


class Access:
    """One thread's own way to the list under `root`; `opening` is held while it is opened."""

    def __init__(self, root: Path, worker: str, opening: threading.Lock, faults: Faults) -> None:
        self._root, self._path, self._worker = root, root / STORE, worker
        self._opening, self._faults = opening, faults
        self._queue: Queue | None = None
        self._file: tuple[int, int] | None = None
        self.is_troubled = False

    def queue(self) -> Queue:
        """Made where there is none yet. Raises UserError where it cannot be opened."""
        if self._queue is not None and _file(self._path) != self._file:
            self.close()  # moved away or exchanged: what is open is another file
        if self._queue is None:
            with self._opening:
                self._queue = Queue(self._root, worker=self._worker)
            self._file = _file(self._path)
        return self._queue

    def attempt(self, act: Callable[[Queue | None], None]) -> None:
        """Act on the list, None where there is none. Trouble is told once, until acting succeeds."""
        try:
            act(self.queue() if self._path.exists() else None)
        except Exception as error:  # noqa: BLE001 - the thread goes on, and the person is told
            self._faults.lasts(self, error)
            self.is_troubled = True
        else:
            self._faults.is_over(self)
            self.is_troubled = False

    def close(self) -> None:
        """Jobs at work go on. It may be used again."""
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.close()


def _file(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _fault(error: Exception) -> UserError:
    if isinstance(error, UserError):
        return error
    return UserError(_INSIDE, error=error, details="".join(traceback.format_exception(error)))
