"""The nearest neighbours of every point, exactly, however unevenly the points lie."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from depthview.engine.progress import StopToken
from depthview.engine.splats.morton import CELLS, add_axis
from depthview.engine.splats.scene import Floats

_LEAF = 8
_TASKS = 256
"""Many: who is told to stop ends those that are under way first."""


def neighbours(xyz: Floats, count: int, stop: StopToken | None = None) -> tuple[Floats, NDArray[np.int32]]:
    """(N, count) each: how far the nearest other points are, growing, and which; inf and -1 where none are left.

    `xyz` (N, 3) must be finite. A tree of boxes over the points along a space-filling curve (Morton, 1966; Lauterbach
    et al., "Fast BVH construction", 2009). A second for 500 000 points and 8 neighbours on one core. Raises
    Stopped soon after `stop` was set.
    """
    from depthview.engine.splats.kernels.nearest import search

    stop = stop or StopToken()
    total = len(xyz)
    order = np.argsort(_along_curve(xyz))
    leaves = 1 << max(0, int(np.ceil(np.log2(max(1, -(-total // _LEAF))))))
    points = np.full((leaves * _LEAF, 3), np.inf, np.float32)
    points[:total] = xyz[order]
    boxes = _boxes(points, total, leaves)
    distance, index = np.empty((total, count), np.float32), np.empty((total, count), np.int32)

    def part(first: int, last: int) -> None:
        stop.raise_if_stopped()
        search(points, boxes, first, last, total, distance, index)

    ends = np.linspace(0, total, _TASKS + 1).astype(int)
    with ThreadPoolExecutor(os.cpu_count() or 1, "neighbours") as pool:
        list(pool.map(part, ends[:-1], ends[1:]))
    back = np.empty(total, np.intp)
    back[order] = np.arange(total)
    index = np.where(index >= 0, order.astype(np.int32)[index], np.int32(-1))
    return distance[back], index[back]


def _along_curve(xyz: Floats) -> NDArray[np.uint64]:
    """(N,): the place of each point along a curve that fills space; far points take little of it."""
    key = np.zeros(len(xyz), np.uint64)
    for axis in range(3):
        values = xyz[:, axis].astype(np.float64)
        low, middle, high = np.percentile(values, (25, 50, 75)) if len(values) else (0.0, 0.0, 0.0)
        values = np.arcsinh((values - middle) / max((high - low) / 4, 1e-12))
        least, most = values.min(initial=0.0), values.max(initial=0.0)
        cell = (values - least) * (CELLS - 1) / max(most - least, 1e-12)
        add_axis(key, axis, cell.astype(np.uint64))
    return key


def _boxes(points: Floats, total: int, leaves: int) -> Floats:
    """(2 * leaves, 6) low and high corners: node 1 is the root, nodes 2n and 2n + 1 are in n, the last are leaves."""
    boxes = np.empty((2 * leaves, 6), np.float32)
    grouped = points.reshape(leaves, _LEAF, 3)
    boxes[leaves:, :3] = grouped.min(axis=1)
    filled = points.copy()
    filled[total:] = -np.inf
    boxes[leaves:, 3:] = filled.reshape(leaves, _LEAF, 3).max(axis=1)
    level = leaves
    while level > 1:
        pairs = boxes[level : 2 * level].reshape(-1, 2, 6)
        boxes[level // 2 : level, :3] = pairs[:, :, :3].min(axis=1)
        boxes[level // 2 : level, 3:] = pairs[:, :, 3:].max(axis=1)
        level //= 2
    return boxes
