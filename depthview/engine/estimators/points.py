"""The camera behind a map of points: how far back they have to be moved, and through which lens they are seen.

A network may give (x, y, z) up to one factor and with an unknown shift along z. Moved right, every point lies on the
ray of its own pixel: focal * (x, y) / (z + shift) = (u, v). The shift is searched, the focal length of each shift is
known in closed form: least squares on a coarse grid of pixels, as MoGe's authors do it (Wang et al., CVPR 2025).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values

Points = NDArray[np.float32]
"""(H, W, 3) float32: x right, y down, z forward."""

_SIDE = 48
"""Rows and columns that are looked at."""
_FEWEST = 16
_NEAREST, _FARTHEST = 1e-3, 1e3
_FARTHEST_SHARE = 10.0
"""How far before the nearest point the camera may stand, in spans of depth; of a wall, which has none, in its z."""
_TRIED = 61
_REFINEMENTS = 40
_GOLDEN = (math.sqrt(5) - 1) / 2
_TIE = 1e-9
"""What a shift costs by itself: of a wall that is seen straight on, which fits at any distance, the least is taken."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`shift` is to be added to z; `fov_deg` is the horizontal field of view."""

    shift: float
    fov_deg: float


def solve_camera(points: Points, known: NDArray[np.bool_] | None = None, fov_deg: float | None = None) -> Seen | None:
    """Shift and lens of a map of points whose picture's middle lies on the axis. None where too little is `known`.

    With `fov_deg` the lens is given and the shift alone is searched.
    """
    height, width = points.shape[:2]
    rows = np.linspace(0, height - 1, min(height, _SIDE)).round().astype(int)
    columns = np.linspace(0, width - 1, min(width, _SIDE)).round().astype(int)
    grid = np.ix_(rows, columns)
    sample = points[grid].astype(np.float64)
    # In half widths from the middle.
    u, v = np.meshgrid((2 * columns + 1 - width) / width, (2 * rows + 1 - height) / width)
    usable = np.isfinite(sample).all(axis=2)
    if known is not None:
        usable &= known[grid]
    if usable.sum() < _FEWEST:
        return None
    fit = _Fit(sample[usable], np.stack([u[usable], v[usable]], axis=1), fov_deg)
    return fit.solved()


class _Fit:
    """The least squares of one map. Focal lengths are in half widths."""

    def __init__(self, points: NDArray[np.float64], pixels: NDArray[np.float64], fov_deg: float | None) -> None:
        self._xy, self._z, self._pixels = points[:, :2], points[:, 2], pixels
        self._focal = None if fov_deg is None else 1 / math.tan(math.radians(fov_deg) / 2)
        self._nearest = float(self._z.min())
        self._middle = float(np.median(self._z))
        self._span = max(float(self._z.max()) - self._nearest, 1e-3 * abs(self._middle), 1e-9)

    def solved(self) -> Seen | None:
        """The best of a grid of distances to the nearest point, then the best between its neighbours."""
        farthest = max(_FARTHEST * self._span, _FARTHEST_SHARE * abs(self._middle))
        tried = np.linspace(math.log(_NEAREST * self._span), math.log(farthest), _TRIED)
        costs = [self._cost(float(distance)) for distance in tried]
        best = int(np.argmin(costs))
        low, high = float(tried[max(0, best - 1)]), float(tried[min(_TRIED - 1, best + 1)])
        for _ in range(_REFINEMENTS):
            left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
            if self._cost(left) < self._cost(right):
                high = right
            else:
                low = left
        shift = math.exp((low + high) / 2) - self._nearest
        focal = self._lens(self._xy / (self._z + shift)[:, None])
        if not focal > 0:
            return None  # a map of something else
        return Seen(shift, math.degrees(2 * math.atan(1 / focal)))

    def _cost(self, log_distance: float) -> float:
        shift = math.exp(log_distance) - self._nearest
        flat = self._xy / (self._z + shift)[:, None]
        moved = math.log((self._middle + shift) / abs(self._middle)) if self._middle else 0.0
        return float(np.mean((self._lens(flat) * flat - self._pixels) ** 2)) + _TIE * moved**2

    def _lens(self, flat: NDArray[np.float64]) -> float:
        if self._focal is not None:
            return self._focal
        return float((flat * self._pixels).sum() / max(float((flat * flat).sum()), 1e-30))


def points_in(output: NDArray[np.generic]) -> Points | None:
    """The (H, W, 3) float32 map in an output [.., H, W, 3] or [.., 3, H, W]; None where it holds none."""
    array = output
    while array.ndim > 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 3 or 3 not in (array.shape[0], array.shape[2]):
        return None
    if array.shape[2] != 3:
        array = array.transpose(1, 2, 0)
    return np.ascontiguousarray(array, np.float32)


def depth_of(points: Points, seen: Seen) -> Values:
    """Depth along the axis."""
    return points[..., 2] + np.float32(seen.shift)
