"""Cameras that look at the room: any pinhole, a rectified stereo pair, cube faces and a ring for later."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Pose = NDArray[np.float64]
"""(4, 4) world_from_camera; the camera has x right, y down, z forward, the world has z up. Metres."""

Point = Sequence[float] | NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pinhole:
    """A camera without distortion. `cx_px`, `cy_px` are in pixel-centre coordinates: the first pixel's centre is 0."""

    width_px: int
    height_px: int
    focal_x_px: float
    focal_y_px: float
    cx_px: float
    cy_px: float
    world_from_camera: Pose

    @classmethod
    def centred(cls, width_px: int, height_px: int, focal_px: float, pose: Pose) -> "Pinhole":
        return cls(width_px, height_px, focal_px, focal_px, (width_px - 1) / 2, (height_px - 1) / 2, pose)

    def resampled(self, x: int, y: int) -> "Pinhole":
        """The same view with x times as many columns and y times as many rows."""
        return replace(
            self,
            width_px=self.width_px * x,
            height_px=self.height_px * y,
            focal_x_px=self.focal_x_px * x,
            focal_y_px=self.focal_y_px * y,
            cx_px=(self.cx_px + 0.5) * x - 0.5,
            cy_px=(self.cy_px + 0.5) * y - 0.5,
        )

    def moved(self, right_m: float) -> "Pinhole":
        """The same camera, moved along its own x axis."""
        pose = self.world_from_camera.copy()
        pose[:3, 3] += right_m * pose[:3, 0]
        return replace(self, world_from_camera=pose)

    def rays(self) -> NDArray[np.float64]:
        """(H, W, 3) ray of every pixel's centre in camera coordinates, z = 1: point = depth_m * ray."""
        rays = np.ones((self.height_px, self.width_px, 3))
        rays[..., 0] = (np.arange(self.width_px) - self.cx_px) / self.focal_x_px
        rays[..., 1] = ((np.arange(self.height_px) - self.cy_px) / self.focal_y_px)[:, None]
        return rays


def look_at(eye: Point, target: Point, up: Point = (0, 0, 1)) -> Pose:
    """The pose of a camera at `eye` that looks at `target` with the horizon level."""
    forward = np.asarray(target, float) - np.asarray(eye, float)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, np.asarray(up, float))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, eye
    return pose


@dataclass(frozen=True, slots=True)
class StereoCamera:
    """Two equal, parallel cameras: `left`, and the right one `baseline_m` along the left one's x axis."""

    left: Pinhole
    baseline_m: float

    @property
    def right(self) -> Pinhole:
        return self.left.moved(self.baseline_m)

    def disparity_px(self, depth_m: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.asarray(self.left.focal_x_px * self.baseline_m / depth_m.astype(np.float64))


def cube_faces(eye: Point, size_px: int) -> list[Pinhole]:
    """Six views of 90 degrees from one point: front, right, back, left, up, down. Together they see everything once."""
    faces = []
    for target, up in (
        ((0, 1, 0), (0, 0, 1)),
        ((1, 0, 0), (0, 0, 1)),
        ((0, -1, 0), (0, 0, 1)),
        ((-1, 0, 0), (0, 0, 1)),
        ((0, 0, 1), (0, -1, 0)),
        ((0, 0, -1), (0, 1, 0)),
    ):
        pose = look_at(eye, np.asarray(eye, float) + np.asarray(target, float), up)
        faces.append(Pinhole.centred(size_px, size_px, size_px / 2, pose))
    return faces


def ring(
    centre: Sequence[float], radius_m: float, count: int, size_wh: tuple[int, int], focal_px: float
) -> list[Pinhole]:
    """`count` views from a level circle, all looking at its centre: photos for structure from motion."""
    cx, cy, cz = centre
    views = []
    for i in range(count):
        angle = 2 * math.pi * i / count
        eye = (cx + radius_m * math.cos(angle), cy + radius_m * math.sin(angle), cz)
        views.append(Pinhole.centred(*size_wh, focal_px, look_at(eye, centre)))
    return views
