"""One look at a scene: from where, which way, how wide. No Qt, no VTK: plain camera mathematics."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.view import View

Vector = NDArray[np.float64]

UP = (0.0, -1.0, 0.0)


def axes(yaw_deg: float, pitch_deg: float) -> tuple[Vector, Vector, Vector]:
    """Right, down and forward of an upright eye, unit vectors; yaw turns to the right, pitch downwards."""
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    right = np.array([math.cos(yaw), 0.0, -math.sin(yaw)])
    forward = np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])
    return right, np.cross(forward, right), forward


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An upright eye. `fov_deg` is vertical; what is nearer than `near_m` or farther than `far_m` is not seen.

    `parallel_height_m`: seen without perspective, this much of the world from the upper border to the lower one.
    """

    eye_m: Vector
    yaw_deg: float
    pitch_deg: float
    fov_deg: float
    near_m: float
    far_m: float
    parallel_height_m: float | None = None

    def focal_px(self, height_px: float) -> float:
        """The focal length in pixels of a picture so high; without perspective, pixels per metre."""
        if self.parallel_height_m is not None:
            return height_px / self.parallel_height_m
        return height_px / 2 / math.tan(math.radians(self.fov_deg) / 2)

    def widened(self, factor: float) -> "Sight":
        """The same look at a picture that is higher by `factor`, all around."""
        if self.parallel_height_m is not None:
            return replace(self, parallel_height_m=factor * self.parallel_height_m)
        fov_deg = 2 * math.degrees(math.atan(factor * math.tan(math.radians(self.fov_deg) / 2)))
        return replace(self, fov_deg=fov_deg)

    def view(self, size_px: tuple[int, int]) -> View:
        """This look as the camera of a picture of (width, height)."""
        return View(
            self.eye_m,
            np.stack(axes(self.yaw_deg, self.pitch_deg)),
            self.focal_px(size_px[1]),
            *size_px,
            near=self.near_m,
            far=self.far_m,
            parallel=self.parallel_height_m is not None,
        )

    def ray(self, x_px: float, y_px: float, size_px: tuple[float, float]) -> Vector:
        """The unit vector in which the place (x, y) of a picture of (width, height) looks."""
        right, down, forward = axes(self.yaw_deg, self.pitch_deg)
        if self.parallel_height_m is not None:
            return forward
        focal = self.focal_px(size_px[1])
        along = forward + (x_px - size_px[0] / 2) / focal * right + (y_px - size_px[1] / 2) / focal * down
        return np.asarray(along / np.linalg.norm(along))

    def ray_from(self, x_px: float, y_px: float, size_px: tuple[float, float]) -> Vector:
        """Where the ray of the place (x, y) begins: in the eye; without perspective, beside it."""
        if self.parallel_height_m is None:
            return self.eye_m
        right, down, _ = axes(self.yaw_deg, self.pitch_deg)
        focal = self.focal_px(size_px[1])
        return np.asarray(self.eye_m + (x_px - size_px[0] / 2) / focal * right + (y_px - size_px[1] / 2) / focal * down)

    def point_at(self, x_px: float, y_px: float, size_px: tuple[float, float], depth_m: float) -> Vector:
        """What is at a place of the picture, so far along the axis."""
        ray = self.ray(x_px, y_px, size_px)
        along = float(ray @ axes(self.yaw_deg, self.pitch_deg)[2])
        return np.asarray(self.ray_from(x_px, y_px, size_px) + depth_m / along * ray)

    def depth_m(self, xyz_m: Vector) -> float:
        """How far a point is before the eye, along its axis."""
        return float((xyz_m - self.eye_m) @ axes(self.yaw_deg, self.pitch_deg)[2])

    def place_px(self, xyz_m: Vector, size_px: tuple[float, float]) -> tuple[float, float]:
        """Where in a picture of (width, height) a point is, that must be before the eye."""
        right, down, forward = axes(self.yaw_deg, self.pitch_deg)
        out = xyz_m - self.eye_m
        scale = self.focal_px(size_px[1]) / (1.0 if self.parallel_height_m is not None else float(out @ forward))
        return size_px[0] / 2 + scale * float(out @ right), size_px[1] / 2 + scale * float(out @ down)
