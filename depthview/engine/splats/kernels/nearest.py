"""Going through a tree of boxes for the nearest points: the compiled part of `editing.neighbours`."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats


@compiled(inline=True)
def _away(boxes: Floats, node: int, x: np.float32, y: np.float32, z: np.float32) -> np.float32:
    """The square of how far a place is from a node's box."""
    dx = max(boxes[node, 0] - x, np.float32(0), x - boxes[node, 3])
    dy = max(boxes[node, 1] - y, np.float32(0), y - boxes[node, 4])
    dz = max(boxes[node, 2] - z, np.float32(0), z - boxes[node, 5])
    return np.float32(dx * dx + dy * dy + dz * dz)


@compiled()
def search(
    points: Floats, boxes: Floats, first: int, last: int, total: int, distance: Floats, index: NDArray[np.int32]
) -> None:
    """Fill the rows from `first` to `last` of `distance` and `index`, both in the tree's order."""
    count = distance.shape[1]
    leaves = len(boxes) // 2
    leaf = len(points) // leaves
    stack, stack_away = np.empty(64, np.int64), np.empty(64, np.float32)
    for i in range(first, last):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        near, who = distance[i], index[i]
        near[:] = np.inf
        who[:] = -1
        own = leaves + i // leaf
        top, stack[0], stack_away[0] = 1, 1, np.float32(0)
        stack[1], stack_away[1], top = own, np.float32(0), 2  # the own leaf first: what is found there narrows the rest
        done_own = False
        while top:
            top -= 1
            node = stack[top]
            if stack_away[top] >= near[count - 1]:
                continue
            if node < leaves:
                a, b = 2 * node, 2 * node + 1
                away_a, away_b = _away(boxes, a, x, y, z), _away(boxes, b, x, y, z)
                if away_a < away_b:
                    a, b, away_a, away_b = b, a, away_b, away_a
                if away_a < near[count - 1]:
                    stack[top], stack_away[top], top = a, away_a, top + 1
                if away_b < near[count - 1]:
                    stack[top], stack_away[top], top = b, away_b, top + 1
                continue
            if node == own:
                if done_own:
                    continue
                done_own = True
            start = (node - leaves) * leaf
            for j in range(start, min(start + leaf, total)):
                dx, dy, dz = points[j, 0] - x, points[j, 1] - y, points[j, 2] - z
                square = dx * dx + dy * dy + dz * dz
                if square < near[count - 1] and j != i:
                    place = count - 1
                    while place > 0 and near[place - 1] > square:
                        near[place] = near[place - 1]
                        who[place] = who[place - 1]
                        place -= 1
                    near[place] = square
                    who[place] = j
        for place in range(count):
            near[place] = np.sqrt(near[place])
