"""ONNX Runtime sessions, and the truth about where they run.

ONNX Runtime falls back to the CPU without a word when CUDA cannot be had (measured, notes/ecosystem.md 4). Here the
wish and what came of it are compared, and the difference is a sentence.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.denormals import denormals_flushed
from depthview.engine.errors import UserError
from depthview.engine.execution.devices import (
    CUDA,
    NAMES,
    TENSORRT,
    Device,
    Graph,
    Machine,
    Plan,
    engine_folder,
    plan,
    without_capture,
)
from depthview.engine.execution.failure import EngineBroken, cure_needed, leave_alone
from depthview.engine.execution.machine import this_machine
from depthview.engine.execution.recording import Recording, is_fixed
from depthview.engine.folders import cache_folder

_OWN_MEMORY = {CUDA: "cuda", TENSORRT: "cuda"}
"""The providers whose values stay where they are computed; the others take and give ordinary memory."""

DeviceValue = Any
"""An onnxruntime.OrtValue: a tensor in the memory of the provider that made it."""


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a graph. A free dimension is None."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class OnnxSession:
    """One ONNX graph, for one thread. `provider` is where it really runs; `note` says what was wished for in vain."""

    def __init__(
        self, model: Path, *, threads: int | None = None, device: Device = Device.AUTO, in_turn: bool = False
    ) -> None:
        """`in_turn`: its values are to stay on the device and feed other graphs, by `run_in_place`.

        Raises UserError when the file is not an ONNX model that ONNX Runtime can load; OutOfMemory or EngineBroken when
        the file is not to blame.
        """
        self.path = model
        self._threads = threads
        made = _plan(model, device, in_turn=in_turn)
        self._session: Any
        self._recording: Recording | None
        self._broken = False
        self._open(made)
        self._binding: Any = None
        self._bound: dict[str, DeviceValue] = {}
        self._results: tuple[str, ...] = ()
        real = self._session.get_providers()[0]
        self._memory = _OWN_MEMORY.get(real, "cpu")
        self.provider = NAMES.get(real, real)
        # Said on AUTO as well: there is a card, and something can be done.
        missed = "could not be used" if device is Device.AUTO else "asked for, not had"
        unloaded = f"{NAMES.get(made.first, made.first)} {missed}: its libraries do not load; run `depthview doctor`"
        self.note = made.note or ("" if real == made.first else unloaded)
        self.inputs = tuple(_port(i) for i in self._session.get_inputs())
        self.outputs = tuple(_port(o) for o in self._session.get_outputs())

    def run(self, feeds: dict[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]:
        """One pass. Raises UserError when the graph fails on these inputs."""
        try:
            with denormals_flushed():
                if self._recording is not None:
                    return self._recording.run(feeds, outputs)
                return list(self._session.run(outputs, feeds))
        except Exception as error:
            if self._recording is None or cure_needed(error, self.provider) is not None:
                raise self._failed(error) from error
        # It could not be recorded after all: from now on it runs as any other does.
        self._open(without_capture(_plan(self.path, Device.CUDA, in_turn=False)))
        return self.run(feeds, outputs)

    def place(self, array: NDArray[Any]) -> DeviceValue:
        """Copy an array to where this graph runs. On the CPU it is not copied: leave it as it is while it is used."""
        import onnxruntime as ort

        return ort.OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array), self._memory, 0)

    def run_in_place(
        self, feeds: Mapping[str, DeviceValue], into: Mapping[str, DeviceValue | None]
    ) -> dict[str, DeviceValue]:
        """One pass over values that stay on the device, for graphs that feed one another.

        `into` names the outputs; where it has a value, its memory is written over (it must have the output's shape and
        be none of the `feeds`), None asks for new memory. Raises UserError when the graph fails on these inputs.
        """
        try:
            if self._binding is None or self._results != tuple(into):
                self._binding, self._bound, self._results = self._session.io_binding(), {}, tuple(into)
            for name, value in feeds.items():
                if self._bound.get(name) is not value:
                    self._binding.bind_ortvalue_input(name, value)
                    self._bound[name] = value
            # Bound anew each time: what ONNX Runtime allocated for an output it would otherwise write over next time.
            for name, place in into.items():
                if place is None:
                    self._binding.bind_output(name, self._memory)
                else:
                    self._binding.bind_ortvalue_output(name, place)
            with denormals_flushed():
                self._session.run_with_iobinding(self._binding)
            return dict(zip(into, self._binding.get_outputs(), strict=True))
        except Exception as error:
            self._binding, self._bound = None, {}
            raise self._failed(error) from error

    def close(self) -> None:
        """Free the graph's memory now; ONNX Runtime keeps it as long as the session lives."""
        if self._broken:
            leave_alone(self._session)
        self._session = self._binding = self._recording = None
        self._bound = {}

    def _open(self, made: Plan) -> None:
        """Raises UserError."""
        self._session = self._recording = None  # freed first: two of a large model at once may not fit
        try:
            self._session = _session(self.path, made, self._threads)
            if made.captures and self._session.get_providers()[0] == CUDA:
                self._recording = Recording(self._session, _OWN_MEMORY[CUDA])
        except Exception as error:  # ONNX Runtime raises a dozen classes of its own
            cure = cure_needed(error, NAMES.get(made.first, made.first))
            if cure is None and made.captures:
                self._open(without_capture(made))
                return
            raise cure or UserError(
                "This is not an ONNX model that can be run: download or export it again: {path}",
                path=self.path,
                details=str(error),
            ) from error

    def _failed(self, error: Exception) -> UserError:
        cure = cure_needed(error, self.provider)
        self._broken = self._broken or isinstance(cure, EngineBroken)
        return cure or UserError(
            "The model failed on this picture: choose another resolution or model.", details=str(error)
        )


def copied_out(value: DeviceValue) -> NDArray[Any]:
    """One's own copy of a value: on a CPU, `OrtValue.numpy` shows the very memory that the next run may write over."""
    return np.array(value.numpy())


def numpy_dtype(port: Port) -> type[np.generic]:
    """The numpy type that a port wants. Raises UserError for types that no picture is."""
    known: dict[str, type[np.generic]] = {
        "tensor(float)": np.float32,
        "tensor(float16)": np.float16,
        "tensor(uint8)": np.uint8,
    }
    if port.dtype not in known:
        raise UserError("This model takes {dtype}, which is not a picture: choose a stereo model.", dtype=port.dtype)
    return known[port.dtype]


def _port(port: Any) -> Port:
    shape = tuple(d if isinstance(d, int) and d > 0 else None for d in port.shape)
    return Port(port.name, shape, port.type)


def _plan(model: Path, device: Device, *, in_turn: bool) -> Plan:
    """What to ask ONNX Runtime for; a graph is looked into only where that decides something."""
    machine = this_machine()
    made = plan(machine, device, Graph(in_turn=in_turn), engines=Path())
    if made.first == CUDA and not in_turn:
        return plan(machine, device, Graph(fixed=_fixed(model)), engines=Path())
    if made.first == TENSORRT:
        return plan(machine, device, Graph(in_turn=in_turn), engines=_engines(model, machine))
    return made


def _fixed(model: Path) -> bool:
    import onnx

    try:
        return is_fixed(onnx.load(os.fspath(model), load_external_data=False))
    except Exception:  # noqa: BLE001 - ONNX Runtime will say what is wrong with the file
        return False


def _engines(model: Path, machine: Machine) -> Path:
    """The folder for this model's engines, made if it is not there. Raises UserError when it cannot be."""
    try:
        with model.open("rb") as file:
            folder = engine_folder(cache_folder(), machine, hashlib.file_digest(file, "sha256").hexdigest())
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            "TensorRT's engines cannot be kept: make room, or run on CUDA or the CPU: {path}",
            path=cache_folder(),
            details=str(error),
        ) from error
    return folder


def _session(model: Path, made: Plan, threads: int | None) -> Any:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.enable_mem_pattern = made.plans_memory
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    # Graphs that run in turns would else fight for the cores, since who is done goes on spinning: 36 ms became 97.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    if threads is not None:
        options.intra_op_num_threads = threads
    if made.first in _OWN_MEMORY and hasattr(ort, "preload_dlls"):
        ort.preload_dlls()
    # Building a session turns the caller's own switch for good; within this it is turned back.
    with denormals_flushed():
        return ort.InferenceSession(os.fspath(model), options, providers=list(made.providers))
