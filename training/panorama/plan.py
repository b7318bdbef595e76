"""Where the air is: rooms, the openings between them, and the eye, drawn by dice. Metres; floor at y = 0, y down."""

import math
from dataclasses import dataclass, field

import numpy as np

from training.mono.furniture import Dice
from training.mono.paints import Palette
from training.mono.parts import Array, Part, rod
from training.mono.walls import Shell, Wall
from training.panorama.ceilings import Slope, apse, chamfers, roof, tray, vault
from training.panorama.cells import Cell

_OVERLAP_M = 0.01
_TWO_FLOORS_M = 4.6


@dataclass(slots=True)
class Space:
    """One room of a plan: its air from `low` to `high` (3,), what furnishes it (`made`, around its own middle).

    `paint`: of most of its walls; `above`: a higher part of its ceiling.
    """

    low: Array
    high: Array
    made: Shell
    paint: int
    above: Cell | None = None

    @property
    def middle(self) -> Array:
        """(3,): the middle of its floor."""
        return np.array([(self.low[0] + self.high[0]) / 2, 0.0, (self.low[2] + self.high[2]) / 2])


@dataclass(slots=True)
class Plan:
    """All rooms, the first is where the eye stands, all air, and what belongs to the building: railings."""

    spaces: list[Space] = field(default_factory=list)
    cells: list[Cell] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    def free(self, low: Array, high: Array) -> bool:
        """Whether a room from `low` to `high` would overlap no other by more than a wall."""
        return all(
            (np.minimum(high, space.high) - np.maximum(low, space.low))[[0, 2]].min() < 0.05 for space in self.spaces
        )


@dataclass(frozen=True, slots=True)
class Style:
    """What kind of building: `sides_m` of the first room, its `height_m`, how many rooms follow, how long one may be.

    `attic`: how often a ceiling slopes; `open`: how often an opening is wide; `hall`: how often it holds what halls do.
    """

    weight: float
    sides_m: tuple[float, float]
    height_m: tuple[float, float]
    rooms: tuple[int, int]
    attic: float = 0.05
    open: float = 0.35
    stretch: float = 1.6
    hall: float = 0.06


STYLES = (
    Style(6.0, (2.2, 5.0), (2.2, 3.2), (0, 4)),
    Style(3.0, (3.5, 8.0), (2.3, 3.6), (0, 6), open=0.6),
    Style(0.8, (2.5, 5.0), (2.2, 3.4), (0, 3), attic=1.0),
    Style(1.1, (6.0, 20.0), (2.8, 8.0), (0, 6), attic=0.3, open=0.6, hall=0.7),
    Style(0.8, (1.2, 3.0), (2.2, 3.0), (2, 7), stretch=8.0),
)


def drawn_plan(dice: Dice, palette: Palette, style: Style) -> Plan:
    """The first room stands around the origin; the others grow from one that is there already."""
    plan = Plan()
    short = float(np.exp(dice.uniform(*np.log(style.sides_m))))
    long = min(short * float(np.exp(dice.uniform(0.0, np.log(style.stretch)))), 25.0)
    width, depth = (short, long) if dice.random() < 0.5 else (long, short)
    height = float(dice.uniform(*style.height_m))
    common = palette.wall()
    ceiling, floor = palette.ceiling(), palette.floor()
    low, high = np.array([-width / 2, -height, -depth / 2]), np.array([width / 2, 0.0, depth / 2])
    _add(dice, palette, plan, low, high, (common, ceiling, floor), style)
    alone = style.rooms[0] == 0 and dice.random() < 0.25
    for _ in range(0 if alone else int(dice.integers(style.rooms[0], style.rooms[1] + 1))):
        _grow(dice, palette, plan, style, (common, ceiling, floor))
    if height > _TWO_FLOORS_M and dice.random() < 0.5:
        for _ in range(int(dice.integers(1, 4))):
            _gallery(dice, palette, plan)
    return plan


def _add(
    dice: Dice, palette: Palette, plan: Plan, low: Array, high: Array, usual: tuple[int, int, int], style: Style
) -> Space:
    """A room of air; `usual`: paints of walls, ceiling and floor in this building."""
    common, ceiling, floor = (
        usual[0] if dice.random() < 0.5 else palette.wall(),
        usual[1] if dice.random() < 0.8 else palette.ceiling(),
        usual[2] if dice.random() < 0.6 else palette.floor(),
    )
    west, east, south, north = (common if dice.random() < 0.7 else palette.wall() for _ in range(4))
    faces = (west, east, ceiling, floor, south, north)
    width, height, depth = (float(side) for side in high - low)
    walls = [
        Wall(0.0, depth / 2, 0.0, width),
        Wall(width / 2, 0.0, np.pi / 2, depth),
        Wall(0.0, -depth / 2, np.pi, width),
        Wall(-width / 2, 0.0, -np.pi / 2, depth),
    ]
    half = np.array([width / 2, 0.0, depth / 2])
    made = Shell((width, depth, height), np.array([0.0, -height, 0.0]) - half, half.copy(), faces, walls, [], [], [])
    space = Space(low, high, made, common)
    number = len(plan.spaces)
    slopes: list[Slope] = []
    if dice.random() < style.attic:
        slopes += roof(dice, low, high, (common, ceiling)) if dice.random() < 0.7 else vault(dice, low, high, ceiling)
    elif dice.random() < 0.18:
        above = tray(dice, palette, low, high, ceiling, number)
        if above is not None:
            plan.cells.append(above)
            space.above = above
    if dice.random() < 0.13:
        cut = chamfers if dice.random() < 0.7 else apse
        slopes += cut(dice, low, high, faces[int(dice.integers(2))])
    plan.cells.append(Cell(low, high, faces, number, tuple(slopes)))
    plan.spaces.append(space)
    return space


def _grow(dice: Dice, palette: Palette, plan: Plan, style: Style, usual: tuple[int, int, int]) -> None:
    """One more room behind an opening of a room that is there, where five tries find place for it."""
    for _ in range(5):
        number = 0 if dice.random() < 0.65 else int(dice.integers(len(plan.spaces)))
        before = plan.spaces[number]
        side = int(dice.integers(4))
        wall = before.made.walls[side]
        axis, sign = (2 if side % 2 == 0 else 0), (1.0 if side < 2 else -1.0)
        across = 2 - axis
        wide = dice.random() < style.open
        high = -before.low[1]
        span = float(dice.uniform(1.2, max(1.3, wall.length))) if wide else float(dice.uniform(0.7, 1.1))
        span = min(span, wall.length)
        reach = (wall.length - span) / 2
        along = float(dice.uniform(-reach, reach))  # from the wall's middle, along the world's axis
        top = high if wide and dice.random() < 0.6 else min(float(dice.uniform(1.95, 2.6)), high)
        thick = 0.0 if wide and dice.random() < 0.3 else float(dice.uniform(0.06, 0.4))
        centre = before.middle[across] + along
        start = (before.high if sign > 0 else before.low)[axis]
        sides = np.exp(dice.uniform(math.log(1.2), math.log(1.2 * style.sides_m[1]), 2))
        ceiling = high * dice.uniform(0.9, 1.1) if dice.random() < 0.3 else high
        # The opening lies somewhere in the next room's wall, not always in its middle.
        shift = float(dice.uniform(-1, 1)) * max(0.0, (sides[0] - span) / 2)
        sides[0] = max(sides[0], span)
        low, upper = np.zeros(3), np.zeros(3)
        low[across], upper[across] = centre + shift - sides[0] / 2, centre + shift + sides[0] / 2
        ends = sorted((start + sign * thick, start + sign * (thick + sides[1])))
        low[axis], upper[axis] = ends
        low[1] = -ceiling
        if not plan.free(low, upper):
            continue
        after = _add(dice, palette, plan, low, upper, usual, style)
        door_low, door_high = np.zeros(3), np.zeros(3)
        door_low[across], door_high[across] = centre - span / 2, centre + span / 2
        ends = sorted((start - sign * _OVERLAP_M, start + sign * (thick + _OVERLAP_M)))
        door_low[axis], door_high[axis] = ends
        door_low[1] = -min(top, ceiling)
        trim = palette.trim if dice.random() < 0.5 else before.paint
        faces = (trim, trim, trim, before.made.faces[3], trim, trim)
        arch = tuple(vault(dice, door_low, door_high, trim, across)) if dice.random() < 0.2 else ()
        plan.cells.append(Cell(door_low, door_high, faces, number, arch))
        _close(before, side, centre, span)
        _close(after, (side + 2) % 4, centre, span)
        return


def _gallery(dice: Dice, palette: Palette, plan: Plan) -> None:
    """An upper floor that opens into the first room, with a railing at its edge."""
    space, side = plan.spaces[0], int(dice.integers(4))
    axis, sign = (2 if side % 2 == 0 else 0), (1.0 if side < 2 else -1.0)
    across = 2 - axis
    up = float(dice.uniform(2.3, -space.low[1] - 1.9))
    start, inside = (space.high if sign > 0 else space.low)[axis], _OVERLAP_M
    low, high = space.low.copy(), space.high.copy()
    low[axis], high[axis] = sorted((start - sign * inside, start + sign * float(dice.uniform(1.0, 4.0))))
    low[across] += dice.uniform(0.0, 0.3) * space.made.inner[0 if across == 0 else 1]
    high[1] = -up
    if not plan.free(low, high):
        return
    wall = palette.wall()
    plan.cells.append(Cell(low, high, (wall, wall, space.made.faces[2], space.made.faces[3], wall, wall), 0))
    ends = np.array([[low[0], -up - 1.0, low[2]], [high[0], -up - 1.0, high[2]]])
    ends[:, axis] = start + sign * 0.05
    metal, step = palette.metal(), float(dice.uniform(0.1, 0.6))
    plan.parts.append(rod(ends[0], ends[1], 0.03, palette.wood()))
    for share in np.linspace(0.0, 1.0, min(60, 2 + int((high[across] - low[across]) / step))):
        foot = ends[0] + share * (ends[1] - ends[0])
        plan.parts.append(rod(foot + np.array([0.0, 1.0, 0.0]), foot, 0.012, metal))


def _close(space: Space, side: int, centre: float, span: float) -> None:
    """Nothing tall shall stand before an opening: walls count along their own x."""
    wall = space.made.walls[side]
    axis = 0 if side % 2 == 0 else 2
    along = (centre - space.middle[axis]) * (1.0, -1.0, -1.0, 1.0)[side]
    wall.closed.append((along - span / 2 - 0.1, along + span / 2 + 0.1))
