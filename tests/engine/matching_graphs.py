"""A small graph that really matches: of each pixel the shift at which the other eye looks most alike.

It answers rightly only to the contract that it is built with: what it is fed in another range makes its answer worse.
"""

from pathlib import Path

import numpy as np

from depthview.engine.estimators.contract import Scaling
from tests.engine.onnx_graphs import FLOAT, Dims, Graph

HW = (64, 128)
_WINDOW = 5


def matching_graph(
    path: Path,
    spread: float | None = None,
    *,
    shifts: range = range(14),
    factor: float = 1.0,
    names: tuple[str, str] = ("left", "right"),
    size: tuple[int | str, int | str] = HW,
    kind: int = FLOAT,
    before: bool = False,
    smaller: bool = False,
) -> Path:
    """`names` are the inputs in their order: what comes first is matched against the second.

    `spread` is the standard deviation that it wants of its input. The answer is `factor` times the shift in pixels, at
    half the size with `smaller`; `before` puts another output of the same size first.
    """
    graph = Graph()
    shape: Dims = (1, 3, *size)
    first, second = (graph.input(name, shape, kind) for name in names)
    costs = [_cost(graph, first, second, shift) for shift in shifts]
    best = graph.add("ArgMin", graph.add("Concat", *costs, axis=1), axis=1, keepdims=1)
    found = graph.add("Add", graph.add("Cast", best, to=FLOAT), graph.stored(np.float32([shifts.start])))
    if spread is not None:
        found = graph.add("Add", found, _penalty(graph, first, spread))
    found = graph.add("Mul", found, graph.stored(np.float32([factor])))
    if before:
        graph.output(graph.weighted(first, (0.1, 0.1, 0.1)), (1, 1, *size), "occlusion")
    if smaller:
        found = graph.add("AveragePool", found, kernel_shape=[2, 2], strides=[2, 2])
        graph.output(found, (1, 1, "h", "w"), "disp")
    else:
        graph.output(found, (1, 1, *size), "disp")
    return graph.save(path)


def spread_of(picture: np.ndarray, scaling: Scaling) -> float:
    """The standard deviation of a picture that is fed as RGB in this scaling."""
    return float(((picture / 255 - scaling.mean) / scaling.std).std())


def _cost(graph: Graph, first: str, second: str, shift: int) -> str:
    """How much the second eye differs where it lies `shift` further left, over a window; beyond it is nothing."""
    whole = np.iinfo(np.int64).max
    starts, ends, axes = (graph.stored(np.array([n], np.int64)) for n in (max(-shift, 0), whole, 3))
    pads = graph.stored(np.array([0, 0, 0, max(shift, 0), 0, 0, 0, max(-shift, 0)], np.int64))
    moved = graph.add("Pad", second, pads)
    if shift >= 0:
        moved = graph.add("Slice", moved, starts, graph.stored(np.array([-shift if shift else whole], np.int64)), axes)
    else:
        moved = graph.add("Slice", moved, starts, ends, axes)
    difference = graph.add("Abs", graph.add("Sub", first, moved))
    grey = graph.weighted(difference, (1.0, 1.0, 1.0))
    border = _WINDOW // 2
    return graph.add("AveragePool", grey, kernel_shape=[_WINDOW] * 2, pads=[border] * 4)


def _penalty(graph: Graph, value: str, spread: float) -> str:
    """Pixels that are added for an input of another standard deviation."""
    mean = graph.add("ReduceMean", value, keepdims=1)
    apart = graph.add("Sub", value, mean)
    deviation = graph.add("Sqrt", graph.add("ReduceMean", graph.add("Mul", apart, apart), keepdims=1))
    off = graph.add("Abs", graph.add("Sub", deviation, graph.stored(np.float32([spread]))))
    return graph.add("Mul", off, graph.stored(np.float32([20 / spread])))
