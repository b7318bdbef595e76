"""What a ray meets in a panorama's scene, found in the range map itself: exact, whatever is being drawn."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.panorama.scene import PanoramaScene, directions_at
from depthview.engine.panorama.sphere import pixel_of

# From one pixel to the next a surface's range changes by this many times the pixel's angle, not more: 86 degrees.
_STEEPEST = 16.0
_RADIAL = 1e-4


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
    ray's range (sine rule) is held beside the map's, and where they change places is the surface.
    """
    height, width = scene.size_hw
    away = float(np.linalg.norm(eye))
    if away < 1e-9:
        arc, at_range = ray[None], np.array([math.inf])
    else:
        outward = eye / away
        angle = math.acos(float(np.clip(outward @ ray, -1.0, 1.0)))
        if math.sin(angle) < _RADIAL:  # straight away from the camera or back to it: then every arc is one
            aside = np.cross(outward, np.eye(3)[np.argmin(np.abs(outward))])
            ray = ray + 2 * _RADIAL * aside / np.linalg.norm(aside)
            ray = ray / np.linalg.norm(ray)
            angle = math.acos(float(np.clip(outward @ ray, -1.0, 1.0)))
        turned = np.linspace(0.0, angle, math.ceil(angle / math.pi * width) + 2)
        arc = np.outer(np.sin(angle - turned), outward) + np.outer(np.sin(turned), ray)
        with np.errstate(divide="ignore"):
            at_range = away * math.sin(angle) / np.sin(angle - turned)
        at_range[-1] = math.inf
    columns, rows = pixel_of(arc, (height, width))
    row, column = np.clip(np.rint(rows), 0, height - 1).astype(int), np.rint(columns).astype(int) % width
    surface = scene.range[row, column].astype(np.float64)
    if len(arc) == 1:
        hits = np.isfinite(surface)
        which = np.zeros(1, int)
    else:
        beyond = at_range > surface
        jump = np.abs(np.diff(surface))
        smooth = jump <= _STEEPEST * (2 * math.pi / width) * np.minimum(surface[1:], surface[:-1])  # NaN is not
        crossed = beyond[1:] != beyond[:-1] if from_behind else beyond[1:] & ~beyond[:-1]
        hits = smooth & crossed
        nearer = np.abs(at_range[1:] - surface[1:]) < np.abs(at_range[:-1] - surface[:-1])
        which = np.arange(len(hits)) + nearer
    which = which[hits]
    towards = directions_at(row[which], column[which], (height, width))
    points = towards * surface[which, None]
    allowed = (-points[:, 1] <= highest) & ((points - eye) @ ray >= nearest)
    which = which[allowed]
    return (int(row[which[0]]), int(column[which[0]])) if len(which) else None
