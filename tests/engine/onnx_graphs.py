"""Small ONNX graphs with the contracts of published stereo networks and an answer that can be worked out by hand.

Their answer is a weighted sum of single channels of single eyes, every weight another one, so that a wrong channel
order, range, eye order or layout gives another number.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

FLOAT, HALF, BYTE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.UINT8
Dims = Sequence[int | str]

LEFT_WEIGHTS = (0.01, 0.02, 0.04)
RIGHT_WEIGHTS = (0.08, 0.16, 0.32)
GARBAGE = -999.0


class Graph:
    """Nodes are added one by one; `save` writes the model."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._stored: list[TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: Dims, kind: int = FLOAT) -> str:
        """The name of the input as float32, channels first."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        value = name if kind == FLOAT else self.add("Cast", name, to=FLOAT)
        if shape[1] not in (1, 2, 3, 6):
            value = self.add("Transpose", value, perm=[0, 3, 1, 2])
        return value

    def add(self, operator: str, *inputs: str, **attributes: object) -> str:
        name = f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def stored(self, values: NDArray[np.generic]) -> str:
        name = f"c{len(self._stored)}"
        self._stored.append(numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def weighted(self, value: str, *rows: Sequence[float], bias: Sequence[float] = (0.0,)) -> str:
        """One output channel for each row of weights."""
        weights = np.asarray(rows, np.float32)[..., None, None]
        return self.add("Conv", value, self.stored(weights), self.stored(np.asarray(bias, np.float32)))

    def resized(self, value: str, scale: float) -> str:
        scales = self.stored(np.array([1, 1, scale, scale], np.float32))
        return self.add("Resize", value, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric")

    def reshaped(self, value: str, shape: Sequence[int]) -> str:
        return self.add("Reshape", value, self.stored(np.array(shape, np.int64)))

    def number(self, name: str, shape: Dims, kind: int) -> str:
        """An input that is no picture, as float32."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, list(shape)))
        return self.add("Cast", name, to=FLOAT)

    def output(self, value: str, shape: Dims, name: str) -> None:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, FLOAT, list(shape)))

    def save(self, path: Path) -> Path:
        graph = helper.make_graph(self._nodes, "test", self._inputs, self._outputs, self._stored)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(model, str(path))
        return path


def pair_graph(
    path: Path,
    height: int | str = 32,
    width: int | str = 64,
    *,
    kind: int = FLOAT,
    names: tuple[str, str] = ("left", "right"),
    reversed_inputs: bool = False,
    channels_last: bool = False,
    channels: int = 3,
    only_multiples_of_32: bool = False,
    before: Dims | None = None,
) -> Path:
    """CREStereo `init`: output [1, 2, H, W], disparity in channel 0. `before` puts another output first."""
    graph = Graph()
    shape: Dims = (1, height, width, channels) if channels_last else (1, channels, height, width)
    order = names[::-1] if reversed_inputs else names
    values = {name: graph.input(name, shape, kind) for name in order}
    nothing = (0.0,) * channels
    left = graph.weighted(values[names[0]], LEFT_WEIGHTS[:channels], nothing, bias=(0.0, GARBAGE))
    right = graph.weighted(values[names[1]], RIGHT_WEIGHTS[:channels], nothing, bias=(0.0, 0.0))
    flow = graph.add("Add", left, right)
    if only_multiples_of_32:
        pooled = graph.add("AveragePool", flow, kernel_shape=[32, 32], strides=[32, 32])
        zero = graph.add("Mul", graph.resized(pooled, 32), graph.stored(np.zeros(1, np.float32)))
        flow = graph.add("Add", flow, zero)
    if before is not None:
        graph.output(graph.stored(np.full([int(n) for n in before], 7, np.float32)), before, "extra")
    graph.output(flow, (1, 2, height, width), "output")
    return graph.save(path)


def pair_answer(left: NDArray[np.uint8], right: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What `pair_graph` says of BGR pictures in 0..255."""
    answer = left[..., ::-1] @ np.array(LEFT_WEIGHTS) + right[..., ::-1] @ np.array(RIGHT_WEIGHTS)
    return answer.astype(np.float32)


def stacked_graph(
    path: Path, channels: int, height: int = 32, width: int = 64, *, kind: int = FLOAT, channels_last: bool = False
) -> Path:
    """HITNet: both eyes on the channel axis, output [1, H, W, 1]."""
    graph = Graph()
    shape = (1, height, width, channels) if channels_last else (1, channels, height, width)
    value = graph.input("input", shape, kind)
    eye = channels // 2
    flow = graph.weighted(value, (*LEFT_WEIGHTS[:eye], *RIGHT_WEIGHTS[:eye]))
    graph.output(graph.add("Transpose", flow, perm=[0, 2, 3, 1]), (1, height, width, 1), "reference_output_disparity")
    return graph.save(path)


def prior_graph(path: Path, height: int = 96, width: int = 192) -> Path:
    """CREStereo `next`: the first guess, grown to full size, plus a thousandfold what its second channel holds."""
    graph = Graph()
    eyes = [graph.input(name, (1, 3, height, width)) for name in ("left", "right")]
    guess = graph.input("flow_init", (1, 2, height // 2, width // 2))
    grown = graph.resized(graph.weighted(guess, (2.0, 1000.0), (0.0, 0.0), bias=(0.0, GARBAGE)), 2)
    nothing = [graph.weighted(eye, (0.0,) * 3, (0.0,) * 3, bias=(0.0, 0.0)) for eye in eyes]
    flow = graph.add("Add", graph.add("Add", grown, nothing[0]), nothing[1])
    graph.output(flow, (1, 2, height, width), "output")
    return graph.save(path)


def cascade_graph(path: Path, height: int | str = 32, width: int | str = 64) -> Path:
    """CREStereo `combined`: a pair at half size and a pair at full size, each weighted in its own way."""
    graph = Graph()
    half: Dims = (
        (1, 3, height // 2, width // 2) if isinstance(height, int) and isinstance(width, int) else (1, 3, "h", "w")
    )
    full: Dims = (1, 3, height, width)
    parts = [
        graph.resized(graph.weighted(graph.input("init_left", half), LEFT_WEIGHTS), 2),
        graph.resized(graph.weighted(graph.input("init_right", half), RIGHT_WEIGHTS), 2),
        graph.weighted(graph.input("next_left", full), [3 * w for w in LEFT_WEIGHTS]),
        graph.weighted(graph.input("next_right", full), [3 * w for w in RIGHT_WEIGHTS]),
    ]
    total = parts[0]
    for part in parts[1:]:
        total = graph.add("Add", total, part)
    garbage = graph.weighted(total, (0.0,), bias=(GARBAGE,))
    graph.output(graph.add("Concat", total, garbage, axis=1), (1, 2, height, width), "output")
    return graph.save(path)


def constant_graph(path: Path, disparity: NDArray[np.float32]) -> Path:
    """Says the same whatever it sees."""
    height, width = disparity.shape
    graph = Graph()
    nothing = [graph.weighted(graph.input(name, (1, 3, height, width)), (0.0,) * 3) for name in ("left", "right")]
    answer = graph.add("Add", graph.add("Add", *nothing), graph.stored(disparity[None, None]))
    graph.output(answer, (1, 1, height, width), "disp")
    return graph.save(path)


def mono_graph(
    path: Path,
    height: int | str = 32,
    width: int | str = 64,
    *,
    kind: int = FLOAT,
    channels_last: bool = False,
    rank: int = 4,
    patch: int | None = None,
    answer_last: bool = False,
    bias: float = 0.0,
) -> Path:
    """One eye: LEFT_WEIGHTS times what it is fed, plus `bias`.

    The answer is [1, 1, H, W], or [1, H, W, 1] with `answer_last`. With `patch` it is [1, H, W] of what whole patches
    of that many pixels cover, as of a transformer.
    """
    graph = Graph()
    shape: Dims = (1, height, width, 3) if channels_last else (1, 3, height, width)
    if rank == 5:
        value = graph.number("image", (1, *shape), kind)
        value = graph.add("Squeeze", value, graph.stored(np.array([0], np.int64)))
    else:
        value = graph.input("image", shape, kind)
    depth = graph.weighted(value, LEFT_WEIGHTS, bias=(bias,))
    if patch is not None:
        pooled = graph.add("AveragePool", depth, kernel_shape=[patch] * 2, strides=[patch] * 2)
        depth = graph.add("Squeeze", graph.resized(pooled, patch), graph.stored(np.array([0], np.int64)))
        graph.output(depth, (1, "h", "w"), "predicted_depth")
    elif answer_last:
        graph.output(graph.add("Transpose", depth, perm=[0, 2, 3, 1]), (1, height, width, 1), "depth")
    else:
        graph.output(depth, (1, 1, height, width), "depth")
    return graph.save(path)


def mono_answer(fed: NDArray[np.floating]) -> NDArray[np.float32]:
    """What `mono_graph` says of (H, W, 3) in the order and range that it is fed."""
    return (fed @ np.array(LEFT_WEIGHTS)).astype(np.float32)
