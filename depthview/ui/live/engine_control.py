"""Where the models run, and a fresh start for them: what the person asks of the depth engine while something plays."""

from PySide6.QtCore import QObject, Signal

from depthview.engine.execution.devices import CPU, NAMES, Device
from depthview.engine.execution.failure import EngineBroken
from depthview.engine.live.session import LiveSession
from depthview.ui.live.model_section import ModelSection
from depthview.ui.live.models_at_hand import ModelsAtHand


class EngineControl(QObject):
    """Offers what this machine has once that is known. `chosen` carries the Device a person picked."""

    chosen = Signal(object)

    def __init__(
        self, models: ModelsAtHand, session: LiveSession, section: ModelSection, device: Device, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._models, self._session = models, session
        self._section, self._device = section, device
        self._section.device.chosen.connect(self._run_on)

    def restart(self) -> None:
        """Load the model anew while the source goes on.

        What broke on an accelerator is broken for all of this process: from then on models run in another.
        """
        status = self._session.status
        accelerated = status.running is not None and status.running.provider != NAMES[CPU]
        if accelerated or isinstance(status.fault, EngineBroken):
            self._models.run_apart()
        self._session.restart_engine()

    def look(self) -> None:
        """Offer what this machine has, once that is known."""
        devices = self._models.take_devices()
        if devices is not None:
            self._section.show_devices(devices, self._device)

    def _run_on(self, device: Device) -> None:
        self._device = device
        self._models.run_on(device)
        self._session.restart_engine()
        self.chosen.emit(device)
