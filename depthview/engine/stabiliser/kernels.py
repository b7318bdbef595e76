"""The loops over every pixel, compiled: fetch what is remembered, compare the pictures, weigh what is new, and join it.

Arrays are (H, W) of the picture, or (h, w) of its cells, `CELL_PX` square. Bytes are made int64 before they are counted
with: `int` leaves them unsigned here, and a difference below zero is then huge.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled

CELL_PX = 16

PIXEL = np.dtype([("mean", np.float32), ("look", np.uint16), ("seen", np.uint8), ("odd", np.int8)])
"""What is remembered of a pixel: `mean` of its values, NaN unknown; `look`, its grey in 1/256; `seen`, how many frames
are in the mean, 0 for nothing; `odd`, how many in a row did not fit it, with the side that they lay on as its sign."""

_ENOUGH = 5
"""Frames that must agree before their mean stands in for an unknown value: of what matching finds once in a while, a
third is wrong on the bundled clip."""
_PATIENCE = 4
"""Frames in a row that must contradict a mean from one side, in a picture that did not change, before it gives way.
One or two are what matching does by mistake; with more a surface without any paint on it would be seen late."""
_LONGEST_PATIENCE = 24
"""With that it gives way in any case: a cell may hold the border of what came nearer. Films have keyframes every 12
frames, and what matching does there by mistake lasts until the next one."""
_AGREEING_SHARE = 0.25
"""Of a cell's pixels, more than so many contradict from the same side where a mean gives way at once: at a keyframe of
a compressed film single pixels do, for good, and nothing has come nearer. These are joined slowly."""
_OUTLYING = 4.0
"""Times the noise of its cell: what lies farther from the mean is not noise."""
_ASIDE = np.float32(1 / 3)
"""Of the limit, which is 6 times the noise: what lies farther from the mean counts for its side."""
_LOOK_FRAMES = 16
"""A picture's mean is of no more frames: light changes, and what stands still is to be known again."""
_GOING_FRAMES, _GOING = 16, np.float32(0.1)
"""Of so many frames is the mean where depth is moved by more than this share of the noise: more would hold it back."""
_EVERY = 2
"""Noise is measured on every second row and column."""

Memory = NDArray[np.void]
Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Lines = NDArray[np.int32]


@compiled()
def fetch(
    shift_y: NDArray[np.int8], shift_x: NDArray[np.int8], rows: Lines, columns: Lines,
    packed: NDArray[np.uint64], fetched: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Each pixel's memory from where the pixel was; from outside the picture comes nothing.

    `packed` is the memory, eight bytes a pixel. The shifts lie on a coarser grid; `rows` and `columns` say in which of
    its lines each line of the picture lies.
    """
    height, width = packed.shape
    for y in range(height):
        row = rows[y]
        for x in range(width):
            column = columns[x]
            j, i = y + shift_y[row, column], x + shift_x[row, column]
            inside = 0 <= j < height and 0 <= i < width
            fetched[y, x] = packed[j, i] if inside else np.uint64(0)


@compiled()
def compare(grey: Bytes, memory: Any, moves: bool, changed: Any) -> None:
    """How many grey levels the picture lies off the remembered one; 255 where nothing is remembered.

    Where it `moves`, memory is fetched by whole pixels: what half a pixel amounts to is forgiven.
    """
    height, width = grey.shape
    for y in range(height):
        above, below = max(0, y - 1), min(height - 1, y + 1)
        for x in range(width):
            pixel = memory[y, x]
            off = (abs((np.int64(grey[y, x]) << 8) - np.int64(pixel.look)) + 128) >> 8
            if moves:
                before, after = max(0, x - 1), min(width - 1, x + 1)
                across = abs(np.int64(grey[y, after]) - np.int64(grey[y, before]))
                down = abs(np.int64(grey[below, x]) - np.int64(grey[above, x]))
                off -= (across + down) >> 2
            changed[y, x] = 255 if pixel.seen == 0 else min(255, max(0, off))


@compiled()
def measure(
    values: Floats, inverted: bool, memory: Any, changed: Bytes, allowed: Bytes, limit: Floats,
    news: Floats, squares: Floats, count: Floats, unrest: Floats, sides: Floats,
) -> None:  # fmt: skip
    """Sums over cells, added to the last five: of what is new minus the mean, of its square, and how many there are.

    Only where the picture has not changed more than is `allowed` in the cell; no difference counts for more than the
    cell's `limit`. `unrest` sums the change itself, no more of it than is allowed; `sides` the sides (1, -1) on which
    lies what does not fit.
    """
    height, width = values.shape
    for y in range(0, height, _EVERY):
        j = y // CELL_PX
        for x in range(0, width, _EVERY):
            i = x // CELL_PX
            unrest[j, i] += min(changed[y, x], allowed[j, i])
            if changed[y, x] > allowed[j, i]:
                continue
            new = np.float32(1) / values[y, x] if inverted else values[y, x]
            by = new - memory[y, x].mean
            if by == by:
                if abs(by) > _ASIDE * limit[j, i]:
                    sides[j, i] += np.float32(1) if by > 0 else np.float32(-1)
                by = min(limit[j, i], max(-limit[j, i], by))
                news[j, i] += by
                squares[j, i] += by * by
                count[j, i] += 1


@compiled()
def join(
    values: Floats, inverted: bool, grey: Bytes, changed: Bytes, around: Bytes, allowed: Bytes, noise: Floats,
    drift: Floats, agreed: Floats, full: Bytes, rows: Lines, columns: Lines, coded: bool,
    memory: Any, joined: Floats,
) -> None:  # fmt: skip
    """Bring the memory up to this frame, in place, and write what is to be shown to `joined`.

    `inverted`: means are of 1 / value. `noise` is each cell's standard deviation, `drift` (H, W) is added to all means
    first, or has one element for none; `agreed` says how much of a cell contradicts its means, see `Moved`. `around` is
    the change of a wider neighbourhood: what moves before something of its own colour shows there, and an odd value is
    believed at once. `full` says, on the grid of `rows` and `columns`, how many frames a mean is of. Where the picture
    was `coded` anew its new look is the one to compare with: it stays until the next keyframe.
    """
    height, width = values.shape
    drifts = drift.size > 1
    for y in range(height):
        j, row = y // CELL_PX, rows[y]
        for x in range(width):
            i = x // CELL_PX
            new = values[y, x]
            known = np.isfinite(new) and (not inverted or new > 0)
            new = np.float32(1) / new if inverted else new
            level = np.int64(grey[y, x]) << 8
            pixel = memory[y, x]
            n: Any = np.int64(pixel.seen)
            old = pixel.mean
            if drifts:
                old += drift[y, x]
                if abs(drift[y, x]) > _GOING * noise[j, i]:
                    n = min(n, _GOING_FRAMES)
            anew = n == 0 or changed[y, x] > allowed[j, i]
            if anew or (not known and (old != old or n <= _ENOUGH)):
                pixel.mean = new if known else np.float32(np.nan)
                pixel.look = np.uint16(level)
                pixel.seen = np.uint8(1)
                pixel.odd = np.int8(0)
                joined[y, x] = values[y, x]
                continue
            by = new - old
            if not known:
                n -= 1
            elif abs(by) <= _OUTLYING * noise[j, i]:
                n = min(n + 1, np.int64(full[row, columns[x]]))
                old += by / np.float32(n)
                pixel.odd = np.int8(0)
            else:
                side = 1 if by > 0 else -1
                odd: Any = np.int64(pixel.odd)
                odd = odd + side if odd * side > 0 else side
                stays = abs(odd) >= _PATIENCE
                beside = 3 * around[y, x] > 2 * allowed[j, i]
                stays = stays and (agreed[j, i] * side > _AGREEING_SHARE or abs(odd) >= _LONGEST_PATIENCE)
                if n <= 2 or old != old or beside or stays:
                    old, n, odd = new, 1, 0
                elif abs(odd) > _PATIENCE:
                    n = min(n + 1, np.int64(full[row, columns[x]]))
                    old += by / np.float32(n)
                pixel.odd = np.int8(odd)
            pixel.mean = old
            pixel.seen = np.uint8(n)
            # Two frames at least: a look that followed at once would drift off with a slow camera, unseen.
            look: Any = np.int64(pixel.look)
            pixel.look = np.uint16(level if coded else look + (level - look) // min(max(2, n), _LOOK_FRAMES))
            joined[y, x] = np.float32(1) / old if inverted else old
