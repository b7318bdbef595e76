"""What a ray meets in a panorama's scene, found in the range map itself: exact, whatever is being drawn."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.engine.sphere import pixel_of

# Between neighbouring pixels a surface's range changes by this many times the pixel's angle, not more: 86 degrees.
_STEEPEST = 16.0
_RADIAL = 1e-4

Vector = NDArray[np.float64]


def pixel_along(
    scene: PanoramaScene,
    eye: NDArray[np.float64],
    ray: NDArray[np.float64],
    *,
    nearest: float = 0.0,
    highest: float = math.inf,
    from_behind: bool = True,
) -> tuple[int, int] | None:
    """(row, column) of the pixel whose surface a look from `eye` along the unit vector `ray` meets first, or None.

    Nothing nearer than `nearest` or higher than `highest` over the camera (its -y) is met, and with `from_behind` off
    no surface whose far side it is. The ray's picture on the sphere is an arc; going along it pixel by pixel, the
    ray's nearness to the camera (by the rule of sines) is held beside the map's: where they change places it is met.
    """
    width = scene.size_hw[1]
    away = float(np.linalg.norm(eye))
    if away < 1e-9:
        return _allowed(scene, ray, eye, ray, nearest, highest)
    outward = eye / away
    angle = math.acos(float(np.clip(outward @ ray, -1.0, 1.0)))
    if math.sin(angle) < _RADIAL:  # straight away from the camera or back to it: then every arc is one
        aside = np.cross(outward, np.eye(3)[np.argmin(np.abs(outward))])
        ray = ray + 2 * _RADIAL * aside / np.linalg.norm(aside)
        ray = ray / np.linalg.norm(ray)
        angle = math.acos(float(np.clip(outward @ ray, -1.0, 1.0)))
    turned = np.linspace(0.0, angle, math.ceil(angle / math.pi * width) + 2)
    arc = np.outer(np.sin(angle - turned), outward) + np.outer(np.sin(turned), ray)
    surface = _nearness(scene, arc)
    ahead = np.sin(angle - turned) / (away * math.sin(angle)) - surface
    jump = np.abs(np.diff(surface))
    smooth = jump <= _STEEPEST * (2 * math.pi / width) * np.maximum(surface[1:], surface[:-1])  # NaN is not
    beyond = ahead < 0
    met = smooth & (beyond[1:] != beyond[:-1] if from_behind else beyond[1:] & ~beyond[:-1])
    for index in np.flatnonzero(met):
        share = ahead[index] / (ahead[index] - ahead[index + 1])
        direction = (1 - share) * arc[index] + share * arc[index + 1]
        pixel = _allowed(scene, direction, eye, ray, nearest, highest)
        if pixel is not None:
            return pixel
    return None


def _allowed(
    scene: PanoramaScene, direction: Vector, eye: Vector, ray: Vector, nearest: float, highest: float
) -> tuple[int, int] | None:
    """The pixel of a direction, if its surface is known and not cut off."""
    pixel = pixel_towards(scene, direction)
    point = scene.point_of(pixel)
    return pixel if point is not None and -point[1] <= highest and (point - eye) @ ray >= nearest else None


def pixel_towards(scene: PanoramaScene, direction: Vector) -> tuple[int, int]:
    """(row, column) of the pixel that the camera saw in a direction, whether or not it is known how far away."""
    height, width = scene.size_hw
    column, row = pixel_of(direction, (height, width))
    return min(height - 1, max(0, round(float(row)))), round(float(column)) % width


def _nearness(scene: PanoramaScene, arc: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): 1 / range along directions (n, 3), between pixels where they are of one surface; NaN where unknown."""
    height, width = scene.size_hw
    columns, rows = pixel_of(arc, (height, width))
    rows = np.clip(rows, 0, height - 1)
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    down, right = rows - top, columns - left
    bottom = np.minimum(top + 1, height - 1)
    near = 1 / np.stack(
        [scene.range[row, column % width] for row in (top, bottom) for column in (left, left + 1)]
    ).astype(np.float64)
    weights = np.stack([(1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right])
    one = near.max(axis=0) - near.min(axis=0) <= _STEEPEST * (2 * math.pi / width) * near.max(axis=0)  # NaN is not
    nearest = np.take_along_axis(near, weights.argmax(axis=0)[None], axis=0)[0]
    return np.asarray(np.where(one, (near * weights).sum(axis=0), nearest))
