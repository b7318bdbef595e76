"""Scenes that are too large for a machine, made to fit: fewer view-dependent colours first, then fewer splats."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats, SplatScene, bytes_each, opacity

_AT_ONCE = 1 << 18
_DRAWN_BYTES = 4 * (3 + 6 + 1 + 3 + 1) + 1
"""Beside the scene itself: middle, covariance, opacity, colour, order, antialiased."""


def drawn_bytes_each(degree: int) -> int:
    """How much memory a splat takes that is drawn, with spherical harmonics of that degree."""
    return bytes_each(degree) + _DRAWN_BYTES


def fitting(scene: SplatScene, most_bytes: int) -> tuple[SplatScene, str | None]:
    """The scene, or what of it fits, and a sentence of what was left out.

    `most_bytes`: of memory while it is drawn (`drawn_bytes_each`). What is left out is the harmonics of the highest
    degrees first, as they are most of the memory and least of the look, then the splats of least `importance`.
    """
    count, degree = len(scene), scene.degree
    while degree and count * drawn_bytes_each(degree) > most_bytes:
        degree -= 1
    count = min(count, max(0, most_bytes) // drawn_bytes_each(degree))
    if count == len(scene) and degree == scene.degree:
        return scene, None
    fitted = scene.with_degree(degree)
    if count < len(scene):
        fitted = fitted.take(most_important(scene, count))
    return fitted, _sentence(scene, count, degree)


def _sentence(scene: SplatScene, count: int, degree: int) -> str:
    colours = "" if degree == scene.degree else f"colours by degree {degree} instead of {scene.degree}"
    if count == len(scene):
        return f"This scene is too large for this machine: it is shown with {colours}."
    splats = f"the {count:,} of its {len(scene):,} splats that count most are shown"
    return f"This scene is too large for this machine: {splats}{', with ' if colours else ''}{colours}."


def importance(scene: SplatScene) -> Floats:
    """(N,) float32: opacity times the area that a splat covers as seen from its broad side; 0 where it is unsound."""
    found = np.empty(len(scene), np.float32)
    for first in range(0, len(scene), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        with np.errstate(all="ignore"):
            scales = scene.log_scale[part]
            area = np.exp(scales.sum(axis=1) - scales.min(axis=1))
            found[part] = np.nan_to_num(opacity(scene.opacity_logit[part]) * area, nan=0.0, posinf=0.0)
    return found


def most_important(scene: SplatScene, count: int) -> NDArray[np.int64]:
    """(count,) growing indices of the splats of most `importance`."""
    weight = importance(scene)
    if count >= len(weight):
        return np.arange(len(weight))
    return np.sort(np.argpartition(weight, len(weight) - count)[len(weight) - count :]) if count else np.arange(0)
