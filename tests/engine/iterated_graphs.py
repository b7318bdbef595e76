"""Three small graphs with the ports of our own network, whose answer can be counted on one's fingers.

Without a seed the first match is 50 cells everywhere, 0.25 sure. Each update adds 0.3 cells of disparity and one to the
memory (`hidden`), so the answer says how many updates there were since the start; the change it reports halves.
"""

from pathlib import Path

import numpy as np

from tests.engine.onnx_graphs import BYTE, Graph

FIRST_CELLS, FIRST_SURE = 50.0, 0.25
STEP_CELLS = 0.3
CONFIDENCE_AN_UPDATE = 0.25


def counting_network(folder: Path, *, shows_first: bool = False, shows_seed: bool = False) -> Path:
    """`shows_first`: the state becomes this frame's first match and its sureness instead of counting.

    `shows_seed`: the answer is the seed as the finish gets it, and where it is known.
    """
    _encode(folder / "encode.onnx")
    _update(folder / "update.onnx", shows_first=shows_first)
    _finish(folder / "finish.onnx", shows_seed=shows_seed)
    return folder


def _encode(path: Path) -> None:
    graph = Graph()
    eyes = [graph.input(name, (1, "height", "width", 3), BYTE) for name in ("left", "right")]
    grey = graph.weighted(graph.add("Add", *eyes), (0.0, 0.0, 0.0))
    cells = graph.add("AveragePool", grey, kernel_shape=[4, 4], strides=[4, 4])
    coarse = graph.add("AveragePool", grey, kernel_shape=[16, 16], strides=[16, 16])
    first = graph.add("Add", cells, graph.stored(np.float32([FIRST_CELLS])))
    sure = graph.add("Add", cells, graph.stored(np.float32([FIRST_SURE])))
    fine, rough = (1, 1, "height_4", "width_4"), (1, 1, "height_16", "width_16")
    for name, value in (("levels", cells), ("first", first), ("first_sure", sure), ("context", cells)):
        graph.output(value, fine, name)
    graph.output(coarse, rough, "coarse_context")
    half = graph.add("AveragePool", grey, kernel_shape=[2, 2], strides=[2, 2])
    graph.output(half, (1, 1, "height_2", "width_2"), "detail")
    graph.output(first, fine, "disparity")
    graph.output(cells, fine, "hidden")
    graph.output(coarse, rough, "coarse")
    graph.save(path)


def _update(path: Path, *, shows_first: bool) -> None:
    graph = Graph()
    fine, rough = (1, 1, "height_4", "width_4"), (1, 1, "height_16", "width_16")
    names = ("levels", "first", "first_sure", "context", "coarse_context", "disparity", "hidden", "coarse")
    values = {name: graph.input(name, rough if name.startswith("coarse") else fine) for name in names}
    one = graph.stored(np.float32([1]))
    hidden = graph.add("Add", values["hidden"], one)
    disparity = graph.add("Add", values["disparity"], graph.stored(np.float32([STEP_CELLS])))
    change = graph.add("ReduceMean", graph.add("Pow", graph.stored(np.float32([0.5])), hidden), keepdims=0)
    graph.output(values["first"] if shows_first else disparity, fine, "next_disparity")
    graph.output(values["first_sure"] if shows_first else hidden, fine, "next_hidden")
    graph.output(graph.add("Add", values["coarse"], one), rough, "next_coarse")
    graph.output(change, (), "change_px")
    graph.save(path)


def _finish(path: Path, *, shows_seed: bool) -> None:
    graph = Graph()
    fine, whole = (1, 1, "height_4", "width_4"), (1, 1, "height", "width")
    disparity, hidden = (graph.input(name, fine) for name in ("disparity", "hidden"))
    graph.input("detail", (1, 1, "height_2", "width_2"))
    seed, sure = (graph.input(name, whole) for name in ("seed_px", "seed_sure"))
    pixels = graph.add("Mul", _four_fold(graph, disparity), graph.stored(np.float32([4])))
    share = graph.add("Mul", _four_fold(graph, hidden), graph.stored(np.float32([CONFIDENCE_AN_UPDATE])))
    graph.output(seed if shows_seed else pixels, whole, "disparity_px")
    graph.output(sure if shows_seed else share, whole, "confidence")
    graph.save(path)


def _four_fold(graph: Graph, cells: str) -> str:
    scales = graph.stored(np.float32([1, 1, 4, 4]))
    return graph.add(
        "Resize", cells, "", scales, mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"
    )
