"""Large windows, glass doors and glass walls with a bright view: the range there is the pane's, as scanners say it."""

from dataclasses import dataclass

import numpy as np

from training.mono.furniture import Dice
from training.mono.paints import Palette
from training.mono.parts import Array, Part, box, rod
from training.mono.walls import Shell, Wall


@dataclass(frozen=True, slots=True)
class Pane:
    """Where the sun may come in: `middle` (3,), `along` (3,) of half its width, half its height, which `room`."""

    middle: Array
    along: Array
    half_high: float
    room: int


def glazed(dice: Dice, palette: Palette, made: Shell, room: int) -> list[Pane]:
    """Windows wider than `training.mono` has them, in some walls of a room; panes around the room's own middle."""
    panes = []
    for wall in made.walls:
        if dice.random() < 0.22:
            pane = _window(dice, palette, made, wall, room)
            panes += [] if pane is None else [pane]
    return panes


def _window(dice: Dice, palette: Palette, made: Shell, wall: Wall, room: int) -> Pane | None:
    height = made.inner[2]
    wide = min(float(dice.uniform(0.8, 3.5)) if dice.random() < 0.75 else wall.length - 0.1, wall.length - 0.1)
    sill = 0.03 if dice.random() < 0.5 else float(dice.uniform(0.3, 1.0))
    high = height - sill - (0.05 if dice.random() < 0.3 else float(dice.uniform(0.1, 0.6)))
    at = wall.free(dice, wide, wall.closed) if wide > 0.5 and high > 0.4 else None
    if at is None:
        return None
    wall.closed.append((at - wide / 2 - 0.05, at + wide / 2 + 0.05))
    trim = palette.trim if dice.random() < 0.5 else palette.metal() if dice.random() < 0.6 else palette.wood()
    frame = dice.uniform(0.02, 0.09)
    parts = _view(dice, palette, at, sill, wide, high)
    across, up = int(dice.integers(1, 2 + round(wide / 0.7))), int(dice.integers(1, 4))
    parts += [box(x, -0.03, sill, frame, 0.06, high, trim) for x in at + np.linspace(-0.5, 0.5, across + 1) * wide]
    parts += [box(at, -0.03, sill + y, wide + frame, 0.06, frame, trim) for y in np.linspace(0, high, up + 1)]
    if dice.random() < 0.35:
        parts += _curtains(dice, palette, at, wide, sill + high)
    made.parts += wall.placed(parts)
    middle = wall.placed([box(at, -0.02, sill, 0.01, 0.01, high, trim)])[0].centre
    along = wall.placed([box(at + wide / 2, -0.02, sill, 0.01, 0.01, high, trim)])[0].centre - middle
    inward = wall.placed([box(at, -0.35, sill + high * 0.4, 0.01, 0.01, 0.1, trim)])[0].centre
    made.windows.append(inward)
    return Pane(middle, along, high / 2, room)


def _view(dice: Dice, palette: Palette, at: float, sill: float, wide: float, high: float) -> list[Part]:
    """Sky over something: houses, trees, a street; all of it painted on the pane."""
    parts = [box(at, -0.004, sill, wide, 0.008, high, palette.outside())]
    for _ in range(int(dice.integers(0, 6))):
        side, low = dice.uniform(0.15, 0.8) * wide, dice.uniform(0.1, 0.6) * high
        x = at + dice.uniform(-0.5, 0.5) * (wide - side)
        paint = (palette.outside, palette.leaf, palette.wall, palette.thing)[int(dice.integers(4))]()
        parts.append(box(x, -0.005 - dice.uniform(0.0, 0.003), sill, side, 0.008, low, paint))
    return parts


def _curtains(dice: Dice, palette: Palette, at: float, wide: float, top: float) -> list[Part]:
    cloth, share = palette.cloth(), dice.uniform(0.05, 0.5)
    bottom = 0.02 if dice.random() < 0.7 else top * 0.35
    thick = dice.uniform(0.03, 0.06)
    return [
        rod((x, -bottom, -0.12), (x, -top, -0.12), thick, cloth)
        for side in (-1, 1)
        for x in at + side * (wide / 2 - np.arange(0.0, share * wide, 1.6 * thick))
    ]
