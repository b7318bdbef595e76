"""From what single views say to one range for every direction, without seams.

notes/panorama.md 2.4: where the views overlap they are averaged, and so are their slopes; then the surface with those
slopes is found in closed form.
"""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.merging.poisson import solve_screened
from depthview.engine.sphere import row_latitudes

SCREEN_DEG = 60.0
"""Over how wide an angle the average of the views holds the surface. Within it their slopes decide."""

_THREADS = 2
_BAND_PX = 1 << 16
"""Rows are done together that make up so many pixels: what is made of them on the way stays in a core's own memory."""
_COARSE = 8

Grid = NDArray[np.float32]


def merged_log_range(
    depths: Sequence[ViewDepth], size_hw: tuple[int, int], weights: Sequence[float] | None = None
) -> tuple[Values, NDArray[np.bool_]]:
    """(H, W) float32, the natural logarithm of the range in every direction, and where any view knows it.

    `weights` says how much each view counts (None: alike). Where no view knows, the surface is filled in smoothly.
    """
    level, across, down = averaged(depths, size_hw, weights)
    known = np.isfinite(level)
    level[~known] = np.mean(level, where=known) if known.any() else 0.0
    return solve_screened(level, across, down, screening_of(SCREEN_DEG, size_hw)), known


def screening_of(degrees: float, size_hw: tuple[int, int]) -> float:
    """What `solve_screened` has to be told so that levels hold over this angle."""
    return (360 / size_hw[1] / degrees) ** 2


def averaged(
    depths: Sequence[ViewDepth], size_hw: tuple[int, int], weights: Sequence[float] | None = None
) -> tuple[Grid, Grid, Grid]:
    """The weighted mean, over the views, of the logarithm of the range (H, W), and of its differences to the next
    column (H, W; of the last to the first) and to the next row (H - 1, W). NaN where no view knows."""
    height, width = size_hw
    counts = np.ones(len(depths)) if weights is None else weights
    sums = np.zeros((6, height, width), np.float32)
    rows = max(8, _BAND_PX // width)
    bands = [slice(top, min(top + rows, height)) for top in range(0, height, rows)]

    def add(band: slice) -> None:
        for depth, count in zip(depths, counts, strict=True):
            _add_view(sums, band, depth, float(count))

    with ThreadPoolExecutor(_THREADS) as pool:
        for _done in pool.map(add, bands):
            pass
    with np.errstate(divide="ignore", invalid="ignore"):
        level, across, down = (np.divide(sums[part], sums[part + 1], out=sums[part]) for part in (0, 2, 4))
    return level, across, down[:-1]


def _add_view(sums: NDArray[np.float32], band: slice, depth: ViewDepth, count: float) -> None:
    """Add what a view says of a band of rows, and of the row below it, without which the last has no slope."""
    _parts, height, width = sums.shape
    below = min(band.stop + 1, height)
    latitude = row_latitudes(height)[band.start : below, None]
    seen = _columns(depth, latitude, width)
    if seen is None:
        return
    first, number = seen
    yaw = math.radians(depth.view.yaw_deg)
    longitude = ((first + np.arange(number) + 0.5) / width - 0.5) * (2 * math.pi) - yaw
    log_range, weight = _said(depth, latitude, longitude, count)
    whole = band.stop - band.start
    _add(sums[0:2, band], first, log_range[:whole], weight[:whole])
    between = np.minimum(weight[:whole, 1:], weight[:whole, :-1])
    _add(sums[2:4, band], first, log_range[:whole, 1:] - log_range[:whole, :-1], between)
    between = np.minimum(weight[1:], weight[:-1])
    _add(sums[4:6, band.start : below - 1], first, log_range[1:] - log_range[:-1], between)


def _add(sums: NDArray[np.float32], first: int, values: Grid, weight: Grid) -> None:
    """Columns go on past the wrap; of a view that sees all of them the last is the first again, and no further one."""
    width = sums.shape[2]
    number = min(values.shape[1], width)
    values, weight = values[:, :number] * weight[:, :number], weight[:, :number]
    start = first % width
    part = min(number, width - start)
    for into, source in ((slice(start, start + part), slice(part)), (slice(number - part), slice(part, number))):
        sums[0, :, into] += values[:, source]
        sums[1, :, into] += weight[:, source]


def _columns(depth: ViewDepth, latitude: NDArray[np.float64], width: int) -> tuple[int, int] | None:
    """The first of the columns in which a view may see something of these rows, and their number; None for none.

    They lie evenly around the view's own direction; where they are all, the first comes once more at the end.
    """
    away = np.linspace(0, math.pi, width // (2 * _COARSE) + 1)
    right, down, along = _own(depth, latitude, away)
    reach = depth.view.reach * along
    inside = ((np.maximum(np.abs(right), np.abs(down)) < reach) & (along > 0)).any(axis=0)
    if not inside.any():
        return None
    farthest = (int(np.flatnonzero(inside)[-1]) + 1) * _COARSE + _COARSE
    middle = (depth.view.yaw_deg / 360 + 0.5) * width - 0.5
    if 2 * farthest + 2 >= width:
        return math.floor(middle - width / 2), width + 1
    first = math.floor(middle) - farthest
    return first, math.ceil(middle) + farthest - first + 1


def _own(depth: ViewDepth, latitude: NDArray[np.float64], away: NDArray[np.float64]) -> tuple[Grid, Grid, Grid]:
    """Directions in the view's own axes (rows, columns): right, down, along; `away` is the longitude from its own."""
    pitch = math.radians(depth.view.pitch_deg)
    high, flat = np.sin(latitude).astype(np.float32), np.cos(latitude).astype(np.float32)
    ahead, aside = np.cos(away).astype(np.float32), np.sin(away).astype(np.float32)
    sine, cosine = np.float32(math.sin(pitch)), np.float32(math.cos(pitch))
    return flat * aside, (sine * flat) * ahead - cosine * high, (cosine * flat) * ahead + sine * high


def _said(
    depth: ViewDepth, latitude: NDArray[np.float64], away: NDArray[np.float64], count: float
) -> tuple[Grid, Grid]:
    """The logarithm of the range, 0 where it is unknown, and how much it counts, 0 there."""
    right, down, along = _own(depth, latitude, away)
    half = np.float32(depth.inverse_z.shape[0] / 2)
    scale = np.maximum(along, np.float32(1e-6))
    np.divide(np.float32(1 / depth.view.reach), scale, out=scale)
    right *= scale
    down *= scale
    weight = np.maximum(np.abs(right), np.abs(down))
    np.subtract(np.float32(1), weight, out=weight)
    for place in (right, down):
        place *= half
        place += half - np.float32(0.5)
    value = cv2.remap(depth.inverse_z, right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(0,))
    value = np.multiply(value, along, dtype=np.float32)
    # False for what is unknown (NaN), too.
    known = (value > 0) & (weight > 0)
    weight *= np.float32(count)
    unknown = np.logical_not(known, out=known)
    np.copyto(weight, 0, where=unknown)
    np.copyto(value, 1, where=unknown)
    np.log(value, out=value)
    return np.negative(value, out=value), weight
