"""Flat splats that cover painted surfaces: small where the picture changes, large where it does not.

Every patch is cut in halves, and these again, always where it helps the picture most, until there are as many cells
as wished; each cell becomes one flat splat. A k-d tree chosen by squared error, as in piecewise constant regression.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.room.patches import Patch, bilinear, grid_normals

Picture = NDArray[np.uint8]
Cell = tuple[int, int, int, int]
"""First row, end, first column, end."""

FINEST_M = 0.006
"""The picture is looked at in steps of this."""
LARGEST_M = 0.08
SIGMA = 0.58
"""A splat's standard deviation by its cell's length."""

_MOST_STEPS = 900
_UNEVEN = 2.0
"""Times FINEST_M a step may be long on patches whose points are not evenly apart."""
_HIDDEN = 2500.0
"""Square error of a step that is not seen but covered: it would spill over what hides it."""
_SPILL = 2500.0
"""Square error of what a splat spills over the border of its patch, by its area."""
_BENT = 25_000.0
"""Square error of what a flat splat stands off a bent surface, by the spread of its directions and its area."""
_LONGEST = 2.5
"""Times as long as wide a cell may be before it is cut the other way only: needles spill over what lies before them."""
_TOO_LARGE = 1e9
_HOPE = 0.06
"""Of its own error a cell is worth a cut, even where the first one does not help: the second may."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A patch looked at in fine steps: `points`, `normals`, `across`, `down` (metres a step) (H, W, 3).

    `picture` (H, W, 3) 0 to 255 float64; `gloss`: see Surfels.
    """

    points: NDArray[np.float64]
    normals: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]
    picture: NDArray[np.float64]
    gloss: float


def surface(patch: Patch, picture: Picture, gloss: float = 0.0) -> Surface:
    """A patch and its picture for the screen, at steps of FINEST_M."""
    rows, columns = patch.points.shape[:2]
    # Where a patch's own points lie far apart, the steps between them must not be too long.
    down_m = np.linalg.norm(np.diff(patch.points, axis=0), axis=2).max() * (rows - 1) / _UNEVEN
    across_m = np.linalg.norm(np.diff(patch.points, axis=1), axis=2).max() * (columns - 1) / _UNEVEN
    down_m = max(down_m, np.linalg.norm(np.diff(patch.points, axis=0), axis=2).sum(0).max())
    across_m = max(across_m, np.linalg.norm(np.diff(patch.points, axis=1), axis=2).sum(1).max())
    height, width = (int(np.clip(round(length / FINEST_M), 1, _MOST_STEPS)) for length in (down_m, across_m))
    v, u = (np.arange(height) + 0.5) / height * (rows - 1), (np.arange(width) + 0.5) / width * (columns - 1)
    grid = [bilinear(field, v, u) for field in (patch.points, grid_normals(patch.points))]
    across = bilinear(np.gradient(patch.points, axis=1), v, u) * (columns - 1) / width
    down = bilinear(np.gradient(patch.points, axis=0), v, u) * (rows - 1) / height
    normals = grid[1] / np.maximum(np.linalg.norm(grid[1], axis=2, keepdims=True), 1e-12)
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA).reshape(height, width, 3)
    return Surface(grid[0], normals, across, down, small.astype(np.float64), gloss)


class _Cutter:
    """A surface's cells, (first row, end, first column, end), and what each is wrong by, in square colours x m2."""

    def __init__(self, one: Surface, seen: NDArray[np.bool_]) -> None:
        height, width = seen.shape
        area = np.linalg.norm(np.cross(one.across, one.down), axis=2)
        weight = area * seen
        wide = np.linalg.norm(one.across, axis=2)
        fields = [
            weight,
            area,
            weight * (one.picture**2).sum(axis=2),
            *np.moveaxis(weight[..., None] * one.picture, 2, 0),
            *np.moveaxis(area[..., None] * one.normals, 2, 0),
            *np.moveaxis(area[..., None] * one.across / np.maximum(wide, 1e-12)[..., None], 2, 0),
            np.linalg.norm(one.down, axis=2),
            wide,
        ]
        self._sums = np.zeros((height + 1, width + 1, len(fields)))
        self._sums[1:, 1:] = np.stack(fields, axis=2).cumsum(axis=0).cumsum(axis=1)
        self._borders = _borders(one)
        self._shape = height, width
        self.whole = (0, height, 0, width)

    def sums(self, cell: Cell) -> NDArray[np.float64]:
        top, bottom, left, right = cell
        sums = self._sums
        found: NDArray[np.float64] = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return found

    def size_m(self, cell: Cell) -> tuple[float, float]:
        """How long a cell is down and across, on average."""
        top, bottom, left, right = cell
        down, across = self.sums(cell)[12:].tolist()
        return down / (right - left), across / (bottom - top)

    def error(self, cell: Cell) -> float:
        seen, area, square, red, green, blue, x, y, z, u, v, w = self.sums(cell)[:12].tolist()
        if seen <= 1e-12:
            return 0.0
        top, bottom, left, right = cell
        sides = self._borders
        open_rows = (sides[0] and top == 0) + (sides[1] and bottom == self._shape[0])
        open_columns = (sides[2] and left == 0) + (sides[3] and right == self._shape[1])
        spilt = _SPILL * SIGMA * area * (open_rows + open_columns)
        bent = _BENT * (2 * area - (x * x + y * y + z * z + u * u + v * v + w * w) / area)
        coloured = square - (red * red + green * green + blue * blue) / seen
        return float(coloured + _HIDDEN * (area - seen) + spilt + bent)

    def halves(self, cell: Cell) -> list[tuple[Cell, Cell]]:
        """The ways to cut a cell in two: both, but one that is long is made shorter."""
        top, bottom, left, right = cell
        height, width = self.size_m(cell)
        found: list[tuple[Cell, Cell]] = []
        if bottom - top > 1 and width < _LONGEST * height:
            middle = (top + bottom) // 2
            found.append(((top, middle, left, right), (middle, bottom, left, right)))
        if right - left > 1 and height < _LONGEST * width:
            middle = (left + right) // 2
            found.append(((top, bottom, left, middle), (top, bottom, middle, right)))
        return found

    def best(self, cell: Cell) -> tuple[float, tuple[Cell, Cell]] | None:
        """What the better cut helps, and its halves."""
        error = self.error(cell)
        ways = [(error - self.error(one) - self.error(other), (one, other)) for one, other in self.halves(cell)]
        too_large = _TOO_LARGE if max(self.size_m(cell)) > LARGEST_M else 0.0
        if not ways or error + too_large <= 0:
            return None
        gain, halves = max(ways, key=lambda way: way[0])
        return gain + _HOPE * error + too_large, halves


def _borders(one: Surface) -> tuple[bool, bool, bool, bool]:
    """Whether the patch really ends above, below, left and right: no pole, no seam where it meets itself."""
    points = one.points
    seam = bool(np.linalg.norm(points[:, 0] - points[:, -1], axis=1).max() < 3 * FINEST_M)
    poles = [bool(np.ptp(row, axis=0).max() < 3 * FINEST_M) for row in (points[0], points[-1])]
    return (
        not poles[0],
        not poles[1],
        not seam,
        not seam,
    )


def covered(surfaces: Sequence[Surface], seen: Sequence[NDArray[np.bool_]], count: int) -> "Surfels":
    """About `count` cells on all surfaces together, `seen` (H, W) telling which steps of each count."""
    cutters = [_Cutter(one, mask) for one, mask in zip(surfaces, seen, strict=True)]
    heap: list[tuple[float, int, Cell, tuple[Cell, Cell]]] = []
    kept: list[tuple[int, Cell]] = []

    def add(number: int, cell: Cell) -> None:
        if cutters[number].sums(cell)[0] <= 1e-12:
            return
        best = cutters[number].best(cell)
        if best is None:
            kept.append((number, cell))
        else:
            heapq.heappush(heap, (-best[0], number, cell, best[1]))

    for number, cutter in enumerate(cutters):
        add(number, cutter.whole)
    while heap and len(heap) + len(kept) < count:
        _, number, _, halves = heapq.heappop(heap)
        for half in halves:
            add(number, half)
    kept += [(number, cell) for _, number, cell, _ in heap]
    return _surfels(surfaces, cutters, kept)


@dataclass(frozen=True, slots=True, eq=False)
class Surfels:
    """N cells: `middle` (N, 3); `axes` (N, 3, 3), its columns along them, the longest first; `size_m` (N, 3) their
    lengths along these; `rgb` (N, 3) 0 to 255; `gloss` (N,).
    """

    middle: NDArray[np.float64]
    axes: NDArray[np.float64]
    size_m: NDArray[np.float64]
    rgb: NDArray[np.float64]
    gloss: NDArray[np.float64]


def _surfels(surfaces: Sequence[Surface], cutters: Sequence[_Cutter], cells: list[tuple[int, Cell]]) -> Surfels:
    middles, spreads = np.empty((len(cells), 3)), np.empty((len(cells), 3, 3))
    colours, gloss = np.empty((len(cells), 3)), np.empty(len(cells))
    for i, (number, (top, bottom, left, right)) in enumerate(sorted(cells)):
        one = surfaces[number]
        part = slice(top, bottom), slice(left, right)
        points, across, down = (field[part].reshape(-1, 3) for field in (one.points, one.across, one.down))
        weight = np.linalg.norm(np.cross(across, down), axis=1) + 1e-12
        weight /= weight.sum()
        middles[i] = weight @ points
        # What a step covers by itself counts as well: a cell of one step has a size.
        parts = np.concatenate([points - middles[i], across / np.sqrt(12), down / np.sqrt(12)])
        spreads[i] = (parts * np.tile(weight, 3)[:, None]).T @ parts
        sums = cutters[number].sums((top, bottom, left, right))
        colours[i] = sums[3:6] / sums[0]
        gloss[i] = one.gloss
    variance, axes = np.linalg.eigh(spreads)
    axes = axes[:, :, ::-1]
    axes[:, :, 2] *= np.sign(np.linalg.det(axes))[:, None]
    # Of an even length l, the variance is l^2 / 12.
    return Surfels(middles, axes, np.sqrt(12 * np.maximum(variance[:, ::-1], 0)), colours, gloss)
