"""Square perspective views that cover the sphere: which way each looks, and what it sees.

Cube and icosahedron: notes/panorama.md 2.1, 2.3 and 2.4 (360MonoDepth, CVPR 2022; MoGe).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.sphere import Directions, pixel_of


class ViewSet(StrEnum):
    """Which views are drawn. The values are the command line's words."""

    FAST = "fast"
    """The six faces of a cube, 110 degrees each."""
    FINE = "fine"
    """The cube's faces, and the twenty of the icosahedron: what one view gets wrong, others put right."""
    FACES = "icosahedron"
    """The twenty faces of an icosahedron, 90 degrees each."""


@dataclass(frozen=True, slots=True)
class View:
    """A square pinhole view from the sphere's centre. Yaw grows to the right from the panorama's middle, pitch up."""

    yaw_deg: float
    pitch_deg: float
    fov_deg: float

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): its right, down and forward, in the sphere's axes."""
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        forward = np.array([math.cos(pitch) * math.sin(yaw), -math.sin(pitch), math.cos(pitch) * math.cos(yaw)])
        right = np.array([math.cos(yaw), 0.0, -math.sin(yaw)])
        return np.stack([right, np.cross(forward, right), forward])

    @property
    def reach(self) -> float:
        """The tangent of half its field of view: how far a plane at distance 1 is seen to each side."""
        return math.tan(math.radians(self.fov_deg) / 2)

    def rays(self, side: int) -> NDArray[np.float64]:
        """(side, side, 3): where the centre of each pixel looks, 1 along the view's axis, in the sphere's axes."""
        at = ((np.arange(side) + 0.5) / side * 2 - 1) * self.reach
        right, down = np.meshgrid(at, at)
        return np.asarray(np.stack([right, down, np.ones_like(right)], axis=-1) @ self.rotation)

    def place(self, towards: Directions) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Where directions meet the view, -1 to 1 from edge to edge rightwards and downwards, and their share along it.

        (...) float32 each. The share is z / range, the cosine of the angle to the axis; places are NaN where it is not
        above 0, which is behind the view.
        """
        own = towards @ self.rotation.T.astype(np.float32)
        along = own[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            scale = np.where(along > 0, 1 / (along * np.float32(self.reach)), np.float32(np.nan))
        return own[..., 0] * scale, own[..., 1] * scale, along


def views_of(chosen: ViewSet) -> tuple[View, ...]:
    """The views of a set; together they see every direction, and they overlap."""
    cube = (*(View(yaw, 0, 110) for yaw in (0, 90, 180, 270)), View(0, 90, 110), View(0, -90, 110))
    if chosen is ViewSet.FAST:
        return cube
    rings = ((52.6226, 0), (10.8123, 0), (-10.8123, 36), (-52.6226, 36))
    faces = tuple(View(72 * turn + offset, pitch, 90) for pitch, offset in rings for turn in range(5))
    return (*cube, *faces) if chosen is ViewSet.FINE else faces


def draw_view(view: View, surrounded: Image, side: int) -> Image:
    """(side, side, 3) uint8 RGB: what the view sees of a panorama that is `surrounded` by its neighbours."""
    height, width = surrounded.shape[0] - 2, surrounded.shape[1] - 2
    column, row = pixel_of(view.rays(side), (height, width))
    return np.asarray(cv2.remap(surrounded, column + 1, row + 1, cv2.INTER_LINEAR), np.uint8)
