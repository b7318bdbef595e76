"""A height field in as few triangles as it needs: the compiled part of `from_depth`.

Right-triangulated irregular networks: W. Evans, D. Kirkpatrick, G. Townsend, "Right-triangulated irregular networks",
Algorithmica 30 (2001). Two right triangles cover a square of a power of two; each is halved at the middle of its
longest side until it is true enough. Whatever one triangle needs at that middle its neighbour across it needs as well,
so that no cracks open.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled

Grid = NDArray[np.float32]
Mask = NDArray[np.bool_]

_WHOLE, _NONE, _CUT = 0, 1, 2
"""All of a triangle is surface, nothing is, or some is and some is not."""


@compiled(inline=True)
def _corners(number: int, level: int, side: int, corners: NDArray[np.int64]) -> None:
    """Columns and rows of a triangle's ends of the longest side, then of its right angle. Triangles 2 and 3 are the
    halves of the square (`level` 0), those of `number` are 2 * number and 2 * number + 1."""
    first = (number >> level) & 1
    ax = ay = 0 if first else side
    bx = by = side - ax
    cx, cy = (side, 0) if first else (0, side)
    for k in range(level - 1, -1, -1):
        mx, my = (ax + bx) >> 1, (ay + by) >> 1
        if (number >> k) & 1:
            bx, by, ax, ay = ax, ay, cx, cy
        else:
            ax, ay, bx, by = bx, by, cx, cy
        cx, cy = mx, my
    corners[0], corners[1], corners[2], corners[3], corners[4], corners[5] = ax, ay, bx, by, cx, cy


@compiled(inline=True)
def _goes_on(nearness: Grid, limit: Grid, x: int, y: int, u: int, v: int) -> bool:
    """Whether two neighbours that are both surface are the same one."""
    most = max(limit[y, x], limit[v, u])
    return bool(abs(nearness[y, x] - nearness[v, u]) <= most)


@compiled(inline=True)
def _is_surface(nearness: Grid, limit: Grid, keep: Mask, at: NDArray[np.int64]) -> bool:
    """Whether a triangle of three neighbours is one."""
    height, width = nearness.shape
    for i in range(0, 6, 2):
        if at[i] >= width or at[i + 1] >= height or not keep[at[i + 1], at[i]]:
            return False
    return (
        _goes_on(nearness, limit, at[0], at[1], at[2], at[3])
        and _goes_on(nearness, limit, at[2], at[3], at[4], at[5])
        and _goes_on(nearness, limit, at[4], at[5], at[0], at[1])
    )


@compiled(inline=True)
def _error(nearness: Grid, offset: float, flat: float, at: NDArray[np.int64], step_px: float) -> float:
    """What the longest side misses: of the surface as a share of `flat`, of the picture on it as one of half a pixel.

    A picture is stretched evenly over a triangle in space; as it was taken, more of it lay on the farther half.
    """
    one, other = nearness[at[1], at[0]], nearness[at[3], at[2]]
    middle = nearness[(at[1] + at[3]) >> 1, (at[0] + at[2]) >> 1]
    bend = abs((one + other) / 2 - middle) / flat
    length_px = step_px * max(abs(at[0] - at[2]), abs(at[1] - at[3]))
    slide = length_px * abs(one - other) / (one + other + 2 * offset)
    return float(max(bend, slide))


@compiled()
def errors_of(
    nearness: Grid, offset: float, limit: Grid, keep: Mask, flat: float, step_px: float, levels: int
) -> tuple[Grid, NDArray[np.uint8]]:
    """(side + 1, side + 1) float32: how wrong the surface is without a vertex there, 1 as much as it may, infinite at a
    cut; and by triangle whether it is surface. side = 2 ** (levels / 2), at least the grid's.

    `nearness`: (h, w), on a plane a linear function of column and row, which with `offset` is 1 / depth but for a
    factor; `limit`: the largest step of one surface there; `keep`: what is surface at all. `flat`: a bend that is none.
    `step_px`: pixels of the picture from one column to the next.
    """
    side = 1 << (levels // 2)
    errors = np.zeros((side + 1, side + 1), np.float32)
    kinds = np.empty(1 << (levels + 1), np.uint8)
    at, child = np.empty(6, np.int64), np.empty(6, np.int64)
    for level in range(levels - 1, -1, -1):
        smallest = level == levels - 1
        for number in range(2 << level, 4 << level):
            _corners(number, level, side, at)
            mx, my = (at[0] + at[2]) >> 1, (at[1] + at[3]) >> 1
            if smallest:
                # Its halves are made of three neighbours each, and no number leads to them.
                child[0], child[1], child[4], child[5] = at[4], at[5], mx, my
                child[2], child[3] = at[0], at[1]
                one = _is_surface(nearness, limit, keep, child)
                child[2], child[3] = at[2], at[3]
                other = _is_surface(nearness, limit, keep, child)
                kind = _CUT if one != other else (_WHOLE if one else _NONE)
                worst = np.float32(0)
            else:
                one_kind, other_kind = kinds[2 * number], kinds[2 * number + 1]
                kind = one_kind if one_kind == other_kind else _CUT
                worst = max(
                    errors[(at[1] + at[5]) >> 1, (at[0] + at[4]) >> 1],
                    errors[(at[3] + at[5]) >> 1, (at[2] + at[4]) >> 1],
                )
            kinds[number] = kind
            if kind == _CUT:
                worst = np.float32(np.inf)
            elif kind == _WHOLE:
                worst = max(worst, np.float32(_error(nearness, offset, flat, at, step_px)))
            else:
                worst = np.float32(0)
            errors[my, mx] = max(errors[my, mx], worst)
    return errors, kinds


@compiled()
def triangles_of(
    nearness: Grid, limit: Grid, keep: Mask, errors: Grid, kinds: NDArray[np.uint8], levels: int, most: float
) -> NDArray[np.int32]:
    """(M, 3, 2) column and row of the corners of the triangles of the surface that misses no more than `most`."""
    side = 1 << (levels // 2)
    found = np.empty((1024, 3, 2), np.int32)
    count = 0
    stack, depth = np.empty(2 * levels + 4, np.int64), np.empty(2 * levels + 4, np.int64)
    stack[0], stack[1], depth[0], depth[1] = 2, 3, 0, 0
    top = 2
    at, one = np.empty(6, np.int64), np.empty(6, np.int64)
    while top:
        top -= 1
        number, level = stack[top], depth[top]
        if kinds[number] == _NONE:
            continue
        _corners(number, level, side, at)
        mx, my = (at[0] + at[2]) >> 1, (at[1] + at[3]) >> 1
        split = errors[my, mx] > most
        if split and level + 1 < levels:
            stack[top], depth[top] = 2 * number, level + 1
            stack[top + 1], depth[top + 1] = 2 * number + 1, level + 1
            top += 2
            continue
        if count + 2 > len(found):
            more = np.empty((2 * len(found), 3, 2), np.int32)
            more[:count] = found[:count]
            found = more
        if not split:
            for i in range(3):
                found[count, i, 0], found[count, i, 1] = at[2 * i], at[2 * i + 1]
            count += 1
            continue
        for half in range(2):
            one[4], one[5] = mx, my
            if half == 0:
                one[0], one[1], one[2], one[3] = at[4], at[5], at[0], at[1]
            else:
                one[0], one[1], one[2], one[3] = at[2], at[3], at[4], at[5]
            if _is_surface(nearness, limit, keep, one):
                for i in range(3):
                    found[count, i, 0], found[count, i, 1] = one[2 * i], one[2 * i + 1]
                count += 1
    return found[:count].copy()
