"""The three solids that all furniture is made of, and pieces of several that are moved as one.

Metres; x right, y DOWN, z to the back; the floor is y = 0. Builders take heights upwards, as people say them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

BOX: Final = 0
BALL: Final = 1
DRUM: Final = 2

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """`centre` (3,), `half` (3,) sizes or radii, `turn` (3, 3) from its own axes to the world's, `paint`: a row."""

    shape: int
    centre: Array
    half: Array
    turn: Array
    paint: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of furniture around (0, 0, 0), its back towards +z: `width` along x, `depth` along z, `height` up."""

    parts: tuple[Part, ...]
    width: float
    depth: float
    height: float


def box(
    x: float, z: float, bottom: float, width: float, depth: float, height: float, paint: int, yaw: float = 0.0
) -> Part:
    """A box whose middle stands at (x, z), from `bottom` up."""
    half = np.array([width, height, depth]) / 2
    return Part(BOX, np.array([x, -bottom - height / 2, z]), half, turned(yaw), paint)


def ball(x: float, z: float, bottom: float, width: float, depth: float, height: float, paint: int) -> Part:
    """An ellipsoid as wide, deep and high as said."""
    half = np.array([width, height, depth]) / 2
    return Part(BALL, np.array([x, -bottom - height / 2, z]), half, np.eye(3), paint)


def drum(x: float, z: float, bottom: float, radius: float, height: float, paint: int) -> list[Part]:
    """An upright cylinder with a lid: without one a ray from above would pass through."""
    side = Part(DRUM, np.array([x, -bottom - height / 2, z]), np.array([radius, height / 2, radius]), np.eye(3), paint)
    return [side, ball(x, z, bottom + height - 0.004, 2 * radius, 2 * radius, 0.008, paint)]


def rod(a: Iterable[float], b: Iterable[float], radius: float, paint: int) -> Part:
    """A thin cylinder from `a` to `b`, world points (y down), open at its ends."""
    begin, end = np.array(list(a), float), np.array(list(b), float)
    along = end - begin
    length = float(np.linalg.norm(along))
    along /= length
    side = np.cross(along, [0.0, 0.0, 1.0] if abs(along[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    turn = np.stack([side, along, np.cross(side, along)], 1)
    return Part(DRUM, (begin + end) / 2, np.array([radius, length / 2, radius]), turn, paint)


def turned(yaw: float) -> Array:
    """(3, 3): about the upright axis; at +90 degrees what lay to the back (+z) lies to the right (+x)."""
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


def moved(parts: Iterable[Part], x: float, z: float, up: float = 0.0, yaw: float = 0.0) -> list[Part]:
    """Turned about the origin, then carried to (x, z), `up` higher."""
    turn, offset = turned(yaw), np.array([x, -up, z])
    return [replace(part, centre=turn @ part.centre + offset, turn=turn @ part.turn) for part in parts]
