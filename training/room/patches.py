"""The one kind of surface the room is made of: a grid of points that carries a painted texture."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]
"""(R, C, 3) points in metres; the world has x right, y into the room, z up."""

Vector = Sequence[float] | NDArray[np.float64]

Paint = NDArray[np.float32]
"""(h, w, 3) linear reflectance 0..1, RGB; row 0 lies along the grid's row 0."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A surface: `points` (R, C, 3) metres and `paint` (h, w, 3) linear reflectance stretched over it.

    The lit side is where d/column x d/row points. `glow` is the radiance it sends out by itself, as a factor on the
    paint. `light_cell_m` is how fine the baked light has to be. `twin`: another patch lies back to back with this one
    (cloth, leaves), so that each is drawn from its own side only. `name` lets a scene find its own parts again.
    """

    points: Grid
    paint: Paint
    glow: float = 0.0
    light_cell_m: float = 0.04
    twin: bool = False
    name: str = ""
    lightmap_hw: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        down = np.linalg.norm(np.diff(self.points, axis=0), axis=2).sum(0).max()
        across = np.linalg.norm(np.diff(self.points, axis=1), axis=2).sum(1).max()
        cells = (max(2, math.ceil(down / self.light_cell_m)), max(2, math.ceil(across / self.light_cell_m)))
        object.__setattr__(self, "lightmap_hw", cells)

    def texel_centres(self) -> tuple[Grid, Grid]:
        """Points and unit normals, (h, w, 3) each, where the light of this patch is gathered."""
        height, width = self.lightmap_hw
        rows, columns = self.points.shape[:2]
        v = (np.arange(height) + 0.5) / height * (rows - 1)
        u = (np.arange(width) + 0.5) / width * (columns - 1)
        points = bilinear(self.points, v, u)
        normals = bilinear(grid_normals(self.points), v, u)
        return points, normals / np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-9)

    def moved(self, world_from_local: NDArray[np.float64]) -> "Patch":
        """The same patch after a (4, 4) rigid motion."""
        return replace(self, points=self.points @ world_from_local[:3, :3].T + world_from_local[:3, 3])


def bilinear(grid: Grid, v: NDArray[np.float64], u: NDArray[np.float64]) -> Grid:
    """The grid at (rows v) x (columns u), both in steps of its own points."""
    v0 = np.clip(v.astype(int), 0, grid.shape[0] - 2)
    u0 = np.clip(u.astype(int), 0, grid.shape[1] - 2)
    fv, fu = (v - v0)[:, None, None], (u - u0)[None, :, None]
    top = grid[v0][:, u0] * (1 - fu) + grid[v0][:, u0 + 1] * fu
    bottom = grid[v0 + 1][:, u0] * (1 - fu) + grid[v0 + 1][:, u0 + 1] * fu
    blended: Grid = top * (1 - fv) + bottom * fv
    return blended


def grid_normals(points: Grid) -> Grid:
    """Unit normals (R, C, 3) of a grid; at a pole, where a row shrinks to a point, the neighbouring row's mean."""
    normals = np.cross(np.gradient(points, axis=1), np.gradient(points, axis=0))
    length = np.linalg.norm(normals, axis=2, keepdims=True)
    unit = normals / np.maximum(length, 1e-12)
    for row, neighbour in ((0, min(1, len(points) - 1)), (len(points) - 1, max(0, len(points) - 2))):
        if length[row].max() < 1e-9:
            mean = unit[neighbour].mean(0)
            unit[row] = mean / max(float(np.linalg.norm(mean)), 1e-12)
    return np.asarray(unit)


def quad(origin: Vector, across: Vector, down: Vector, paint: Paint) -> Patch:
    """A flat rectangle: texture columns run along `across`, rows along `down`; lit on the side of across x down."""
    o, a, d = (np.asarray(x, float) for x in (origin, across, down))
    return Patch(np.stack([[o, o + a], [o + d, o + d + a]]), paint)


def turned(patches: Sequence[Patch], yaw_deg: float, place: Sequence[float]) -> list[Patch]:
    """Patches turned about the vertical axis, then put at `place` (metres)."""
    c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
    pose = np.eye(4)
    pose[:2, :2] = (c, -s), (s, c)
    pose[:3, 3] = place
    return [patch.moved(pose) for patch in patches]


def lathe(profile_rz: Sequence[tuple[float, float]], paint: Paint, *, segments: int = 40) -> Patch:
    """A turned body about the z axis from (radius, height) pairs, bottom to top; texture row 0 is the bottom."""
    profile = np.asarray(profile_rz, float)
    angle = np.linspace(0, 2 * math.pi, segments + 1)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], axis=1)
    points = profile[:, None, :1] * ring[None]
    points[..., 2] = profile[:, 1:]
    return Patch(points, paint)


def smooth_profile(knots_rz: Sequence[tuple[float, float]], steps: int = 40) -> list[tuple[float, float]]:
    """A rounded profile through knots (Catmull-Rom), for vases and pots."""
    k = np.asarray([knots_rz[0], *knots_rz, knots_rz[-1]], float)
    out: list[tuple[float, float]] = []
    for t in np.linspace(0, len(knots_rz) - 1, steps):
        i = min(int(t), len(knots_rz) - 2)
        s = t - i
        a, b, c, d = k[i : i + 4]
        p = 0.5 * (2 * b + (c - a) * s + (2 * a - 5 * b + 4 * c - d) * s**2 + (3 * b - a - 3 * c + d) * s**3)
        out.append((max(float(p[0]), 0.0), float(p[1])))
    return out


def superellipsoid(
    half: Sequence[float], paint: Paint, *, roundness: tuple[float, float] = (1.0, 1.0), segments: int = 48
) -> Patch:
    """A ball (roundness 1) to a pillow or rounded box (towards 0.2), centred on the origin, half sizes in metres."""
    lat = np.linspace(-math.pi / 2, math.pi / 2, segments // 2 + 1)[:, None]
    lon = np.linspace(0, 2 * math.pi, segments + 1)[None, :]

    def power(x: NDArray[np.float64], e: float) -> NDArray[np.float64]:
        return np.asarray(np.sign(x) * np.abs(np.where(np.abs(x) < 1e-12, 0, x)) ** e)

    e_lat, e_lon = roundness
    x = half[0] * power(np.cos(lat), e_lat) * power(np.cos(lon), e_lon)
    y = half[1] * power(np.cos(lat), e_lat) * power(np.sin(lon), e_lon)
    z = np.broadcast_to(half[2] * power(np.sin(lat), e_lat), x.shape)
    return Patch(np.stack([x, y, z], axis=2), paint)


def tube(path: NDArray[np.float64], radius_m: float, paint: Paint, *, sides: int = 10) -> Patch:
    """A round rod along a path (N, 3): chair legs, stems, lamp poles."""
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    helper = np.array([0.0, 0.0, 1.0]) if abs(tangent[0, 2]) < 0.9 else np.array([1.0, 0.0, 0.0])
    side = np.cross(helper, tangent)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(tangent, side)
    angle = np.linspace(0, 2 * math.pi, sides + 1)[None, :, None]
    points = path[:, None] + radius_m * (np.cos(angle) * side[:, None] + np.sin(angle) * other[:, None])
    return Patch(points, paint)


def leaf(
    root: Sequence[float], heading_rad: float, length_m: float, width_m: float, rise: float, droop: float, paint: Paint
) -> list[Patch]:
    """A blade that rises and arches over, as two patches back to back so that both sides are lit."""
    t = np.linspace(0, 1, 12)
    out = np.array([math.cos(heading_rad), math.sin(heading_rad), 0.0])
    side = np.array([-out[1], out[0], 0.0])
    spine = np.asarray(root, float) + length_m * (
        t[:, None] * out * (1 - 0.25 * rise) + (rise * t - droop * t**2)[:, None] * np.array([0, 0, 1.0])
    )
    width = width_m * np.sqrt(np.clip(np.sin(np.pi * np.clip(0.04 + 0.96 * t, 0, 1) ** 0.8), 0, 1)) * 0.5
    keel = np.array([0, 0, 0.25])
    across = np.linspace(-1, 1, 5)
    points = spine[:, None] + width[:, None, None] * (
        across[None, :, None] * side + (np.abs(across)[None, :, None] * keel)
    )
    return two_sided(Patch(points, paint))


def two_sided(patch: Patch) -> list[Patch]:
    """A thin sheet that is lit and seen from both sides."""
    front = replace(patch, twin=True)
    return [front, replace(front, points=patch.points[:, ::-1], paint=np.ascontiguousarray(patch.paint[:, ::-1]))]


def resized(paint: Paint, height: int, width: int) -> Paint:
    """A paint or a light map at another size; texel areas stay where they are."""
    return np.asarray(cv2.resize(paint, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
