"""Courtyards, streets and gardens: a floor under an open sky, houses around, what stands about between them."""

import math

import numpy as np

from training.mono.furniture import Dice, plant
from training.mono.paints import Palette
from training.mono.parts import Array, Part, Piece, ball, box, moved, rod
from training.mono.rooms import Light, out_of_the_face, turn_of
from training.panorama.building import Building
from training.panorama.cells import Cell
from training.panorama.pieces import anything, person, railing, stairs
from training.panorama.shine import drawn_sky

_SKY_M = 150.0
_SUN_M = 40.0


def courtyard(dice: Dice, palette: Palette) -> Building:
    """One place under the sky, and the camera in it."""
    eye = np.array([0.0, -float(np.clip(dice.normal(1.6, 0.3), 0.8, 3.0)), 0.0])
    around = houses(dice, palette, eye)
    parts = (*around, *things(dice, palette, eye))
    sky = drawn_sky(dice)
    bearing, height = dice.uniform(-np.pi, np.pi), math.radians(dice.uniform(15.0, 70.0))
    level = math.cos(height)
    far = np.array([math.sin(bearing) * level, -math.sin(height), math.cos(bearing) * level]) * _SUN_M
    sun = Light(eye + far, np.array([1.0, 0.93, 0.82]) * dice.uniform(0.4, 2.5), 1000.0)
    ambient = (0.5 * sky.horizon + 0.3 * sky.cloud + 0.2)[None] * dice.uniform(0.3, 0.8)
    turn = turn_of(dice.uniform(-np.pi, np.pi), *np.radians(dice.normal(0.0, 0.4, 2)).clip(-0.02, 0.02))
    floor = palette.floor()
    return Building(
        (_air(floor),), parts, (0,) * len(parts), palette.table(), (sun,) if dice.random() < 0.7 else (), ambient, eye,
        turn, sky=sky, firm=len(around),
    )  # fmt: skip


def _air(floor: int) -> Cell:
    """Open on all sides; whatever is not the floor is the sky."""
    reach = np.array([_SKY_M, 0.0, _SKY_M])
    return Cell(-reach - np.array([0.0, _SKY_M, 0.0]), reach, (floor,) * 6, 0)


def houses(dice: Dice, palette: Palette, eye: Array) -> list[Part]:
    """Walls and houses around the eye at one to many metres, some sides left open."""
    parts: list[Part] = []
    nearest = float(np.exp(dice.uniform(math.log(2.0), math.log(15.0))))
    square = dice.random() < 0.6
    turn = dice.uniform(0.0, np.pi)
    count = 4 if square else int(dice.integers(3, 9))
    for n in range(count):
        if dice.random() < 0.2:
            continue
        yaw = turn + n * 2 * np.pi / count + (0.0 if square else dice.normal(0.0, 0.2))
        away = nearest * float(np.exp(dice.uniform(0.0, 1.0)))
        long, deep, tall = dice.uniform(0.8, 3.0) * away + 3, dice.uniform(2.0, 12.0), dice.uniform(2.5, 12.0)
        if dice.random() < 0.2:
            tall = dice.uniform(1.0, 2.5)
        parts += _ahead(_house(dice, palette, long, deep, tall), eye, yaw, away + deep / 2)
    return [part for part in parts if out_of_the_face(part, eye)]


def things(dice: Dice, palette: Palette, eye: Array) -> list[Part]:
    """Trees, shrubs, people, benches, steps, fences and cars, anywhere but in the camera's face."""
    builders = (_tree, _tree, plant, person, anything, anything, railing, stairs, _car, _post)
    parts: list[Part] = []
    for _ in range(int(dice.integers(3, 22))):
        piece = builders[int(dice.integers(len(builders)))](dice, palette)
        away = 0.7 + max(piece.width, piece.depth) / 2 + float(np.exp(dice.uniform(math.log(0.3), math.log(20.0))))
        yaw = dice.uniform(-np.pi, np.pi)
        parts += _ahead(moved(piece.parts, 0.0, 0.0, yaw=dice.uniform(-np.pi, np.pi)), eye, yaw, away)
    return [part for part in parts if out_of_the_face(part, eye)]


def _ahead(parts: list[Part], eye: Array, yaw: float, away: float) -> list[Part]:
    x, z = float(eye[0]) + away * math.sin(yaw), float(eye[2]) + away * math.cos(yaw)
    return moved(parts, x, z, yaw=yaw)


def _house(dice: Dice, palette: Palette, long: float, deep: float, tall: float) -> list[Part]:
    """A block whose front (-z) has windows and doors, with or without a gable."""
    wall, trim = palette.wall(), palette.trim
    parts = [box(0, 0, 0, long, deep, tall, wall)]
    if dice.random() < 0.5:  # the roof overhangs
        parts.append(box(0, 0, tall, long + 0.6, deep + 0.8, dice.uniform(0.1, 0.6), palette.wood()))
    if dice.random() < 0.3:
        across = dice.uniform(0.2, 0.5) * long
        parts.append(box(dice.uniform(-0.3, 0.3) * long, -dice.uniform(0.0, 1.0), 0, across, deep, tall * 1.3, wall))
    floor_m, step = dice.uniform(2.6, 3.6), dice.uniform(1.2, 3.0)
    wide, high = dice.uniform(0.5, 0.8) * min(step, 1.6), dice.uniform(0.9, 1.8)
    pane = palette.dark() if dice.random() < 0.7 else palette.outside()
    for up in np.arange(0.9, tall - high - 0.2, floor_m)[:4]:
        for x in np.arange(-long / 2 + step / 2, long / 2 - 0.4, step)[:14]:
            if dice.random() < 0.85:
                parts.append(box(x, -deep / 2, up, wide, 0.06, high, pane))
                parts.append(box(x, -deep / 2, up - 0.08, wide + 0.16, 0.2, 0.08, trim))
    if dice.random() < 0.7:
        parts.append(box(dice.uniform(-0.4, 0.4) * long, -deep / 2, 0, 1.1, 0.1, min(2.2, tall - 0.1), palette.wood()))
    return parts


def _tree(dice: Dice, palette: Palette) -> Piece:
    tall, crown, leaf = dice.uniform(2.0, 8.0), dice.uniform(0.5, 2.5), palette.leaf()
    trunk = rod((0, 0, 0), (dice.normal(0.0, 0.2), -tall, dice.normal(0.0, 0.2)), 0.04 + 0.02 * tall, palette.wood())
    parts = [trunk]
    for _ in range(int(dice.integers(5, 18))):
        x, z = dice.normal(0.0, 0.5 * crown, 2)
        size = crown * dice.uniform(0.4, 1.1)
        parts.append(ball(x, z, tall * dice.uniform(0.6, 1.05), size, size, size * dice.uniform(0.6, 1.0), leaf))
    return Piece(tuple(parts), crown, crown, tall)


def _car(dice: Dice, palette: Palette) -> Piece:
    paint, dark = palette.thing(), palette.dark()
    parts = [
        box(0, 0, 0.3, 4.2, 1.75, 0.6, paint),
        box(dice.uniform(-0.3, 0.3), 0, 0.9, 2.2, 1.55, 0.5, dark),
        ball(0, 0, 0.5, 4.4, 1.8, 0.9, paint),
    ]
    parts += [ball(x, z, 0, 0.64, 0.24, 0.64, dark) for x in (-1.3, 1.3) for z in (-0.8, 0.8)]
    return Piece(tuple(parts), 4.4, 1.8, 1.4)


def _post(dice: Dice, palette: Palette) -> Piece:
    tall = dice.uniform(1.0, 6.0)
    head = ball(0, 0, tall, 0.4, 0.4, 0.3, palette.lamp())
    return Piece((rod((0, 0, 0), (0, -tall, 0), 0.05, palette.metal()), head), 0.3, 0.3, tall)
