"""The pinhole camera of one undistorted photo."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """Where a photo was taken from and through which pinhole, in the units of the reconstruction.

    A point p of the world is at c = rotation @ p + translation in the camera (x right, y down, z forward) and falls on
    the pixel (fx * c.x / c.z + cx, fy * c.y / c.z + cy), with `focal_px` = (fx, fy) and `centre_px` = (cx, cy), where
    pixel (i, j) reaches from i to i + 1 and its middle is at i + 0.5: COLMAP's own convention.
    `rotation` (3, 3) and `translation` (3,) are float64.
    """

    rotation: Matrix
    translation: Matrix
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    width_px: int
    height_px: int

    @property
    def eye(self) -> Matrix:
        """(3,) where the camera stands in the world."""
        return np.asarray(-self.rotation.T @ self.translation)

    def scaled_to(self, size_px: tuple[int, int]) -> "Camera":
        """The same camera for the same photo resized to (width, height)."""
        across, down = size_px[0] / self.width_px, size_px[1] / self.height_px
        return replace(
            self,
            focal_px=(self.focal_px[0] * across, self.focal_px[1] * down),
            centre_px=(self.centre_px[0] * across, self.centre_px[1] * down),
            width_px=size_px[0],
            height_px=size_px[1],
        )

    def to_pixels(self, xyz: NDArray[np.floating]) -> Matrix:
        """(N, 3) points of the world -> (N, 3): pixel x, pixel y and the depth along the axis in the world's units."""
        seen = np.asarray(xyz, np.float64) @ self.rotation.T + self.translation
        with np.errstate(divide="ignore", invalid="ignore"):
            across = self.focal_px[0] * seen[:, 0] / seen[:, 2] + self.centre_px[0]
            down = self.focal_px[1] * seen[:, 1] / seen[:, 2] + self.centre_px[1]
        return np.stack([across, down, seen[:, 2]], axis=1)
