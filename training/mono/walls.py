"""The shell of a room: floor, ceiling, walls, a doorway into the next room, windows, doors, pictures, pipes, lamps.

Metres; x right, y DOWN, z ahead; the floor is y = 0. A wall is a place to put things: along it x, away from it -z.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from training.mono.furniture import Dice, clutter
from training.mono.paints import Palette
from training.mono.parts import Array, Part, ball, box, drum, moved, rod


@dataclass(slots=True)
class Wall:
    """One side of the room: its middle (`x`, `z`) on the floor, `yaw` from there, `length`.

    `closed` and `tall` are spans along it, (from, to) from the middle: doors and windows, and furniture that hides it.
    """

    x: float
    z: float
    yaw: float
    length: float
    closed: list[tuple[float, float]] = field(default_factory=list)
    tall: list[tuple[float, float]] = field(default_factory=list)

    def placed(self, parts: Iterable[Part]) -> list[Part]:
        return moved(parts, self.x, self.z, yaw=self.yaw)

    def free(self, dice: Dice, width: float, taken: list[tuple[float, float]]) -> float | None:
        """Where the middle of a thing of that width may be, or None where five tries found no room."""
        reach = (self.length - width) / 2 - 0.02
        if reach < 0:
            return None
        for _ in range(5):
            at = float(dice.uniform(-reach, reach))
            if all(at + width / 2 < low or at - width / 2 > high for low, high in taken):
                return at
        return None


@dataclass(slots=True)
class Shell:
    """`inner` (width, depth, height) around the origin; `low` and `high` (3,): everything, the next room included.

    `faces`: paints of the box's sides -x, +x, ceiling, floor, -z, +z. `windows`: places from which daylight comes.
    """

    inner: tuple[float, float, float]
    low: Array
    high: Array
    faces: tuple[int, ...]
    walls: list[Wall]
    parts: list[Part]
    windows: list[Array]
    lamps: list[Array]


def shell(dice: Dice, palette: Palette, width: float, depth: float, height: float, *, cellar: bool) -> Shell:
    """A room of that size, maybe with another one behind an opening."""
    walls = [
        Wall(0.0, depth / 2, 0.0, width),
        Wall(width / 2, 0.0, np.pi / 2, depth),
        Wall(0.0, -depth / 2, np.pi, width),
        Wall(-width / 2, 0.0, -np.pi / 2, depth),
    ]
    low, high = np.array([-width / 2, -height, -depth / 2]), np.array([width / 2, 0.0, depth / 2])
    common = palette.wall()
    west, east, south, north = (common if dice.random() < 0.7 else palette.wall() for _ in range(4))
    made = Shell(
        (width, depth, height),
        low,
        high,
        (west, east, palette.ceiling(), palette.floor(), south, north),
        walls,
        [],
        [],
        [],
    )
    if dice.random() < 0.45:
        _open(dice, palette, made, walls[int(dice.integers(4))], common)
    fit(dice, palette, made, common, cellar=cellar)
    return made


def fit(dice: Dice, palette: Palette, made: Shell, common: int, *, cellar: bool) -> None:
    """Doors, skirting, windows, a corner built over with the paint `common`, lamps: to be called before furniture."""
    width, depth, height = made.inner
    for wall in made.walls:
        if dice.random() < 0.3:
            _door(dice, palette, made, wall)
        _skirted(palette, made, wall)
        if dice.random() < (0.15 if cellar else 0.4):
            _window(dice, palette, made, wall)
    if dice.random() < 0.2:  # a chimney, a shaft, a corner that is built over
        side = dice.uniform(0.3, 1.2, 2)
        x, z = dice.choice([-1, 1], 2) * (np.array([width, depth]) - side) / 2
        made.parts.append(box(x, z, 0.0, side[0], side[1], height, common))
    _overhead(dice, palette, made, cellar)


def hung(dice: Dice, palette: Palette, made: Shell) -> None:
    """Pictures, screens, radiators and boards where nothing tall stands: to be called after the furniture."""
    height = made.inner[2]
    for wall in made.walls:
        taken = wall.closed + wall.tall
        for _ in range(int(dice.integers(0, 5))):
            kind = dice.random()
            wide, high = dice.uniform(0.2, 1.1), dice.uniform(0.2, 0.9)
            up = min(dice.normal(1.55, 0.15) - high / 2, height - high - 0.1)
            at = wall.free(dice, wide, taken)
            if at is None:
                continue
            taken.append((at - wide / 2, at + wide / 2))
            if kind < 0.65:
                frame = palette.wood()
                parts = [
                    box(at, -0.01, up, wide, 0.02, high, frame),
                    box(at, -0.018, up + 0.03, wide - 0.06, 0.012, high - 0.06, palette.picture()),
                ]
            elif kind < 0.75:
                parts = [box(at, -0.04, up, wide, 0.06, wide * 0.6, palette.dark())]
            elif kind < 0.85:
                parts = [box(at, -0.05, 0.12, wide, 0.08, 0.55, palette.white())]
            else:
                board = [
                    box(0, 0, 0, wide, 0.2, 0.025, palette.wood()),
                    *clutter(dice, palette, wide, 0.18, 0.025, 6, 0.3),
                ]
                parts = moved(board, at, -0.1, up)
            made.parts += wall.placed(parts)


def _open(dice: Dice, palette: Palette, made: Shell, wall: Wall, paint: int) -> None:
    """The next room: the outer box grows, and a wall with an opening stands where it ended."""
    _, _, height = made.inner
    beyond = dice.uniform(1.0, 4.5)
    direction = np.array([np.sin(wall.yaw), 0.0, np.cos(wall.yaw)]).round()
    made.low += np.minimum(direction, 0.0) * beyond
    made.high += np.maximum(direction, 0.0) * beyond
    if dice.random() < 0.5:
        wide, top = dice.uniform(0.75, 1.0), dice.uniform(1.95, 2.15)
    else:
        wide, top = dice.uniform(1.0, 0.8 * wall.length), dice.uniform(2.0, height)
    wide, top = min(wide, wall.length * 0.8), min(top, height)
    reach = (wall.length - wide) / 2
    at, thick = float(dice.uniform(-reach, reach)), dice.uniform(0.08, 0.25)
    left, right = at - wide / 2 + wall.length / 2, wall.length / 2 - at - wide / 2
    trim = palette.trim
    parts = [
        box(-wall.length / 2 + left / 2, thick / 2, 0, left, thick, height, paint),
        box(wall.length / 2 - right / 2, thick / 2, 0, right, thick, height, paint),
        *(box(at + s * (wide / 2 + 0.03), thick / 2, 0, 0.08, thick + 0.04, top, trim) for s in (-1, 1)),
    ]
    if height - top > 0.02:
        parts.append(box(at, thick / 2, top, wide + 0.02, thick, height - top, paint))
        parts.append(box(at, thick / 2, top - 0.04, wide + 0.14, thick + 0.04, 0.08, trim))
    if wide < 1.1 and dice.random() < 0.4:  # its door stands open
        leaf = box(wide / 2, 0, 0, wide, 0.04, top - 0.05, palette.wood())
        parts += moved([leaf], at - wide / 2, -0.02, yaw=dice.uniform(0.9, 2.0) * dice.choice([-1, 1]))
    made.parts += wall.placed(parts)
    wall.closed.append((at - wide / 2 - 0.1, at + wide / 2 + 0.1))


def _skirted(palette: Palette, made: Shell, wall: Wall) -> None:
    spans, at = sorted(wall.closed), -wall.length / 2
    for low, high in [*spans, (wall.length / 2, wall.length / 2)]:
        if low - at > 0.05:
            made.parts += wall.placed([box((at + low) / 2, -0.008, 0.0, low - at, 0.016, 0.09, palette.trim)])
        at = max(at, high)


def _door(dice: Dice, palette: Palette, made: Shell, wall: Wall) -> None:
    wide, top = dice.uniform(0.7, 0.95), min(dice.uniform(1.95, 2.1), made.inner[2] - 0.05)
    at = wall.free(dice, wide + 0.2, wall.closed)
    if at is None:
        return
    wall.closed.append((at - wide / 2 - 0.1, at + wide / 2 + 0.1))
    leaf, trim, metal = palette.wood(), palette.trim, palette.metal()
    parts = [
        box(at, -0.015, 0, wide, 0.03, top, leaf),
        *(box(at + s * (wide / 2 + 0.04), -0.02, 0, 0.08, 0.05, top + 0.08, trim) for s in (-1, 1)),
        box(at, -0.02, top, wide, 0.05, 0.08, trim),
        ball(at + wide * 0.42, -0.07, 1.0, 0.06, 0.08, 0.06, metal),
    ]
    if dice.random() < 0.5:
        parts += [box(at, -0.035, up, wide * 0.7, 0.02, top * 0.38, leaf) for up in (0.12, top * 0.54)]
    made.parts += wall.placed(parts)


def _window(dice: Dice, palette: Palette, made: Shell, wall: Wall) -> None:
    wide, sill = dice.uniform(0.6, 2.0), dice.uniform(0.5, 1.1)
    high = min(dice.uniform(0.8, 1.5), made.inner[2] - sill - 0.15)
    at = wall.free(dice, wide + 0.3, wall.closed)
    if at is None:
        return
    wall.closed.append((at - wide / 2 - 0.1, at + wide / 2 + 0.1))
    trim, pane = palette.trim, palette.outside()
    parts = [
        box(at, -0.004, sill, wide, 0.008, high, pane),
        *(box(at + s * wide / 2, -0.02, sill - 0.05, 0.07, 0.05, high + 0.1, trim) for s in (-1, 1)),
        *(box(at, -0.02, up, wide, 0.05, 0.07, trim) for up in (sill - 0.04, sill + high - 0.03)),
    ]
    parts += [
        box(at + x * wide, -0.015, sill, 0.035, 0.03, high, trim)
        for x in np.linspace(-0.5, 0.5, int(dice.integers(3, 5)))[1:-1]
    ]
    if dice.random() < 0.5:
        parts.append(box(at, -0.1, sill - 0.05, wide + 0.1, 0.2, 0.03, trim))
    if dice.random() < 0.3:  # blinds
        low = dice.uniform(0.1, 0.8) * high
        parts.append(box(at, -0.05, sill + high - low, wide, 0.02, low, palette.cloth()))
    elif dice.random() < 0.6:
        cloth, bottom = palette.cloth(), 0.05 if dice.random() < 0.6 else sill - 0.1
        for side in (-1, 1):
            # Folds: a row of half columns.
            for x in np.arange(0.0, dice.uniform(0.15, 0.45), 0.07):
                place = at + side * (wide / 2 + 0.12 - x)
                parts.append(rod((place, -bottom, -0.1), (place, -sill - high - 0.1, -0.1), 0.045, cloth))
        parts.append(
            rod(
                (at - wide / 2 - 0.25, -sill - high - 0.12, -0.1),
                (at + wide / 2 + 0.25, -sill - high - 0.12, -0.1),
                0.015,
                palette.metal(),
            )
        )
    made.parts += wall.placed(parts)
    made.windows.append(wall.placed([box(at, -0.3, sill, 0.1, 0.1, high, pane)])[0].centre)


def _overhead(dice: Dice, palette: Palette, made: Shell, cellar: bool) -> None:
    """Lamps under the ceiling; in cellars beams and pipes."""
    width, depth, height = made.inner
    for _ in range(int(dice.integers(1, 4))):
        x, z = dice.uniform(-0.35, 0.35) * width, dice.uniform(-0.35, 0.35) * depth
        lamp, kind = palette.lamp(), dice.random()
        hang = 0.05
        if kind < 0.3:
            made.parts.append(box(x, z, height - 0.04, 0.6, 1.2, 0.04, lamp, dice.choice([0.0, np.pi / 2])))
        elif kind < 0.6:
            made.parts.append(ball(x, z, height - 0.12, 0.36, 0.36, 0.12, lamp))
            hang = 0.13
        elif kind < 0.8:
            hang = dice.uniform(0.3, 0.9)
            made.parts += drum(x, z, height - hang, dice.uniform(0.12, 0.25), 0.2, lamp)
            made.parts.append(rod((x, -height, z), (x, -height + hang, z), 0.006, palette.dark()))
        else:
            made.parts += drum(x, z, height - 0.012, 0.08, 0.01, lamp)
        made.lamps.append(np.array([x, -height + hang + 0.06, z]))
    if dice.random() < (0.5 if cellar else 0.06):
        wood, high = palette.wood(), dice.uniform(0.1, 0.25)
        for x in np.arange(-width / 2 + 0.3, width / 2, dice.uniform(0.4, 1.2)):
            made.parts.append(box(x, 0, height - high, 0.08, depth, high, wood))
    if dice.random() < (0.6 if cellar else 0.04):
        for _ in range(int(dice.integers(1, 5))):
            paint = palette.metal() if dice.random() < 0.6 else palette.white()
            x, up, thick = dice.uniform(-0.5, 0.5) * width, height - dice.uniform(0.1, 0.4), dice.uniform(0.02, 0.16)
            made.parts.append(rod((x, -up, -depth / 2), (x, -up, depth / 2), thick, paint))
            if dice.random() < 0.4:
                z = dice.uniform(-0.5, 0.5) * depth
                made.parts.append(rod((x, 0, z), (x, -up, z), thick * 0.7, paint))
