"""Downloads and removals beside the window: one at a time, with progress that is looked at now and then."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.errors import Stopped, UserError
from depthview.engine.models.catalogue import Catalogue, CatalogueModel, RemoteVariant
from depthview.engine.models.store import ModelStore, Pulled
from depthview.engine.progress import Progress, StopToken
from depthview.ui.errands import Errands

_LOOK_MS = 100

Installed = dict[str, tuple[str, ...]]
"""The labels of the installed variants, by the ids of their models."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of work ended: `pulled` after a download; `stopped` when it was cancelled."""

    model: CatalogueModel
    pulled: Pulled | None = None
    stopped: bool = False


class StoreWork(QObject):
    """All signals come in the window's thread. `moved(Progress)`, `ended(Outcome)`, `failed(UserError)`.

    `listed(catalogue, installed)` answers `look`.
    """

    moved = Signal(object)
    ended = Signal(object)
    failed = Signal(object)
    listed = Signal(object, object)

    def __init__(self, errands: Errands, catalogue: Callable[[], Catalogue], parent: QObject) -> None:
        super().__init__(parent)
        self._errands, self._catalogue = errands, catalogue
        self._stop: StopToken | None = None
        self._progress: Progress | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look_at_progress)

    @property
    def is_busy(self) -> bool:
        return self._stop is not None

    def look(self) -> None:
        """Read the catalogue, and what of it is installed."""

        def work() -> tuple[Catalogue, Installed]:
            catalogue, store = self._catalogue(), ModelStore()
            return catalogue, {m.model_id: tuple(v.label for v in store.installed(m)) for m in catalogue.models}

        self._errands.run("catalogue", work, lambda found: self.listed.emit(*found), self.failed.emit)

    def pull(self, model: CatalogueModel, variant: RemoteVariant) -> None:
        def work(stop: StopToken) -> Outcome:
            return Outcome(model, ModelStore().pull(model, variant, report=self._take_progress, stop=stop))

        self._run(model, work)

    def remove(self, model: CatalogueModel) -> None:
        def work(stop: StopToken) -> Outcome:
            ModelStore().remove(model, stop=stop)
            return Outcome(model)

        self._run(model, work)

    def cancel(self) -> None:
        """End it; what has come of a file stays for the next time."""
        if self._stop is not None:
            self._stop.stop()

    def _run(self, model: CatalogueModel, work: Callable[[StopToken], Outcome]) -> None:
        if self.is_busy:
            return
        self._stop = stop = StopToken()
        self._progress = None

        def go() -> Outcome:
            try:
                return work(stop)
            except Stopped:
                return Outcome(model, stopped=True)

        self._timer.start()
        self._errands.run("store", go, self._end, self._fail)

    def _take_progress(self, progress: Progress) -> None:
        """Called by the working thread: the latest is enough."""
        self._progress = progress

    def _look_at_progress(self) -> None:
        if self._progress is not None:
            self.moved.emit(self._progress)

    def _end(self, outcome: Outcome) -> None:
        self._rest()
        self.ended.emit(outcome)

    def _fail(self, error: UserError) -> None:
        self._rest()
        self.failed.emit(error)

    def _rest(self) -> None:
        self._timer.stop()
        self._stop = None
