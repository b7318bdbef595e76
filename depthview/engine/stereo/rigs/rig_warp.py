"""Straightens the pictures of a measured rig: a thing then lies on the same row of both eyes, and metres are known."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches, Points

Matrix = NDArray[np.float64]

_GRID = 33
"""Points along each side of a picture by which it is told how much of it a warp keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class EyeWarp:
    """One eye's way from the picture as the lens made it to the rectified one, both `size_hw` large.

    `matrix` (3, 3) and `distortion` (N,) are the lens's, `rotation` (3, 3) turns it, `projection` (3, 3) is the
    rectified camera. All float64, pixels with the first one's centre at 0. `fisheye`: the lens bends as in
    cv2.fisheye (Kannala and Brandt 2006, called equidistant by ROS and Kalibr).
    """

    size_hw: tuple[int, int]
    matrix: Matrix
    distortion: Matrix
    rotation: Matrix
    projection: Matrix
    fisheye: bool = False

    def maps(self) -> tuple[NDArray[np.int16], NDArray[np.uint16]]:
        """Where each rectified pixel comes from, as cv2.remap takes it soonest: fixed point, 1/32 px."""
        whole, part = self._map(cv2.CV_16SC2)
        return np.asarray(whole, np.int16), np.asarray(part, np.uint16)

    def points(self, points: Points) -> Points:
        """(N, 2) of the picture as it is -> (N, 2) of the rectified one."""
        if not len(points):
            return points
        straighten = cv2.fisheye.undistortPoints if self.fisheye else cv2.undistortPoints
        moved = straighten(points.reshape(-1, 1, 2), self.matrix, self.distortion, R=self.rotation, P=self.projection)
        return np.asarray(moved, np.float64).reshape(-1, 2)

    def _map(self, kind: int) -> tuple[NDArray[np.generic], NDArray[np.generic]]:
        height, width = self.size_hw
        init = cv2.fisheye.initUndistortRectifyMap if self.fisheye else cv2.initUndistortRectifyMap
        x, y = init(self.matrix, self.distortion, self.rotation, self.projection, (width, height), kind)
        return np.asarray(x), np.asarray(y)

    @property
    def black_share(self) -> float:
        """Of the rectified picture: where the lens saw nothing."""
        x, y = self._map(cv2.CV_32FC1)
        return 1 - float(_inside(np.asarray(x, np.float32), np.asarray(y, np.float32), self.size_hw).mean())

    @property
    def lost_share(self) -> float:
        """Of the picture as it is: what the rectified one has no room for."""
        height, width = self.size_hw
        x, y = np.meshgrid(np.linspace(0, width - 1, _GRID), np.linspace(0, height - 1, _GRID))
        moved = self.points(np.stack([x.ravel(), y.ravel()], axis=1))
        return 1 - float(_inside(moved[:, 0], moved[:, 1], self.size_hw).mean())


def _inside(x: NDArray[np.floating], y: NDArray[np.floating], size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    height, width = size_hw
    return (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class RigWarp:
    """Rectifies pairs of one size. `rig` is the camera that the rectified pictures are of, for metres."""

    left: EyeWarp
    right: EyeWarp
    rig: StereoRig
    _left_maps: tuple[NDArray[np.int16], NDArray[np.uint16]]
    _right_maps: tuple[NDArray[np.int16], NDArray[np.uint16]]
    _seen: NDArray[np.bool_] | None

    @classmethod
    def of(cls, left: EyeWarp, right: EyeWarp, rig: StereoRig) -> "RigWarp":
        left_maps, right_maps = left.maps(), right.maps()
        seen = _remapped(np.full((*left.size_hw, 3), 255, np.uint8), left_maps)[..., 0] == 255
        return cls(left, right, rig, left_maps, right_maps, None if seen.all() else seen)

    def warp(self, pair: StereoPair) -> StereoPair:
        """The pair, of the size this was made for, rectified and with its rig; black where a lens saw nothing."""
        return replace(
            pair,
            left=_remapped(pair.left, self._left_maps),
            right=_remapped(pair.right, self._right_maps),
            fov_deg=self.rig.fov_deg,
            rig=self.rig,
        )

    def seen(self) -> NDArray[np.bool_] | None:
        """(H, W): where the rectified left eye shows something; None where it does everywhere."""
        return self._seen

    def points(self, matches: Matches) -> Matches:
        """The same points in the rectified pictures."""
        return Matches(self.left.points(matches.left), self.right.points(matches.right), matches.size_hw)


def _remapped(image: Image, maps: tuple[NDArray[np.int16], NDArray[np.uint16]]) -> Image:
    return np.asarray(cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR), np.uint8)
