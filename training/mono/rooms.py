"""Where things stand, and where the camera is held: one furnished room and one look into it, drawn by dice.

Rooms are of eight kinds, with what such rooms hold. The camera is a person's: at 0.8 to 1.8 m, mostly looking a little
down, not quite level, mostly into the depth of the room. Things keep out of its face.
"""

import math
from dataclasses import dataclass

import numpy as np

from training.mono import furniture as f
from training.mono.furniture import Builder, Dice
from training.mono.paints import Paints, Palette
from training.mono.parts import Array, Part, Piece, moved, turned
from training.mono.view import Pinhole, Stage
from training.mono.walls import Shell, Wall, hung, shell

Rectangle = tuple[float, float, float, float]
"""Of the floor: from and to along x, from and to along z."""


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp or a window: `place` (3,) in the world, `colour` (3,) times strength; `reach_m`: half as bright there."""

    place: Array
    colour: Array
    reach_m: float


@dataclass(frozen=True, slots=True)
class Camera:
    """`eye` (3,) in the world, `turn` (3, 3): its columns are right, down and ahead; `focal` in picture widths."""

    eye: Array
    turn: Array
    focal: float


@dataclass(frozen=True, slots=True)
class Room:
    """`low`, `high` (3,): the walls around all; `faces`: their paints (-x, +x, ceiling, floor, -z, +z).

    `ambient` (3,): the light that comes from everywhere.
    """

    low: Array
    high: Array
    faces: tuple[int, ...]
    parts: tuple[Part, ...]
    paints: Paints
    lights: tuple[Light, ...]
    ambient: Array
    camera: Camera


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of room: how often, how large, and what stands at its walls and in its middle, with weights."""

    weight: float
    sides_m: tuple[float, float]
    pieces: tuple[int, int]
    at_walls: tuple[tuple[Builder, float], ...]
    in_middle: tuple[tuple[Builder, float], ...]
    cellar: bool = False


KINDS = (
    Kind(3.0, (2.6, 5.0), (4, 9),
         ((f.bed, 3), (f.cupboard, 3), (f.night_stand, 2), (f.shelf, 1), (f.desk, 1.5),
          (f.floor_lamp, 1), (f.sofa, 0.5), (f.heap, 1)),
         ((f.rug, 1), (f.bed, 1), (f.chair, 0.7), (f.heap, 0.5))),
    Kind(3.0, (3.2, 6.5), (5, 11),
         ((f.sofa, 3), (f.shelf, 2), (f.cupboard, 2), (f.plant, 1.5), (f.floor_lamp, 1.5), (f.chair, 1), (f.desk, 0.5)),
         ((f.low_table, 2), (f.rug, 1.5), (f.table_with_chairs, 1.5), (f.sofa, 1), (f.chair, 1))),
    Kind(2.5, (2.4, 5.0), (4, 9),
         ((f.kitchen_run, 4), (f.appliance, 2), (f.cupboard, 1), (f.shelf, 0.5), (f.heap, 0.3)),
         ((f.table_with_chairs, 2), (f.chair, 1), (f.table, 0.6), (f.cupboard, 0.4))),
    Kind(1.5, (3.0, 5.5), (4, 8),
         ((f.cupboard, 3), (f.shelf, 1), (f.plant, 1), (f.chair, 1), (f.floor_lamp, 0.7)),
         ((f.table_with_chairs, 5), (f.rug, 1))),
    Kind(2.5, (2.8, 7.0), (6, 13),
         ((f.desk, 4), (f.shelf, 3), (f.cupboard, 2), (f.chair, 1), (f.heap, 1), (f.plant, 0.5)),
         ((f.desk, 1), (f.table_with_chairs, 1.5), (f.chair, 1.5), (f.table, 1))),
    Kind(1.0, (1.7, 3.0), (3, 6),
         ((f.bath, 5), (f.cupboard, 1), (f.appliance, 0.5)),
         ((f.rug, 1), (f.heap, 0.2))),
    Kind(1.2, (3.0, 8.0), (6, 14),
         ((f.shelf, 3), (f.heap, 4), (f.appliance, 2), (f.cupboard, 1.5), (f.table, 1.5)),
         ((f.heap, 2), (f.table, 1), (f.chair, 1), (f.shelf, 0.5)), cellar=True),
    Kind(1.0, (4.5, 9.0), (8, 16),
         ((f.shelf, 4), (f.cupboard, 1), (f.table, 1), (f.plant, 0.3)),
         ((f.table_with_chairs, 3), (f.shelf, 2), (f.desk, 1.5), (f.chair, 1))),
)  # fmt: skip


def random_room(dice: Dice, textures: int) -> Room:
    """One room and one look into it; `textures` is how many the atlas holds."""
    weights = np.array([kind.weight for kind in KINDS])
    kind = KINDS[int(dice.choice(len(KINDS), p=weights / weights.sum()))]
    palette = Palette(dice, textures)
    width, depth = np.exp(dice.uniform(math.log(kind.sides_m[0]), math.log(kind.sides_m[1]), 2))
    made = shell(dice, palette, float(width), float(depth), float(dice.uniform(2.25, 3.1)), cellar=kind.cellar)
    eye = _standing(dice, made)
    furnish(dice, palette, made, kind, eye)
    hung(dice, palette, made)
    lights, ambient = _lit(dice, made)
    parts = tuple(part for part in made.parts if out_of_the_face(part, eye))
    looks = _looks(dice, made, eye)
    camera = _chosen(dice, looks, [_seen(made, parts, look) for look in looks])
    return Room(made.low, made.high, made.faces, parts, palette.table(), lights, ambient, camera)


def turn_of(yaw: float, pitch: float, roll: float) -> Array:
    """(3, 3) camera to world. Positive `pitch` looks up, positive `roll` tilts the camera clockwise."""
    c, s = math.cos(pitch), math.sin(pitch)
    up = np.array([[1.0, 0.0, 0.0], [0.0, c, -s], [0.0, s, c]])
    c, s = math.cos(roll), math.sin(roll)
    tilt = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return turned(yaw) @ up @ tilt


def focal_of(view_degrees: float) -> float:
    """Focal length in picture widths of a horizontal field of view."""
    return 0.5 / math.tan(math.radians(view_degrees) / 2)


def _standing(dice: Dice, made: Shell) -> Array:
    """Where the camera is: mostly near a wall, as people step back to see more of a room."""
    width, depth, height = made.inner
    free = np.array([width, depth]) / 2 - 0.25
    place = dice.uniform(-1.0, 1.0, 2) * free
    if dice.random() < 0.65:
        side = int(dice.integers(2))
        place[side] = dice.choice([-1, 1]) * free[side] * dice.uniform(0.75, 1.0)
    up = min(float(np.clip(dice.normal(1.35, 0.22), 0.8, 1.8)), height - 0.3)
    return np.array([place[0], -up, place[1]])


def _looks(dice: Dice, made: Shell, eye: Array) -> list[Camera]:
    """Some directions, mostly the one with most to see and no wall before the nose as the first."""
    focal = focal_of(
        float(np.clip(dice.normal(62.0, 3.0) if dice.random() < 0.5 else dice.uniform(45.0, 75.0), 45.0, 75.0))
    )
    away = np.array([part.centre for part in made.parts])[:, ::2] - eye[::2]
    bearings, ranges = np.arctan2(away[:, 0], away[:, 1]), np.hypot(away[:, 0], away[:, 1])
    yaws = dice.uniform(-np.pi, np.pi, 5)
    scores = []
    for yaw in yaws:
        ahead = np.array([math.sin(yaw), math.cos(yaw)])
        room = np.where(ahead > 0, made.high[::2] - eye[::2], eye[::2] - made.low[::2])
        clear = float(np.min(room / np.maximum(np.abs(ahead), 1e-6)))
        turned_away = np.abs((bearings - yaw + np.pi) % (2 * np.pi) - np.pi)
        things = int(((turned_away < 0.45) & (ranges > 0.8) & (ranges < 6.0)).sum())
        scores.append(min(things, 50) / 50 + min(clear, 4.0) / 4.0)
    order = np.argsort(scores)[::-1] if dice.random() < 0.75 else np.arange(len(yaws))
    pitch, roll = math.radians(dice.normal(-9.0, 9.0)), math.radians(dice.normal(0.0, 2.5))
    return [Camera(eye, turn_of(float(yaws[k]), pitch, roll), focal) for k in order]


def _chosen(dice: Dice, looks: list[Camera], seen: list[Array]) -> Camera:
    """A look with most of the picture a step away or more: nobody photographs the side of a cupboard. Mostly the one
    with most depth in it: photographs of rooms have near things and a far wall, and flat pictures teach little."""
    least_m = dice.uniform(0.7, 1.8)
    fit = [k for k, depth in enumerate(seen) if np.median(depth) > least_m and (depth < 0.5).mean() < 0.2] or [0]
    if dice.random() < 0.8:
        fit.sort(key=lambda k: -float(np.abs(np.log(seen[k] / np.median(seen[k]))).mean()))
    return looks[fit[0]]


def _seen(made: Shell, parts: tuple[Part, ...], look: Camera) -> Array:
    """(192,) metres: the depth of a coarse picture."""
    coarse = Pinhole(look.eye, look.turn, look.focal, 12, 16)
    depth: Array = 1.0 / Stage.of(made.low, made.high, parts, coarse).hits().near.numpy().ravel()
    return depth


def furnish(dice: Dice, palette: Palette, made: Shell, kind: Kind, eye: Array) -> None:
    floor: list[Rectangle] = []
    area = made.inner[0] * made.inner[1]
    count = int(1.5 * dice.integers(*kind.pieces) * min(1.0, 0.4 + area / 20.0)) + 1
    for _ in range(count):
        at_wall = dice.random() < 0.72
        builder = picked(dice, kind.at_walls if at_wall else kind.in_middle)
        piece = builder(dice, palette)
        if piece.height > made.inner[2] - 0.03:
            continue
        parts = _at_wall(dice, made, piece, floor, eye) if at_wall else _in_middle(dice, made, piece, floor, eye)
        made.parts += parts


def picked(dice: Dice, choices: tuple[tuple[Builder, float], ...]) -> Builder:
    weights = np.array([weight for _, weight in choices])
    return choices[int(dice.choice(len(choices), p=weights / weights.sum()))][0]


def _at_wall(dice: Dice, made: Shell, piece: Piece, floor: list[Rectangle], eye: Array) -> list[Part]:
    for wall in dice.permutation(np.array(made.walls, dtype=object)).tolist():
        assert isinstance(wall, Wall)
        at = wall.free(dice, piece.width, wall.closed if piece.height > 1.0 else [])
        if at is None:
            continue
        away = piece.depth / 2 + 0.03 + (dice.uniform(0.0, 0.15) if dice.random() < 0.3 else 0.0)
        c, s = math.cos(wall.yaw), math.sin(wall.yaw)
        x, z = wall.x + c * at - s * away, wall.z - s * at - c * away
        spread = (piece.width, piece.depth) if abs(c) > 0.5 else (piece.depth, piece.width)
        if _fits(x, z, spread, piece.height, floor, eye):
            if piece.height > 1.2:
                wall.tall.append((at - piece.width / 2, at + piece.width / 2))
            askew = dice.normal(0.0, 0.06) if dice.random() < 0.3 and piece.width < 1.0 else 0.0
            return moved(piece.parts, x, z, yaw=wall.yaw + askew)
    return []


def _in_middle(dice: Dice, made: Shell, piece: Piece, floor: list[Rectangle], eye: Array) -> list[Part]:
    width, depth, _ = made.inner
    for _ in range(6):
        yaw = float(dice.integers(4)) * np.pi / 2 + (dice.normal(0.0, 0.4) if dice.random() < 0.5 else 0.0)
        c, s = abs(math.cos(yaw)), abs(math.sin(yaw))
        spread = (c * piece.width + s * piece.depth, s * piece.width + c * piece.depth)
        free_x, free_z = (width - spread[0]) / 2, (depth - spread[1]) / 2
        if min(free_x, free_z) < 0.05:
            continue
        x, z = dice.uniform(-free_x, free_x), dice.uniform(-free_z, free_z)
        if _fits(x, z, spread, piece.height, floor, eye):
            return moved(piece.parts, x, z, yaw=yaw)
    return []


def _fits(
    x: float,
    z: float,
    spread: tuple[float, float],
    height: float,
    floor: list[Rectangle],
    eye: Array,
) -> bool:
    """Whether nothing else stands there, nor the person with the camera; if so the place is taken."""
    here = (x - spread[0] / 2, x + spread[0] / 2, z - spread[1] / 2, z + spread[1] / 2)
    if height > 0.05 and any(here[0] < b and a < here[1] and here[2] < d and c < here[3] for a, b, c, d in floor):
        return False
    apart = np.hypot(
        max(here[0] - eye[0], 0.0, eye[0] - here[1]),
        max(here[2] - eye[2], 0.0, eye[2] - here[3]),
    )
    # Over low things people look; at tall ones they keep their distance.
    if height > 0.05 and apart < (0.3 if height < -eye[1] - 0.4 else 0.9):
        return False
    if height > 0.05:
        floor.append(here)
    return True


def out_of_the_face(part: Part, eye: Array) -> bool:
    """False for what would be nearer to the eye than 0.3 m."""
    own = part.turn.T @ (eye - part.centre)
    return bool(np.linalg.norm(np.maximum(np.abs(own) - part.half, 0.0)) > 0.3)


def _lit(dice: Dice, made: Shell) -> tuple[tuple[Light, ...], Array]:
    """One light casts shadows, another may help; what comes from everywhere does the rest."""
    lights: list[Light] = []
    warm = np.array([1.0, dice.uniform(0.8, 1.0), dice.uniform(0.55, 1.0)])
    cold = np.array([dice.uniform(0.75, 1.0), dice.uniform(0.85, 1.0), 1.0])
    by_day = bool(made.windows) and dice.random() < 0.6
    if by_day:
        place = made.windows[int(dice.integers(len(made.windows)))]
        lights.append(Light(place, cold * dice.uniform(1.0, 4.0), dice.uniform(1.0, 3.0)))
    if not by_day or dice.random() < 0.5:
        place = made.lamps[int(dice.integers(len(made.lamps)))]
        lights.append(Light(place, warm * dice.uniform(0.7, 2.5), dice.uniform(1.0, 3.5)))
    return tuple(lights), (cold if by_day else warm) * dice.uniform(0.15, 0.7)
