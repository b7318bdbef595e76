"""What hangs on the walls and what lies outside the window, painted by rule from a seed."""

from itertools import pairwise

import cv2
import numpy as np

from training.room.patches import Paint
from training.room.textures import Rng, linear, noise


def dunes(rng: Rng, hw: tuple[int, int]) -> Paint:
    """Layered hills before an evening sky; row 0 is the top."""
    height, width = hw
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    out = (1 - y) * linear("#4a6fa5") + y * linear("#f6c28b")
    yy, xx = np.mgrid[:height, :width].astype(np.float32)
    sun = np.hypot(yy - 0.36 * height, xx - 0.64 * width) < 0.09 * height
    out = np.where(sun[..., None], linear("#fff1cf"), out)
    x = np.arange(width) / width
    for i, colour in enumerate(("#b58aa5", "#8c5e78", "#5d4a66", "#35344a", "#1d2433")):
        ridge = 0.45 + 0.11 * i + 0.05 * np.sin(x * rng.uniform(4, 9) + rng.uniform(0, 6))
        ridge = ridge + 0.02 * np.sin(x * rng.uniform(15, 30) + rng.uniform(0, 6))
        out = np.where((yy > ridge[None] * height)[..., None], linear(colour), out)
    return _brushed(rng, out)


def discs(rng: Rng, hw: tuple[int, int]) -> Paint:
    """Circles, arcs and bars on cream."""
    height, width = hw
    canvas = np.tile(linear("#efe4cc"), (height, width, 1)).astype(np.float32)
    palette = ["#c8553d", "#2a6f77", "#e0a72e", "#27323f", "#7d9d6a", "#d9a5a0"]
    for _ in range(22):
        tone = [float(c) for c in linear(str(rng.choice(palette)))]
        centre = (int(rng.uniform(0.08, 0.92) * width), int(rng.uniform(0.08, 0.92) * height))
        radius = int(rng.uniform(0.03, 0.2) * min(hw))
        kind = rng.random()
        if kind < 0.5:
            cv2.circle(canvas, centre, radius, tone, -1, cv2.LINE_AA)
            cv2.circle(canvas, centre, radius // 2, [c * 0.45 for c in tone], -1, cv2.LINE_AA)
        elif kind < 0.75:
            cv2.circle(canvas, centre, radius, tone, max(2, radius // 6), cv2.LINE_AA)
        else:
            end = (int(rng.uniform(0, 1) * width), int(rng.uniform(0, 1) * height))
            cv2.line(canvas, centre, end, tone, max(2, int(min(hw) * 0.012)), cv2.LINE_AA)
    return _brushed(rng, canvas)


def blocks(rng: Rng, hw: tuple[int, int]) -> Paint:
    """Rectangles between dark bars."""
    height, width = hw
    canvas = np.tile(linear("#f1ede2"), (height, width, 1)).astype(np.float32)
    xs = [0, *sorted((rng.uniform(0.1, 0.9, 4) * width).astype(int).tolist()), width]
    ys = [0, *sorted((rng.uniform(0.1, 0.9, 5) * height).astype(int).tolist()), height]
    palette = ["#c1272d", "#f1ede2", "#1d4e9e", "#f1ede2", "#f2c230", "#e6dfcf"]
    for y0, y1 in pairwise(ys):
        for x0, x1 in pairwise(xs):
            canvas[y0:y1, x0:x1] = linear(str(rng.choice(palette)))
    bar = max(3, width // 45)
    for x in xs[1:-1]:
        canvas[:, x : x + bar] = linear("#1b1b1b")
    for y in ys[1:-1]:
        canvas[y : y + bar] = linear("#1b1b1b")
    return _brushed(rng, canvas)


def clock_face(hw: tuple[int, int]) -> Paint:
    """A dial at ten past ten, in polar coordinates for a disc: row 0 is the centre, columns run round."""
    height, width = hw
    out = np.tile(linear("#f4efe4"), (height, width, 1)).astype(np.float32)
    out[int(height * 0.94) :] = linear("#2b2b2b")
    for hour in range(12):
        x = int(hour / 12 * width)
        out[int(height * 0.78) : int(height * 0.9), max(0, x - width // 120) : x + width // 120 + 1] = linear("#222222")
    for turn, reach, half in ((10 / 60, 0.72, 60), (10.17 / 12, 0.5, 40)):
        x = int((turn - 0.25) % 1 * width)
        out[: int(height * reach), max(0, x - width // half // 2) : x + width // half // 2] = linear("#222222")
    return out


def garden(rng: Rng, hw: tuple[int, int]) -> Paint:
    """Sky, clouds, a far wood and a lawn, soft as a view through glass is; row 0 is the top."""
    height, width = hw
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    out = (1 - y) * linear("#6fa8dc") + y * linear("#e6f1f7")
    cloud = np.clip(noise(rng, hw, (4, 5), 6) * 1.3 - 0.1, 0, 1)[..., None]
    out = out * (1 - cloud) + cloud * linear("#ffffff")
    yy = np.mgrid[:height, :width][0] / height
    x = np.arange(width) / width
    for base, spread, colour in ((0.56, 0.10, "#8fb0a0"), (0.64, 0.13, "#5c8a4a"), (0.74, 0.10, "#3f6d35")):
        crown = base + spread * noise(rng, (1, width), (1, 9), 6)[0] + 0.02 * np.sin(x * 40)
        leaves = 1 + 0.45 * noise(rng, hw, (26, 30), 5)
        out = np.where((yy > crown[None])[..., None], linear(colour) * leaves[..., None], out)
    lawn = yy > 0.84
    out = np.where(lawn[..., None], linear("#86b04e") * (1 + 0.2 * noise(rng, hw, (60, 12), 4))[..., None], out)
    return np.asarray(np.clip(out, 0.01, 1), np.float32)


def globe(rng: Rng, hw: tuple[int, int]) -> Paint:
    """Land and sea."""
    land = noise(rng, hw, (3, 5), 6)
    sea = linear("#2f6f9f") * (1 + 0.1 * noise(rng, hw, (9, 12), 4))[..., None]
    soil = linear("#c9a95a") * (1 - land)[..., None] + linear("#5c8a4a") * land[..., None]
    out = np.where((land > 0.18)[..., None], soil, sea)
    y, x = np.mgrid[: hw[0], : hw[1]]
    lines = ((y * 12 % hw[0]) < 12) | ((x * 18 % hw[1]) < 18)
    return np.asarray(np.clip(np.where(lines[..., None], out * 0.75, out), 0.01, 0.9), np.float32)


def _brushed(rng: Rng, paint: Paint) -> Paint:
    hw = (paint.shape[0], paint.shape[1])
    stroke = noise(rng, hw, (hw[0] / 4, hw[1] / 24), 3)
    shade = 1 + 0.1 * stroke + 0.04 * rng.standard_normal(hw).astype(np.float32)
    return np.asarray(np.clip(paint * shade[..., None], 0.004, 0.95), np.float32)
