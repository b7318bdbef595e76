"""Cameras that go round something, as a person would walk, and the files that COLMAP would leave of them."""

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.posed import PosedPhoto, PosedPhotos

SIZE_PX = (320, 240)
FOCAL_PX = 300.0


def looking(eye: NDArray[np.float64], target: NDArray[np.float64], up: NDArray[np.float64]) -> Camera:
    """Level by `up`."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, up)
    right /= np.linalg.norm(right)
    rotation = np.stack([right, np.cross(forward, right), forward])
    return Camera(rotation, -rotation @ eye, (FOCAL_PX, FOCAL_PX), (SIZE_PX[0] / 2, SIZE_PX[1] / 2), *SIZE_PX)


def circle(
    count: int = 16, *, radius: float = 3.0, height: float = 1.0, turn: NDArray[np.float64] | None = None
) -> list[Camera]:
    """Round the origin, `height` above it and looking down at it; upright in the world (-y is up), or turned."""
    turn = np.eye(3) if turn is None else turn
    angle = 2 * np.pi * np.arange(count) / count
    eyes = np.stack([radius * np.sin(angle), np.full(count, -height), -radius * np.cos(angle)], axis=1)
    return [looking(turn @ eye, np.zeros(3), turn @ (0.0, -1.0, 0.0)) for eye in eyes]


def posed(cameras: list[Camera], points: NDArray[np.float32] | None = None) -> PosedPhotos:
    """Photos 00.jpg, 01.jpg, ..., and grey points."""
    points = np.zeros((0, 3), np.float32) if points is None else points
    photos = tuple(PosedPhoto(f"{i:02}.jpg", Path(f"{i:02}.jpg"), camera) for i, camera in enumerate(cameras))
    return PosedPhotos(photos, points, np.full(points.shape, 128, np.uint8))


def write_dense(folder: Path, cameras: list[Camera], points: NDArray[np.float32]) -> Path:
    """COLMAP's `dense` folder of the photos 00.jpg, 01.jpg, ..., which are empty files."""
    (folder / "images").mkdir(parents=True)
    (folder / "sparse").mkdir()
    pinholes, images = struct.pack("<Q", len(cameras)), struct.pack("<Q", len(cameras))
    for number, camera in enumerate(cameras):
        (folder / "images" / f"{number:02}.jpg").touch()
        inner = *camera.focal_px, *camera.centre_px
        pinholes += struct.pack("<IiQQ4d", number, 1, camera.width_px, camera.height_px, *inner)
        pose = *quaternion(camera.rotation), *camera.translation
        images += struct.pack("<I7dI", number, *pose, number) + f"{number:02}.jpg".encode() + struct.pack("<xQ", 0)
    rows = [struct.pack("<Q3d3BdQII", i, *point, 200, 80, 40, 0.1, 1, 0, 0) for i, point in enumerate(points.tolist())]
    (folder / "sparse" / "cameras.bin").write_bytes(pinholes)
    (folder / "sparse" / "images.bin").write_bytes(images)
    (folder / "sparse" / "points3D.bin").write_bytes(struct.pack("<Q", len(points)) + b"".join(rows))
    return folder


def quaternion(rotation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4,) w, x, y, z: the eigenvector that Bar-Itzhack's matrix has for its largest eigenvalue."""
    (a, b, c), (d, e, f), (g, h, i) = rotation
    matrix = np.array(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ]
    )
    return np.asarray(np.linalg.eigh(matrix)[1][:, -1])
