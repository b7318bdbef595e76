"""The inspector's section about the model: which one, how hard it works, and what it really does at the moment."""

import time
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from depthview.engine.estimators.base import EstimatorInfo, Selection
from depthview.engine.execution.devices import Device
from depthview.engine.live.status import SessionStatus
from depthview.engine.models.library import BUILT_INS, ModelFamily
from depthview.engine.models.usual import DEFAULT_TWO_EYES
from depthview.ui.live.model_choice import (
    HIGHEST_RATE_HZ,
    LOWEST_RATE_HZ,
    USUAL_RATE_HZ,
    leaves_something,
)
from depthview.ui.parts.sections import HEADING, Choice, Number, Section, say

_DEVICES = {
    Device.CPU: "CPU",
    Device.CUDA: "CUDA",
    Device.TENSORRT: "TensorRT",
    Device.COREML: "CoreML",
    Device.DIRECTML: "DirectML",
}
_ADD_MODEL, _MORE_MODELS = "\0add", "\0more"
_CALM_S = 1.0


class ModelSection(Section):
    """Emits the whole new selection whenever a person changes it, `file_wanted` when one wants to add a model, and
    `more_wanted` when one wants to see what can be downloaded.

    Where a model can choose for itself ("auto"), what is left to it is chosen to hold a rate that is asked for here.
    """

    selection_chosen = Signal(object)
    file_wanted = Signal()
    more_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("ModelSection", "Model"), parent)
        self._selection = DEFAULT_TWO_EYES
        self._families: tuple[ModelFamily, ...] = BUILT_INS
        self._rate_hz = USUAL_RATE_HZ
        self._left: dict[str, Selection] = {}
        """How each model was set when another was chosen."""
        self._said_of: tuple[str, str, str] | None = None
        self._said_at_s = 0.0
        self.model = Choice()
        self.model.chosen.connect(self._choose_model)
        self.add(self.tr("Model"), self.model, self.tr("What estimates the depth"))
        self.iterations = Choice()
        self.iterations.chosen.connect(lambda count: self.choose(replace(self._selection, iterations=count)))
        self.add(self.tr("Iterations"), self.iterations, self.tr("More are better and slower"))
        self.resolution = Choice()
        self.resolution.chosen.connect(lambda size_hw: self.choose(replace(self._selection, size_hw=size_hw)))
        self.add(self.tr("Resolution"), self.resolution, self.tr("The size that the model works at, height x width"))
        self.rate = Number(lowest=LOWEST_RATE_HZ, highest=HIGHEST_RATE_HZ, step=1, decimals=0, suffix=self.tr(" /s"))
        self.rate.changed.connect(lambda rate_hz: self.choose(replace(self._selection, rate_hz=rate_hz)))
        tip = self.tr("Pictures a second: what is on auto is chosen so that this computer holds as many")
        self.add(self.tr("Hold"), self.rate, tip)
        self.device = Choice()
        tip = self.tr("Where models run. TensorRT builds for minutes at first, and is the quickest from then on")
        self.add(self.tr("Run on"), self.device, tip)
        self.show_row(self.device, False)
        self.running_note = self.add_note()
        self.show_selection(self._selection)

    # What it shows

    def show_selection(self, selection: Selection) -> None:
        """Show what is selected."""
        self._selection = selection
        self._rate_hz = selection.rate_hz or self._rate_hz
        models = [*self._models_for(2, self.tr("For two eyes")), *self._models_for(1, self.tr("For one eye"))]
        if self._family(selection.model_id) is None:  # not read yet, or gone: what is selected is said all the same
            models.append((selection.model_id, selection.model_id))
        others = [(self.tr("More models…"), _MORE_MODELS), (self.tr("Add an ONNX file…"), _ADD_MODEL)]
        self.model.offer([*models, *others], selection.model_id)
        family = self._family(selection.model_id)
        counts = [(str(count), count) for count in _counts(family, selection)]
        sizes = [(_size_text(size_hw), size_hw) for size_hw in (family.sizes_hw if family else ())]
        chooses = family is not None and family.holds_rate
        auto = [(self.tr("auto"), None)] if chooses else []
        self.iterations.offer([*auto, *counts], selection.iterations)
        self.resolution.offer([*auto, *sizes], selection.size_hw)
        self.show_row(self.iterations, bool(counts))
        self.show_row(self.rate, chooses and leaves_something(selection))
        self.rate.show_number(self._rate_hz)

    def show_families(self, families: tuple[ModelFamily, ...]) -> None:
        """Offer these models."""
        self._families = families
        self.show_selection(self._selection)

    def show_devices(self, devices: tuple[Device, ...], chosen: Device) -> None:
        """Offer these places to run at, where there is a choice; what was chosen is told even if it is gone."""
        offered = devices if chosen in devices else (*devices, chosen)
        half = self.tr("TensorRT, half precision")
        words = _DEVICES | {Device.AUTO: self.tr("auto"), Device.TENSORRT_FP16: half}
        self.device.offer([(words[device], device) for device in offered], chosen)
        self.show_row(self.device, bool(set(offered) - {Device.AUTO, Device.CPU}))

    def show_status(self, status: SessionStatus) -> None:
        """Say what really runs. What "auto" chooses may change with every picture; what is said of it stays a while."""
        running = status.running
        if status.loading is not None:
            self._said_of = None
            say(self.running_note, self.tr("Loading… the old model serves until it is ready."))
        elif running is not None:
            about = (running.title, running.provider, running.provider_note)
            if about != self._said_of or time.monotonic() - self._said_at_s >= _CALM_S:
                self._said_of, self._said_at_s = about, time.monotonic()
                say(self.running_note, self._running_words(running))

    # What the person did

    def _choose_model(self, model_id: str) -> None:
        if model_id in (_ADD_MODEL, _MORE_MODELS):
            self.show_selection(self._selection)
            (self.file_wanted if model_id == _ADD_MODEL else self.more_wanted).emit()
            return
        family = self._family(model_id)
        self._left[self._selection.model_id] = self._selection
        if model_id in self._left:
            self.choose(self._left[model_id])
        elif family is not None and family.holds_rate:
            self.choose(Selection(model_id))
        else:
            self.choose(replace(self._selection, model_id=model_id))

    def choose(self, wanted: Selection) -> None:
        """Take what is wanted, or what is nearest to it of all that the model offers."""
        family = self._family(wanted.model_id)
        if family is not None and family.holds_rate:
            wanted = replace(wanted, rate_hz=(wanted.rate_hz or self._rate_hz) if leaves_something(wanted) else None)
        elif family is not None:
            nearest = family.nearest(wanted)
            wanted = Selection(wanted.model_id, nearest.iterations, nearest.size_hw or wanted.size_hw)
        self.show_selection(wanted)
        self.selection_chosen.emit(wanted)

    def _models_for(self, eyes: int, heading: str) -> list[tuple[str, str]]:
        """The entries of the models for so many eyes, below their heading."""
        models = [(family.title, family.model_id) for family in self._families if family.eyes == eyes]
        return [(heading, HEADING), *models] if models else []

    def eyes_of(self, selection: Selection) -> int | None:
        """How many eyes the selected model looks with; None while that is not known."""
        family = self._family(selection.model_id)
        return family.eyes if family is not None else None

    def _family(self, model_id: str) -> ModelFamily | None:
        return next((family for family in self._families if family.model_id == model_id), None)

    def _running_words(self, running: EstimatorInfo) -> str:
        """Where it runs, and what it does there."""
        count, size_hw = running.selection.iterations, running.selection.size_hw
        does = []
        if count is not None:
            words = {0: self.tr("matching alone"), 1: self.tr("1 iteration")}
            does.append(words.get(count, self.tr("{count} iterations").format(count=count)))
        if size_hw is not None:
            does.append(_size_text(size_hw))
        where = self.tr("Runs on {provider}").format(provider=running.provider)
        runs = f"{where}: {', '.join(does)}." if does else f"{where}."
        return f"{runs}\n{running.provider_note}".strip()


def _counts(family: ModelFamily | None, selection: Selection) -> list[int]:
    """The iterations to offer; with a model that takes any, also what is selected already."""
    if family is None:
        return []
    own = [selection.iterations] if family.most_iterations and selection.iterations is not None else []
    return sorted({*family.iterations, *own})


def _size_text(size_hw: tuple[int, int]) -> str:
    return f"{size_hw[0]} × {size_hw[1]}"
