"""Loads estimators beside the running one, so that switching a model never stops the picture."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection

_KEPT = 2

Build = Callable[[Selection], Estimator]


class EstimatorLoader:
    """Keeps at most two estimators: the one that serves and the one before it, or the one that is being made ready.

    `serve` is called by the estimator thread alone; loading happens in a thread of its own, one at a time.
    """

    def __init__(self, build: Build, *, on_ready: Callable[[], None]) -> None:
        self._build, self._on_ready = build, on_ready
        self._lock = threading.Lock()
        self._ready: OrderedDict[Selection, Estimator] = OrderedDict()
        self._loading: Selection | None = None
        self._failed: tuple[Selection, UserError] | None = None
        self._serving: Selection | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

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
            if self._failed and self._failed[0] != wanted:
                self._failed = None
            if wanted in self._ready:
                self._serving = wanted
                self._ready.move_to_end(wanted)
                self._evict(keep=_KEPT)
            elif self._loading is None and self._failed is None and not self._closed:
                self._evict(keep=1)  # before loading, not after: three large models at once may not fit
                self._loading = wanted
                self._thread = threading.Thread(target=self._load, args=(wanted,), name="depthview-loader", daemon=True)
                self._thread.start()
            return self._ready.get(self._serving) if self._serving else None

    def close(self, timeout_s: float) -> bool:
        """Free all estimators; True when no loading thread is left."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        with self._lock:
            while self._ready:
                self._ready.popitem()[1].close()
        return thread is None or not thread.is_alive()

    def _load(self, wanted: Selection) -> None:
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
            if estimator is not None and self._closed:
                estimator.close()
            elif estimator is not None:
                self._ready[wanted] = estimator
            elif fault is not None:
                self._failed = (wanted, fault)
        self._on_ready()

    def _evict(self, *, keep: int) -> None:
        """Called by the estimator thread, so nothing that is closed here is at work."""
        while len(self._ready) > keep:
            oldest = next(s for s in self._ready if s != self._serving)
            self._ready.pop(oldest).close()
