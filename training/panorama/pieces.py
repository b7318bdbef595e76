"""What homes of `training.mono` do not hold: rows of seats and desks, stairs, railings, people, and shapes of no name.

Builders as in `training.mono.furniture`: a `Piece` around the origin, its back towards +z.
"""

import numpy as np

from training.mono import furniture as f
from training.mono.furniture import Builder, Dice
from training.mono.paints import Palette
from training.mono.parts import Part, Piece, ball, box, drum, moved, rod
from training.mono.rooms import Kind


def anything(dice: Dice, palette: Palette) -> Piece:
    """A block, a board on legs, a seat with a back, a drum or a ball of any size and paint: what has no name."""
    width, depth = np.exp(dice.uniform(np.log(0.2), np.log(2.2), 2))
    height, paint = dice.uniform(0.15, 1.9), _any_paint(dice, palette)
    kind = dice.random()
    if kind < 0.4:
        parts = [box(0, 0, 0, width, depth, height, paint)]
        if dice.random() < 0.4:
            second = dice.uniform(0.2, 0.9, 2) * (width, depth)
            parts.append(box(0, 0, height, second[0], second[1], dice.uniform(0.05, 0.5), _any_paint(dice, palette)))
    elif kind < 0.6:
        thick, leg = dice.uniform(0.02, 0.1), dice.uniform(0.03, 0.12)
        parts = [box(0, 0, height, width, depth, thick, paint)]
        parts += [
            box(x * (width - leg) / 2, z * (depth - leg) / 2, 0, leg, leg, height, paint)
            for x in (-1, 1) for z in (-1, 1)
        ]  # fmt: skip
    elif kind < 0.8:
        seat = min(height, 0.6)
        parts = [box(0, 0, 0, width, depth, seat, paint)]
        parts.append(box(0, depth / 2 - 0.08, 0, width, 0.16, seat * dice.uniform(1.3, 2.4), paint))
        if dice.random() < 0.5:
            parts += [box(s * (width / 2 - 0.07), 0, 0, 0.14, depth, seat * 1.4, paint) for s in (-1, 1)]
    elif kind < 0.9:
        width = depth = min(width, 1.4)
        parts = drum(0, 0, 0, width / 2, height, paint)
    else:
        parts = [ball(0, 0, 0, width, depth, height, paint)]
    if kind < 0.8:
        parts += f.clutter(dice, palette, width, depth, height, 5, 0.4)
    return Piece(tuple(parts), width, depth, height)


def person(dice: Dice, palette: Palette) -> Piece:
    """Someone who stands about, or a tall vase, or a clothes stand: people-size and round."""
    tall, skin = dice.uniform(1.4, 1.9), palette.thing()
    legs, coat = palette.cloth(), palette.cloth()
    parts = [rod((x, 0, 0), (x * 0.8, -0.48 * tall, 0), 0.075, legs) for x in (-0.1, 0.1)]
    parts.append(ball(0, 0, 0.42 * tall, 0.42, 0.28, 0.45 * tall, coat))
    parts.append(ball(0, 0, 0.86 * tall, 0.17, 0.2, 0.14 * tall, skin))
    parts += [rod((x, -0.8 * tall, 0), (x * 1.3, -0.45 * tall, -0.05), 0.05, coat) for x in (-0.2, 0.2)]
    return Piece(tuple(parts), 0.55, 0.4, tall)


def stairs(dice: Dice, palette: Palette) -> Piece:
    """Up along the wall, with or without what is under them, and a handrail."""
    steps, width = int(dice.integers(4, 16)), dice.uniform(0.8, 1.6)
    run, rise = dice.uniform(0.22, 0.32), dice.uniform(0.15, 0.2)
    length, paint, metal = steps * run, palette.wood(), palette.metal()
    solid = dice.random() < 0.6
    parts: list[Part] = []
    for n in range(steps):
        x = (n + 0.5) * run - length / 2
        up = (n + 1) * rise
        parts.append(box(x, 0, 0 if solid else up - 0.05, run + 0.01, width, up if solid else 0.05, paint))
        if dice.random() < 0.8:
            parts.append(rod((x, -up, -width / 2 + 0.04), (x, -up - 0.9, -width / 2 + 0.04), 0.012, metal))
    begin, end = (-length / 2, -rise - 0.9, -width / 2 + 0.04), (length / 2, -steps * rise - 0.9, -width / 2 + 0.04)
    parts.append(rod(begin, end, 0.025, palette.wood()))
    return Piece(tuple(parts), length, width, min(steps * rise, 2.0))


def railing(dice: Dice, palette: Palette) -> Piece:
    """Balusters between rails, a fence, a balustrade or a pane of glass in a frame."""
    width, height, paint = dice.uniform(1.0, 4.5), dice.uniform(0.8, 1.2), palette.metal()
    parts = [box(0, 0, height - 0.05, width, 0.06, 0.05, palette.wood()), box(0, 0, 0.08, width, 0.04, 0.03, paint)]
    thick = dice.uniform(0.008, 0.04)
    parts += [
        rod((x, -0.05, 0), (x, -height, 0), thick, paint)
        for x in np.arange(-width / 2, width / 2 + 0.01, dice.uniform(0.1, 0.25) + thick)
    ]
    return Piece(tuple(parts), width, 0.1, height)


def rows(dice: Dice, palette: Palette) -> Piece:
    """The same seat, desk or rack again and again: halls, offices, churches, shops."""
    one = _picked_row(dice)(dice, palette)
    gap_x = dice.uniform(0.0, 0.25) if dice.random() < 0.6 else dice.uniform(0.5, 1.2)
    gap_z = dice.uniform(0.5, 1.3)
    across, deep = int(dice.integers(1, 6)), int(dice.integers(2, 6))
    while across * deep * len(one.parts) > 350 and across * deep > 2:
        across, deep = max(1, across - 1), max(2, deep - 1)
    step_x, step_z = one.width + gap_x, one.depth + gap_z
    parts: list[Part] = []
    for i in range(across):
        for j in range(deep):
            parts += moved(one.parts, (i - (across - 1) / 2) * step_x, (j - (deep - 1) / 2) * step_z)
    return Piece(tuple(parts), across * step_x, deep * step_z, one.height)


def long_table(dice: Dice, palette: Palette) -> Piece:
    """A table for a meeting, chairs along both sides."""
    count, depth, height = int(dice.integers(2, 8)), dice.uniform(0.9, 1.6), dice.uniform(0.7, 0.78)
    width, paint = count * dice.uniform(0.6, 0.8), palette.wood()
    parts = [box(0, 0, height - 0.05, width, depth, 0.05, paint)]
    parts += [box(s * width * 0.35, 0, 0, 0.15, depth * 0.6, height - 0.05, paint) for s in (-1, 1)]
    seat = f.chair(dice, palette)
    for n in range(count):
        x = (n + 0.5) / count * width - width / 2
        for side in (-1, 1):
            if dice.random() < 0.9:
                yaw = (0.0 if side > 0 else np.pi) + dice.normal(0.0, 0.1)
                parts += moved(seat.parts, x, side * (depth / 2 + dice.uniform(0.1, 0.4)), yaw=yaw)
    parts += f.clutter(dice, palette, width, depth, height, 10, 0.3)
    return Piece(tuple(parts), width, depth + 1.2, height)


def pew(dice: Dice, palette: Palette) -> Piece:
    """A bench with a back."""
    width, paint = dice.uniform(1.2, 4.0), palette.wood()
    parts = [
        box(0, 0, 0.42, width, 0.42, 0.04, paint),
        box(0, 0.2, 0.0, width, 0.04, dice.uniform(0.8, 1.0), paint),
        *(box(s * width / 2, 0, 0, 0.05, 0.45, 0.9, paint) for s in (-1, 1)),
    ]
    return Piece(tuple(parts), width, 0.5, 0.9)


def wardrobe(dice: Dice, palette: Palette) -> Piece:
    """A cupboard with a mirror as its door, or only the mirror."""
    width, height = dice.uniform(0.4, 2.0), dice.uniform(0.8, 2.2)
    depth = dice.uniform(0.3, 0.6) if dice.random() < 0.6 else 0.05
    up = 0.0 if depth > 0.1 else dice.uniform(0.1, 1.0)
    parts = [box(0, 0.01, up, width, depth - 0.02, height, palette.wood())]
    parts.append(box(0, -depth / 2 + 0.01, up + 0.04, width - 0.08, 0.02, height - 0.08, palette.mirror()))
    return Piece(tuple(parts), width, depth, height + up)


def _picked_row(dice: Dice) -> Builder:
    return (pew, f.desk, f.table, f.chair, f.shelf, anything, f.appliance)[int(dice.integers(7))]


def _any_paint(dice: Dice, palette: Palette) -> int:
    return (palette.thing, palette.wood, palette.cloth, palette.white)[int(dice.integers(4))]()


HALL = Kind(1.0, (5.0, 25.0), (4, 12),
            ((f.cupboard, 1), (f.shelf, 1.5), (f.sofa, 1), (f.plant, 1), (anything, 2), (stairs, 1), (pew, 1)),
            ((rows, 5), (long_table, 1.5), (f.table_with_chairs, 1), (anything, 1), (railing, 1), (f.rug, 1),
             (person, 0.7)))  # fmt: skip
"""What halls, churches, lobbies, offices and shops hold."""

ANYWHERE: tuple[tuple[Builder, float], ...] = (
    (anything, 2.0), (person, 0.25), (stairs, 0.15), (railing, 0.1), (wardrobe, 0.2),
)  # fmt: skip
"""What may stand in every room beside its own, with weights."""
