"""A ring of photos of a splat scene, with their exact cameras: what training starts from, and must find again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.posed import PosedPhoto, PosedPhotos
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene, opacity
from depthview.engine.splats.spherical_harmonics import C0
from depthview.engine.splats.view import Vector, View

_ROOM = Path(__file__).parents[1] / "resources" / "samples" / "room_splats.sog"
_SOLID = 0.3
_RISE = 0.25
_ROUNDS = 3


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """Eyes on a ring about `middle`, so far from it, that look at it, in a room through it to the walls behind; the
    ring waves up and down along `up`."""

    middle: Vector
    up: Vector
    radius: float
    fov_deg: float = 50.0

    def view(self, share: float, size_px: tuple[int, int]) -> View:
        """The view at that share of the turn, 0 to 1."""
        side = np.cross(self.up, [0.3, 0.5, 0.8])
        side /= np.linalg.norm(side)
        turn = 2 * np.pi * share
        out = np.cos(turn) * side + np.sin(turn) * np.cross(self.up, side)
        eye = self.middle + self.radius * (out + _RISE * np.sin(_ROUNDS * turn) * self.up)
        return View.looking(eye, self.middle, self.up, self.fov_deg, size_px)


ROOM_RING = Ring(np.array([-0.2, -1.3, 2.0]), np.array([0, -1.0, 0]), 1.5, 60.0)
"""Within the bundled room."""


def room() -> SplatScene:
    """The bundled scene."""
    scene = open_splats(_ROOM)
    assert isinstance(scene, SplatScene)
    return scene


def drawn_ring(
    scene: SplatScene, ring: Ring, count: int, size_px: tuple[int, int]
) -> Iterator[tuple[Camera, NDArray[np.uint8]]]:
    """`count` exact cameras all around, each with what it sees: (H, W, 3), red first."""
    with Rasterizer(prepared([Placed(scene)])) as rasterizer:
        for number in range(count):
            view = ring.view(number / count, size_px)
            yield camera_of(view), rasterizer.draw(view).over((0, 0, 0))


def rendered_ring(
    scene: SplatScene, ring: Ring, folder: Path, count: int, size_px: tuple[int, int], points: int
) -> PosedPhotos:
    """Write `count` photos into `folder`; of the scene's own splats so many are the points they share."""
    folder.mkdir(parents=True, exist_ok=True)
    photos = []
    for number, (camera, picture) in enumerate(drawn_ring(scene, ring, count, size_px)):
        path = folder / f"{number:04d}.png"
        cv2.imwrite(str(path), picture[..., ::-1])
        photos.append(PosedPhoto(path.name, path, camera))
    solid = np.flatnonzero(opacity(np.asarray(scene.opacity_logit)) > _SOLID)
    chosen = np.random.default_rng(0).choice(solid, min(points, len(solid)), replace=False)
    rgb = np.clip(0.5 + C0 * np.asarray(scene.sh_dc)[chosen], 0, 1) * 255
    return PosedPhotos(tuple(photos), np.asarray(scene.xyz)[chosen], rgb.round().astype(np.uint8))


def camera_of(view: View) -> Camera:
    """The same pinhole as photos have."""
    centre = view.width_px / 2, view.height_px / 2
    focal = view.focal_px, view.focal_px
    return Camera(view.axes, -view.axes @ view.eye, focal, centre, view.width_px, view.height_px)
