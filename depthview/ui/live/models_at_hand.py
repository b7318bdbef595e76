"""The models that can be chosen in the window: read beside it, built when they are wanted."""

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.execution.devices import Device
from depthview.engine.execution.machine import usable_devices
from depthview.engine.live.threads import inference_threads
from depthview.engine.models.apart import ApartEstimator
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelFamily, ModelLibrary


class ModelsAtHand:
    """A model library that keeps nobody waiting: reading the graphs of a folder of models takes seconds."""

    def __init__(self, files: Iterable[str], device: Device = Device.AUTO) -> None:
        self._ready = threading.Event()
        self._device, self._apart = device, False
        self._devices: tuple[Device, ...] | None = None
        self.use(files)

    def use(self, files: Iterable[str]) -> None:
        """Offer the models in `files` and in the models folder from now on."""
        self._files = tuple(files)
        library, ready = ModelLibrary(Path(file) for file in self._files), self._ready
        self._library = library

        def read() -> None:
            _ = library.families
            self._devices = usable_devices()
            ready.set()

        threading.Thread(target=read, name="depthview-library", daemon=True).start()

    def reread(self) -> None:
        """Look again at what is in the models folder."""
        self.use(self._files)

    def take_families(self) -> tuple[ModelFamily, ...] | None:
        """All models, once, when they have been read; None before and after."""
        if self._ready.is_set() and self._library.is_read:  # it may have been another library that is ready
            self._ready.clear()
            return self._library.families
        return None

    def read(self) -> tuple[ModelFamily, ...]:
        """All models, as soon as they have been read: not for the window's thread."""
        return self._library.families

    def take_devices(self) -> tuple[Device, ...] | None:
        """Where models can run on this machine, once, when it is known; None before and after."""
        devices, self._devices = self._devices, None
        return devices

    def run_on(self, device: Device) -> None:
        """Open models there from now on."""
        self._device = device

    def run_apart(self) -> None:
        """Run the session's models in a process of their own from now on: something in this one is broken for good."""
        self._apart = True

    def open(self, selection: Selection) -> Estimator:
        """A model as it is, to be measured. Raises UserError when it cannot be loaded."""
        return self._library.open_estimator(replace(selection, device=self._device), threads=inference_threads())

    def build(self, selection: Selection) -> Estimator:
        """Called by the session's loading thread. Raises UserError when it cannot be loaded."""
        wanted, library = replace(selection, device=self._device), self._library
        if self._apart:
            return ApartEstimator(wanted, [Path(file) for file in self._files], threads=inference_threads())
        return GuardedEstimator(
            wanted,
            library.find(wanted.model_id),
            lambda less: library.open_estimator(less, threads=inference_threads()),
        )
