"""The tiles' pixels: forwards, and backwards with their gradients.

A tile is kept as 16 blocks of 4 by 4 pixels, neighbours in memory, so that the inner loop is done for all of a block at
once. Each Gaussian has a slot of its own on each tile that it reaches: however many threads there are, the sums of the
slots are the same to the last bit. `marks` (M,) of `splats.kernels.marks.MARK`, far to near.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats

TILE = 16
"""px, as those have that `splats.kernels.tiles` lists."""
SLOT = 9
"""Sums over pixels: what the logarithm of the cover is pulled by, alone and with u, v, uu, uv, vv; red, green, blue."""
_SIDE = 4
_ACROSS = TILE // _SIDE
_BLOCKS = _ACROSS * _ACROSS
_LANES = _SIDE * _SIDE
_LANE_X = np.tile(np.arange(_SIDE), _SIDE).astype(np.float32)
_LANE_Y = np.repeat(np.arange(_SIDE), _SIDE).astype(np.float32)
# What is kept of a pixel. Of indices that cannot be negative, the compiler knows that they are different places.
_LIGHT, _RED, _GREEN, _BLUE, _LATEST, _OWED = (np.uint64(row) for row in range(6))
_NONE, _NEVER = np.float32(0), np.float32(3e38)
_MOST_ALPHA = np.float32(0.99)
_FAINTEST = np.float32(math.log(255))
_OPAQUE = np.float32(1e-4)
_LOOK_EVERY = 32
"""Gaussians drawn between two looks whether the tile is opaque."""


@compiled(quick_floats=True)
def blend(
    tile: int,
    end: int,
    across: int,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    listed: NDArray[np.int32],
    marks: Any,
    opaque: NDArray[np.bool_],
    rgb: Floats,
    light: Floats,
    latest: Floats,
) -> None:
    """Go on with the tiles from `tile` to `end`.

    `rgb` (H, W, 3) premultiplied; `light` (H, W): how much of it comes through; `latest` (H, W): the last row that each
    pixel took. A pixel through which less than 1e-4 comes takes no more.
    """
    height, width = light.shape
    block = np.empty((_BLOCKS, 5, _LANES), np.float32)
    one, half, fourth = np.float32(1), np.float32(0.5), np.float32(0.25)
    faintest = _FAINTEST * fourth * fourth
    sixth, twentyfourth, fifth = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120)
    for t in range(tile, end):
        if starts[t] == stops[t] or opaque[t]:
            continue
        left, top = (t % across) * TILE, (t // across) * TILE
        block[:] = 0
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                block[at, _LIGHT, lane] = light[top + y, left + x]
                for k in range(3):
                    block[at, _RED + k, lane] = rgb[top + y, left + x, k]
                block[at, _LATEST, lane] = latest[top + y, left + x]
        for place in range(starts[t], stops[t]):
            row = np.float32(listed[place])
            mark = marks[listed[place]]
            middle_x, middle_y = mark.x - np.float32(left), mark.y - np.float32(top)
            # A 16th of the power: exp of it by few terms, then squared four times.
            narrow, flat, faint = mark.narrow * fourth, mark.flat * fourth, mark.faint * fourth * fourth
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
                        cover = sixth - power * (twentyfourth - power * fifth)
                        cover = one - power * (one - power * (half - power * cover))
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover = cover if cover < _MOST_ALPHA else _MOST_ALPHA
                        # Both sides are asked always (&, not `and`): no lane may go a way of its own.
                        taken = (power <= faintest) & (block[here, _LIGHT, lane] >= _OPAQUE)
                        cover = (cover if taken else _NONE) * block[here, _LIGHT, lane]
                        block[here, _LATEST, lane] = row if taken else block[here, _LATEST, lane]
                        block[here, _RED, lane] += cover * red
                        block[here, _GREEN, lane] += cover * green
                        block[here, _BLUE, lane] += cover * blue
                        block[here, _LIGHT, lane] -= cover
            if (place - starts[t]) % _LOOK_EVERY == _LOOK_EVERY - 1:
                most = _NONE
                for at in range(np.uint64(_BLOCKS)):
                    for lane in range(np.uint64(_LANES)):
                        most = max(most, block[at, _LIGHT, lane])
                if most < _OPAQUE:
                    opaque[t] = True
                    break
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                for k in range(3):
                    rgb[top + y, left + x, k] = block[at, _RED + k, lane]
                light[top + y, left + x] = block[at, _LIGHT, lane]
                latest[top + y, left + x] = block[at, _LATEST, lane]


@compiled(quick_floats=True)
def unblend(
    tile: int,
    end: int,
    across: int,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    listed: NDArray[np.int32],
    marks: Any,
    latest: Floats,
    pull: Floats,
    light: Floats,
    owed: Floats,
    slots: Floats,
) -> None:
    """Fill the `slots` (pairs, SLOT) of the lists of the tiles from `tile` to `end`.

    `pull` (H, W, 3): the loss by the picture's colours. `light` (H, W): what came through, in the end; `owed` (H, W):
    the loss by what is behind. Both are taken back Gaussian by Gaussian, to where a list before this one goes on.
    """
    height, width = light.shape
    block = np.empty((_BLOCKS, 6, _LANES), np.float32)
    one, half, fourth = np.float32(1), np.float32(0.5), np.float32(0.25)
    faintest = _FAINTEST * fourth * fourth
    sixth, twentyfourth, fifth = np.float32(1 / 6), np.float32(1 / 24), np.float32(1 / 120)
    for t in range(tile, end):
        if starts[t] == stops[t]:
            continue
        left, top = (t % across) * TILE, (t // across) * TILE
        for at in range(_BLOCKS):
            for lane in range(_LANES):
                for k in range(6):
                    block[at, k, lane] = 0
                block[at, _LATEST, lane] = _NEVER
        deepest = _NEVER
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                block[at, _LIGHT, lane] = light[top + y, left + x]
                block[at, _OWED, lane] = owed[top + y, left + x]
                block[at, _LATEST, lane] = latest[top + y, left + x]
                deepest = min(deepest, latest[top + y, left + x])
                for k in range(3):
                    block[at, _RED + k, lane] = pull[top + y, left + x, k]
        for place in range(stops[t] - 1, starts[t] - 1, -1):
            row = np.float32(listed[place])
            slot = slots[place]
            if row < deepest:
                for k in range(SLOT):
                    slot[k] = 0
                continue
            mark = marks[listed[place]]
            middle_x, middle_y = mark.x - np.float32(left), mark.y - np.float32(top)
            narrow, flat, faint = mark.narrow * fourth, mark.flat * fourth, mark.faint * fourth * fourth
            slant = -mark.slant * narrow
            red, green, blue = mark.red, mark.green, mark.blue
            x_first = int(max(middle_x - mark.half_width, _NONE)) // _SIDE
            x_last = int(min(middle_x + mark.half_width, np.float32(TILE - 1))) // _SIDE
            y_first = int(max(middle_y - mark.half_height, _NONE)) // _SIDE
            y_last = int(min(middle_y + mark.half_height, np.float32(TILE - 1))) // _SIDE
            s, s_u, s_v, s_uu, s_uv, s_vv = _NONE, _NONE, _NONE, _NONE, _NONE, _NONE
            to_red, to_green, to_blue = _NONE, _NONE, _NONE
            for y in range(y_first, y_last + 1):
                v_first = np.float32(y * _SIDE) - middle_y
                for x in range(x_first, x_last + 1):
                    u_first = slant * v_first + narrow * (np.float32(x * _SIDE) - middle_x)
                    here = np.uint64(y * _ACROSS + x)
                    for lane in range(np.uint64(_LANES)):
                        u = _LANE_X[lane] * narrow + (_LANE_Y[lane] * slant + u_first)
                        v = (_LANE_Y[lane] + v_first) * flat
                        power = u * u + (v * v + faint)
                        cover = sixth - power * (twentyfourth - power * fifth)
                        cover = one - power * (one - power * (half - power * cover))
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        cover *= cover
                        taken = (power <= faintest) & (row >= block[here, _LATEST, lane])
                        held = cover < _MOST_ALPHA
                        alpha = (cover if held else _MOST_ALPHA) if taken else _NONE
                        through = one / (one - alpha)
                        before = block[here, _LIGHT, lane] * through
                        weight = alpha * before
                        d_red, d_green, d_blue = (
                            block[here, _RED, lane],
                            block[here, _GREEN, lane],
                            block[here, _BLUE, lane],
                        )
                        worth = red * d_red + (green * d_green + blue * d_blue)
                        behind = block[here, _OWED, lane]
                        change = cover * (before * worth - behind * through)
                        change = change if taken & held else _NONE
                        block[here, _OWED, lane] = behind + weight * worth
                        block[here, _LIGHT, lane] = before
                        to_red += weight * d_red
                        to_green += weight * d_green
                        to_blue += weight * d_blue
                        s += change
                        s_u += change * u
                        s_v += change * v
                        s_uu += change * u * u
                        s_uv += change * u * v
                        s_vv += change * v * v
            slot[0], slot[1], slot[2], slot[3], slot[4], slot[5] = s, s_u, s_v, s_uu, s_uv, s_vv
            slot[6], slot[7], slot[8] = to_red, to_green, to_blue
        for y in range(min(TILE, height - top)):
            for x in range(min(TILE, width - left)):
                at, lane = y // _SIDE * _ACROSS + x // _SIDE, y % _SIDE * _SIDE + x % _SIDE
                light[top + y, left + x] = block[at, _LIGHT, lane]
                owed[top + y, left + x] = block[at, _OWED, lane]
