"""ONNX Runtime sessions, and the truth about where they run.

ONNX Runtime falls back to the CPU without a word when CUDA cannot be had (measured, notes/ecosystem.md 4). Here the
wish and what came of it are compared, and the difference is a sentence.
"""

import ctypes
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.denormals import denormals_flushed
from depthview.engine.errors import UserError

_NAMES = {
    "CPUExecutionProvider": "CPU",
    "CUDAExecutionProvider": "CUDA",
    "TensorrtExecutionProvider": "TensorRT",
    "CoreMLExecutionProvider": "CoreML",
    "DmlExecutionProvider": "DirectML",
}
_ACCELERATORS = ("CUDAExecutionProvider", "DmlExecutionProvider", "CoreMLExecutionProvider")
_OPTIONS: dict[str, dict[str, str]] = {
    # The arena would otherwise double at every growth and never give back.
    "CUDAExecutionProvider": {"arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"},
}

_OWN_MEMORY = {"CUDAExecutionProvider": "cuda", "TensorrtExecutionProvider": "cuda"}
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

    def __init__(self, model: Path, *, threads: int | None = None) -> None:
        """Raises UserError when the file is not an ONNX model that ONNX Runtime can load."""
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        # Graphs that run in turns would else fight for the cores, since who is done goes on spinning: 36 ms became 97.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        if threads is not None:
            options.intra_op_num_threads = threads
        wished = next((p for p in _ACCELERATORS if p in ort.get_available_providers()), None)
        wished_here = wished if wished != "CUDAExecutionProvider" or nvidia_driver_found() else None
        providers = [p for p in (wished_here, "CPUExecutionProvider") if p]
        if wished_here == "CUDAExecutionProvider" and hasattr(ort, "preload_dlls"):
            ort.preload_dlls()
        try:
            # Building a session turns the caller's own switch for good; within this it is turned back.
            with denormals_flushed():
                session = ort.InferenceSession(
                    os.fspath(model), options, providers=[(p, _OPTIONS.get(p, {})) for p in providers]
                )
        except Exception as error:  # ONNX Runtime raises a dozen classes of its own
            raise UserError(
                "This is not an ONNX model that can be run: download or export it again: {path}",
                path=model,
                details=str(error),
            ) from error
        self.path = model
        self._session: Any = session
        self._binding: Any = None
        self._bound: dict[str, DeviceValue] = {}
        self._results: tuple[str, ...] = ()
        real = session.get_providers()[0]
        self._memory = _OWN_MEMORY.get(real, "cpu")
        self.provider = _NAMES.get(real, real)
        self.note = "" if wished in (None, real) else _why_not(str(wished))
        self.inputs = tuple(_port(i) for i in session.get_inputs())
        self.outputs = tuple(_port(o) for o in session.get_outputs())

    def run(self, feeds: dict[str, NDArray[Any]], outputs: Sequence[str] | None = None) -> list[NDArray[Any]]:
        """One pass. Raises UserError when the graph fails on these inputs."""
        try:
            with denormals_flushed():
                return list(self._session.run(outputs, feeds))
        except Exception as error:
            raise _failed(error) from error

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
            raise _failed(error) from error

    def close(self) -> None:
        """Free the graph's memory now; ONNX Runtime keeps it as long as the session lives."""
        self._session = self._binding = None
        self._bound = {}


def copied_out(value: DeviceValue) -> NDArray[Any]:
    """One's own copy of a value: on a CPU, `OrtValue.numpy` shows the very memory that the next run may write over."""
    return np.array(value.numpy())


def nvidia_driver_found() -> bool:
    """Whether this machine has an NVIDIA driver at all."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def offered_providers() -> list[str]:
    """The providers that the installed ONNX Runtime was built with, by their short names."""
    import onnxruntime as ort

    return [_NAMES.get(p, p) for p in ort.get_available_providers()]


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


def _failed(error: Exception) -> UserError:
    return UserError("The model failed on this picture: choose another resolution or model.", details=str(error))


def _port(port: Any) -> Port:
    shape = tuple(d if isinstance(d, int) and d > 0 else None for d in port.shape)
    return Port(port.name, shape, port.type)


def _why_not(wished: str) -> str:
    name = _NAMES.get(wished, wished)
    if wished == "CUDAExecutionProvider" and not nvidia_driver_found():
        return "CUDA asked for, not had: this computer has no NVIDIA driver"
    return f"{name} asked for, not had: its libraries do not load; run `depthview doctor`"
