"""The models that panoramas are estimated with: opened once, kept for the next run, closed when nobody wants them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.execution.devices import Device
from depthview.engine.execution.failure import leave_alone
from depthview.engine.models.apart import ApartEstimator
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.panorama.recipe import ModelUse


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What makes two uses of a model the same opened model."""

    model: str
    size_hw: tuple[int, int] | None


class OpenedModels:
    """Opens models of a library, guarded as `GuardedEstimator` says. For one thread, which also closes it."""

    def __init__(self, files: Collection[Path] = (), *, device: Device = Device.AUTO) -> None:
        """`files` are models beside those of the models folder."""
        self._files = tuple(files)
        self._library = ModelLibrary(self._files)
        self._device = device
        self._apart = False
        self._open: dict[_Wanted, Estimator] = {}

    def get(self, use: ModelUse) -> Estimator:
        """The model, opened if it is not yet. Raises UserError when there is no such model or it cannot be run."""
        wanted = _Wanted(use.model, use.size_hw)
        if wanted not in self._open:
            self._open[wanted] = self._opened(use)
        return self._open[wanted]

    @property
    def notes(self) -> list[str]:
        """What was asked for and not had, of those that are open."""
        return [note for opened in self._open.values() if (note := opened.info.provider_note)]

    def run_apart(self) -> bool:
        """Open models in a process of their own from now on; False, and nothing done, where they are there already.

        For when what they run on has failed for good: then it has in all of this process, and those that are open are
        given up without being freed.
        """
        if self._apart:
            return False
        self._apart = True
        for opened in self._open.values():
            leave_alone(opened)
        self._open.clear()
        return True

    def keep(self, uses: Collection[ModelUse]) -> None:
        """Close those that are not among `uses`."""
        kept = {_Wanted(use.model, use.size_hw) for use in uses}
        for wanted in [one for one in self._open if one not in kept]:
            self._open.pop(wanted).close()

    def close(self) -> None:
        """Close all. They are opened anew when they are asked for."""
        self.keep(())

    def _opened(self, use: ModelUse) -> Estimator:
        selection = Selection(use.model, None, use.size_hw, device=self._device)
        if self._apart:
            return ApartEstimator(selection, self._files)
        return GuardedEstimator(selection, self._library.find(use.model), self._library.open_estimator)
