"""Cameras as they are shown in space: each a pyramid from where it stands to the picture that it takes."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera, Matrix
from depthview.engine.capture.poses.posed import PosedPhotos, held_out
from depthview.engine.splats.placement import Placement

_SIZE_SHARE = 0.04
"""How deep a pyramid is, of the median distance between two cameras ..."""
_OF_REACH = 0.02
"""... but at least so much of how far they look: all may stand in one place."""
_SAMPLE = 500
_POINTS = 4000


@dataclass(frozen=True, slots=True, eq=False)
class Frustums:
    """N cameras, in the axes and units of what they took; float64.

    `tips` (N, 3): where they stand; `corners` (N, 4, 3): of a picture before each, clockwise from its upper left.
    `reach` (N,): how far along its axis a photo's usual point is. `held_out` (N,) bool: training does not see these.
    """

    names: tuple[str, ...]
    tips: Matrix
    corners: Matrix
    reach: Matrix
    held_out: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def depth(self) -> float:
        """From a tip to its picture: how large they are drawn."""
        return float(np.linalg.norm(self.corners[0].mean(axis=0) - self.tips[0])) if len(self) else 0.0

    def forward(self, which: int) -> Matrix:
        """(3,) the unit vector along which the camera `which` looks."""
        along = self.corners[which].mean(axis=0) - self.tips[which]
        return np.asarray(along / np.linalg.norm(along))

    def tangents(self, which: int) -> tuple[float, float]:
        """Half of the photo's width and height, one unit before the camera."""
        upper_left, upper_right, _, lower_left = self.corners[which]
        depth = float(np.linalg.norm(self.corners[which].mean(axis=0) - self.tips[which]))
        across, down = np.linalg.norm(upper_right - upper_left), np.linalg.norm(lower_left - upper_left)
        return float(across) / 2 / depth, float(down) / 2 / depth

    def placed(self, placement: Placement) -> "Frustums":
        """The same where what they took was put."""
        tips, corners = placement.to_world(self.tips), placement.to_world(self.corners)
        return replace(self, tips=tips, corners=corners, reach=placement.scale * self.reach)


def frustums_of(posed: PosedPhotos) -> Frustums:
    """The cameras of these photos, as large as their distances allow."""
    cameras = [photo.camera for photo in posed.photos]
    tips = np.array([camera.eye for camera in cameras]).reshape(-1, 3)
    reach = _reach(cameras, tips, posed.points_xyz)
    depth = _depth(tips, reach)
    corners = np.array([_corners(camera, depth) for camera in cameras]).reshape(-1, 4, 3)
    names = tuple(photo.name.encode(errors="replace").decode() for photo in posed.photos)
    apart = {photo.name for photo in held_out(posed)}
    return Frustums(names, tips, corners, reach, np.array([photo.name in apart for photo in posed.photos], np.bool_))


def _corners(camera: Camera, depth: float) -> Matrix:
    """(4, 3) of its picture, `depth` before it; as if the axis went through the picture's middle, as it nearly does."""
    x, y = camera.width_px / 2 / camera.focal_px[0], camera.height_px / 2 / camera.focal_px[1]
    seen = depth * np.array([(-x, -y, 1), (x, -y, 1), (x, y, 1), (-x, y, 1)])
    return np.asarray((seen - camera.translation) @ camera.rotation)


def _depth(tips: Matrix, reach: Matrix) -> float:
    some = tips[:: 1 + len(tips) // _SAMPLE]
    apart = np.linalg.norm(some[:, None] - some[None], axis=2)[np.triu_indices(len(some), 1)]
    usual = float(np.median(apart)) if len(apart) else 0.0
    return max(_SIZE_SHARE * usual, _OF_REACH * float(np.median(reach))) if len(reach) else 0.0


def _reach(cameras: list[Camera], tips: Matrix, points: NDArray[np.float32]) -> Matrix:
    """(N,) the median depth of the points that each sees; where it sees none, the median distance; 1 without any."""
    some = points[:: 1 + len(points) // _POINTS]
    found = np.ones(len(cameras))
    for row, camera in enumerate(cameras):
        x, y, depth = camera.to_pixels(some).T
        seen = (depth > 0) & (x >= 0) & (x < camera.width_px) & (y >= 0) & (y < camera.height_px)
        if seen.any():
            found[row] = np.median(depth[seen])
        elif len(some):
            found[row] = np.median(np.linalg.norm(some - tips[row], axis=1))
    return np.maximum(found, 1e-9)
