"""One furnished building and the place where the tripod stands in it, drawn by dice."""

import math
from dataclasses import replace

import numpy as np

from training.mono import furniture as f
from training.mono.furniture import Dice
from training.mono.paints import Paints, Palette
from training.mono.parts import Array, Part, box, drum, moved
from training.mono.rooms import KINDS, Light, furnish, out_of_the_face, turn_of
from training.mono.walls import Shell, fit, hung
from training.panorama.building import Building
from training.panorama.glass import Pane, glazed
from training.panorama.outdoors import courtyard
from training.panorama.pieces import ANYWHERE, HALL, anything, long_table
from training.panorama.plan import STYLES, Plan, Space, Style, drawn_plan
from training.panorama.shine import drawn_sun

_OUTDOORS = 0.09


def random_building(dice: Dice, textures: int) -> Building:
    """A building seen from one of its rooms, or a courtyard; `textures`: how many the atlas holds."""
    palette = Palette(dice, textures)
    made = courtyard(dice, palette) if dice.random() < _OUTDOORS else _indoors(dice, palette)
    return replace(made, paints=_recoloured(dice, made.paints))


def _indoors(dice: Dice, palette: Palette) -> Building:
    style = STYLES[_index(dice, [style.weight for style in STYLES])]
    plan = drawn_plan(dice, palette, style)
    eye = _standing(dice, plan)
    parts: list[Part] = []
    rooms: list[int] = []
    panes: list[Pane] = []
    for number, space in enumerate(plan.spaces):
        glass = glazed(dice, palette, space.made, number)
        panes += [replace(pane, middle=pane.middle + space.middle) for pane in glass]
        own = _furnished(dice, palette, space, style, eye)
        own = [part for part in own if out_of_the_face(part, eye)]
        parts += own
        rooms += [number] * len(own)
    fixed = [part for part in plan.parts if out_of_the_face(part, eye)]
    if dice.random() < 0.45:
        fixed += _beside(dice, palette, eye)
    parts += fixed
    rooms += [0] * len(fixed)
    lights, ambient = _lit(dice, plan)
    turn = turn_of(dice.uniform(-np.pi, np.pi), *np.radians(dice.normal(0.0, 0.4, 2)).clip(-0.02, 0.02))
    return Building(
        tuple(plan.cells), tuple(parts), tuple(rooms), palette.table(), lights, ambient, eye, turn,
        drawn_sun(dice, panes),
    )  # fmt: skip


def _index(dice: Dice, weights: list[float]) -> int:
    shares = np.array(weights)
    return int(dice.choice(len(shares), p=shares / shares.sum()))


def _standing(dice: Dice, plan: Plan) -> Array:
    """Anywhere in the first room, mostly not too near to a wall, under whatever ceiling there is."""
    space, cell = plan.spaces[0], next(cell for cell in plan.cells if cell.room == 0 and cell.high[1] == 0.0)
    width, depth, height = space.made.inner
    nearest = dice.uniform(0.3, 0.8) if dice.random() < 0.4 else dice.uniform(0.6, 1.6)
    for shrink in np.linspace(1.0, 0.0, 12):
        free = np.maximum(np.array([width, depth]) / 2 - nearest, 0.05)
        x, z = dice.uniform(-1.0, 1.0, 2) * free * shrink
        up = min(float(np.clip(dice.normal(1.45, 0.25), 0.7, 2.2)), height - 0.35)
        eye = np.array([x, -up, z])
        if cell.holds(eye, 0.25):
            return eye
    return np.array([0.0, -0.6, 0.0])


def _furnished(dice: Dice, palette: Palette, space: Space, style: Style, eye: Array) -> list[Part]:
    """What stands and hangs in one room, in the world."""
    kind = HALL if dice.random() < style.hall else KINDS[_index(dice, [kind.weight for kind in KINDS])]
    made = space.made
    fit(dice, palette, made, space.paint, cellar=kind.cellar or dice.random() < 0.05)
    if space.above is not None:
        made.parts[:] = [_raised(part, space) for part in made.parts]
    width, depth, _ = made.inner
    many = dice.uniform(0.4, 2.0) * min(40.0, 6.0 + width * depth / 2.5)
    own = 1.0 if dice.random() < 0.8 else 0.3
    kind = replace(
        kind,
        pieces=(round(many * 0.6), round(many * 0.6) + 1),
        at_walls=(*((builder, own * weight) for builder, weight in kind.at_walls), *ANYWHERE),
        in_middle=(*((builder, own * weight) for builder, weight in kind.in_middle), *ANYWHERE),
    )
    furnish(dice, palette, made, kind, eye - space.middle)
    hung(dice, palette, made)
    if max(width, depth) > 5.0 and dice.random() < 0.4:
        made.parts += _columns(dice, palette, space)
    if dice.random() < 0.25:
        made.parts += _panelling(dice, palette, made)
    return moved(made.parts, float(space.middle[0]), float(space.middle[2]))


def _beside(dice: Dice, palette: Palette, eye: Array) -> list[Part]:
    """Something low close to the tripod: it fills a good part of the picture's lower half."""
    builders = (f.bed, f.table, f.low_table, f.sofa, f.desk, f.table_with_chairs, f.chair, long_table, anything)
    piece = builders[int(dice.integers(len(builders)))](dice, palette)
    if piece.height > -eye[1] - 0.25:
        return []
    bearing, turn = dice.uniform(-np.pi, np.pi), float(dice.integers(4)) * np.pi / 2
    away = (piece.width if turn % np.pi > 1 else piece.depth) / 2 + dice.uniform(0.3, 0.8)
    parts = moved(piece.parts, 0.0, away, yaw=turn)
    parts = moved(parts, float(eye[0]), float(eye[2]), yaw=bearing)
    return [part for part in parts if out_of_the_face(part, eye)]


def _raised(part: Part, space: Space) -> Part:
    """Lamps and beams hang from the higher part of the ceiling where there is one."""
    above, place = space.above, part.centre + space.middle
    assert above is not None
    under = bool((place[[0, 2]] > above.low[[0, 2]]).all() and (place[[0, 2]] < above.high[[0, 2]]).all())
    if not under or place[1] > space.low[1] + 1.0:
        return part
    return replace(part, centre=part.centre + np.array([0.0, above.low[1] - space.low[1], 0.0]))


def _columns(dice: Dice, palette: Palette, space: Space) -> list[Part]:
    """Two rows, or a grid, of round or square columns."""
    width, depth, height = space.made.inner
    thick, paint = dice.uniform(0.12, 0.6), space.paint if dice.random() < 0.5 else palette.wall()
    step = dice.uniform(2.0, 5.0)
    round_ = dice.random() < 0.5
    aside = dice.uniform(0.2, 0.42)
    parts: list[Part] = []
    for s in (-1, 1):
        for along in np.arange(-0.5 * max(width, depth) + step / 2, 0.5 * max(width, depth), step):
            x, z = (along, s * aside * depth) if width > depth else (s * aside * width, along)
            parts += drum(x, z, 0, thick / 2, height, paint) if round_ else [box(x, z, 0, thick, thick, height, paint)]
    return parts


def _panelling(dice: Dice, palette: Palette, made: Shell) -> list[Part]:
    """A band of another paint along the walls: wainscot, tiles, a frieze; now and then a whole wall."""
    height = made.inner[2]
    paint = palette.wood() if dice.random() < 0.5 else palette.wall()
    low_band = dice.random() < 0.7
    up, high = (0.0, dice.uniform(0.6, 1.4)) if low_band else (dice.uniform(1.5, 2.4), dice.uniform(0.05, 0.6))
    parts: list[Part] = []
    for wall in made.walls:
        edges = [-wall.length / 2, *(edge for span in sorted(wall.closed) for edge in span), wall.length / 2]
        for low, upper in zip(edges[::2], edges[1::2], strict=True):
            if upper - low > 0.05 and up + high < height:
                parts += wall.placed([box((low + upper) / 2, -0.006, up, upper - low, 0.012, high, paint)])
    return parts


def _lit(dice: Dice, plan: Plan) -> tuple[tuple[Light, ...], Array]:
    """Two or three lights that throw shadows, each warm or cold; what comes from everywhere does the rest."""
    warm = np.array([1.0, dice.uniform(0.8, 1.0), dice.uniform(0.5, 1.0)])
    cold = np.array([dice.uniform(0.75, 1.0), dice.uniform(0.85, 1.0), 1.0])
    by_day = dice.random() < 0.6
    ambient = np.zeros((len(plan.spaces), 3))
    lights: list[Light] = []
    for number, space in enumerate(plan.spaces):
        tone = cold if by_day and space.made.windows else warm
        ambient[number] = tone * dice.uniform(0.15, 0.8)
        width, depth, _ = space.made.inner
        reach = dice.uniform(0.3, 0.9) * math.sqrt(width * depth)
        if space.made.windows and by_day and (number == 0 or len(lights) < 2):
            place = space.made.windows[int(dice.integers(len(space.made.windows)))]
            lights.append(Light(place + space.middle, cold * dice.uniform(0.8, 3.0), reach))
        if space.made.lamps and len(lights) < 3 and (not by_day or dice.random() < 0.4):
            place = space.made.lamps[int(dice.integers(len(space.made.lamps)))]
            lights.append(Light(place + space.middle, warm * dice.uniform(0.5, 2.0), reach))
    return tuple(lights[:3]), ambient


def _recoloured(dice: Dice, paints: Paints) -> Paints:
    """Most buildings as they are mixed; in the others some or all paints become any colour with any pattern.

    A network that has seen only likely colours holds on to them.
    """
    share = 0.0 if dice.random() < 0.55 else dice.uniform(0.05, 1.0)
    count = len(paints.texture)
    wild = dice.random(count) < share
    tint = np.where(
        wild[:, None], dice.uniform(0.15, 1.0, (count, 3)) ** dice.uniform(0.5, 1.5, (count, 1)), paints.tint
    )
    contrast = np.where(wild & (dice.random(count) < 0.6), dice.uniform(0.0, 1.0, count), paints.contrast)
    raw = np.where(wild & (dice.random(count) < 0.25), True, paints.raw)
    tint = np.where((raw & ~paints.raw)[:, None], dice.uniform(0.7, 1.2, (count, 1)), tint)
    # Lamps and views glow in their own colour.
    keep = paints.glow > 0
    return replace(
        paints,
        tint=np.where(keep[:, None], paints.tint, tint).astype(np.float32),
        contrast=np.where(keep, paints.contrast, contrast).astype(np.float32),
        raw=np.where(keep, paints.raw, raw),
    )
