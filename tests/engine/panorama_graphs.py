"""Small ONNX graphs with the contracts of published panorama networks: what they say of a picture is painted in it."""

from pathlib import Path

import numpy as np

from tests.engine.onnx_graphs import BYTE, FLOAT, Dims, Graph

HW = (32, 64)
RED = (1.0, 0.0, 0.0)


def red_graph(
    path: Path,
    factor: float = 1.0,
    shift: float = 0.0,
    *,
    inverse: bool = False,
    drifts: float = 0.0,
    leans: float = 0.0,
    smears: int = 0,
    hw: tuple[int, int] = HW,
    output: str = "depth",
) -> Path:
    """factor * red + shift, or 1 / (factor * red + shift), of what is fed as it is.

    With `drifts` all of it is multiplied by 1 + drifts * (the red at the picture's left border), so that every showing
    has another unit. With `leans` its logarithm grows by so much from left to right. With `smears` each pixel is the
    mean of so many columns around it, and beyond the borders there is nothing.
    """
    graph = Graph()
    value = graph.weighted(graph.input("image", (1, 3, *hw)), RED)
    if smears:
        weights = graph.stored(np.full((1, 1, 1, smears), 1 / smears, np.float32))
        value = graph.add("Conv", value, weights, pads=[0, smears // 2, 0, smears // 2])
    said = graph.add("Mul", value, graph.stored(np.float32([factor])))
    said = graph.add("Add", said, graph.stored(np.float32([shift])))
    if inverse:
        said = graph.add("Reciprocal", said)
    if drifts:
        ends = (graph.stored(np.array([n], np.int64)) for n in (0, 1, 3))
        border = graph.add("Slice", value, *ends)
        unit = graph.add("Mul", graph.add("ReduceMean", border), graph.stored(np.float32([drifts])))
        said = graph.add("Mul", said, graph.add("Add", unit, graph.stored(np.ones(1, np.float32))))
    if leans:
        column = (np.arange(hw[1], dtype=np.float32) + 0.5) / hw[1] - 0.5
        said = graph.add("Mul", said, graph.stored(np.exp(leans * column)[None, None, None]))
    graph.output(said, (1, 1, *hw), output)
    return graph.save(path)


def unifuse_graph(path: Path, weights: tuple[float, float, float], *, side: int = 16, in_batch: bool = False) -> Path:
    """A panorama and a cube around it go in; what comes out is the cube's faces, and nothing of the panorama."""
    graph = Graph()
    nothing = graph.weighted(graph.input("equi", (1, 3, *HW)), (0.0, 0.0, 0.0))
    shape: Dims = (6, 3, side, side) if in_batch else (1, 3, side, 6 * side)
    said = graph.weighted(graph.input("cube", shape), weights)
    if in_batch:
        said = graph.reshaped(graph.add("Transpose", said, perm=[1, 2, 0, 3]), (1, 1, side, 6 * side))
    said = graph.add("Add", said, graph.add("ReduceMean", nothing))
    graph.output(said, (1, 1, side, 6 * side), "pred_depth")
    return graph.save(path)


def unik3d_graph(path: Path) -> Path:
    """A panorama and its rays go in, points come out: the rays, as long as the picture is red."""
    graph = Graph()
    red = graph.weighted(graph.input("rgbs", (1, 3, *HW)), RED)
    rays = graph.input("rays", (1, 3, *HW))
    graph.output(graph.add("Mul", rays, red), (1, 3, *HW), "pts_3d")
    return graph.save(path)


def masked_graph(path: Path) -> Path:
    """DAP: depth of 0..1, a mask that is low where the picture is green, and how blue it is as confidence."""
    graph = Graph()
    picture = graph.input("image", (1, 3, *HW))
    graph.output(graph.weighted(picture, RED), (1, 1, *HW), "depth")
    graph.output(graph.weighted(picture, (0.0, -1.0, 0.0), bias=(1.0,)), (1, 1, *HW), "mask")
    graph.output(graph.weighted(picture, (0.0, 0.0, 1.0)), (1, 1, *HW), "sure")
    return graph.save(path)


def bundled_graph(path: Path, height: int | str = "h", width: int | str = "w") -> Path:
    """What the bundled network's graph takes and gives: uint8 [1, H, W, 3] in, metres [1, H, W] out; a twentieth of
    the red."""
    graph = Graph()
    picture = graph.input("panorama", (1, height, width, 3), BYTE)
    said = graph.weighted(picture, (0.05, 0.0, 0.0))
    graph.output(graph.add("Squeeze", said, graph.stored(np.array([1], np.int64))), (1, height, width), "range")
    return graph.save(path)


def patched_graph(path: Path, patch: int) -> Path:
    """A transformer of any size: it says something of whole patches only."""
    graph = Graph()
    said = graph.weighted(graph.number("image", (1, 3, "h", "w"), FLOAT), RED, bias=(1.0,))
    pooled = graph.add("AveragePool", said, kernel_shape=[patch] * 2, strides=[patch] * 2)
    graph.output(graph.resized(pooled, patch), (1, 1, "h", "w"), "pred_disp")
    return graph.save(path)
