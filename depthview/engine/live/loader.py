"""Loads estimators beside the running one, so that switching a model never stops the picture."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.progress import StopToken

_KEPT = 2
_LOOK_S = 0.1

Build = Callable[[Selection], Estimator]


class EstimatorLoader:
    """Keeps at most two estimators: the one that serves and the one before it, or the one that is being made ready.

    `serve` is called by the estimator thread alone; loading happens in a thread of its own, one at a time.
    """

    def __init__(self, build: Build, *, on_ready: Callable[[], None]) -> None:
        self._build, self._on_ready = build, on_ready
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ready: OrderedDict[Selection, Estimator] = OrderedDict()
        self._places = _KEPT
        self._loading: Selection | None = None
        self._failed: tuple[Selection, UserError] | None = None
        self._serving: Selection | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self._restarts = self._restarted = 0
        """How often a restart was asked for, and how many of these `serve` has seen to."""

    @property
    def loading(self) -> Selection | None:
        """What is being made ready at the moment."""
        with self._lock:
            return self._loading

    @property
    def fault(self) -> UserError | None:
        """Why the wanted estimator could not be loaded; None once another is wanted."""
        with self._lock:
            return self._failed[1] if self._failed else None

    def serve(self, wanted: Selection) -> Estimator | None:
        """The wanted estimator, or until that is ready the one that served before; None when there is none yet."""
        with self._lock:
            if self._restarted != self._restarts:
                self._restarted = self._restarts
                self._evict(keep=0)
            if self._failed and self._failed[0] != wanted:
                self._failed = None
            if wanted in self._ready:
                self._serving = wanted
                self._ready.move_to_end(wanted)
                self._evict(keep=self._places)
            elif self._loading is None and self._failed is None and not self._closed:
                self._evict(keep=self._places - 1)  # before loading, not after: three large models may not fit
                self._loading = wanted
                self._thread = threading.Thread(
                    target=self._load, args=(wanted, self._restarts), name="depthview-loader", daemon=True
                )
                self._thread.start()
            return self._ready.get(self._serving) if self._serving else None

    def restart(self) -> None:
        """Free what there is, also what is being made ready, and load it anew. From any thread; `serve` does it."""
        with self._lock:
            self._restarts += 1
            self._failed = None

    @contextmanager
    def lodge(self, stop: StopToken) -> Iterator[None]:
        """Within it only one estimator is kept here, so that another can be in memory elsewhere. For one at a time.

        Waits until what is being made ready is so; raises Stopped when `stop` is set before.
        """
        with self._lock:
            self._places = _KEPT - 1
            self._evict(keep=self._places, only_spare=True)
        try:
            with self._changed:
                while not self._changed.wait_for(self._has_place, _LOOK_S):
                    stop.raise_if_stopped()
            yield
        finally:
            with self._lock:
                self._places = _KEPT

    def close(self, timeout_s: float) -> bool:
        """Free all estimators; True when no loading thread is left."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._lock:
            self._evict(keep=0)
        return thread is None or not thread.is_alive()

    def _load(self, wanted: Selection, restarts: int) -> None:
        estimator: Estimator | None = None
        fault: UserError | None = None
        try:
            estimator = self._build(wanted)
        except UserError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - whatever a model does, the old one goes on serving
            fault = UserError("This model could not be loaded: choose another one.", details=repr(error))
        with self._lock:
            self._loading = None
            if estimator is not None and (self._closed or restarts != self._restarts):
                estimator.close()
            elif estimator is not None:
                self._ready[wanted] = estimator
            elif fault is not None and restarts == self._restarts:
                self._failed = (wanted, fault)
            self._changed.notify_all()
        self._on_ready()

    def _has_place(self) -> bool:
        return self._closed or (self._loading is None and len(self._ready) <= self._places)

    def _evict(self, *, keep: int, only_spare: bool = False) -> None:
        """Called by the estimator thread, so nothing that is closed here is at work; by others with `only_spare`."""
        while len(self._ready) > keep:
            oldest = next((s for s in self._ready if s != self._serving), None)
            if oldest is None:
                if only_spare:
                    return
                oldest, self._serving = next(iter(self._ready)), None
            self._ready.pop(oldest).close()
        self._changed.notify_all()
