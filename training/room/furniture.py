"""Things that stand in the room. Each maker returns patches around its own origin: metres, z up, front to -y."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from training.room import textures
from training.room.patches import (
    Paint,
    Patch,
    lathe,
    leaf,
    quad,
    smooth_profile,
    superellipsoid,
    tube,
    two_sided,
)
from training.room.textures import Rng

Painter = Callable[[tuple[int, int]], Paint]
"""Makes a paint of (rows, columns) pixels."""

PX_PER_M = 420

# fmt: off
BOOK_COLOURS = (
    "#8c2f39", "#27476e", "#3d6b4f", "#c9a227", "#4a3b52", "#b5562f", "#d8cfb8",
    "#1f2a38", "#6f7d8c", "#9b4f6b", "#2f6f73", "#7a5c3e", "#c97b63",
)
# fmt: on


def pixels(height_m: float, width_m: float, px_per_m: float = PX_PER_M) -> tuple[int, int]:
    return max(8, math.ceil(height_m * px_per_m)), max(8, math.ceil(width_m * px_per_m))


def box(low: Sequence[float], high: Sequence[float], paint: Painter, *, bottom: bool = False) -> list[Patch]:
    """An upright box from corner to corner; every face is painted anew."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    w, d, h = x1 - x0, y1 - y0, z1 - z0
    sides = [
        quad((x0, y0, z0), (w, 0, 0), (0, 0, h), paint(pixels(h, w))),
        quad((x1, y1, z0), (-w, 0, 0), (0, 0, h), paint(pixels(h, w))),
        quad((x1, y0, z0), (0, d, 0), (0, 0, h), paint(pixels(h, d))),
        quad((x0, y1, z0), (0, -d, 0), (0, 0, h), paint(pixels(h, d))),
        quad((x0, y0, z1), (w, 0, 0), (0, d, 0), paint(pixels(d, w))),
    ]
    if bottom:
        sides.append(quad((x0, y1, z0), (w, 0, 0), (0, -d, 0), paint(pixels(d, w))))
    return sides


def wooden(rng: Rng, colour: str, contrast: float = 0.25) -> Painter:
    def paint(hw: tuple[int, int]) -> Paint:
        if hw[0] > hw[1] * 1.2:
            return np.ascontiguousarray(textures.wood(rng, hw[::-1], colour, contrast=contrast).swapaxes(0, 1))
        return textures.wood(rng, hw, colour, contrast=contrast)

    return paint


def lacquered(rng: Rng, colour: str, grain: float = 0.04) -> Painter:
    return lambda hw: textures.plain(colour, hw, rng=rng, grain=grain)


def rod(start: Sequence[float], end: Sequence[float], radius_m: float, paint: Paint) -> Patch:
    return tube(np.linspace(np.asarray(start, float), np.asarray(end, float), 4), radius_m, paint)


def bookshelf(rng: Rng, width: float, depth: float, height: float, shelves: int) -> list[Patch]:
    """Open towards -y, filled with books, a globe-sized gap here and there."""
    oak = wooden(rng, "#a9825a")
    t = 0.025
    parts = [*box((-width / 2, 0, 0), (-width / 2 + t, depth, height), oak)]
    parts += box((width / 2 - t, 0, 0), (width / 2, depth, height), oak)
    parts += [quad((-width / 2, depth - 0.01, 0), (width, 0, 0), (0, 0, height), oak(pixels(height, width)))]
    gap = (height - 0.08) / shelves
    for level in range(shelves + 1):
        z = 0.05 + level * gap
        parts += box((-width / 2 + t, 0, z), (width / 2 - t, depth - 0.01, z + t), oak, bottom=True)
        if level < shelves:
            parts += _books(rng, -width / 2 + t + 0.01, width / 2 - t - 0.01, z + t, gap - t - 0.03, depth)
    return parts


def _books(rng: Rng, x: float, end: float, floor: float, room: float, depth: float) -> list[Patch]:
    parts: list[Patch] = []
    while x < end - 0.03:
        if rng.random() < 0.08:
            x += float(rng.uniform(0.05, 0.16))
            continue
        thick = float(rng.uniform(0.018, 0.05))
        if x + thick > end:
            break
        tall = room * float(rng.uniform(0.62, 0.97))
        front = float(rng.uniform(0.01, 0.05))
        colour = str(rng.choice(BOOK_COLOURS))
        spine = textures.book_spine(rng, pixels(tall, thick, 700), colour)
        cover = textures.plain(colour, (24, 24), rng=rng)
        pages = textures.plain("#e8dfc8", (24, 24), rng=rng, grain=0.1)
        top = floor + tall
        parts += [
            quad((x, front, floor), (thick, 0, 0), (0, 0, tall), spine),
            quad((x + thick, front, floor), (0, depth - 0.05 - front, 0), (0, 0, tall), cover),
            quad((x, depth - 0.05, floor), (0, front - depth + 0.05, 0), (0, 0, tall), cover),
            quad((x, front, top), (thick, 0, 0), (0, depth - 0.05 - front, 0), pages),
        ]
        x += thick + 0.001
    return parts


def book_stack(rng: Rng, colours: Sequence[str]) -> list[Patch]:
    parts: list[Patch] = []
    z = 0.0
    for colour in colours:
        w, d, h = rng.uniform(0.2, 0.26), rng.uniform(0.15, 0.18), rng.uniform(0.02, 0.04)
        dx, dy = rng.uniform(-0.015, 0.015, 2)
        low, high = (dx - w / 2, dy - d / 2, z), (dx + w / 2, dy + d / 2, z + h)
        parts += box(low, high, lacquered(rng, colour, 0.1))
        band = textures.plain("#f0e6cc", (8, 48), rng=rng)
        parts.append(quad((low[0] + 0.03, low[1] - 0.001, z + h * 0.3), (w * 0.5, 0, 0), (0, 0, h * 0.4), band))
        z += h
    return parts


def table(rng: Rng, width: float, depth: float, height: float, colour: str) -> list[Patch]:
    top = wooden(rng, colour, 0.34)
    parts = box((-width / 2, -depth / 2, height - 0.035), (width / 2, depth / 2, height), top, bottom=True)
    parts += box(
        (-width / 2 + 0.05, -depth / 2 + 0.05, height - 0.11),
        (width / 2 - 0.05, depth / 2 - 0.05, height - 0.035),
        top,
        bottom=True,
    )
    for sx in (-1, 1):
        for sy in (-1, 1):
            x, y = sx * (width / 2 - 0.06), sy * (depth / 2 - 0.06)
            parts += box((x - 0.025, y - 0.025, 0), (x + 0.025, y + 0.025, height - 0.1), top)
    return parts


def chair(rng: Rng, colour: str, cushion: str) -> list[Patch]:
    """A wooden chair that faces -y."""
    beech = wooden(rng, colour)
    parts = box((-0.21, -0.21, 0.43), (0.21, 0.21, 0.455), beech, bottom=True)
    leg = beech((160, 40))
    for x in (-0.18, 0.18):
        parts += [rod((x, -0.18, 0), (x, -0.17, 0.43), 0.018, leg), rod((x, 0.2, 0), (x, 0.19, 0.43), 0.018, leg)]
        parts += [rod((x, 0.19, 0.43), (x * 1.03, 0.25, 0.9), 0.018, leg)]
        parts += [rod((x, -0.17, 0.2), (x, 0.19, 0.2), 0.011, leg)]
    for z, y in ((0.6, 0.205), (0.72, 0.222), (0.84, 0.24)):
        parts += box((-0.18, y - 0.008, z), (0.18, y + 0.012, z + 0.06), beech, bottom=True)
    pad = superellipsoid((0.2, 0.2, 0.035), textures.fabric(rng, (120, 500), cushion), roundness=(0.6, 0.35))
    return [*parts, *_at([pad], (0, -0.01, 0.48))]


def armchair(rng: Rng, cloth: str, pillow: Sequence[str]) -> list[Patch]:
    """A soft armchair that faces -y."""

    def cushion(half: tuple[float, float, float], at: tuple[float, float, float]) -> list[Patch]:
        paint = textures.fabric(rng, (360, 1100), cloth, contrast=0.22)
        return _at([superellipsoid(half, paint, roundness=(0.35, 0.3))], at)

    parts = cushion((0.42, 0.4, 0.15), (0, 0, 0.24)) + cushion((0.31, 0.36, 0.09), (0, -0.05, 0.43))
    parts += cushion((0.42, 0.12, 0.36), (0, 0.36, 0.56))
    parts += cushion((0.1, 0.4, 0.2), (-0.4, 0, 0.42)) + cushion((0.1, 0.4, 0.2), (0.4, 0, 0.42))
    pad = superellipsoid((0.21, 0.08, 0.2), textures.stripes(rng, (300, 500), pillow, 14), roundness=(0.7, 0.5))
    tilt = np.eye(4)
    tilt[1:3, 1:3] = ((math.cos(0.35), math.sin(0.35)), (-math.sin(0.35), math.cos(0.35)))
    tilt[:3, 3] = (0.06, 0.14, 0.66)
    parts.append(pad.moved(tilt))
    leg = textures.plain("#4a3524")
    for x in (-0.34, 0.34):
        parts += [rod((x, -0.3, 0), (x, -0.3, 0.12), 0.025, leg), rod((x, 0.3, 0), (x, 0.3, 0.12), 0.025, leg)]
    return parts


def floor_lamp(rng: Rng, height: float) -> list[Patch]:
    brass = textures.plain("#8a6b35", rng=rng)
    shade = textures.fabric(rng, (200, 700), "#f3dcae", contrast=0.1)
    base = lathe([(0.0, 0.0), (0.15, 0.0), (0.15, 0.02), (0.02, 0.035), (0.0, 0.035)], brass)
    cone = lathe([(0.22, height - 0.3), (0.14, height)], shade)
    glowing = two_sided(replace(cone, glow=1.35))
    return [base, rod((0, 0, 0.03), (0, 0, height - 0.1), 0.012, brass), *glowing]


def vase(rng: Rng, colours: Sequence[str], knots: Sequence[tuple[float, float]]) -> list[Patch]:
    return [lathe(smooth_profile(knots), textures.stripes(rng, (260, 420), colours, 9))]


def plant(rng: Rng, *, leaves: int, length: float, pot: str, greens: Sequence[str]) -> list[Patch]:
    """A pot with arching blades."""
    clay = lathe(
        [(0.0, 0.0), (0.11, 0.0), (0.15, 0.26), (0.165, 0.26), (0.165, 0.3), (0.14, 0.3), (0.13, 0.25), (0.0, 0.25)],
        textures.stripes(rng, (220, 600), [pot, pot, "#e9dcc3", pot], 14),
    )
    scale = 0.55 + 0.45 * min(1.0, length)
    parts = [Patch(clay.points * scale, clay.paint)]
    for i in range(leaves):
        green = str(rng.choice(list(greens)))
        paint = textures.plain(green, (90, 24), rng=rng, grain=0.2)
        paint[:, 11:13] *= 1.35
        heading = 2.399963 * i + rng.uniform(-0.3, 0.3)
        rise = float(rng.uniform(0.7, 1.7))
        reach = length * float(rng.uniform(0.6, 1.0)) * (1.15 - 0.3 * rise / 1.7)
        root = (0.05 * math.cos(heading) * scale, 0.05 * math.sin(heading) * scale, 0.25 * scale)
        parts += leaf(root, heading, reach, 0.13 * length, rise, float(rng.uniform(0.4, 0.95)), paint)
    return parts


def bouquet(rng: Rng, colours: Sequence[str], height: float) -> list[Patch]:
    """Stems with round blossoms, to put into a vase."""
    stem = textures.plain("#4f7a3a", rng=rng)
    parts: list[Patch] = []
    for i in range(13):
        angle, lean = 2.399963 * i, 0.035 + 0.011 * i
        top = (lean * math.cos(angle), lean * math.sin(angle), height * (1.0 - 0.02 * i))
        path = np.linspace(0, 1, 6)[:, None] * np.array(top)
        path[:, :2] *= np.linspace(0, 1, 6)[:, None]
        parts.append(tube(path, 0.004, stem, sides=6))
        bloom = textures.plain(str(rng.choice(list(colours))), (60, 90), rng=rng, grain=0.3)
        bloom[40:] *= np.array([1.3, 1.1, 0.7], np.float32)
        size = float(rng.uniform(0.026, 0.042))
        parts += _at([superellipsoid((size, size, size * 0.75), bloom, segments=20)], top)
    for i in range(8):
        paint = textures.plain("#5d8f45", (60, 16), rng=rng, grain=0.2)
        parts += leaf((0, 0, height * 0.2), 0.8 * i, 0.2, 0.05, 1.2, 0.7, paint)
    return parts


def framed(picture: Paint, width: float, height: float, frame: Painter) -> list[Patch]:
    """A picture that hangs at y = 0 and faces -y; its centre is the origin. Row 0 of the picture is its top."""
    rim, thick = 0.035, 0.028
    w, h = width / 2, height / 2
    parts = box((-w - rim, -thick, -h - rim), (w + rim, 0, -h), frame, bottom=True)
    parts += box((-w - rim, -thick, h), (w + rim, 0, h + rim), frame, bottom=True)
    parts += box((-w - rim, -thick, -h), (-w, 0, h), frame)
    parts += box((w, -thick, -h), (w + rim, 0, h), frame)
    parts.append(quad((-w, -0.008, -h), (width, 0, 0), (0, 0, height), np.ascontiguousarray(picture[::-1])))
    return parts


def curtain(rng: Rng, width: float, height: float, colour: str) -> list[Patch]:
    """Hanging cloth in folds, facing -y; both sides."""
    x = np.linspace(0, 1, 121)[None, :]
    z = np.linspace(0, 1, 12)[:, None]
    folds = 0.026 * np.sin(2 * math.pi * x * width / 0.105 + 0.6 * np.sin(5 * x) + 0.5 * z) * (0.6 + 0.4 * (1 - z))
    points = np.stack(np.broadcast_arrays(x * width, folds, z * height), axis=2)
    paint = textures.fabric(rng, pixels(height, width * 1.4, 330), colour, contrast=0.12)
    return two_sided(Patch(points, paint, light_cell_m=0.012))


def _at(patches: Sequence[Patch], place: Sequence[float]) -> list[Patch]:
    pose = np.eye(4)
    pose[:3, 3] = place
    return [patch.moved(pose) for patch in patches]
