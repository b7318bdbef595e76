"""Run the exported graphs: the loop that the product will have, with the state kept in the provider's own memory."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from training.stereo.export import FRAME, STATE


@dataclass(frozen=True, slots=True)
class Answer:
    """(H, W) float32 each: disparity in pixels, confidence 0..1. `iterations` really done."""

    disparity_px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    iterations: int


class IteratedStereo:
    """Three sessions and the state between them; `warm=True` starts from the last call's, if the size is the same."""

    def __init__(self, folder: Path, *, threads: int = 2, provider: str = "CPUExecutionProvider") -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        self._device = "cuda" if provider.startswith("CUDA") else "cpu"
        self._sessions = {
            name: onnxruntime.InferenceSession(str(folder / f"{name}.onnx"), options, providers=[provider])
            for name in ("encode", "update", "finish")
        }
        self._past: dict[str, Any] = {}

    def run(
        self,
        left: NDArray[np.uint8],
        right: NDArray[np.uint8],
        iterations: int,
        *,
        warm: bool = False,
        stop_below_px: float = 0.0,
    ) -> Answer:
        """(H, W, 3) uint8 RGB each, H and W multiples of 16. Ends early when the mean change falls below."""
        values = self._call("encode", {"left": _batch(left), "right": _batch(right)}, (*FRAME, *STATE))
        if warm and self._past and self._past["hidden"].shape() == values["hidden"].shape():
            values.update(self._past)
        done = 0
        while done < iterations:
            outputs = self._call("update", values, (*(f"next_{name}" for name in STATE), "change_px"))
            values.update({name: outputs[f"next_{name}"] for name in STATE})
            done += 1
            if stop_below_px and float(outputs["change_px"].numpy()) < stop_below_px:
                break
        self._past = {name: values[name] for name in STATE}
        ended = self._call("finish", {name: values[name] for name in STATE[:2]}, ("disparity_px", "confidence"))
        return Answer(ended["disparity_px"].numpy()[0, 0], ended["confidence"].numpy()[0, 0], done)

    def forget(self) -> None:
        """The next call starts cold."""
        self._past = {}

    def _call(self, name: str, feeds: dict[str, Any], outputs: tuple[str, ...]) -> dict[str, Any]:
        session = self._sessions[name]
        binding = session.io_binding()
        for port in session.get_inputs():
            value = feeds[port.name]
            if isinstance(value, np.ndarray):
                value = onnxruntime.OrtValue.ortvalue_from_numpy(value, self._device, 0)
            binding.bind_ortvalue_input(port.name, value)
        for output in outputs:
            binding.bind_output(output, self._device)
        session.run_with_iobinding(binding)
        return dict(zip(outputs, binding.get_outputs(), strict=True))


def _batch(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(picture[None])
