"""The models that panoramas are estimated with: opened once, kept for the next run, closed when nobody wants them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.estimators import one_eye, whole_sphere
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.contract import Projection
from depthview.engine.estimators.onnx_panorama import PanoramaEstimator
from depthview.engine.execution.devices import CPU, NAMES, Device
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

    @classmethod
    def of(cls, use: ModelUse) -> "_Wanted":
        return cls(use.model, use.size_hw)


class OpenedModels:
    """Opens models of a library, those that are shown views guarded as `GuardedEstimator` says.

    For one thread, which also closes it.
    """

    def __init__(self, files: Collection[Path] = (), *, device: Device = Device.AUTO) -> None:
        """`files` are models beside those of the models folder."""
        self._files = tuple(files)
        self._library = ModelLibrary(self._files)
        self._device = device
        self._apart = False
        self._for_views: dict[_Wanted, Estimator] = {}
        self._for_wholes: dict[_Wanted, PanoramaEstimator] = {}

    def sees_whole(self, use: ModelUse) -> bool:
        """Whether the model is shown a whole panorama, not views. Raises UserError when there is no such model."""
        return self._library.find(use.model).projection is Projection.ERP

    def file_of(self, use: ModelUse) -> Path | None:
        """The file that the model would be read from, if it is one. Raises UserError when there is no such model."""
        family = self._library.find(use.model)
        if family.model_id == one_eye.MODEL_ID:
            return one_eye.model_file()
        if family.model_id == whole_sphere.MODEL_ID:
            return whole_sphere.model_file()
        return family.nearest(Selection(use.model, None, use.size_hw)).path

    def open(self, use: ModelUse) -> None:
        """Open the model now, if it is not yet. Raises UserError when it cannot be."""
        if self.sees_whole(use):
            self.get_whole(use)
        else:
            self.get(use)

    def get(self, use: ModelUse) -> Estimator:
        """A model that is shown views, opened if it is not yet. Raises UserError when it cannot be."""
        wanted = _Wanted.of(use)
        if wanted not in self._for_views:
            self._for_views[wanted] = self._opened(use)
        return self._for_views[wanted]

    def get_whole(self, use: ModelUse) -> PanoramaEstimator:
        """A model that is shown whole panoramas, opened if it is not yet. Raises UserError when it cannot be."""
        wanted = _Wanted.of(use)
        if wanted not in self._for_wholes:
            # What runs apart is shown views; the CPU is well even where an accelerator has failed.
            self._for_wholes[wanted] = self._opened_whole(use, Device.CPU if self._apart else self._device)
        return self._for_wholes[wanted]

    @property
    def notes(self) -> list[str]:
        """What was asked for and not had, of those that are open."""
        opened: list[Estimator | PanoramaEstimator] = [*self._for_views.values(), *self._for_wholes.values()]
        return list(dict.fromkeys(note for one in opened if (note := one.info.provider_note)))

    def run_apart(self) -> bool:
        """Open models in a process of their own from now on, or on the CPU; False where they run so already.

        For when what they run on has failed for good: then it has in all of this process, and those that are open are
        given up without being freed.
        """
        if self._apart:
            return False
        self._apart = True
        for opened in (*self._for_views.values(), *self._for_wholes.values()):
            leave_alone(opened)
        self._for_views.clear()
        self._for_wholes.clear()
        return True

    def run_on_cpu(self, use: ModelUse) -> bool:
        """Open a model that is shown whole panoramas there, where another memory is; False where it runs there."""
        opened = self.get_whole(use)
        if opened.info.provider == NAMES[CPU]:
            return False
        opened.close()  # first: there may be no room for both
        del self._for_wholes[_Wanted.of(use)]
        self._for_wholes[_Wanted.of(use)] = self._opened_whole(use, Device.CPU)
        return True

    def keep(self, uses: Collection[ModelUse]) -> None:
        """Close those that are not among `uses`."""
        kept = {_Wanted.of(use) for use in uses}
        for opened in (self._for_views, self._for_wholes):
            for wanted in [one for one in opened if one not in kept]:
                opened.pop(wanted).close()

    def close(self) -> None:
        """Close all. They are opened anew when they are asked for."""
        self.keep(())

    def _opened(self, use: ModelUse) -> Estimator:
        selection = Selection(use.model, None, use.size_hw, device=self._device)
        if self._apart:
            return ApartEstimator(selection, self._files)
        return GuardedEstimator(selection, self._library.find(use.model), self._library.open_estimator)

    def _opened_whole(self, use: ModelUse, device: Device) -> PanoramaEstimator:
        return self._library.open_panorama(use.model, size_hw=use.size_hw, device=device)
