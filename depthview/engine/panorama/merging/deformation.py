"""A smooth correction of a view: values on a coarse grid over it, and what lies between them.

The grid is that of Hedman and Kopf, "Instant 3D Photography" (2018), and of 360MonoDepth (CVPR 2022): bilinear. What it
costs to bend is the same for every number of nodes, the integral of the slope squared, so that more nodes do not bend
more by themselves. Two nodes a side are a factor and a tilt.
"""

import numpy as np
from numpy.typing import NDArray


def hats(places: NDArray[np.floating], nodes: int) -> NDArray[np.float64]:
    """(..., nodes): how much each node of a line from -1 to 1 counts at `places`; beyond it its ends do."""
    at = np.clip((np.asarray(places, np.float64) + 1) / 2, 0, 1) * (nodes - 1)
    return np.asarray(np.maximum(0, 1 - np.abs(at[..., None] - np.arange(nodes))))


def grid_hats(right: NDArray[np.floating], down: NDArray[np.floating], nodes: int) -> NDArray[np.float64]:
    """(..., nodes ** 2): the same of a square, row by row."""
    rows, columns = hats(down, nodes), hats(right, nodes)
    return (rows[..., :, None] * columns[..., None, :]).reshape(*rows.shape[:-1], nodes**2)


def on_pixels(values: NDArray[np.float64], side: int) -> NDArray[np.float32]:
    """(side, side): the correction at the pixels of a square view; `values` (nodes ** 2,) are those of its grid."""
    nodes = round(len(values) ** 0.5)
    line = hats((np.arange(side) + 0.5) / side * 2 - 1, nodes)
    return (line @ values.reshape(nodes, nodes) @ line.T).astype(np.float32)


def bending(nodes: int) -> NDArray[np.float64]:
    """(nodes ** 2, nodes ** 2): a correction f costs f' K f, the integral of its slope squared over the square."""
    step = 2 / (nodes - 1)
    # Of lines: the integrals of hat times hat, and of slope times slope.
    mass = np.diag(np.full(nodes, 4.0)) + np.eye(nodes, k=1) + np.eye(nodes, k=-1)
    stiff = np.diag(np.full(nodes, 2.0)) - np.eye(nodes, k=1) - np.eye(nodes, k=-1)
    mass[[0, -1], [0, -1]], stiff[[0, -1], [0, -1]] = 2, 1
    mass, stiff = mass * step / 6, stiff / step
    return np.asarray(np.kron(mass, stiff) + np.kron(stiff, mass))


def level(values: NDArray[np.float64]) -> float:
    """The mean of a correction over the square."""
    nodes = round(len(values) ** 0.5)
    if nodes == 1:
        return float(values[0])
    line = np.ones(nodes)
    line[[0, -1]] = 0.5
    return float(line @ values.reshape(nodes, nodes) @ line / (nodes - 1) ** 2)
