"""Downloads and removals beside the window, one at a time."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from depthview.engine.models.catalogue import Catalogue, CatalogueModel, RemoteVariant
from depthview.engine.models.store import ModelStore, Pulled
from depthview.engine.progress import Report, StopToken
from depthview.ui.errands import Errands
from depthview.ui.work import OneAtATime

Installed = dict[str, tuple[str, ...]]
"""The labels of the installed variants, by the ids of their models."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a piece of work ended: `pulled` after a download; `stopped` when it was cancelled."""

    model: CatalogueModel
    pulled: Pulled | None = None
    stopped: bool = False


class StoreWork(OneAtATime):
    """`ended(Outcome)`, and `listed(catalogue, installed)`, which answers `look`, in the window's thread."""

    ended = Signal(object)
    listed = Signal(object, object)

    def __init__(self, errands: Errands, catalogue: Callable[[], Catalogue], parent: QObject) -> None:
        super().__init__("store", errands, parent)
        self._catalogue = catalogue

    def look(self) -> None:
        """Read the catalogue, and what of it is installed."""

        def work() -> tuple[Catalogue, Installed]:
            catalogue, store = self._catalogue(), ModelStore()
            return catalogue, {m.model_id: tuple(v.label for v in store.installed(m)) for m in catalogue.models}

        self._errands.run("catalogue", work, lambda found: self.listed.emit(*found), self.failed.emit)

    def pull(self, model: CatalogueModel, variant: RemoteVariant) -> None:
        """What has come of a file when it is cancelled stays for the next time."""

        def work(report: Report, stop: StopToken) -> Outcome:
            return Outcome(model, ModelStore().pull(model, variant, report=report, stop=stop))

        self._begin(model, work)

    def remove(self, model: CatalogueModel) -> None:
        def work(_report: Report, stop: StopToken) -> Outcome:
            ModelStore().remove(model, stop=stop)
            return Outcome(model)

        self._begin(model, work)

    def _begin(self, model: CatalogueModel, work: Callable[[Report, StopToken], Outcome]) -> None:
        self.run(work, self.ended.emit, lambda: self.ended.emit(Outcome(model, stopped=True)))
