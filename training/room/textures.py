"""Painted textures from a seeded generator: wood, fabric, plaster, rugs, book spines, pictures, a view outside.

Every function returns (h, w, 3) float32 linear reflectance. Sizes are in pixels; the caller knows the metres.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from training.room.patches import Paint

Rng = np.random.Generator
Field = NDArray[np.float32]


def linear(colour: str) -> NDArray[np.float32]:
    """'#rrggbb' as linear reflectance, (3,) float32."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / 255
    return np.asarray(np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4), np.float32)


def noise(rng: Rng, hw: tuple[int, int], cells: tuple[float, float], octaves: int = 4) -> Field:
    """Smooth fractal noise, about -1..1; `cells` is how many blobs fit into (height, width) at the coarsest octave."""
    height, width = hw
    total = np.zeros(hw, np.float32)
    for octave in range(octaves):
        rows = int(min(height, max(2, cells[0] * 2**octave))) + 1
        columns = int(min(width, max(2, cells[1] * 2**octave))) + 1
        small = rng.standard_normal((rows, columns)).astype(np.float32)
        total += cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * 0.5**octave
    return np.asarray(total / 2, np.float32)


def tinted(base: NDArray[np.float32], shade: NDArray[np.floating]) -> Paint:
    """A colour times a field around 1."""
    return np.asarray(np.clip(base[None, None] * shade[..., None], 0.003, 0.95), np.float32)


def plain(colour: str, hw: tuple[int, int] = (16, 16), *, rng: Rng | None = None, grain: float = 0.06) -> Paint:
    shade = np.ones(hw, np.float32)
    if rng is not None:
        shade += grain * noise(rng, hw, (6, 6)) + 0.5 * grain * rng.standard_normal(hw).astype(np.float32)
    return tinted(linear(colour), shade)


def plaster(rng: Rng, hw: tuple[int, int], colour: str, strength: float) -> Paint:
    """A painted wall: `strength` 0.01 is nearly blank, 0.1 is rough."""
    shade = 1 + strength * (noise(rng, hw, (4, 6), 7) + 0.35 * rng.standard_normal(hw).astype(np.float32))
    return tinted(linear(colour), shade)


def wood(rng: Rng, hw: tuple[int, int], colour: str, *, contrast: float = 0.25) -> Paint:
    """Grain along the columns, with slow rings."""
    height, width = hw
    slow = noise(rng, hw, (max(2, height / 90), max(1, width / 700)), 3)
    rings = np.sin(slow * 14 + noise(rng, hw, (height / 12, max(1, width / 400)), 2) * 1.5)
    fibre = noise(rng, hw, (height / 3, max(2, width / 80)), 2)
    shade = 1 + contrast * (0.45 * rings + 0.55 * fibre + 0.4 * slow)
    warm = np.stack([shade**0.85, shade, shade**1.2], axis=2)
    return np.asarray(np.clip(linear(colour) * warm, 0.004, 0.95), np.float32)


def planks(rng: Rng, hw: tuple[int, int], colour: str, plank_px: int) -> Paint:
    """A floor of boards along the columns, each with its own tone, with dark joints."""
    height, width = hw
    out = np.zeros((height, width, 3), np.float32)
    length = plank_px * 8
    for row in range(0, height, plank_px):
        x = -int(rng.integers(0, length))
        while x < width:
            board = wood(rng, (plank_px, length), colour) * np.float32(rng.uniform(0.62, 1.25))
            board *= np.array([1, rng.uniform(0.93, 1.02), rng.uniform(0.84, 1.0)], np.float32)
            board[:2] *= 0.35
            board[:, :2] *= 0.4
            x0, x1, y1 = max(x, 0), min(x + length, width), min(row + plank_px, height)
            out[row:y1, x0:x1] = board[: y1 - row, x0 - x : x1 - x]
            x += length
    return np.clip(out, 0.004, 0.9)


def fabric(rng: Rng, hw: tuple[int, int], colour: str, *, thread_px: float = 3.0, contrast: float = 0.16) -> Paint:
    """Woven cloth."""
    y, x = np.mgrid[: hw[0], : hw[1]].astype(np.float32)
    weave = np.sin(2 * math.pi * x / thread_px / 2) * np.sin(2 * math.pi * y / thread_px / 2)
    speckle = cv2.GaussianBlur(rng.standard_normal(hw).astype(np.float32), (0, 0), 0.8)
    shade = 1 + contrast * (0.4 * weave + 1.1 * speckle + 0.8 * noise(rng, hw, (8, 8), 5))
    return tinted(linear(colour), shade.astype(np.float32))


def stripes(rng: Rng, hw: tuple[int, int], colours: Sequence[str], bands: int) -> Paint:
    """Cloth in stripes along the rows."""
    cloth = fabric(rng, hw, "#ffffff") / np.float32(0.95)
    index = (np.arange(hw[0]) * bands // hw[0]) % len(colours)
    tone = np.stack([linear(c) for c in colours])[index]
    return np.asarray(cloth * tone[:, None], np.float32)


def rug(rng: Rng, hw: tuple[int, int], colours: Sequence[str]) -> Paint:
    """An ornament: noise mirrored in both axes and cut into the palette, inside woven borders."""
    height, width = hw
    quarter = ((height + 1) // 2, (width + 1) // 2)
    field = noise(rng, quarter, (7, 9), 3)
    field = np.concatenate([field, field[:, ::-1]], 1)[:, :width]
    field = np.concatenate([field, field[::-1]], 0)[:height]
    y, x = np.mgrid[:height, :width].astype(np.float32)
    edge = np.minimum(np.minimum(y, height - 1 - y), np.minimum(x, width - 1 - x)) / height
    medallion = np.hypot((x / width - 0.5) * 2.1, (y / height - 0.5) * 2.3)
    field = field + 0.55 * np.cos(medallion * 9)
    index = np.digitize(field, np.quantile(field, np.linspace(0, 1, len(colours) + 1)[1:-1]))
    tones = np.stack([linear(c) for c in colours])
    out = tones[index]
    teeth = (np.sin(2 * math.pi * x / 46) + np.sin(2 * math.pi * y / 46) > 0).astype(int)
    border = (edge > 0.035) & (edge < 0.10)
    out = np.where(border[..., None], tones[np.where(teeth, 0, len(colours) - 1)], out)
    line = ((edge > 0.10) & (edge < 0.112)) | ((edge > 0.022) & (edge < 0.035))
    out = np.where(line[..., None], tones[1], out)
    out = np.where((edge <= 0.022)[..., None], tones[0], out)
    pile = 1 + 0.16 * cv2.GaussianBlur(rng.standard_normal(hw).astype(np.float32), (0, 0), 1.2) * 2
    pile = pile + 0.06 * np.sin(2 * math.pi * y / 6)
    return np.asarray(np.clip(out * pile[..., None], 0.004, 0.9), np.float32)


def wallpaper(rng: Rng, hw: tuple[int, int], ground: str, ink: str, cell_px: int) -> Paint:
    """A quiet repeated leaf pattern, with enough noise that no two repeats are quite the same."""
    y, x = np.mgrid[: hw[0], : hw[1]].astype(np.float32)
    row = np.floor(y / cell_px)
    u = (x / cell_px + 0.5 * (row % 2)) % 1 - 0.5
    v = (y / cell_px) % 1 - 0.5
    leaves = np.zeros(hw, np.float32)
    for angle in (-0.9, 0.0, 0.9):
        c, s = math.cos(angle), math.sin(angle)
        a, b = u * c + (v - 0.25) * s, -u * s + (v - 0.25) * c
        leaves = np.maximum(leaves, np.clip(8 * (1 - (a / 0.075) ** 2 - ((b + 0.28) / 0.24) ** 2), 0, 1))
    shade = 1 + 0.05 * noise(rng, hw, (5, 8), 6) + 0.02 * rng.standard_normal(hw).astype(np.float32)
    mix = leaves[..., None] * (0.75 + 0.25 * noise(rng, hw, (9, 9), 3)[..., None])
    return np.asarray(np.clip((linear(ground) * (1 - mix) + linear(ink) * mix) * shade[..., None], 0, 0.95), np.float32)


def book_spine(rng: Rng, hw: tuple[int, int], colour: str) -> Paint:
    """A spine with bands and a title of short bars; row 0 is the bottom."""
    out = plain(colour, hw, rng=rng, grain=0.07)
    height, width = hw
    ink = linear(str(rng.choice(["#f4e8c8", "#e9c46a", "#1d1d1d", "#ffffff"])))
    for at in rng.uniform(0.05, 0.95, int(rng.integers(1, 4))):
        y = int(at * height)
        out[y : y + max(2, height // 60)] = ink * 0.8
    y = int(height * rng.uniform(0.25, 0.4))
    while y < height * 0.72:
        letter = int(rng.integers(3, 9))
        margin = max(1, int(width * rng.uniform(0.25, 0.38)))
        if rng.random() > 0.2:
            out[y : y + letter, margin : width - margin] = ink
        y += letter + 2
    return out


def ball(hw: tuple[int, int], colours: Sequence[str]) -> Paint:
    """A beach ball: gores from pole to pole, white caps."""
    height, width = hw
    tones = np.stack([linear(c) for c in colours])
    gore = np.arange(width) * len(colours) // width
    out = np.repeat(tones[gore][None], height, axis=0)
    seam = (np.arange(width) * len(colours) % width) < 0.035 * width
    out[:, seam] *= 0.55
    cap = max(1, height // 14)
    out[:cap] = out[-cap:] = linear("#f5f1e6")
    return np.asarray(out, np.float32)
