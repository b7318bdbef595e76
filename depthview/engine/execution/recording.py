"""A graph whose work is recorded once as a CUDA graph: its inputs and outputs stay at the same places for ever.

What is played back reads and writes the addresses of the recording (onnxruntime.ai, CUDA execution provider, *Using
CUDA Graphs*); ONNX Runtime itself runs it a few times before it records.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}


class Recording:
    """The fixed places of a session's inputs and outputs in the memory of `device` (`cuda`), and runs over them."""

    def __init__(self, session: Any, device: str) -> None:
        """Raises ValueError when a place has no fixed size or a type that is not known here."""
        import onnxruntime as ort

        def place(port: Any) -> Any:
            if port.type not in _DTYPES or not all(isinstance(n, int) for n in port.shape):
                raise ValueError(f"{port.name}: {port.type} {port.shape}")
            return ort.OrtValue.ortvalue_from_shape_and_type(list(port.shape), _DTYPES[port.type], device, 0)

        self._session = session
        self._inputs = {port.name: place(port) for port in session.get_inputs()}
        self._outputs = {port.name: place(port) for port in session.get_outputs()}
        self._binding = session.io_binding()
        for name, value in self._inputs.items():
            self._binding.bind_ortvalue_input(name, value)
        for name, value in self._outputs.items():
            self._binding.bind_ortvalue_output(name, value)

    def run(self, feeds: Mapping[str, NDArray[Any]], outputs: Sequence[str] | None) -> list[NDArray[Any]]:
        """What the graph says of `feeds`, which must be all its inputs; raises what ONNX Runtime raises."""
        for name, value in self._inputs.items():
            array = np.ascontiguousarray(feeds[name])
            if list(array.shape) != list(value.shape()):  # it would write beyond the place
                raise ValueError(f"{name} is {array.shape}, not {tuple(value.shape())}")
            value.update_inplace(array)
        self._session.run_with_iobinding(self._binding)
        return [np.array(self._outputs[name].numpy()) for name in outputs or self._outputs]


def is_fixed(model: Any) -> bool:
    """Whether no input or output of an onnx.ModelProto leaves a dimension open."""
    stored = {tensor.name for tensor in model.graph.initializer}
    ports = [*(port for port in model.graph.input if port.name not in stored), *model.graph.output]
    kinds = [port.type.tensor_type for port in ports]
    return all(kind.HasField("shape") and all(dim.dim_value > 0 for dim in kind.shape.dim) for kind in kinds)
