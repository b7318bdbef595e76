"""Which splats reach which tile, and the tiles' pixels. `marks` (N,) of `MARK`: splats on the screen."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

Indices = NDArray[np.int32]
Boxes = NDArray[np.int16]
"""(N, 4): the tiles that splats reach at most, from the left to the right and from the top to the bottom one."""

TILE = 16
"""px; 16 blocks of 4 by 4."""
_SIDE = 4
_ACROSS = TILE // _SIDE
_BLOCKS = _ACROSS * _ACROSS
_LANES = _SIDE * _SIDE
_LANE_X = np.tile(np.arange(_SIDE), _SIDE).astype(np.float32)
_LANE_Y = np.repeat(np.arange(_SIDE), _SIDE).astype(np.float32)
# What is kept of a pixel. Of indices that cannot be negative, the compiler knows that they are different places.
_LIGHT, _RED, _GREEN, _BLUE, _WALL = (np.uint64(row) for row in range(5))
_NONE = np.float32(0)
_MOST_ALPHA = np.float32(0.99)
_FAINTEST = np.float32(math.log(255))
_OPAQUE = np.float32(1e-4)
_SLACK = np.float32(0.05)
"""px by which float32 may be wrong about where a splat ends."""
_LOOK_EVERY = 32
"""Splats drawn between two looks whether the tile is opaque."""


@compiled()
def count(
    order: Indices,
    last: int,
    most: int,
    boxes: Boxes,
    sequence: Boxes,
    across: int,
    down: int,
    starts: NDArray[np.int64],
) -> int:
    """How many splats each tile has, so that not many more than `most` are listed at once.

    `order`: far to near. Taken from its place `last` - 1 downwards; returns where it stopped. `sequence`: the boxes in
    that order. `starts` (tiles + 1,): where each tile's list is to begin.
    """
    change = np.zeros((down + 1, across + 1), np.int64)
    total, place = 0, last
    while place > 0 and total < most:
        place -= 1
        box = boxes[order[place]]
        left, right, top, bottom = box[0], box[1] + 1, box[2], box[3] + 1
        for side in range(4):
            sequence[place, side] = box[side]
        change[top, left] += 1
        change[top, right] -= 1
        change[bottom, left] -= 1
        change[bottom, right] += 1
        total += (right - left) * (bottom - top)
    starts[0] = 0
    for y in range(down):
        along = 0
        for x in range(across):
            along += change[y, x]
            change[y, x] = along + (change[y - 1, x] if y else 0)
            tile = y * across + x
            starts[tile + 1] = starts[tile] + change[y, x]
    return place


@compiled()
def enlist(
    order: Indices,
    first: int,
    last: int,
    sequence: Boxes,
    marks: Any,
    across: int,
    tile: int,
    end: int,
    opaque: NDArray[np.bool_],
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    listed: Indices,
) -> None:
    """Write the lists of the tiles from `tile` to `end`, near to far; each stops at `stops`."""
    for t in range(tile, end):
        stops[t] = starts[t]
    low, high = tile // across, (end - 1) // across
    edge = np.float32(across * TILE)
    for place in range(last - 1, first - 1, -1):
        left, right, top, bottom = sequence[place]
        if top > high or bottom < low:
            continue
        i = order[place]
        for y in range(max(top, low), min(bottom, high) + 1):
            begin, stop = left, right
            if right > left and bottom > top:
                # How far it reaches to both sides within these rows: its widest rows, or those nearest to them.
                mark = marks[i]
                slant, narrow, flat, power = mark.slant, mark.narrow, mark.flat, _FAINTEST - mark.faint
                above = np.float32(y * TILE) - mark.y
                below = above + np.float32(TILE - 1)
                widest = slant * mark.half_height * (mark.half_height / mark.half_width)
                row = min(max(widest, above), below)
                reach = mark.x + slant * row + math.sqrt(max(power - (flat * row) ** 2, _NONE)) / narrow
                stop = min(right, int(min(max(reach + _SLACK, _NONE), edge)) // TILE)
                row = min(max(-widest, above), below)
                reach = mark.x + slant * row - math.sqrt(max(power - (flat * row) ** 2, _NONE)) / narrow
                begin = max(left, int(min(max(reach - _SLACK, _NONE), edge)) // TILE)
            for t in range(max(y * across + begin, tile), min(y * across + stop + 1, end)):
                if not opaque[t]:
                    listed[stops[t]] = i
                    stops[t] += 1


@compiled(quick_floats=True)
def blend(
    tile: int,
    end: int,
    across: int,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    listed: Indices,
    marks: Any,
    behind: Floats,
    opaque: NDArray[np.bool_],
    rgb: Floats,
    alpha: Floats,
) -> None:
    """Lay the listed splats under what is in the tiles already, near to far, until no light comes through.

    `behind` (H, W): the depth of opaque things, or of no size where there are none. A tile is kept as 16 blocks of 4 by
    4 pixels, neighbours in memory, so that the inner loop is done for all of a block at once.
    """
    height, width = alpha.shape
    block = np.empty((_BLOCKS, 5, _LANES), np.float32)
    walled = len(behind) > 0
    one, half, fourth = np.float32(1), np.float32(0.5), np.float32(0.25)
    sixth, last = np.float32(1 / 6), np.float32(1 / 24)
    faintest = _FAINTEST * fourth * fourth
    for t in range(tile, end):
        if starts[t] == stops[t] or opaque[t]:
            continue
        left, top = (t % across) * TILE, (t // across) * TILE
        block[:] = 0
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                block[at, _LIGHT, lane] = one - alpha[top + y, left + x]
                for k in range(3):
                    block[at, _RED + k, lane] = rgb[top + y, left + x, k]
                block[at, _WALL, lane] = behind[top + y, left + x] if walled else np.float32(np.inf)
        for place in range(starts[t], stops[t]):
            mark = marks[listed[place]]
            middle_x, middle_y = mark.x - np.float32(left), mark.y - np.float32(top)
            # A 16th of the power: exp of it by few terms, then squared four times.
            narrow, flat, faint, depth = (
                mark.narrow * fourth,
                mark.flat * fourth,
                mark.faint * fourth * fourth,
                mark.depth,
            )
            slant = -mark.slant * narrow
            red, green, blue = mark.red, mark.green, mark.blue
            x_first = int(max(middle_x - mark.half_width, _NONE)) // _SIDE
            x_last = int(min(middle_x + mark.half_width, np.float32(TILE - 1))) // _SIDE
            y_first = int(max(middle_y - mark.half_height, _NONE)) // _SIDE
            y_last = int(min(middle_y + mark.half_height, np.float32(TILE - 1))) // _SIDE
            for y in range(y_first, y_last + 1):
                v_first = np.float32(y * _SIDE) - middle_y
                for x in range(x_first, x_last + 1):
                    u_first = slant * v_first + narrow * (np.float32(x * _SIDE) - middle_x)
                    here = np.uint64(y * _ACROSS + x)
                    for lane in range(np.uint64(_LANES)):
                        u = _LANE_X[lane] * narrow + (_LANE_Y[lane] * slant + u_first)
                        v = (_LANE_Y[lane] + v_first) * flat
                        power = u * u + (v * v + faint)
                        cover = one - power * (one - power * (half - power * (sixth - power * last)))
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover = cover if cover < _MOST_ALPHA else _MOST_ALPHA
                        # Both sides are asked always (&, not `and`): no lane may go a way of its own.
                        cover = cover if (power <= faintest) & (block[here, _WALL, lane] >= depth) else _NONE
                        cover *= block[here, _LIGHT, lane]
                        block[here, _RED, lane] += cover * red
                        block[here, _GREEN, lane] += cover * green
                        block[here, _BLUE, lane] += cover * blue
                        block[here, _LIGHT, lane] -= cover
            if (place - starts[t]) % _LOOK_EVERY == _LOOK_EVERY - 1:
                most = _NONE
                for at in range(np.uint64(_BLOCKS)):
                    for lane in range(np.uint64(_LANES)):
                        most = max(most, block[at, _LIGHT, lane] if block[at, _WALL, lane] >= depth else _NONE)
                if most < _OPAQUE:
                    opaque[t] = True
                    break
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                for k in range(3):
                    rgb[top + y, left + x, k] = block[at, _RED + k, lane]
                alpha[top + y, left + x] = one - block[at, _LIGHT, lane]


@compiled()
def dot(last: int, marks: Any, near: Floats, rgb: Floats, alpha: Floats) -> None:
    """Draw the first `last` splats as opaque squares of 2 by 2 pixels; `near` (H, W) is how far the nearest is."""
    height, width = alpha.shape
    for n in range(last):
        mark = marks[n]
        left, top, depth = math.floor(mark.x), math.floor(mark.y), mark.depth
        if not (-1 <= left < width and -1 <= top < height):
            continue
        for y in range(max(top, 0), min(top + 2, height)):
            for x in range(max(left, 0), min(left + 2, width)):
                if depth <= near[y, x]:
                    near[y, x], alpha[y, x] = depth, 1
                    rgb[y, x, 0], rgb[y, x, 1], rgb[y, x, 2] = mark.red, mark.green, mark.blue
