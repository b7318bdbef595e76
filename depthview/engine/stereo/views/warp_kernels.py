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
def _find_fringe(row: Row, carry: np.float32, fringe: NDArray[np.bool_]) -> None:
    """Mark the far side's last pixel at each cut that opens: it has something of the near one's colour, which would
    stand in the open as a seam."""
    fringe[:] = False
    for x in range(len(row) - 1):
        step = row[x + 1] - row[x]
        if abs(step) > CUT_STEP_PX and _ONE + carry * step > _OPENS_PX:
            fringe[x if step > 0 else x + 1] = True


@compiled(inline=True)
def _land(row: Row, carry: np.float32, shift_px: np.float32, fringe: NDArray[np.bool_], seen: Row, at: Row) -> None:
    """For each pixel of the new eye's row: the disparity `seen` there, -inf none, and `at` which place of `row`.

    A pixel at x of disparity d lands at x + carry * d + shift_px. Those of `fringe` do not.
    """
    width = len(row)
    seen[:] = _NOWHERE
    for x in range(width):
        if fringe[x]:
            continue
        near = row[x]
        place = np.float32(x) + carry * near + shift_px
        joined = x + 1 < width and abs(row[x + 1] - near) <= CUT_STEP_PX
        if joined and not fringe[x + 1]:
            step = row[x + 1] - near
            length = _ONE + carry * step
            if length > _ZERO:  # else it is seen from behind
                for j in range(max(0, math.ceil(place)), min(width - 1, math.floor(place + length)) + 1):
                    along = (np.float32(j) - place) / length
                    if near + along * step > seen[j]:
                        seen[j], at[j] = near + along * step, np.float32(x) + along
        follows = x > 0 and abs(near - row[x - 1]) <= CUT_STEP_PX
        if joined and follows and not fringe[x + 1]:
            continue
        # A pixel is half a pixel wide to either side: where the chain is cut, that is all there is of it.
        low = place if follows else place - _HALF
        high = place if joined else place + _HALF
        for j in range(max(0, math.ceil(low)), min(width - 1, math.floor(high)) + 1):
            if near > seen[j]:
                seen[j], at[j] = near, np.float32(x)


@compiled(quick_floats=True)
def seen_by_other(disparity_px: Rows, blank_px: np.float32) -> Rows:
    """(H, W): the right eye's disparity from the left's, which is known everywhere. What the left eye does not see is
    taken to be as far away as what is behind it."""
    height, width = disparity_px.shape
    found = np.empty((height, width), np.float32)
    at = np.empty(width, np.float32)
    no_fringe = np.zeros(width, np.bool_)
    for y in range(height):
        _land(disparity_px[y], np.float32(-1), np.float32(0), no_fringe, found[y], at)
        for x in range(width):
            if found[y, x] == _NOWHERE:
                found[y, x] = np.nan
        _bridge(found[y], blank_px)
    return found


@compiled(inline=True)
def _paint(picture: Pixels, row: Row, y: int, at: np.float32, found: Pixels, j: int) -> None:
    """The colour at a place between pixels: by a cubic (Catmull-Rom) on one surface, by a line beside its end."""
    width = len(row)
    x = min(int(at), width - 1)
    f = at - np.float32(x)
    if f == _ZERO or x + 1 >= width or abs(row[x + 1] - row[x]) > CUT_STEP_PX:
        x = x if f <= _HALF or x + 1 >= width else x + 1
        for c in range(3):
            found[y, j, c] = picture[y, x, c]
        return
    before, after = x, x + 1
    one, two, three, four = _ZERO, _ONE - f, f, _ZERO
    if (
        x > 0
        and x + 2 < width
        and abs(row[x] - row[x - 1]) <= CUT_STEP_PX
        and abs(row[x + 2] - row[x + 1]) <= CUT_STEP_PX
    ):
        before, after = x - 1, x + 2
        g = _ONE - f
        one, four = -_HALF * f * g * g, -_HALF * f * f * g
        two = _ONE - f * f * (_FIVE - _THREE * f) * _HALF
        three = _ONE - g * g * (_FIVE - _THREE * g) * _HALF
    for c in range(3):
        value = (
            one * np.float32(picture[y, before, c])
            + two * np.float32(picture[y, x, c])
            + three * np.float32(picture[y, x + 1, c])
            + four * np.float32(picture[y, after, c])
            + _HALF
        )
        found[y, j, c] = np.uint8(min(max(value, _ZERO), _WHITE))


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
    fringe = np.empty(width, np.bool_)
    seen, at = np.empty(width, np.float32), np.empty(width, np.float32)
    other_seen, other_at = np.empty(width, np.float32), np.empty(width, np.float32)
    for y in range(height):
        row = disparity_px[y]
        _find_fringe(row, carry, fringe)
        _land(row, carry, shift_px, fringe, seen, at)
        asked = False
        for j in range(width):
            seen_px[y, j] = seen[j]
            if seen[j] > _NOWHERE:
                _paint(picture, row, y, at[j], found, j)
            else:
                seen_px[y, j] = np.nan
                asked = True
        if not asked or len(other) == 0:
            continue
        row = other_px[y]
        _find_fringe(row, other_carry, fringe)
        _land(row, other_carry, shift_px, fringe, other_seen, other_at)
        for j in range(width):
            if not seen[j] > _NOWHERE and other_seen[j] > _NOWHERE:
                seen_px[y, j] = other_seen[j]
                _paint(other, row, y, other_at[j], found, j)


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
