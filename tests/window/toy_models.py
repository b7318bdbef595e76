"""ONNX stereo models that answer one number, so that the screen tells which of them runs."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FAMILY = {(2, (240, 320)): 4.0, (5, (240, 320)): 6.0, (2, (480, 640)): 11.0}
"""(iterations, size) -> the disparity it gives everywhere, in the model's own pixels."""


def write_family(folder: Path) -> list[Path]:
    """Three files in CREStereo's manner: two pictures in, (1, 2, H, W) flow out."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_model(folder / f"toy_iter{iterations}_{h}x{w}.onnx", (h, w), disparity_px)
        for (iterations, (h, w)), disparity_px in FAMILY.items()
    ]


def write_model(path: Path, size_hw: tuple[int, int], disparity_px: float) -> Path:
    inputs = [_tensor(name, (1, 3, *size_hw)) for name in ("left", "right")]
    constants = {
        "nothing": np.zeros(1, np.float32),
        "answer": np.float32([disparity_px]),
        "from": np.int64([0]),
        "to": np.int64([2]),
        "axis": np.int64([1]),
    }
    nodes = [
        helper.make_node("Add", ["left", "right"], ["both"]),
        helper.make_node("Mul", ["both", "nothing"], ["zero"]),
        helper.make_node("Slice", ["zero", "from", "to", "axis"], ["flat"]),
        helper.make_node("Add", ["flat", "answer"], ["flow"]),
    ]
    return _save(path, nodes, inputs, [_tensor("flow", (1, 2, *size_hw))], constants)


def _tensor(name: str, shape: tuple[int, ...]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _save(
    path: Path,
    nodes: list[onnx.NodeProto],
    inputs: list[onnx.ValueInfoProto],
    outputs: list[onnx.ValueInfoProto],
    constants: dict[str, np.ndarray],
) -> Path:
    stored = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "toy", inputs, outputs, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return path
