"""Splats put where tests want them."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene


def logit(opacity: float | NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(np.log(np.asarray(opacity) / (1 - np.asarray(opacity))))


def round_splats(
    xyz: NDArray[np.floating],
    *,
    size: float | NDArray[np.floating] = 0.01,
    opacity: float | NDArray[np.floating] = 0.9,
    colour: NDArray[np.floating] | None = None,
    degree: int = 0,
) -> SplatScene:
    """Balls at (N, 3); `colour` (N, 3) 0 to 1, grey where not given."""
    count = len(xyz)
    shade = np.full((count, 3), 0.5) if colour is None else colour
    return SplatScene(
        np.asarray(xyz, np.float32),
        _floats(np.log(np.broadcast_to(np.asarray(size, np.float64).reshape(-1, 1), (count, 3)))),
        np.tile(np.array([[1, 0, 0, 0]], np.float32), (count, 1)),
        _floats(np.broadcast_to(logit(opacity), (count,))),
        _floats((shade - 0.5) / 0.28209479177387814),
        np.zeros((count, COEFFICIENTS[degree], 3), np.float32),
    )


def ball(count: int, radius: float, middle: tuple[float, float, float] = (0, 0, 0)) -> NDArray[np.float64]:
    """(N, 3) evenly spread on a sphere."""
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * np.pi * (3 - np.sqrt(5))
    flat = np.sqrt(1 - z * z)
    return np.asarray(middle) + radius * np.stack([flat * np.cos(angle), flat * np.sin(angle), z], 1)


def turn(axis: tuple[float, float, float], angle_deg: float) -> NDArray[np.float64]:
    """(3, 3): about an axis, by Rodrigues' formula."""
    x, y, z = np.asarray(axis, np.float64) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(angle_deg)
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def _floats(values: NDArray[np.floating]) -> Floats:
    return np.ascontiguousarray(values, np.float32)
