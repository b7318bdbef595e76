"""What one camera sees of a room's solids: which one first, then exactly where.

A room holds some hundred solids and most cover little of a picture. So each is met only within the rectangle of pixels
that its corners span, by the shortest test that tells which is nearest. What was found is then met once more, all
pixels at a time, by the closed forms of `training.stereo.cast`: depth, paint coordinates and normals are theirs.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from training.mono.parts import BALL, BOX, DRUM, Array, Part
from training.stereo.cast import Hits, Rays, Solid, inside_room, meet_box, meet_ellipsoid, meet_pole

ROOM_FACES = 6
"""Slots of the room's sides: -x, +x, ceiling, floor, -z, +z. The parts' slots follow in their order."""

_MEET = {BOX: meet_box, BALL: meet_ellipsoid, DRUM: meet_pole}
_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
_NEAREST_M = 0.05

Picture = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pinhole:
    """`eye` (3,) in the world, `turn` (3, 3) whose columns are right, down, ahead; `focal` in picture widths."""

    eye: Array
    turn: Array
    focal: float
    height: int
    width: int

    def directions(self) -> tuple[Picture, Picture]:
        """(W,) and (H,): how far right and down the pixels' centres lie, per metre of depth."""
        x = (np.arange(self.width) + 0.5) / self.width - 0.5
        y = (np.arange(self.height) + 0.5 - self.height / 2) / self.width
        return (x / self.focal).astype(np.float32), (y / self.focal).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Stage:
    """Solids as one camera has them: `centre` (N, 3), `turn` (N, 3, 3) own to camera, `half` (N, 3), `shape` (N,)."""

    room: Solid
    centre: Array
    turn: Array
    half: Array
    shape: NDArray[np.int64]
    camera: Pinhole

    @classmethod
    def of(cls, low: Array, high: Array, parts: Sequence[Part], camera: Pinhole) -> "Stage":
        """`low`, `high` (3,): the room around everything, in the world."""
        middle = ((low + high) / 2 - camera.eye) @ camera.turn
        room = Solid(*(_tensor(value)[None] for value in (middle, camera.turn.T, (high - low) / 2)))
        count = len(parts)
        centre = np.stack([part.centre for part in parts]) if count else np.zeros((0, 3))
        turn = np.stack([part.turn for part in parts]) if count else np.zeros((0, 3, 3))
        half = np.stack([part.half for part in parts]) if count else np.ones((0, 3))
        shape = np.array([part.shape for part in parts], np.int64)
        return cls(room, (centre - camera.eye) @ camera.turn, camera.turn.T @ turn, half, shape, camera)

    def hits(self) -> Hits:
        """(1, H, W) first hits, normals in the camera's axes."""
        x, y = (torch.from_numpy(value) for value in self.camera.directions())
        across, down = (value.contiguous() for value in torch.meshgrid(x, y, indexing="xy"))
        pixel = torch.full((1, 1, 1), 1.0 / (self.camera.focal * self.camera.width))
        nothing = torch.zeros(1, 1, 1)
        found = inside_room(self.room, Rays(nothing, across[None], down[None], pixel))
        _, first = self.nearest()
        for shape, meet in _MEET.items():
            wanted = np.append(self.shape == shape, False)[first]  # first is -1 where nothing stands
            rows, columns = (torch.from_numpy(index) for index in np.nonzero(wanted))
            number = torch.from_numpy(first[wanted])
            # Every pixel is a sample of one ray with a solid of its own.
            solid = Solid(*(_tensor(value)[number] for value in (self.centre, self.turn, self.half)))
            away = [value[rows, columns].view(-1, 1, 1) for value in (across, down)]
            rays = Rays(nothing, away[0], away[1], pixel)
            before = Hits(*(value[0][rows, columns].view(-1, 1, 1) for value in found))
            after = meet(before, solid, rays, (number + ROOM_FACES).to(torch.int32).view(-1, 1, 1))
            for value, new in zip(found, after, strict=True):
                value[0][rows, columns] = new.view(-1)
        return found

    def nearest(self, *, smallest_m: float = 0.0) -> tuple[Picture, NDArray[np.int64]]:
        """(H, W) 1 / depth of the nearest solid (0 where there is none) and its number, -1 for none.

        Solids with no side of `smallest_m` are left out.
        """
        x, y = self.camera.directions()
        near = np.zeros((self.camera.height, self.camera.width), np.float32)
        first = np.full(near.shape, -1, np.int64)
        meets = {BOX: near_box, BALL: near_ball, DRUM: near_drum}
        for k, (rows, columns) in self._rectangles():
            if self.half[k].max() * 2 < smallest_m:
                continue
            turn, half = self.turn[k], self.half[k].astype(np.float32)
            # A direction (x, y, 1) in the solid's own axes is one sum of a row and a column for each axis.
            right = (turn[0][:, None] * x[columns] + turn[2][:, None]).astype(np.float32)
            down = (turn[1][:, None] * y[rows]).astype(np.float32)
            direction = [right[axis][None, :] + down[axis][:, None] for axis in range(3)]
            found = meets[int(self.shape[k])](-(self.centre[k] @ turn), direction, half)
            here = near[rows, columns]
            wins = found > here
            np.copyto(here, found, where=wins)
            np.copyto(first[rows, columns], k, where=wins)
        return near, first

    def _rectangles(self) -> Iterator[tuple[int, tuple[slice, slice]]]:
        """The number of each solid that may be seen, and the rows and columns that its corners span."""
        height, width = self.camera.height, self.camera.width
        corners = self.centre[:, None] + (_CORNERS * self.half[:, None]) @ self.turn.transpose(0, 2, 1)
        deep = corners[..., 2]
        focal = self.camera.focal * width
        with np.errstate(divide="ignore", invalid="ignore"):
            x = corners[..., 0] / deep * focal + width / 2
            y = corners[..., 1] / deep * focal + height / 2
        behind = (deep < _NEAREST_M).any(1)  # corners behind the camera say nothing: then all of the picture
        spans = [np.where(behind, edge, value) for edge, value in
                 ((0, x.min(1)), (width, x.max(1)), (0, y.min(1)), (height, y.max(1)))]  # fmt: skip
        left, right = (np.clip(span, 0, width) for span in spans[:2])
        top, bottom = (np.clip(span, 0, height) for span in spans[2:])
        visible = (deep > _NEAREST_M).any(1) & (left < right) & (top < bottom)
        for k in np.flatnonzero(visible):
            rows = slice(math.floor(top[k]), math.ceil(bottom[k]))
            yield int(k), (rows, slice(math.floor(left[k]), math.ceil(right[k])))


def near_box(origin: Array, direction: list[Picture], half: Picture) -> Picture:
    """1 / depth where a ray enters, 0 where it does not."""
    enters: Picture | None = None
    leaves: Picture | None = None
    for axis in range(3):
        away = direction[axis]
        safe = np.where(np.abs(away) < 1e-7, np.float32(1e-7), away)
        per = np.float32(1.0) / safe
        middle, reach = per * np.float32(-origin[axis]), np.abs(per) * half[axis]
        enter, leave = middle - reach, middle + reach
        enters = enter if enters is None else np.maximum(enters, enter, out=enters)
        leaves = leave if leaves is None else np.minimum(leaves, leave, out=leaves)
    assert enters is not None
    assert leaves is not None
    met = (enters < leaves) & (enters > _NEAREST_M)
    return np.divide(np.float32(1.0), enters, out=np.zeros_like(enters), where=met)


def near_ball(origin: Array, direction: list[Picture], half: Picture) -> Picture:
    o = (origin / half).astype(np.float32)
    d = [away / size for away, size in zip(direction, half, strict=True)]
    a = d[0] ** 2 + d[1] ** 2 + d[2] ** 2
    return _first_root(a, o[0] * d[0] + o[1] * d[1] + o[2] * d[2], float(o @ o) - 1.0)[0]


def near_drum(origin: Array, direction: list[Picture], half: Picture) -> Picture:
    o = origin.astype(np.float32)
    a = direction[0] ** 2 + direction[2] ** 2
    near, depth = _first_root(a, o[0] * direction[0] + o[2] * direction[2], float(o[0] ** 2 + o[2] ** 2 - half[0] ** 2))
    return near * (np.abs(o[1] + depth * direction[1]) < half[1])


def _first_root(a: Picture, half_b: Picture, c: float) -> tuple[Picture, Picture]:
    """1 / depth (0 for none) and depth of the nearer solution of a t^2 + 2 half_b t + c = 0."""
    inside = half_b**2 - a * np.float32(c)
    root = np.sqrt(np.maximum(inside, np.float32(0.0)))
    depth = np.asarray((-half_b - root) / np.maximum(a, np.float32(1e-12)), np.float32)
    met = (inside > 0) & (depth > _NEAREST_M)
    return np.divide(np.float32(1.0), depth, out=np.zeros_like(depth), where=met), depth


def _tensor(values: Array) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, np.float32))
