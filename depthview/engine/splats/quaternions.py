"""Turns as unit quaternions w, x, y, z and as matrices."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float64]


def quaternions(rotation: NDArray[np.floating]) -> Vectors:
    """(..., 4) unit w, x, y, z of rotations (..., 3, 3); of the two that are the same turn, that with w >= 0.

    Bar-Itzhack, "New method for extracting the quaternion from a rotation matrix", 2000, without its eigenvectors: the
    longest row of the quaternion's outer product with itself.
    """
    r = np.asarray(rotation, np.float64)
    trace = np.trace(r, axis1=-2, axis2=-1)
    outer = np.empty((*r.shape[:-2], 4, 4))
    outer[..., 0, 0] = 1 + trace
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        outer[..., a + 1, a + 1] = 1 + 2 * r[..., a, a] - trace
        outer[..., 0, a + 1] = outer[..., a + 1, 0] = r[..., c, b] - r[..., b, c]
        outer[..., b + 1, c + 1] = outer[..., c + 1, b + 1] = r[..., b, c] + r[..., c, b]
    longest = np.argmax(np.diagonal(outer, axis1=-2, axis2=-1), axis=-1)
    found = np.take_along_axis(outer, longest[..., None, None], axis=-2)[..., 0, :]
    found = found / np.linalg.norm(found, axis=-1, keepdims=True)
    return np.asarray(np.where(found[..., :1] < 0, -found, found))


def rotations(turns: NDArray[np.floating]) -> Vectors:
    """(..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(np.asarray(turns, np.float64), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)
