"""Pixels carried to where another eye sees them, row by row: the compiled part of `new_eyes`.

A row of an eye's picture is a chain of pixels. Neighbours are joined where they are one surface; a joined pair covers
all that lies between the places of its two, so that nothing tears, and where the chain is cut it opens, so that
nothing is stretched from near to far. What is nearest is seen.
"""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled

Row = NDArray[np.float32]
Rows = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Columns = NDArray[np.int32]

CUT_STEP_PX = np.float32(1)
"""A step of disparity from pixel to pixel that no surface has which both eyes see: beyond it the order of two points
is another in the other eye. P. Burt and B. Julesz, "A disparity gradient limit for binocular fusion", 1980."""
_GOES_ON_PX = 1.0
_GOES_ON_STEP = 0.1
"""Two ends of a gap belong to one surface where they differ by no more than this, and this a pixel of the gap."""
_OPENS_PX = np.float32(1.5)
"""Ends of a cut that lie further apart than this in the new eye have a hole between them."""
_SOFTEST_PX = 12
"""Rows up and down over which a filled hole is smoothed at most: rows filled one by one would show as streaks."""
_NOWHERE = -np.float32(np.inf)
_NEVER = np.int32(2**30)
"""A column that no picture has."""
_ZERO, _HALF, _ONE, _THREE, _FIVE = np.float32(0), np.float32(0.5), np.float32(1), np.float32(3), np.float32(5)
_WHITE = np.float32(255)
"""Numbers of single width: a plain one beside them would make every sum a double."""


@compiled(inline=True)
def _bridge(row: Row, blank: np.float32) -> None:
    """Give each unknown pixel a disparity: between two ends of one surface along it, else the farther end's."""
    width = len(row)
    x = 0
    while x < width:
        if not np.isnan(row[x]):
            x += 1
            continue
        end = x
        while end < width and np.isnan(row[end]):
            end += 1
        if x == 0 and end == width:
            row[:] = blank
            return
        before = row[x - 1] if x > 0 else row[end]
        after = row[end] if end < width else before
        gap = end - x + 1
        if abs(after - before) <= _GOES_ON_PX + _GOES_ON_STEP * gap:
            for i in range(x, end):
                row[i] = before + (after - before) * np.float32(i - x + 1) / np.float32(gap)
        else:
            row[x:end] = before if before < after else after
        x = end


@compiled(inline=True)
def _unsmear(row: Row, picture: Pixels) -> None:
    """Where a near and a far surface are blended into a ramp, give each pixel to the end whose colour it has."""
    width = len(row)
    x = 0
    while x < width - 2:
        step = row[x + 1] - row[x]
        if abs(step) <= CUT_STEP_PX:
            x += 1
            continue
        end = x + 1
        while end < width - 1 and (row[end + 1] - row[end]) * np.sign(step) > CUT_STEP_PX:
            end += 1
        first, last = row[x], row[end]
        for i in range(x + 1, end):
            to_first = to_last = 0.0
            for c in range(3):
                to_first += abs(float(picture[i, c]) - float(picture[x, c]))
                to_last += abs(float(picture[i, c]) - float(picture[end, c]))
            row[i] = first if to_first < to_last else last
        x = end


@compiled()
def completed(disparity_px: Rows, picture: Pixels, blank_px: np.float32) -> Rows:
    """(H, W): a disparity for every pixel of an eye, edges without ramps; `blank_px` in rows where none is known."""
    found = disparity_px.copy()
    for y in range(len(found)):
        _bridge(found[y], blank_px)
        _unsmear(found[y], picture[y])
    return found


@compiled(inline=True)
def _chain(
    row: Row, carry: np.float32, shift_px: np.float32, joined: Flags, smooth: Row, place: Row, begin: Columns
) -> None:
    """Where each pixel of disparity d lands, `place` = x + carry * d + shift_px, the first whole column there or right
    of it, whether the next pixel is `joined` to it, and `smooth` = 1 where the one before and the one after that are as
    well, else 0."""
    width = len(row)
    for x in range(width):
        place[x] = np.float32(x) + carry * row[x] + shift_px
        begin[x] = np.int32(np.ceil(place[x]))
    for x in range(width - 1):
        joined[x] = abs(row[x + 1] - row[x]) <= CUT_STEP_PX
    joined[width - 1] = False
    smooth[:] = _ZERO
    for x in range(1, width - 2):
        smooth[x] = np.float32(joined[x - 1] & joined[x] & joined[x + 1])


@compiled(inline=True)
def _find_fringe(row: Row, carry: np.float32, joined: Flags, fringe: Flags) -> None:
    """Mark the far side's last pixel at each cut that opens: it has something of the near one's colour, which would
    stand in the open as a seam."""
    fringe[:] = False
    for x in range(len(row) - 1):
        if joined[x]:
            continue
        step = row[x + 1] - row[x]
        if _ONE + carry * step > _OPENS_PX:
            fringe[x if step > 0 else x + 1] = True


@compiled(inline=True)
def _land(
    row: Row,
    carry: np.float32,
    joined: Flags,
    place: Row,
    begin: Columns,
    fringe: Flags,
    next_asked: Columns,
    seen: Row,
    at: Columns,
    along: Row,
) -> None:
    """For each pixel of the new eye's row: the disparity `seen` there, -inf none, and `at` which pixel of `row`, and
    how much of the way to the next one `along`.

    Pixels of `fringe` do not land. `next_asked`: for each column, and the one after the last, the first from it on that
    is asked about; of others nothing has to be found.
    """
    width = len(row)
    seen[:] = _NOWHERE
    follows = False
    for x in range(width):
        joins = joined[x]
        last = max(begin[x], begin[x + 1]) if joins else begin[x]
        if fringe[x] or next_asked[min(max(begin[x] - 1, 0), width)] > last:
            follows = joins
            continue
        near = row[x]
        whole = joins and not fringe[x + 1]
        if whole:
            step = row[x + 1] - near
            length = _ONE + carry * step
            if length > _ZERO:  # else it is seen from behind
                end = begin[x + 1] if place[x + 1] == np.float32(begin[x + 1]) else begin[x + 1] - 1
                for j in range(max(0, begin[x]), min(width - 1, end) + 1):
                    share = (np.float32(j) - place[x]) / length
                    if near + share * step > seen[j]:
                        seen[j], at[j], along[j] = near + share * step, x, share
        if not (whole and follows):
            # A pixel is half a pixel wide to either side: where the chain is cut, that is all there is of it.
            low = place[x] if follows else place[x] - _HALF
            high = place[x] if joins else place[x] + _HALF
            for j in range(max(0, math.ceil(low)), min(width - 1, math.floor(high)) + 1):
                if near > seen[j]:
                    seen[j], at[j], along[j] = near, x, _ZERO
        follows = joins


@compiled(quick_floats=True)
def seen_by_other(disparity_px: Rows, blank_px: np.float32) -> Rows:
    """(H, W): the right eye's disparity from the left's, which is known everywhere. What the left eye does not see is
    taken to be as far away as what is behind it."""
    height, width = disparity_px.shape
    found = np.empty((height, width), np.float32)
    place, smooth, along = np.empty(width, np.float32), np.empty(width, np.float32), np.empty(width, np.float32)
    begin, at = np.empty(width, np.int32), np.empty(width, np.int32)
    joined, no_fringe = np.empty(width, np.bool_), np.zeros(width, np.bool_)
    all_asked = np.arange(width + 1).astype(np.int32)
    carry = -_ONE
    for y in range(height):
        _chain(disparity_px[y], carry, _ZERO, joined, smooth, place, begin)
        _land(disparity_px[y], carry, joined, place, begin, no_fringe, all_asked, found[y], at, along)
        for x in range(width):
            if found[y, x] == _NOWHERE:
                found[y, x] = np.nan
        _bridge(found[y], blank_px)
    return found


@compiled(inline=True)
def _weigh(smooth: Row, at: Columns, along: Row, weights: Rows, j: int) -> None:
    """What the four pixels around a place count: by a cubic (Catmull-Rom) on one surface, by a line beside its end."""
    f = along[j]
    g, cubic = _ONE - f, smooth[at[j]]
    weights[0, j] = -cubic * _HALF * f * g * g
    weights[1, j] = g + cubic * (_ONE - f * f * (_FIVE - _THREE * f) * _HALF - g)
    weights[2, j] = f + cubic * (_ONE - g * g * (_FIVE - _THREE * g) * _HALF - f)
    weights[3, j] = -cubic * _HALF * f * f * g


@compiled(inline=True)
def _mix(colours: Row, at: Columns, weights: Rows, j: int, found: Pixels) -> None:
    """Paint a pixel; `colours` are a row's, beginning with a pixel before the first."""
    first = np.uint64(3 * at[j])  # never below zero: nothing has to be looked at from the end
    for c in range(3):
        value = (
            weights[0, j] * colours[first + np.uint64(c)]
            + weights[1, j] * colours[first + np.uint64(c + 3)]
            + weights[2, j] * colours[first + np.uint64(c + 6)]
            + weights[3, j] * colours[first + np.uint64(c + 9)]
            + _HALF
        )
        found[j, c] = np.uint8(min(max(value, _ZERO), _WHITE))


@compiled(inline=True)
def _spread(picture: Pixels, colours: Row) -> None:
    """A row's colours as numbers, with room for a pixel before and two after it."""
    flat = picture.reshape(3 * len(picture))
    for i in range(len(flat)):
        colours[i + 3] = np.float32(flat[i])


@compiled(quick_floats=True)
def new_eye(
    picture: Pixels,
    disparity_px: Rows,
    carry: np.float32,
    other: Pixels,
    other_px: Rows,
    other_carry: np.float32,
    shift_px: np.float32,
    found: Pixels,
    seen_px: Rows,
) -> None:
    """Fill `found` with what the new eye sees, and `seen_px` with its disparity, NaN where nobody has seen anything.

    `picture` comes first; what is hidden there is taken from `other`, which may have no rows. Disparities of both are
    those between the two taken eyes; a pixel lands at x + carry * disparity + shift_px.
    """
    height, width = disparity_px.shape
    place, smooth = np.empty(width, np.float32), np.empty(width, np.float32)
    fringe, joined = np.empty(width, np.bool_), np.empty(width, np.bool_)
    begin, all_asked = np.empty(width, np.int32), np.arange(width + 1).astype(np.int32)
    next_hole = np.full(width + 1, _NEVER, np.int32)
    seen, other_seen = np.empty(width, np.float32), np.empty(width, np.float32)
    at, along = np.zeros(width, np.int32), np.zeros(width, np.float32)
    colours, weights = np.zeros(3 * (width + 3), np.float32), np.empty((4, width), np.float32)
    for y in range(height):
        row, shown = disparity_px[y], found[y]
        _chain(row, carry, shift_px, joined, smooth, place, begin)
        _find_fringe(row, carry, joined, fringe)
        _land(row, carry, joined, place, begin, fringe, all_asked, seen, at, along)
        _spread(picture[y], colours)
        for j in range(width):  # one loop for each step: the compiler makes them of wide instructions
            _weigh(smooth, at, along, weights, j)
        for j in range(width):
            if seen[j] > _NOWHERE:
                _mix(colours, at, weights, j, shown)
        for j in range(width):
            seen_px[y, j] = seen[j] if seen[j] > _NOWHERE else np.nan
        for j in range(width - 1, -1, -1):
            next_hole[j] = next_hole[j + 1] if seen[j] > _NOWHERE else j
        if next_hole[0] == _NEVER or len(other) == 0:
            continue
        row = other_px[y]
        _chain(row, other_carry, shift_px, joined, smooth, place, begin)
        _find_fringe(row, other_carry, joined, fringe)
        _land(row, other_carry, joined, place, begin, fringe, next_hole, other_seen, at, along)
        _spread(other[y], colours)
        j = next_hole[0]
        while j < width:
            if other_seen[j] > _NOWHERE:
                seen_px[y, j] = other_seen[j]
                _weigh(smooth, at, along, weights, j)
                _mix(colours, at, weights, j, shown)
            j = next_hole[j + 1]


@compiled()
def fill_holes(found: Pixels, seen_px: Rows) -> None:
    """Give what nobody has seen the look of what is behind it, smoother the further away that is; `seen_px` becomes
    whole as well. Rows in which nothing was seen stay as they are."""
    height, width = seen_px.shape
    away = np.zeros((height, width), np.int32)
    for y in range(height):
        x = 0
        while x < width:
            if not np.isnan(seen_px[y, x]):
                x += 1
                continue
            end = x
            while end < width and np.isnan(seen_px[y, end]):
                end += 1
            if x == 0 and end == width:
                break
            from_left = end == width or (x > 0 and seen_px[y, x - 1] <= seen_px[y, end])
            source = x - 1 if from_left else end
            for i in range(x, end):
                away[y, i] = abs(i - source)
                seen_px[y, i] = seen_px[y, source]
                for c in range(3):
                    found[y, i, c] = found[y, source, c]
            x = end
    sharp = found.copy()
    for y in range(height):
        for x in range(width):
            if away[y, x] == 0:
                continue
            reach = min(away[y, x], _SOFTEST_PX)
            red = green = blue = count = 0
            for v in range(max(0, y - reach), min(height, y + reach + 1)):
                if abs(seen_px[v, x] - seen_px[y, x]) <= CUT_STEP_PX * (1 + abs(v - y)):
                    red += int(sharp[v, x, 0])
                    green += int(sharp[v, x, 1])
                    blue += int(sharp[v, x, 2])
                    count += 1
            found[y, x, 0] = (red + count // 2) // count
            found[y, x, 1] = (green + count // 2) // count
            found[y, x, 2] = (blue + count // 2) // count
