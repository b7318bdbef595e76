"""COLMAP's binary files of a model of pinhole cameras, read without COLMAP.

The layouts are those of colmap.github.io/format.html: `cameras.bin`, `images.bin`, `points3D.bin`. The newer `rigs.bin`
and `frames.bin` say nothing more of cameras that are not bound together. Whoever shows cameras in the window reads them
here: pycolmap takes over signals of the process that loads it.
"""

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.splats.quaternions import rotations

_SIMPLE_PINHOLE, _PINHOLE = 0, 1
_PARAMETERS = {_SIMPLE_PINHOLE: 3, _PINHOLE: 4}
_MOST_PIXELS_ACROSS = 1 << 16
_LONGEST_NAME = 4096

_DAMAGED = "The cameras of this job are damaged: run the job again from its photos: {path}"
_DISTORTED = "These cameras still have lens distortion: undistort the photos first: {path}"


@dataclass(frozen=True, slots=True)
class _Pinhole:
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]
    width_px: int
    height_px: int


class _Bytes:
    """A file read from front to back. Raises UserError where it ends too early."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path):
            self.data = path.read_bytes()
        self.at = 0

    def take(self, layout: str) -> tuple[int | float, ...]:
        size = struct.calcsize(layout)
        self.skip(size)
        return struct.unpack_from(layout, self.data, self.at - size)

    def count(self, least_bytes_each: int) -> int:
        """How many records follow; each of them has at least so many bytes, so the file itself bounds the number."""
        number = int(self.take("<Q")[0])
        if number * least_bytes_each > len(self.data) - self.at:
            raise self.damaged()
        return number

    def text(self) -> str:
        end = self.data.find(b"\0", self.at, self.at + _LONGEST_NAME)
        if end < 0:
            raise self.damaged()
        raw, self.at = self.data[self.at : end], end + 1
        return raw.decode("utf-8", errors="surrogateescape")

    def skip(self, size: int) -> None:
        if size > len(self.data) - self.at:
            raise self.damaged()
        self.at += size

    def damaged(self) -> UserError:
        return UserError(_DAMAGED, path=self.path)


def read_cameras(folder: Path) -> dict[str, Camera]:
    """The cameras by the photos' names. Raises UserError where the files are missing, damaged or still distorted."""
    pinholes = _read_pinholes(_Bytes(folder / "cameras.bin"))
    file = _Bytes(folder / "images.bin")
    cameras: dict[str, Camera] = {}
    for _ in range(file.count(72)):
        _image, *pose = file.take("<I7d")
        pinhole = pinholes.get(int(file.take("<I")[0]))
        name = file.text()
        file.skip(file.count(24) * 24)
        turn = np.asarray(pose[:4], np.float64)
        length = np.linalg.norm(turn)
        if pinhole is None or not np.isfinite(pose).all() or not length > 0:
            raise file.damaged()
        cameras[name] = Camera(
            rotations(turn / length),
            np.asarray(pose[4:], np.float64),
            pinhole.focal_px,
            pinhole.centre_px,
            pinhole.width_px,
            pinhole.height_px,
        )
    return cameras


def _read_pinholes(file: _Bytes) -> dict[int, _Pinhole]:
    pinholes: dict[int, _Pinhole] = {}
    for _ in range(file.count(24 + 8 * 3)):
        camera, model, width, height = (int(v) for v in file.take("<IiQQ"))
        if model not in _PARAMETERS:
            raise UserError(_DISTORTED, path=file.path)
        *focal, cx, cy = (float(v) for v in file.take(f"<{_PARAMETERS[model]}d"))
        sensible = 0 < width < _MOST_PIXELS_ACROSS and 0 < height < _MOST_PIXELS_ACROSS
        if not sensible or not np.isfinite([*focal, cx, cy]).all() or min(focal) <= 0:
            raise file.damaged()
        pinholes[camera] = _Pinhole((focal[0], focal[-1]), (cx, cy), width, height)
    return pinholes


def read_points(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """(M, 3) float32 places and (M, 3) uint8 RGB of the points that the photos share. Raises UserError as above."""
    file = _Bytes(folder / "points3D.bin")
    number = file.count(59)
    xyz, rgb = np.empty((number, 3), np.float32), np.empty((number, 3), np.uint8)
    for row in range(number):
        values = file.take("<Q3d3Bd")
        xyz[row], rgb[row] = values[1:4], values[4:7]
        file.skip(file.count(8) * 8)
    good = np.isfinite(xyz).all(axis=1)
    return xyz[good], rgb[good]
