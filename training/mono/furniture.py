"""Tables, chairs, beds, cupboards, shelves, kitchens, lamps and what lies about, each a few boxes, balls and drums.

Every builder takes the dice and the room's palette and returns a `Piece` that stands at the origin, its back at +z.
"""

from collections.abc import Callable

import numpy as np

from training.mono.paints import Palette
from training.mono.parts import Part, Piece, ball, box, drum, moved, rod

Dice = np.random.Generator
Builder = Callable[[Dice, Palette], Piece]


def clutter(
    dice: Dice, palette: Palette, width: float, depth: float, up: float, most: int, tallest: float
) -> list[Part]:
    """Up to `most` small things on a surface `width` x `depth` at the height `up`, none higher than `tallest`."""
    parts: list[Part] = []
    for _ in range(int(dice.integers(0, most + 1))):
        x, z = dice.uniform(-0.45, 0.45) * width, dice.uniform(-0.4, 0.4) * depth
        paint, kind = palette.thing(), dice.random()
        size = float(np.exp(dice.uniform(np.log(0.04), np.log(0.3))))
        if kind < 0.45:
            high = min(tallest, size * dice.uniform(0.1, 1.5))
            parts.append(box(x, z, up, size, size * dice.uniform(0.4, 1.2), high, paint, dice.uniform(-1.6, 1.6)))
        elif kind < 0.7:
            parts += drum(x, z, up, min(0.09, size * 0.3), min(tallest, size * dice.uniform(0.6, 1.6)), paint)
        elif kind < 0.85:
            parts.append(ball(x, z, up, size * 0.6, size * 0.6, min(tallest, size * 0.6), paint))
        else:
            parts.append(box(x, z, up, dice.uniform(0.15, 0.3), 0.21, 0.004, palette.white(), dice.uniform(-1.6, 1.6)))
    return parts


def _legs(dice: Dice, width: float, depth: float, height: float, thick: float, paint: int) -> list[Part]:
    places = [(x * (width - thick) / 2, z * (depth - thick) / 2) for x in (-1, 1) for z in (-1, 1)]
    if dice.random() < 0.3:
        return [rod((x, 0.0, z), (x, -height, z), thick / 2, paint) for x, z in places]
    return [box(x, z, 0.0, thick, thick, height, paint) for x, z in places]


def table(dice: Dice, palette: Palette) -> Piece:
    width, depth, height = dice.uniform(0.8, 2.0), dice.uniform(0.6, 1.1), dice.uniform(0.68, 0.8)
    thick, top, legs = dice.uniform(0.02, 0.06), palette.wood(), palette.wood()
    parts = [box(0, 0, height - thick, width, depth, thick, top)]
    if dice.random() < 0.2:
        parts += [*drum(0, 0, 0.0, 0.06, height - thick, legs), box(0, 0, 0.0, 0.5, 0.5, 0.04, legs)]
    else:
        parts += _legs(dice, width - 0.06, depth - 0.06, height - thick, dice.uniform(0.035, 0.08), legs)
        parts.append(box(0, 0, height - thick - 0.08, width - 0.12, depth - 0.12, 0.08, legs))
    parts += clutter(dice, palette, width, depth, height, 12, 0.35)
    return Piece(tuple(parts), width, depth, height)


def low_table(dice: Dice, palette: Palette) -> Piece:
    width, depth, height = dice.uniform(0.6, 1.3), dice.uniform(0.5, 0.8), dice.uniform(0.35, 0.5)
    wood = palette.wood()
    parts = [box(0, 0, height - 0.04, width, depth, 0.04, wood), *_legs(dice, width, depth, height - 0.04, 0.06, wood)]
    if dice.random() < 0.5:
        parts.append(box(0, 0, 0.12, width - 0.05, depth - 0.05, 0.02, wood))
    parts += clutter(dice, palette, width, depth, height, 8, 0.3)
    return Piece(tuple(parts), width, depth, height)


def chair(dice: Dice, palette: Palette) -> Piece:
    width, depth, seat = dice.uniform(0.4, 0.52), dice.uniform(0.4, 0.52), dice.uniform(0.42, 0.5)
    height, wood = dice.uniform(0.8, 1.1), palette.wood()
    cushion = palette.cloth() if dice.random() < 0.6 else wood
    parts = [box(0, 0, seat - 0.05, width, depth, 0.05, cushion)]
    if dice.random() < 0.25:  # an office chair
        dark = palette.dark()
        parts += drum(0, 0, 0.06, 0.03, seat - 0.1, dark)
        parts += [box(0, 0, 0.03, 0.6, 0.05, 0.04, dark, yaw) for yaw in (0.0, 1.05, 2.1)]
        parts.append(box(0, depth / 2, seat + 0.1, width * 0.9, 0.07, height - seat - 0.1, cushion))
        if dice.random() < 0.6:
            parts += [box(s * width / 2, 0, seat + 0.18, 0.05, 0.3, 0.03, dark) for s in (-1, 1)]
    else:
        parts += _legs(dice, width, depth, seat - 0.05, 0.04, wood)
        posts = [box(s * (width / 2 - 0.02), depth / 2 - 0.02, seat, 0.04, 0.04, height - seat, wood) for s in (-1, 1)]
        back = dice.random()
        if back < 0.4:
            parts += [*posts, box(0, depth / 2 - 0.02, seat + 0.15, width - 0.04, 0.03, height - seat - 0.15, cushion)]
        elif back < 0.75:
            rails = [
                box(0, depth / 2 - 0.02, up, width - 0.05, 0.025, 0.06, wood)
                for up in np.linspace(seat + 0.15, height - 0.06, 3)
            ]
            parts += [*posts, *rails]
        else:
            bars = np.linspace(-width / 2 + 0.07, width / 2 - 0.07, 4)
            parts += [*posts, box(0, depth / 2 - 0.02, height - 0.07, width, 0.03, 0.07, wood)]
            parts += [box(x, depth / 2 - 0.02, seat, 0.02, 0.02, height - seat - 0.07, wood) for x in bars]
    return Piece(tuple(parts), width, depth, height)


def table_with_chairs(dice: Dice, palette: Palette) -> Piece:
    middle, seat = table(dice, palette), chair(dice, palette)
    parts = list(middle.parts)
    places = [(x, -1) for x in np.linspace(-0.25, 0.25, 2)] + [(x, 1) for x in np.linspace(-0.25, 0.25, 2)]
    for x, side in places:
        if dice.random() < 0.75:
            away = side * (middle.depth / 2 + dice.uniform(0.0, 0.35))
            yaw = (0.0 if side > 0 else np.pi) + dice.normal(0.0, 0.25)
            parts += moved(seat.parts, x * middle.width * dice.uniform(0.8, 1.2), away, yaw=yaw)
    return Piece(tuple(parts), middle.width, middle.depth + 0.9, seat.height)


def desk(dice: Dice, palette: Palette) -> Piece:
    width, depth, height = dice.uniform(1.0, 1.8), dice.uniform(0.55, 0.8), dice.uniform(0.7, 0.78)
    wood, dark = palette.wood(), palette.dark()
    parts = [box(0, 0, height - 0.03, width, depth, 0.03, wood)]
    parts += [box(s * (width / 2 - 0.015), 0, 0, 0.03, depth, height - 0.03, wood) for s in (-1, 1)]
    if dice.random() < 0.6:
        side = dice.choice([-1, 1])
        parts.append(box(side * (width / 2 - 0.22), 0, 0.05, 0.4, depth - 0.05, height - 0.1, wood))
        parts += [
            box(side * (width / 2 - 0.22), -depth / 2 + 0.01, up, 0.36, 0.02, 0.17, wood) for up in (0.08, 0.29, 0.5)
        ]
    for x in np.linspace(-0.25, 0.25, int(dice.integers(0, 3)) or 1):
        if dice.random() < 0.8:  # a screen
            wide, yaw = dice.uniform(0.4, 0.62), dice.normal(0.0, 0.25)
            parts += [
                box(x * width, depth / 6, height, 0.2, 0.15, 0.015, dark),
                box(x * width, depth / 6, height, 0.05, 0.03, 0.15, dark),
                box(x * width, depth / 6 - 0.03, height + 0.1, wide, 0.04, wide * 0.62, dark, yaw),
            ]
    if dice.random() < 0.6:
        parts.append(box(0, -depth / 4, height, 0.44, 0.14, 0.02, dark, dice.normal(0.0, 0.1)))
    parts += clutter(dice, palette, width, depth, height, 12, 0.3)
    seat = chair(dice, palette)
    parts += moved(
        seat.parts,
        dice.uniform(-0.3, 0.3) * width,
        -depth / 2 - dice.uniform(0.0, 0.4),
        yaw=np.pi + dice.normal(0.0, 0.5),
    )
    return Piece(tuple(parts), width, depth, height)


def sofa(dice: Dice, palette: Palette) -> Piece:
    seats = int(dice.integers(1, 4))
    width, depth, height = 0.35 + 0.62 * seats, dice.uniform(0.75, 0.95), dice.uniform(0.7, 0.95)
    cloth, seat, arm = palette.cloth(), dice.uniform(0.36, 0.46), dice.uniform(0.12, 0.2)
    parts = [
        box(0, 0, 0.06, width, depth, seat - 0.16, cloth),
        box(0, depth / 2 - 0.11, 0.06, width, 0.22, height - 0.06, cloth),
        *(box(s * (width - arm) / 2, 0, 0.06, arm, depth, seat + 0.12, cloth) for s in (-1, 1)),
    ]
    for n in range(seats):
        x = (n - (seats - 1) / 2) * 0.62
        parts.append(box(x, -0.08, seat - 0.11, 0.6, depth - 0.2, 0.14, cloth))
        parts.append(box(x, depth / 2 - 0.27, seat + 0.02, 0.58, 0.14, height - seat - 0.02, cloth))
        if dice.random() < 0.5:
            parts.append(
                ball(x + dice.uniform(-0.1, 0.1), depth / 2 - 0.42, seat + 0.02, 0.45, 0.2, 0.42, palette.cloth())
            )
    return Piece(tuple(parts), width, depth, height)


def bed(dice: Dice, palette: Palette) -> Piece:
    width, depth, height = dice.uniform(0.9, 1.9), dice.uniform(1.9, 2.15), dice.uniform(0.42, 0.68)
    wood, sheet, cover = palette.wood(), palette.white(), palette.cloth()
    over = dice.uniform(1.1, 1.7)
    head = dice.uniform(0.75, 1.3)
    parts = [
        box(0, 0, 0.08, width, depth, height - 0.3, wood),
        box(0, 0, height - 0.24, width - 0.04, depth - 0.04, 0.22, sheet),
        box(0, -depth / 2 + over / 2, height - 0.28, width + 0.03, over + 0.03, 0.29, cover),
        box(0, depth / 2, 0.0, width + 0.06, 0.06, head, wood),
    ]
    if dice.random() < 0.4:
        parts.append(box(0, -depth / 2 - 0.03, 0.0, width + 0.06, 0.05, dice.uniform(0.4, 0.8), wood))
    count = 2 if width > 1.3 else 1
    for row in range(int(dice.integers(1, 3))):
        for n in range(count):
            x = (n - (count - 1) / 2) * width * 0.47 + dice.normal(0.0, 0.03)
            soft = sheet if row == 0 else palette.cloth()
            parts.append(
                ball(x, depth / 2 - 0.26 - 0.2 * row, height - 0.04, 0.62, 0.42 - 0.1 * row, 0.2 + 0.15 * row, soft)
            )
    if dice.random() < 0.5:
        parts += clutter(dice, palette, width, depth * 0.6, height + 0.01, 5, 0.25)
    return Piece(tuple(parts), width, depth, head)


def cupboard(dice: Dice, palette: Palette) -> Piece:
    """Wardrobes, sideboards and chests: a body, and a front of doors or drawers with joints between them."""
    height = dice.uniform(1.7, 2.3) if dice.random() < 0.5 else dice.uniform(0.5, 1.3)
    width, depth = dice.uniform(0.5, 2.0 if height > 1.4 else 1.6), dice.uniform(0.35, 0.65)
    body, front, metal = palette.wood(), palette.wood(), palette.metal()
    parts = [box(0, 0.01, 0.0, width, depth - 0.02, height, body)]
    columns = max(1, round(width / dice.uniform(0.4, 0.9)))
    rows = 1 if height > 1.4 or dice.random() < 0.3 else int(dice.integers(2, 5))
    across, up = width / columns, (height - 0.1) / rows
    for i in range(columns):
        for j in range(rows):
            x, bottom = (i + 0.5) * across - width / 2, 0.08 + j * up
            parts.append(box(x, -depth / 2 + 0.005, bottom, across - 0.015, 0.03, up - 0.015, front))
            handle = (0.12, 0.02) if rows > 1 else (0.02, 0.15)
            aside = 0.0 if rows > 1 else (0.42 if i % 2 == 0 else -0.42) * across
            parts.append(box(x + aside, -depth / 2 - 0.02, bottom + up * 0.5, handle[0], 0.03, handle[1], metal))
    parts += clutter(dice, palette, width, depth, height, 9, 0.4 if height < 1.5 else 0.2)
    return Piece(tuple(parts), width, depth, height)


def shelf(dice: Dice, palette: Palette) -> Piece:
    """Books and boxes between boards, with or without a back."""
    width, depth, height = dice.uniform(0.6, 1.8), dice.uniform(0.22, 0.45), dice.uniform(0.8, 2.2)
    wood = palette.wood()
    levels = max(2, round(height / dice.uniform(0.28, 0.45)))
    gap = height / levels
    parts = [box(s * (width / 2 - 0.012), 0, 0, 0.025, depth, height, wood) for s in (-1, 1)]
    parts += [box(0, 0, min(k * gap, height - 0.025), width, depth, 0.025, wood) for k in range(levels + 1)]
    if dice.random() < 0.7:
        parts.append(box(0, depth / 2, 0, width, 0.015, height, wood))
    for k in range(levels):
        at, end = -width / 2 + 0.03, width / 2 - 0.03
        while at < end - 0.04:
            if dice.random() < 0.3:
                at += dice.uniform(0.05, 0.35)
                continue
            # A run of books of one height is one box with a pattern across, or a single thick thing.
            wide = min(dice.uniform(0.04, 0.3), end - at)
            high, deep = gap * dice.uniform(0.4, 0.88), depth * dice.uniform(0.5, 0.95)
            z = -depth / 2 + deep / 2 + dice.uniform(0.0, 0.04)
            parts.append(box(at + wide / 2, z, k * gap + 0.025, wide, deep, high, palette.thing()))
            at += wide + 0.004
    return Piece(tuple(parts), width, depth, height)


def kitchen_run(dice: Dice, palette: Palette) -> Piece:
    """Base units under a worktop, wall units above, an oven, a tap, and what stands about."""
    units = int(dice.integers(2, 6))
    each, depth, height = dice.uniform(0.4, 0.62), 0.62, dice.uniform(0.86, 0.94)
    width = units * each
    front, top, metal, dark = palette.wood(), palette.wood(), palette.metal(), palette.dark()
    tiles = palette.wall()
    parts = [
        box(0, 0.03, 0.0, width, depth - 0.06, height - 0.04, front),
        box(0, 0, height - 0.04, width + 0.02, depth + 0.02, 0.04, top),
        box(0, depth / 2, height, width, 0.02, 0.5, tiles),
    ]
    above, hang = dice.random() < 0.8, dice.uniform(1.35, 1.5)
    for n in range(units):
        x = (n + 0.5) * each - width / 2
        oven = dice.random() < 0.2
        parts.append(box(x, -depth / 2 + 0.02, 0.1, each - 0.012, 0.03, height - 0.16, dark if oven else front))
        parts.append(box(x, -depth / 2 - 0.01, height - 0.14, each * 0.5, 0.025, 0.02, metal))
        if above and dice.random() < 0.85:
            parts.append(box(x, depth / 2 - 0.17, hang, each - 0.008, 0.34, 0.72, front))
            parts.append(box(x + each * 0.38, depth / 2 - 0.35, hang + 0.05, 0.015, 0.02, 0.14, metal))
    parts.append(rod((0, -height, depth / 2 - 0.1), (0, -height - 0.3, depth / 2 - 0.1), 0.015, metal))
    parts.append(rod((0, -height - 0.3, depth / 2 - 0.1), (0, -height - 0.24, depth / 2 - 0.3), 0.013, metal))
    parts += clutter(dice, palette, width, depth * 0.8, height, 14, 0.4)
    return Piece(tuple(parts), width, depth, hang + 0.72 if above else height)


def appliance(dice: Dice, palette: Palette) -> Piece:
    """Refrigerators, washing machines, boilers, filing cabinets."""
    tall = dice.random() < 0.5
    width, depth, height = dice.uniform(0.5, 0.85), dice.uniform(0.55, 0.75), dice.uniform(1.5, 1.9) if tall else 0.87
    paint = palette.white() if dice.random() < 0.6 else palette.metal()
    if dice.random() < 0.2:
        return Piece(tuple(drum(0, 0, 0.05, width / 2, height, paint)), width, width, height)
    split = height * dice.uniform(0.55, 0.75)
    parts = [
        box(0, 0.03, 0, width, depth - 0.06, height, paint),
        box(0, -depth / 2 + 0.03, 0.06, width - 0.01, 0.05, split - 0.07, paint),
        box(0, -depth / 2 + 0.03, split, width - 0.01, 0.05, height - split, paint),
        box(-width * 0.4, -depth / 2 - 0.01, split - 0.35, 0.025, 0.03, 0.3, palette.metal()),
    ]
    parts += clutter(dice, palette, width, depth, height, 4, 0.3)
    return Piece(tuple(parts), width, depth, height)


def bath(dice: Dice, palette: Palette) -> Piece:
    """A tub, a basin on a foot, or a toilet."""
    white, kind = palette.white(), dice.random()
    if kind < 0.35:
        width, height = dice.uniform(1.5, 1.8), 0.56
        walls = [box(0, s * 0.35, 0, width, 0.06, height, white) for s in (-1, 1)]
        ends = [box(s * (width / 2 - 0.03), 0, 0, 0.06, 0.7, height, white) for s in (-1, 1)]
        return Piece((*walls, *ends, box(0, 0, 0, width, 0.7, 0.15, white)), width, 0.75, height)
    if kind < 0.65:
        foot, bowl = box(0, 0.08, 0, 0.2, 0.2, 0.75, white), ball(0, 0, 0.66, 0.58, 0.48, 0.24, white)
        rim = box(0, 0.02, 0.82, 0.56, 0.46, 0.04, white)
        return Piece((foot, bowl, rim, *clutter(dice, palette, 0.5, 0.3, 0.86, 3, 0.2)), 0.6, 0.5, 0.88)
    tank, lid = box(0, 0.25, 0.38, 0.42, 0.18, 0.38, white), box(0, 0.25, 0.76, 0.44, 0.2, 0.03, white)
    bowl, seat = ball(0, -0.08, 0.02, 0.38, 0.52, 0.52, white), box(0, -0.06, 0.4, 0.38, 0.46, 0.04, white)
    return Piece((tank, lid, bowl, seat, box(0, 0.05, 0, 0.24, 0.36, 0.3, white)), 0.45, 0.7, 0.8)


def floor_lamp(dice: Dice, palette: Palette) -> Piece:
    height, metal = dice.uniform(1.3, 1.8), palette.metal()
    shade = palette.lamp() if dice.random() < 0.5 else palette.cloth()
    parts = [rod((0, 0, 0), (0, -height, 0), 0.014, metal), *drum(0, 0, 0, 0.14, 0.02, metal)]
    parts += drum(0, 0, height - 0.2, dice.uniform(0.12, 0.22), 0.25, shade)
    return Piece(tuple(parts), 0.4, 0.4, height)


def night_stand(dice: Dice, palette: Palette) -> Piece:
    wood, height = palette.wood(), dice.uniform(0.45, 0.65)
    parts = [box(0, 0, 0, 0.45, 0.4, height, wood), box(0, -0.2, height - 0.2, 0.4, 0.03, 0.16, wood)]
    if dice.random() < 0.7:
        parts += [
            *drum(0, 0.05, height, 0.06, 0.25, palette.thing()),
            *drum(0, 0.05, height + 0.22, 0.15, 0.2, palette.lamp()),
        ]
    parts += clutter(dice, palette, 0.4, 0.35, height, 3, 0.2)
    return Piece(tuple(parts), 0.45, 0.4, height)


def plant(dice: Dice, palette: Palette) -> Piece:
    height, leaf = dice.uniform(0.4, 1.7), palette.leaf()
    parts = drum(0, 0, 0, dice.uniform(0.1, 0.2), dice.uniform(0.2, 0.4), palette.thing())
    parts.append(rod((0, 0, 0), (0, -height, 0), 0.012, palette.wood()))
    for _ in range(int(dice.integers(4, 12))):
        size = dice.uniform(0.1, 0.35)
        x, z = dice.normal(0.0, 0.14, 2)
        parts.append(ball(x, z, height * dice.uniform(0.5, 1.0), size, size, size * dice.uniform(0.3, 0.8), leaf))
    return Piece(tuple(parts), 0.5, 0.5, height)


def heap(dice: Dice, palette: Palette) -> Piece:
    """Boxes, bags and bins as in every cellar and corner."""
    parts: list[Part] = []
    for _ in range(int(dice.integers(1, 5))):
        up, x, z = 0.0, dice.uniform(-0.3, 0.3), dice.uniform(-0.25, 0.25)
        for _ in range(int(dice.integers(1, 4))):
            wide, high = dice.uniform(0.25, 0.6), dice.uniform(0.12, 0.4)
            paint = palette.thing() if dice.random() < 0.7 else palette.wood()
            parts.append(box(x, z, up, wide, wide * dice.uniform(0.6, 1.0), high, paint, dice.normal(0.0, 0.3)))
            up += high
    if dice.random() < 0.4:
        parts.append(ball(dice.uniform(-0.3, 0.3), -0.3, 0.0, 0.45, 0.4, 0.4, palette.cloth()))
    if dice.random() < 0.3:
        parts += drum(dice.uniform(-0.4, 0.4), -0.3, 0.0, 0.16, dice.uniform(0.3, 0.7), palette.thing())
    return Piece(tuple(parts), 0.9, 0.8, 0.8)


def rug(dice: Dice, palette: Palette) -> Piece:
    width, depth = dice.uniform(0.8, 3.0), dice.uniform(0.6, 2.0)
    return Piece((box(0, 0, 0, width, depth, 0.012, palette.cloth()),), width, depth, 0.012)
