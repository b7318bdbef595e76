"""The empty shell: air is a union of convex cells, rooms and the openings between them, and a ray ends where it ends.

Niches, doorways, L shapes, galleries and steps are only more boxes; a sloped ceiling is one more plane of a box.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.mono.parts import Array

Rays = NDArray[np.float32]
"""(3, ...) float32 directions in the world: x right, y down, z ahead."""

_SLACK_M = 1e-5
"""Cells that meet within this leave no wall between them."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of air from `low` to `high` (3,), floor at the high y; `faces`: paints of -x, +x, ceiling, floor, -z, +z.

    `slopes`: planes (normal x, y, z, offset, paint) that cut it: air is where normal . p <= offset. `room`: whose
    light it has.
    """

    low: Array
    high: Array
    faces: tuple[int, ...]
    room: int
    slopes: tuple[tuple[float, float, float, float, int], ...] = ()

    def holds(self, place: Array, margin_m: float = 0.0) -> bool:
        """Whether the place is inside by so much."""
        inside = bool(((place >= self.low + margin_m) & (place <= self.high - margin_m)).all())
        return inside and all(np.dot(slope[:3], place) <= slope[3] - margin_m for slope in self.slopes)


@dataclass(frozen=True, slots=True)
class Walls:
    """Where rays leave the air: `range_m` (N,), the `cell` (N,) and its `plane` (N,): 0 to 5 its faces, then slopes."""

    range_m: NDArray[np.float32]
    cell: NDArray[np.int64]
    plane: NDArray[np.int64]


def walls_met(cells: Sequence[Cell], eye: Array, rays: Rays) -> Walls:
    """`rays` (3, N), unit length, from `eye` (3,) which one of the cells holds."""
    count = rays.shape[1]
    enters = np.empty((len(cells), count), np.float32)
    leaves = np.empty_like(enters)
    plane = np.empty((len(cells), count), np.int8)
    with np.errstate(divide="ignore"):
        per = np.where(np.abs(rays) < 1e-9, np.float32(1e9), np.float32(1.0) / rays)
    for k, cell in enumerate(cells):
        _interval(cell, eye, rays, per, enters[k], leaves[k], plane[k])
    # What is reached so far is where a chain of cells that touch ends: prolonged until none prolongs it.
    reach = np.zeros(count, np.float32)
    last = np.zeros(count, np.int64)
    for _ in range(len(cells)):
        longest = np.where((enters <= reach + _SLACK_M) & (leaves > reach), leaves, np.float32(0.0))
        best = longest.argmax(0)
        found = np.take_along_axis(longest, best[None], 0)[0]
        further = found > reach + 1e-6
        if not further.any():
            break
        reach = np.where(further, found, reach)
        last = np.where(further, best, last)
    return Walls(reach, last, np.take_along_axis(plane, last[None], 0)[0].astype(np.int64))


def _interval(
    cell: Cell, eye: Array, rays: Rays, per: Rays, enters: Rays, leaves: Rays, plane: NDArray[np.int8]
) -> None:
    """From where to where each ray is inside, and through which plane it leaves."""
    middle, half = (cell.low + cell.high) / 2 - eye, (cell.high - cell.low) / 2
    enters.fill(-np.inf)
    leaves.fill(np.inf)
    for axis in range(3):
        at, reach = per[axis] * np.float32(middle[axis]), np.abs(per[axis]) * np.float32(half[axis])
        np.maximum(enters, at - reach, out=enters)
        leave = at + reach
        plane[leave < leaves] = 2 * axis
        np.minimum(leaves, leave, out=leaves)
    axis_of = plane >> 1
    for axis in range(3):
        plane[(axis_of == axis) & (rays[axis] > 0)] += 1
    for n, (x, y, z, offset, _) in enumerate(cell.slopes):
        along = np.float32(x) * rays[0] + np.float32(y) * rays[1] + np.float32(z) * rays[2]
        left = np.float32(offset - (x * eye[0] + y * eye[1] + z * eye[2]))
        along = np.where(np.abs(along) < 1e-9, np.float32(1e-9), along)
        crossing = left / along
        out = (along > 0) & (crossing < leaves)
        plane[out] = 6 + n
        leaves[out] = crossing[out]
        np.copyto(enters, np.maximum(enters, crossing), where=along < 0)
    outside = (enters >= leaves) | (leaves <= 0)
    enters[outside] = np.inf
    leaves[outside] = 0.0
