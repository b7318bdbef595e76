"""The camera that looks at splats: any eye, any roll, perspective or parallel."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A pinhole (or parallel) camera, in the world's units.

    `axes` (3, 3): the rows are right, down and forward, unit vectors in the world. A point p is at
    c = axes @ (p - eye); it falls on the pixel (width / 2 + focal_px * c.x / c.z, height / 2 + focal_px * c.y / c.z)
    where pixel (i, j) reaches from i to i + 1 and its middle is at i + 0.5. `parallel`: no division by c.z, and
    `focal_px` is pixels per unit. What is not between `near` and `far` along the axis is not seen.
    """

    eye: Vector
    axes: Vector
    focal_px: float
    width_px: int
    height_px: int
    near: float = 0.01
    far: float = math.inf
    parallel: bool = False

    @classmethod
    def looking(
        cls,
        eye: Vector,
        target: Vector,
        up: Vector,
        fov_deg: float,
        size_px: tuple[int, int],
        *,
        near: float = 0.01,
        far: float = math.inf,
    ) -> "View":
        """From `eye` to `target`, upright by `up`; `fov_deg` is vertical; size (width, height).

        Raises ValueError where `eye` is `target` or `up` points along the look.
        """
        eye, target, up = (np.asarray(v, np.float64) for v in (eye, target, up))
        forward = target - eye
        right = np.cross(forward, up)
        if not np.linalg.norm(right) > 1e-9 * np.linalg.norm(forward) * np.linalg.norm(up):
            raise ValueError("the eye is at the target, or up is along the look")
        forward /= np.linalg.norm(forward)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(forward, right), forward])
        focal_px = size_px[1] / 2 / math.tan(math.radians(fov_deg) / 2)
        return cls(eye, axes, focal_px, size_px[0], size_px[1], near, far)

    def to_camera(self, xyz: NDArray[np.floating]) -> Vector:
        """(..., 3) points of the world in the camera's own x right, y down, z forward."""
        return np.asarray((xyz - self.eye) @ self.axes.T)
