"""Baked light: sun and sky through the windows, a lamp, and one bounce off the walls, with shadows.

Every light is a set of sample points. For each of them the renderer's own depth picture says what it sees, as in
shadow mapping (Williams, "Casting curved shadows on curved surfaces", 1978); many samples together make soft
shadows, and samples on the walls carry the bounced light (Keller, "Instant radiosity", 1997). Linear RGB.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.room.cameras import Pinhole, look_at
from training.room.patches import Patch, resized
from training.room.render import Renderer

Light = NDArray[np.float32]
"""(h, w, 3) irradiance over pi, so that light * reflectance is radiance."""

SAMPLE_FOV_DEG = 150.0
NORMAL_OFFSET_M = 0.02


@dataclass(frozen=True, slots=True)
class Emitter:
    """A small flat light: `radiance` (3,) times `area_m2`, shining along `normal` from `at` (metres)."""

    at: NDArray[np.float64]
    normal: NDArray[np.float64]
    radiance: NDArray[np.float64]
    area_m2: float


@dataclass(frozen=True, slots=True)
class Sun:
    """Parallel light towards `direction`; `spread` is its softness as a slope; `irradiance` (3,) over pi."""

    direction: NDArray[np.float64]
    irradiance: NDArray[np.float64]
    aim: NDArray[np.float64]
    spread: float = 0.012
    samples: int = 24


@dataclass(frozen=True, slots=True)
class BakedLight:
    """What falls on one patch, (h, w, 3) each: the sun's part is apart, because moving things shade it sharply."""

    sun: Light
    rest: Light


class Gatherer:
    """Collects light at points that lie anywhere. The renderer has to show everything that casts a shadow."""

    def __init__(self, renderer: Renderer, points: NDArray[np.float64], normals: NDArray[np.float64]) -> None:
        self._renderer = renderer
        self._normals = normals.astype(np.float32)
        self._points = (points + NORMAL_OFFSET_M * normals).astype(np.float32)

    def sun(self, sun: Sun, rng: np.random.Generator) -> NDArray[np.float32]:
        """(N, 3) light of the sun."""
        facing = np.clip(-self._normals @ sun.direction.astype(np.float32), 0, None)
        seen = np.zeros(len(self._points), np.float32)
        distance_m = 30.0
        for k in range(sun.samples):
            angle, reach = 2.399963 * k, sun.spread * math.sqrt((k + rng.random()) / sun.samples)
            side = np.cross(sun.direction, (0, 0, 1.0))
            side /= np.linalg.norm(side)
            other = np.cross(sun.direction, side)
            direction = sun.direction + reach * (math.cos(angle) * side + math.sin(angle) * other)
            eye = sun.aim - distance_m * direction
            size = 1536
            camera = Pinhole.centred(size, size, size / 2 / 3.4 * distance_m, look_at(eye, sun.aim))
            visible, _, _ = self._visible(camera, bias_m=0.02)
            seen += visible
        return np.asarray(facing[:, None] * (seen / sun.samples)[:, None] * sun.irradiance, np.float32)

    def emitters(self, emitters: Iterable[Emitter], *, size_px: int = 448) -> NDArray[np.float32]:
        """(N, 3) light of many small emitters."""
        total = np.zeros((len(self._points), 3), np.float32)
        focal = size_px / 2 / math.tan(math.radians(SAMPLE_FOV_DEG) / 2)
        for e in emitters:
            up = (0.0, 0.0, 1.0) if abs(e.normal[2]) < 0.9 else (0.0, 1.0, 0.0)
            camera = Pinhole.centred(size_px, size_px, focal, look_at(e.at, e.at + e.normal, up))
            visible, depth, offset = self._visible(camera, bias_m=0.012, slope=0.012)
            square = np.einsum("ij,ij->i", offset, offset)
            facing = np.clip(-np.einsum("ij,ij->i", offset, self._normals), 0, None)
            # The sample stands for an area; without the area in the denominator near points would flare.
            form = visible * np.clip(depth, 0, None) * facing / (square * (square + np.float32(e.area_m2)) + 1e-9)
            total += (form * np.float32(e.area_m2 / math.pi))[:, None] * e.radiance.astype(np.float32)
        return total

    def _visible(
        self, camera: Pinhole, bias_m: float, slope: float = 0.0
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Which points the light sees (0..1), their depth, and the vectors from the light to them."""
        shadow = self._renderer.depth_m(camera)
        pose = camera.world_from_camera
        offset = self._points - pose[:3, 3].astype(np.float32)
        local = offset @ pose[:3, :3].astype(np.float32)
        depth = local[:, 2]
        inverse = np.float32(1) / np.where(depth > 1e-3, depth, np.float32(1))
        x = np.rint(local[:, 0] * inverse * np.float32(camera.focal_x_px) + np.float32(camera.cx_px))
        y = np.rint(local[:, 1] * inverse * np.float32(camera.focal_y_px) + np.float32(camera.cy_px))
        inside = (depth > 1e-3) & (x >= 0) & (y >= 0) & (x < camera.width_px) & (y < camera.height_px)
        xi = np.where(inside, x, 0).astype(np.int32)
        yi = np.where(inside, y, 0).astype(np.int32)
        lit = inside & (depth < shadow[yi, xi] * np.float32(1 + slope) + np.float32(bias_m))
        return lit.astype(np.float32), depth, offset


def window_emitters(
    corner: Sequence[float],
    across: Sequence[float],
    up: Sequence[float],
    radiance: Sequence[float],
    counts: tuple[int, int],
    rng: np.random.Generator,
) -> list[Emitter]:
    """A bright rectangle as jittered samples; it shines along across x up."""
    c, a, u = (np.asarray(x, float) for x in (corner, across, up))
    normal = np.cross(a, u)
    area = float(np.linalg.norm(normal))
    normal /= area
    rows, columns = counts
    return [
        Emitter(
            c + a * (i + rng.random()) / columns + u * (j + rng.random()) / rows + 0.02 * normal,
            normal,
            np.asarray(radiance, float),
            area / rows / columns,
        )
        for j in range(rows)
        for i in range(columns)
    ]


def bake(
    renderer: Renderer,
    patches: Sequence[Patch],
    bouncing: Sequence[int],
    *,
    sun: Sun,
    emitters: Sequence[Emitter],
    ambient: Sequence[float],
    seed: int,
    bounce_cell_m: float = 0.75,
) -> list[BakedLight]:
    """The light on every patch. Those numbered in `bouncing` (the room's shell) pass a part of theirs on.

    `ambient` (3,) stands for all that bounces more than once.
    """
    rng = np.random.default_rng(seed)
    shell = [patches[i] for i in bouncing]
    second = _bounced(renderer, shell, sun, emitters, np.asarray(ambient, float), bounce_cell_m, rng)
    centres = [patch.texel_centres() for patch in patches]
    points = np.concatenate([p.reshape(-1, 3) for p, _ in centres])
    normals = np.concatenate([n.reshape(-1, 3) for _, n in centres])
    gatherer = Gatherer(renderer, points, normals)
    sunlight = gatherer.sun(sun, rng)
    rest = gatherer.emitters([*emitters, *second]) + np.asarray(ambient, np.float32) * 0.35
    out, start = [], 0
    for patch in patches:
        height, width = patch.lightmap_hw
        end = start + height * width
        out.append(BakedLight(sunlight[start:end].reshape(height, width, 3), rest[start:end].reshape(height, width, 3)))
        start = end
    return out


def _bounced(
    renderer: Renderer,
    shell: Sequence[Patch],
    sun: Sun,
    emitters: Sequence[Emitter],
    ambient: NDArray[np.float64],
    cell_m: float,
    rng: np.random.Generator,
) -> list[Emitter]:
    cells: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float, int]] = []
    for patch in shell:
        across = patch.points[0, -1] - patch.points[0, 0]
        down = patch.points[-1, 0] - patch.points[0, 0]
        columns = max(1, round(float(np.linalg.norm(across)) / cell_m))
        rows = max(1, round(float(np.linalg.norm(down)) / cell_m))
        area_vector = np.cross(across, down)
        area = float(np.linalg.norm(area_vector))
        normal = area_vector / area
        colour = patch.paint.reshape(-1, 3).mean(0).astype(float)
        # A cell's brightness is the mean over a few points, or one point in a sunny patch would speak for all of it.
        for j in range(rows):
            for i in range(columns):
                u = (i + rng.random(6)) / columns
                v = (j + rng.random(6)) / rows
                spots = patch.points[0, 0] + u[:, None] * across + v[:, None] * down
                cells.append((spots, normal, colour, area / rows / columns, len(spots)))
    points = np.concatenate([c[0] for c in cells])
    normals = np.concatenate([np.tile(c[1], (c[4], 1)) for c in cells])
    gatherer = Gatherer(renderer, points, normals)
    light = (gatherer.sun(sun, rng) + gatherer.emitters(emitters)).reshape(len(cells), 6, 3).mean(1) + ambient
    return [
        Emitter(spots[0] + 0.02 * normal, normal, colour * level, area)
        for (spots, normal, colour, area, _), level in zip(cells, light, strict=True)
    ]


def developed(patch: Patch, light: Light) -> NDArray[np.uint8]:
    """The patch's picture for the screen, (h, w, 3) uint8 sRGB: paint in its light, through a soft shoulder."""
    height, width = patch.paint.shape[:2]
    radiance = patch.paint * (resized(light, height, width) + np.float32(patch.glow))
    return exposed(radiance)


def exposed(radiance: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear radiance to sRGB: straight in the shadows, a shoulder that ends at white (Reinhard, extended)."""
    white = np.float32(5.0)
    radiance = radiance * np.float32(1.2)
    toned = radiance * (1 + radiance / white**2) / (1 + radiance * np.float32(0.55))
    toned = np.clip(toned, 0, 1)
    srgb = np.where(toned <= 0.0031308, toned * 12.92, 1.055 * toned ** np.float32(1 / 2.4) - 0.055)
    return np.ascontiguousarray(np.rint(srgb * 255), np.uint8)
