"""Which splats reach which tile, and the tiles' pixels. Rows of `marks` are splats on the screen, see there."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.kernels.marks import (
    BLUE,
    CUT,
    DEPTH,
    FAINT,
    FLAT,
    HALF_HEIGHT,
    HALF_WIDTH,
    MIDDLE_X,
    MIDDLE_Y,
    NARROW,
    RED,
    SLANT,
    TILE,
)
from depthview.engine.splats.scene import Floats

Indices = NDArray[np.int32]

_BLOCK = 4
_LANES = 16
_ACROSS = TILE // _BLOCK
_LANE_X = np.tile(np.arange(_BLOCK), _BLOCK).astype(np.float32)
_LANE_Y = np.repeat(np.arange(_BLOCK), _BLOCK).astype(np.float32)
_MOST_ALPHA = np.float32(0.99)
_FAINTEST = np.float32(math.log(255) / CUT)
_OPAQUE = np.float32(1e-4)
_LOOK_EVERY = 16
"""Splats drawn between two looks whether the tile is opaque."""


@compiled()
def count(
    order: Indices, last: int, most: int, marks: Floats, across: int, down: int, starts: NDArray[np.int64]
) -> int:
    """How many splats each tile has, so that not many more than `most` are listed at once.

    `order`: far to near. Taken from its place `last` - 1 downwards; returns where it stopped. `starts` (tiles + 1,):
    where each tile's list is to begin.
    """
    change = np.zeros((down + 1, across + 1), np.int64)
    total, place = 0, last
    while place > 0 and (total < most or place == last):
        place -= 1
        mark = marks[order[place]]
        left = int(max(mark[MIDDLE_X] - mark[HALF_WIDTH], np.float32(0))) // TILE
        top = int(max(mark[MIDDLE_Y] - mark[HALF_HEIGHT], np.float32(0))) // TILE
        right = int(min(mark[MIDDLE_X] + mark[HALF_WIDTH], np.float32(across * TILE - 1))) // TILE + 1
        bottom = int(min(mark[MIDDLE_Y] + mark[HALF_HEIGHT], np.float32(down * TILE - 1))) // TILE + 1
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
    marks: Floats,
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
    for place in range(last - 1, first - 1, -1):
        i = order[place]
        mark = marks[i]
        middle, half = mark[MIDDLE_Y], mark[HALF_HEIGHT]
        top = max(int(max(middle - half, np.float32(0))) // TILE, low)
        bottom = int(min(middle + half, np.float32((high + 1) * TILE - 1))) // TILE
        if middle + half < 0 or top > bottom:
            continue
        half_width = mark[HALF_WIDTH]
        left = int(max(mark[MIDDLE_X] - half_width, np.float32(0))) // TILE
        right = int(min(mark[MIDDLE_X] + half_width, np.float32(across * TILE - 1))) // TILE
        for y in range(top, bottom + 1):
            begin, stop = left, right
            if right > left and bottom > top:
                # How far it reaches to both sides within these rows: its widest rows, or those nearest to them.
                above = np.float32(y * TILE) - middle
                below = above + np.float32(TILE - 1)
                widest = mark[SLANT] * half * half / half_width
                rightmost, leftmost = min(max(widest, above), below), min(max(-widest, above), below)
                thin = half_width * half_width - (mark[SLANT] * half) ** 2
                thin = math.sqrt(max(thin, np.float32(0))) / half
                reach = mark[SLANT] * rightmost + thin * math.sqrt(max(half * half - rightmost**2, np.float32(0)))
                stop = min(stop, int(max(mark[MIDDLE_X] + reach + np.float32(1), np.float32(0))) // TILE)
                reach = mark[SLANT] * leftmost - thin * math.sqrt(max(half * half - leftmost**2, np.float32(0)))
                begin = max(begin, int(max(mark[MIDDLE_X] + reach - np.float32(1), np.float32(0))) // TILE)
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
    marks: Floats,
    behind: Floats,
    opaque: NDArray[np.bool_],
    rgb: Floats,
    alpha: Floats,
) -> None:
    """Lay the listed splats under what is in the tiles already, near to far, until no light comes through.

    `behind` (H, W): the depth of opaque things, or of no size where there are none. The pixels of a tile lie in blocks
    of 4 by 4, each 16 neighbours in memory, so that the inner loop is done at once for all of a block.
    """
    height, width = alpha.shape
    light, red = np.empty(TILE * TILE, np.float32), np.empty(TILE * TILE, np.float32)
    green, blue = np.empty(TILE * TILE, np.float32), np.empty(TILE * TILE, np.float32)
    wall = np.empty(TILE * TILE, np.float32)
    walled = len(behind) > 0
    one, half, sixth, rest = np.float32(1), np.float32(0.5), np.float32(1 / 6), np.float32(1 / 24)
    for t in range(tile, end):
        if starts[t] == stops[t] or opaque[t]:
            continue
        left, top = (t % across) * TILE, (t // across) * TILE
        light[:] = 0
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                p = (y // _BLOCK * _ACROSS + x // _BLOCK) * _LANES + y % _BLOCK * _BLOCK + x % _BLOCK
                light[p] = one - alpha[top + y, left + x]
                red[p], green[p], blue[p] = rgb[top + y, left + x]
                wall[p] = behind[top + y, left + x] if walled else np.float32(np.inf)
        drawn = 0
        for k in range(starts[t], stops[t]):
            mark = marks[listed[k]]
            middle_x, middle_y = mark[MIDDLE_X] - np.float32(left), mark[MIDDLE_Y] - np.float32(top)
            narrow, flat, faint, depth = mark[NARROW], mark[FLAT], mark[FAINT], mark[DEPTH]
            slant = -mark[SLANT] * narrow
            r, g, b = mark[RED], mark[RED + 1], mark[BLUE]
            x_first = int(max(middle_x - mark[HALF_WIDTH], np.float32(0))) // _BLOCK
            x_last = int(min(middle_x + mark[HALF_WIDTH], np.float32(TILE - 1))) // _BLOCK
            y_first = int(max(middle_y - mark[HALF_HEIGHT], np.float32(0))) // _BLOCK
            y_last = int(min(middle_y + mark[HALF_HEIGHT], np.float32(TILE - 1))) // _BLOCK
            for y in range(y_first, y_last + 1):
                v0 = np.float32(y * _BLOCK) - middle_y
                for x in range(x_first, x_last + 1):
                    u0 = slant * v0 + narrow * (np.float32(x * _BLOCK) - middle_x)
                    at = np.uint64((y * _ACROSS + x) * _LANES)
                    for lane in range(np.uint64(_LANES)):
                        u = _LANE_X[lane] * narrow + (_LANE_Y[lane] * slant + u0)
                        v = (_LANE_Y[lane] + v0) * flat
                        power = u * u + (v * v + faint)
                        cover = one - power * (one - power * (half - power * (sixth - power * rest)))
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover = cover if cover < _MOST_ALPHA else _MOST_ALPHA
                        cover = cover if power <= _FAINTEST and wall[at + lane] >= depth else np.float32(0)
                        cover *= light[at + lane]
                        red[at + lane] += cover * r
                        green[at + lane] += cover * g
                        blue[at + lane] += cover * b
                        light[at + lane] -= cover
            drawn += 1
            if drawn == _LOOK_EVERY:
                drawn = 0
                most = np.float32(0)
                for p in range(TILE * TILE):
                    most = max(most, light[p] if wall[p] >= depth else np.float32(0))
                if most < _OPAQUE:
                    opaque[t] = True
                    break
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                p = (y // _BLOCK * _ACROSS + x // _BLOCK) * _LANES + y % _BLOCK * _BLOCK + x % _BLOCK
                rgb[top + y, left + x, 0] = red[p]
                rgb[top + y, left + x, 1] = green[p]
                rgb[top + y, left + x, 2] = blue[p]
                alpha[top + y, left + x] = one - light[p]


@compiled()
def dot(last: int, marks: Floats, near: Floats, rgb: Floats, alpha: Floats) -> None:
    """Draw the first `last` splats as opaque squares of 2 by 2 pixels; `near` (H, W) is how far the nearest is."""
    height, width = alpha.shape
    for n in range(last):
        mark = marks[n]
        left, top, depth = math.floor(mark[MIDDLE_X]), math.floor(mark[MIDDLE_Y]), mark[DEPTH]
        if not (-1 <= left < width and -1 <= top < height):
            continue
        for y in range(max(top, 0), min(top + 2, height)):
            for x in range(max(left, 0), min(left + 2, width)):
                if depth <= near[y, x]:
                    near[y, x], alpha[y, x] = depth, 1
                    for k in range(3):
                        rgb[y, x, k] = mark[RED + k]
