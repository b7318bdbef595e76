"""What a whole sphere of rays meets first: the shell's walls, then the things, each met only where it may be seen.

The forms that tell which thing is nearest are those of `training.mono.view`; a ray's parameter is its length here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.sphere import directions
from training.mono.parts import BALL, BOX, DRUM, Array, Part
from training.mono.view import near_ball, near_box, near_drum
from training.panorama.cells import Cell, Rays, Walls, walls_met

_MEET = {BOX: near_box, BALL: near_ball, DRUM: near_drum}
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
_FLOOR = 3
_BEARINGS = np.linspace(0.0, 2 * np.pi, 32, endpoint=False)


@dataclass(frozen=True, slots=True)
class Sphere:
    """An eye (3,) in the world and the columns of `turn` (3, 3): its right, down and ahead."""

    eye: Array
    turn: Array
    height: int
    width: int

    def rays(self) -> Rays:
        """(3, H, W): where each pixel looks, in the world."""
        looks = directions((self.height, self.width)).reshape(-1, 3) @ self.turn.T.astype(np.float32)
        return np.ascontiguousarray(looks.T).reshape(3, self.height, self.width)


@dataclass(frozen=True, slots=True)
class Things:
    """Parts as arrays: `centre` (K, 3), `turn` (K, 3, 3) own to world, `half` (K, 3), `shape` (K,), `paint` (K,)."""

    centre: Array
    turn: Array
    half: Array
    shape: NDArray[np.int64]
    paint: NDArray[np.int64]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "Things":
        count = len(parts)
        return cls(
            np.stack([part.centre for part in parts]) if count else np.zeros((0, 3)),
            np.stack([part.turn for part in parts]) if count else np.zeros((0, 3, 3)),
            np.stack([part.half for part in parts]) if count else np.zeros((0, 3)),
            np.array([part.shape for part in parts], np.int64),
            np.array([part.paint for part in parts], np.int64),
        )


@dataclass(frozen=True, slots=True)
class Met:
    """(H, W) each: `range_m` of the first hit, the `thing` there (-1: the shell), and what the `walls` alone are."""

    range_m: NDArray[np.float32]
    thing: NDArray[np.int64]
    shell_m: NDArray[np.float32]
    walls: Walls

    @property
    def open(self) -> NDArray[np.bool_]:
        """(H, W): where nothing but the sides or the top of the air was met; outdoors that is the sky."""
        return (self.thing < 0) & (self.walls.plane != _FLOOR).reshape(self.thing.shape)


def met(cells: Sequence[Cell], things: Things, sphere: Sphere, *, smallest_px: float = 0.3) -> Met:
    """Things that span less than `smallest_px` pixels both ways are left out."""
    rays = sphere.rays()
    walls = walls_met(cells, sphere.eye, rays.reshape(3, -1))
    shell = walls.range_m.reshape(sphere.height, sphere.width)
    near, first = np.float32(1.0) / np.maximum(shell, 1e-3), np.full(shell.shape, -1, np.int64)
    for k, nearest_m, rows, columns in _windows(things, sphere, smallest_px):
        here = near[rows, columns]
        if not (here < 1.0 / max(nearest_m, 1e-3)).any():
            continue
        looks = rays[:, rows, columns]
        turn = things.turn[k]
        own = (turn.T.astype(np.float32) @ looks.reshape(3, -1)).reshape(looks.shape)
        found = _MEET[int(things.shape[k])]((sphere.eye - things.centre[k]) @ turn, list(own), _half(things, k))
        wins = found > here
        np.copyto(here, found, where=wins)
        np.copyto(first[rows, columns], k, where=wins)
    return Met(np.where(first < 0, shell, np.float32(1.0) / near), first, shell, walls)


def _half(things: Things, k: int) -> NDArray[np.float32]:
    return things.half[k].astype(np.float32)


def _windows(things: Things, sphere: Sphere, smallest_px: float) -> Iterator[tuple[int, float, slice, slice]]:
    """Number, least distance, rows and columns of each thing; the nearest first, twice where it crosses the border.

    A convex body is bounded by its corners: to all sides by their bearings where a line parts it from the eye's upright
    axis (the best of 32 is taken, and how far it parts them), up and down by the steepest pair of height and distance.
    """
    if not len(things.centre):
        return
    height, width = sphere.height, sphere.width
    corners = things.centre[:, None] + (_CORNERS * things.half[:, None]) @ things.turn.transpose(0, 2, 1)
    seen = (corners - sphere.eye) @ sphere.turn
    apart = (seen[..., 0, None] * np.sin(_BEARINGS) + seen[..., 2, None] * np.cos(_BEARINGS)).min(1)
    best = apart.argmax(1)
    nearest = np.maximum(apart.max(1), 0.0)
    farthest = np.hypot(seen[..., 0], seen[..., 2]).max(1)
    lowest, highest = seen[..., 1].max(1), seen[..., 1].min(1)  # y points down
    steep = np.arctan2(highest, np.where(highest < 0, nearest, farthest))
    deep = np.arctan2(lowest, np.where(lowest > 0, nearest, farthest))
    top = np.clip(np.floor((steep / np.pi + 0.5) * height - 0.5), 0, height).astype(int)
    bottom = np.clip(np.ceil((deep / np.pi + 0.5) * height + 0.5), 0, height).astype(int)
    aside = np.arctan2(seen[..., 0], seen[..., 2]) - _BEARINGS[best][:, None]
    aside = (aside + np.pi) % (2 * np.pi) - np.pi + _BEARINGS[best][:, None]
    left = np.floor((aside.min(1) / (2 * np.pi) + 0.5) * width - 0.5).astype(int)
    right = np.ceil((aside.max(1) / (2 * np.pi) + 0.5) * width + 0.5).astype(int)
    around = nearest <= 1e-6
    left[around], right[around] = 0, width
    level = np.maximum(np.maximum(highest, -lowest), 0.0)
    distance = np.hypot(nearest, level)
    size = 2 * things.half.max(1) / np.maximum(distance, 1e-3) * height / np.pi
    for k in np.argsort(distance):
        if top[k] >= bottom[k] or (size[k] < smallest_px and not around[k]):
            continue
        rows = slice(int(top[k]), int(bottom[k]))
        for columns in _wrapped(int(left[k]), int(right[k]), width):
            yield int(k), float(distance[k]), rows, columns


def _wrapped(left: int, right: int, width: int) -> list[slice]:
    if right - left >= width:
        return [slice(0, width)]
    left, right = left % width, right - left + left % width
    return [slice(left, right)] if right <= width else [slice(left, width), slice(0, right - width)]
