"""Where everything stands: the room's shell, its furniture, its lights and the ball that bounces in it.

The world has x right, y into the room, z up, in metres; the floor is z = 0. `build_room(seed)` is the same for the
same seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from training.room import furniture, pictures, textures
from training.room.light import Emitter, Sun, window_emitters
from training.room.patches import Paint, Patch, lathe, quad, smooth_profile, superellipsoid, turned

LEFT, RIGHT, FRONT, BACK, HEIGHT = -2.4, 2.4, -1.2, 5.0, 2.6
BACK_WINDOW = (0.3, 1.6, 0.95, 2.2)
"""x from, x to, z from, z to, in the back wall."""
SIDE_WINDOW = (1.7, 3.7, 0.75, 2.3)
"""y from, y to, z from, z to, in the left wall; the sun comes in here."""
BALL_RADIUS_M = 0.15

VASE_RZ = ((0.0, 0.0), (0.05, 0.0), (0.075, 0.09), (0.045, 0.19), (0.032, 0.23), (0.045, 0.25))
BOWL_RZ = ((0.05, 0.0), (0.055, 0.012), (0.11, 0.045), (0.13, 0.075), (0.122, 0.075), (0.09, 0.04), (0.0, 0.025))


@dataclass(frozen=True, slots=True)
class Room:
    """What stands still (`patches`; `shell` numbers the walls), its lights, and the ball around its own centre."""

    patches: list[Patch]
    shell: list[int]
    sun: Sun
    emitters: list[Emitter]
    ambient: tuple[float, float, float]
    ball: Patch
    seed: int


def build_room(seed: int = 7) -> Room:
    """The whole room, not lit yet."""
    rng = np.random.default_rng(seed)
    shell = _shell(rng)
    things = [
        *_windows(rng),
        *_back_wall(rng),
        *_left_front(rng),
        *_right_side(rng),
        *_on_the_floor(rng),
    ]
    walls = [replace(p, light_cell_m=0.02 if p.name == "floor" else 0.035) for p in shell]
    rest = [replace(p, light_cell_m=min(p.light_cell_m, 0.025)) for p in things]
    direction = np.array([2.6, 0.55, -1.9])
    sun = Sun(direction / np.linalg.norm(direction), np.array([9.0, 7.4, 5.3]), aim=np.array([0.0, 2.6, 0.8]))
    ball = superellipsoid(
        (BALL_RADIUS_M,) * 3,
        textures.ball((240, 480), ["#d8342b", "#f5f1e6", "#f2b705", "#f5f1e6", "#1f6fb2", "#f5f1e6"]),
        segments=96,
    )
    return Room(
        [*walls, *rest],
        list(range(len(walls))),
        sun,
        _emitters(rng),
        (0.26, 0.25, 0.235),
        replace(ball, name="ball", light_cell_m=0.03),
        seed,
    )


def _emitters(rng: np.random.Generator) -> list[Emitter]:
    x0, x1, z0, z1 = BACK_WINDOW
    sky = window_emitters((x0, BACK, z0), (x1 - x0, 0, 0), (0, 0, z1 - z0), (4.6, 5.2, 6.0), (6, 6), rng)
    y0, y1, z0, z1 = SIDE_WINDOW
    sky += window_emitters((LEFT, y0, z0), (0, y1 - y0, 0), (0, 0, z1 - z0), (4.6, 5.2, 6.0), (6, 8), rng)
    # A room behind the camera: a broad weak light, or everything would be lit from one side.
    sky += window_emitters((RIGHT, FRONT, 0.6), (LEFT - RIGHT, 0, 0), (0, 0, 1.8), (0.9, 0.82, 0.72), (3, 6), rng)
    lamp = np.array([2.0, 4.45, 1.5])
    for normal in ((0.0, 0.0, 1.0), (0.0, 0.0, -1.0), (-0.7, -0.7, 0.0), (-1.0, 0.0, 0.0)):
        n = np.asarray(normal)
        strength = 26.0 if n[2] else 3.0
        sky.append(Emitter(lamp + n * (0.24 if n[2] else 0.26), n, strength * np.array([1.0, 0.74, 0.42]), 0.05))
    return sky


def _with_holes(
    origin: Sequence[float],
    across: Sequence[float],
    paint: Paint,
    hole: tuple[float, float, float, float] | None,
    name: str,
) -> list[Patch]:
    """A wall up to the ceiling with a window cut out: (from, to) along the wall and (from, to) in height, metres."""
    length = float(np.linalg.norm(across))
    along = np.asarray(across, float) / length
    xs = [0.0, length] if hole is None else [0.0, hole[0], hole[1], length]
    zs = [0.0, HEIGHT] if hole is None else [0.0, hole[2], hole[3], HEIGHT]
    rows, columns = paint.shape[:2]
    out = []
    for j in range(len(zs) - 1):
        for i in range(len(xs) - 1):
            if hole is not None and i == j == 1:
                continue
            c0, c1 = (round(x / length * columns) for x in xs[i : i + 2])
            r0, r1 = (round(z / HEIGHT * rows) for z in zs[j : j + 2])
            # From shared corners: two panels whose edges differ in the last bit leave cracks to look through.
            corners = [
                [np.asarray(origin, float) + along * x + (0, 0, z) for x in xs[i : i + 2]] for z in zs[j : j + 2]
            ]
            piece = Patch(np.array(corners), np.ascontiguousarray(paint[r0:r1, c0:c1]))
            out.append(replace(piece, name=name))
    return out


def _shell(rng: np.random.Generator) -> list[Patch]:
    width, depth = RIGHT - LEFT, BACK - FRONT
    boards = textures.planks(rng, furniture.pixels(width, depth, 400), "#b98a5c", 54).swapaxes(0, 1)
    # Everything reaches a little behind its neighbour, so that no ray slips through a corner.
    e = 0.05
    floor = quad((LEFT - e, FRONT - e, 0), (width + 2 * e, 0, 0), (0, depth + 2 * e, 0), np.ascontiguousarray(boards))
    ceiling = textures.plaster(rng, (128, 128), "#f2efe8", 0.02)
    papered = textures.wallpaper(rng, furniture.pixels(HEIGHT, width, 330), "#9db3ab", "#829d94", 62)
    painted = [
        textures.plaster(rng, furniture.pixels(HEIGHT, depth, 330), "#e6dcc9", 0.022),
        textures.plaster(rng, furniture.pixels(HEIGHT, depth, 330), "#e6dcc9", 0.022),
        textures.plaster(rng, (256, 256), "#ddd6c8", 0.03),
    ]
    x0, x1, z0, z1 = BACK_WINDOW
    y0, y1, s0, s1 = SIDE_WINDOW
    back_hole = (x0 - LEFT + e, x1 - LEFT + e, z0, z1)
    return [
        replace(floor, name="floor"),
        replace(
            quad((LEFT - e, BACK + e, HEIGHT), (width + 2 * e, 0, 0), (0, -depth - 2 * e, 0), ceiling), name="ceiling"
        ),
        *_with_holes((LEFT - e, BACK, 0), (width + 2 * e, 0, 0), papered, back_hole, "back wall"),
        *_with_holes((LEFT, FRONT, 0), (0, depth, 0), painted[0], (y0 - FRONT, y1 - FRONT, s0, s1), "left wall"),
        *_with_holes((RIGHT, BACK, 0), (0, -depth, 0), painted[1], None, "right wall"),
        *_with_holes((RIGHT + e, FRONT, 0), (-width - 2 * e, 0, 0), painted[2], None, "front wall"),
    ]


def _windows(rng: np.random.Generator) -> list[Patch]:
    white = furniture.lacquered(rng, "#efece4", 0.03)
    bars: list[Patch] = []
    x0, x1, z0, z1 = BACK_WINDOW
    middle = (x0 + x1) / 2
    for low, high in (
        ((x0 - 0.06, z0 - 0.06), (x0 + 0.04, z1 + 0.06)),
        ((x1 - 0.04, z0 - 0.06), (x1 + 0.06, z1 + 0.06)),
        ((middle - 0.025, z0), (middle + 0.025, z1)),
        ((x0, z0 - 0.06), (x1, z0 + 0.04)),
        ((x0, z1 - 0.04), (x1, z1 + 0.06)),
        ((x0, 1.72), (x1, 1.755)),
    ):
        bars += furniture.box((low[0], BACK - 0.02, low[1]), (high[0], BACK + 0.06, high[1]), white, bottom=True)
    bars += furniture.box((x0 - 0.1, BACK - 0.16, z0 - 0.09), (x1 + 0.1, BACK, z0 - 0.06), white, bottom=True)
    y0, y1, s0, s1 = SIDE_WINDOW
    middle = (y0 + y1) / 2
    for low, high in (
        ((y0, s0), (y0 + 0.05, s1)),
        ((y1 - 0.05, s0), (y1, s1)),
        ((middle - 0.03, s0), (middle + 0.03, s1)),
        ((y0, s0), (y1, s0 + 0.05)),
        ((y0, s1 - 0.05), (y1, s1)),
        ((y0, 1.72), (y1, 1.76)),
    ):
        bars += furniture.box((LEFT - 0.06, low[0], low[1]), (LEFT + 0.02, high[0], high[1]), white, bottom=True)
    view = pictures.garden(rng, (760, 1000))
    outside = quad((x0 - 2.2, BACK + 1.6, -0.3), (5.4, 0, 0), (0, 0, 3.9), np.ascontiguousarray(view[::-1]))
    outside = replace(outside, glow=2.6, light_cell_m=1.0, name="outside")
    drapes = [
        *turned(furniture.curtain(rng, 0.42, 2.15, "#efe3c8"), 0, (x0 - 0.42, BACK - 0.12, 0.22)),
        *turned(furniture.curtain(rng, 0.36, 2.15, "#efe3c8"), 0, (x1 + 0.04, BACK - 0.12, 0.22)),
    ]
    pole = textures.plain("#4b3b2a", rng=rng)
    rail = furniture.rod((x0 - 0.5, BACK - 0.12, 2.39), (x1 + 0.5, BACK - 0.12, 2.39), 0.014, pole)
    skirting = furniture.box((LEFT, BACK - 0.015, 0), (RIGHT, BACK, 0.09), white)
    skirting += furniture.box((RIGHT - 0.015, FRONT, 0), (RIGHT, BACK, 0.09), white)
    skirting += furniture.box((LEFT, FRONT, 0), (LEFT + 0.015, BACK, 0.09), white)
    return [*bars, outside, *drapes, rail, *skirting]


def _back_wall(rng: np.random.Generator) -> list[Patch]:
    parts = turned(furniture.bookshelf(rng, 1.25, 0.3, 2.05, 5), 0, (-1.62, BACK - 0.31, 0))
    walnut = furniture.wooden(rng, "#6f4a30")
    art = pictures.discs(rng, (420, 320))
    parts += turned(furniture.framed(art, 0.42, 0.56, walnut), 0, (-0.6, BACK, 1.62))
    oak = furniture.wooden(rng, "#b08a5e")
    parts += furniture.box((-0.35, BACK - 0.42, 0.08), (1.35, BACK - 0.02, 0.56), oak)
    for i in range(3):
        x = -0.31 + i * 0.555
        parts += furniture.box((x, BACK - 0.435, 0.12), (x + 0.51, BACK - 0.42, 0.52), oak, bottom=True)
        knob = superellipsoid((0.012,) * 3, textures.plain("#2c2620"), segments=12)
        parts += turned([knob], 0, (x + 0.46, BACK - 0.445, 0.34))
    sphere = superellipsoid((0.13,) * 3, pictures.globe(rng, (300, 600)), segments=64)
    foot = lathe([(0.09, 0), (0.08, 0.02), (0.015, 0.03), (0.015, 0.07)], textures.plain("#5a4326", rng=rng))
    parts += turned([sphere], 40, (-0.12, BACK - 0.22, 0.75)) + turned([foot], 0, (-0.12, BACK - 0.22, 0.56))
    parts += turned(furniture.book_stack(rng, ["#27476e", "#b5562f", "#d8cfb8"]), 15, (0.3, BACK - 0.22, 0.56))
    green = ["#3f7d3a", "#5b9a48", "#2f6431"]
    parts += turned(
        furniture.plant(rng, leaves=16, length=0.3, pot="#b5562f", greens=green), 0, (1.1, BACK - 0.22, 0.56)
    )
    dial = lathe([(0.0, 0.0), (0.15, 0.0)], np.ascontiguousarray(pictures.clock_face((200, 960))))
    rim = lathe([(0.15, 0.0), (0.165, 0.0), (0.17, 0.03), (0.15, 0.03)], textures.plain("#2d2a28", rng=rng))
    upright = np.eye(4)
    upright[1:3, 1:3] = ((0, 1), (-1, 0))
    upright[:3, 3] = (-0.6, BACK - 0.04, 2.18)
    return parts + [p.moved(upright) for p in (dial, rim)]


def _left_front(rng: np.random.Generator) -> list[Patch]:
    place = (-1.02, 1.42, 0.0)
    parts = turned(furniture.table(rng, 1.0, 0.78, 0.74, "#8e5f3c"), 4, place)
    on_top = 0.74
    vase = furniture.vase(rng, ["#2f6f73", "#e8dfc8", "#2f6f73", "#20474b"], VASE_RZ)
    flowers = furniture.bouquet(rng, ["#e4572e", "#f2b134", "#f6e7d8", "#c2397a"], 0.36)
    spot = (-0.84, 1.56, on_top)
    parts += turned(vase, 0, spot) + turned(flowers, 0, (spot[0], spot[1], on_top + 0.1))
    bowl = lathe(
        smooth_profile(BOWL_RZ),
        textures.stripes(rng, (120, 420), ["#d9cbb0", "#b5562f", "#d9cbb0"], 9),
    )
    parts += turned([bowl], 0, (-0.69, 1.22, on_top))
    for i, (x, y, z) in enumerate(((0.045, 0.0, 0.07), (-0.03, 0.045, 0.07), (-0.02, -0.045, 0.07), (0.0, 0.0, 0.125))):
        skin = textures.plain("#e8871e" if i != 2 else "#a8c545", (60, 120), rng=rng, grain=0.12)
        parts += turned([superellipsoid((0.04,) * 3, skin, segments=28)], 0, (-0.69 + x, 1.22 + y, on_top + z))
    parts += turned(furniture.book_stack(rng, ["#8c2f39", "#3d6b4f"]), 28, (-1.2, 1.3, on_top))
    parts += turned(furniture.chair(rng, "#b98c5b", "#a33b32"), -62, (-1.28, 2.5, 0))
    return parts


def _right_side(rng: np.random.Generator) -> list[Patch]:
    chair = furniture.armchair(rng, "#2f6272", ["#e9d8b4", "#d08c3f", "#e9d8b4", "#9c3f2e"])
    parts = turned(chair, -58, (1.62, 3.05, 0))
    parts += turned(furniture.floor_lamp(rng, 1.66), 0, (2.0, 4.45, 0))
    walnut, white = furniture.wooden(rng, "#6f4a30"), furniture.lacquered(rng, "#f0ece2")
    parts += turned(furniture.framed(pictures.dunes(rng, (480, 680)), 0.95, 0.66, walnut), -90, (RIGHT, 3.35, 1.62))
    parts += turned(furniture.framed(pictures.blocks(rng, (460, 380)), 0.5, 0.62, white), -90, (RIGHT, 2.15, 1.6))
    side_table = lathe(
        [(0.14, 0.0), (0.14, 0.02), (0.025, 0.04), (0.025, 0.5), (0.22, 0.5), (0.22, 0.525), (0.0, 0.525)],
        textures.wood(rng, (260, 700), "#a9764a", contrast=0.2),
    )
    parts += turned([side_table], 0, (0.96, 1.42, 0))
    mug = lathe(
        [(0.0, 0.0), (0.036, 0.0), (0.04, 0.09), (0.035, 0.09), (0.032, 0.012), (0.0, 0.012)],
        textures.stripes(rng, (120, 240), ["#f0ece2", "#c8553d"], 7),
    )
    parts += turned([mug], 0, (0.88, 1.34, 0.525))
    green = ["#4c8c46", "#6aa84f", "#39703a"]
    return parts + turned(
        furniture.plant(rng, leaves=14, length=0.26, pot="#e2d3b3", greens=green), 20, (1.02, 1.47, 0.525)
    )


def _on_the_floor(rng: np.random.Generator) -> list[Patch]:
    width, depth = 2.3, 1.75
    ornament = textures.rug(
        rng, furniture.pixels(depth, width, 360), ["#5a1f24", "#e3d2ac", "#9c3a2e", "#233a4f", "#b98e4a"]
    )
    top = quad((-width / 2, -depth / 2, 0.012), (width, 0, 0), (0, depth, 0), ornament)
    edge = furniture.box(
        (-width / 2, -depth / 2, 0), (width / 2, depth / 2, 0.012), furniture.lacquered(rng, "#5a1f24")
    )
    parts = turned([replace(top, name="rug", light_cell_m=0.02), *edge[:4]], 3, (0.2, 2.85, 0))
    greens = ["#2f6b34", "#47883f", "#5f9e4a", "#275a2f"]
    parts += turned(furniture.plant(rng, leaves=26, length=0.8, pot="#c9b08a", greens=greens), 0, (-0.62, 4.25, 0))
    cubes = ["#d8342b", "#1f6fb2", "#f2b705", "#3d8c4b"]
    for i, (x, y, z, yaw) in enumerate(((-0.5, 3.45, 0.012, 20), (-0.38, 3.5, 0.012, 70), (-0.44, 3.47, 0.112, 40))):
        cube = furniture.box((-0.05, -0.05, 0), (0.05, 0.05, 0.1), furniture.lacquered(rng, cubes[i], 0.12))
        parts += turned(cube, yaw, (x, y, z))
    small = superellipsoid(
        (0.09,) * 3, textures.stripes(rng, (120, 240), ["#3d8c4b", "#f5f1e6", "#3d8c4b"], 9), segments=48
    )
    parts += turned([small], 0, (0.92, 3.85, 0.09))
    return parts
