"""Photos whose cameras are known: what structure from motion hands to training."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.colmap_files import read_cameras, read_points
from depthview.engine.errors import UserError
from depthview.engine.reading import reading

MISSING_FILE = "missing.json"
"""Beside the undistorted photos: which photos were not placed, and why."""

_EACH_HELD_OUT = 8


@dataclass(frozen=True, slots=True)
class Missing:
    """A photo that could not be placed; `reason` is one sentence for a person."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class PosedPhoto:
    """An undistorted photo, the file `picture`, and its camera. `name` is the photo's own, for people."""

    name: str
    picture: Path
    camera: Camera


@dataclass(frozen=True, slots=True, eq=False)
class PosedPhotos:
    """The photos in the order of their names, and the points that they share.

    `points_xyz` (M, 3) float32 in the units of the reconstruction, `points_rgb` (M, 3) uint8.
    """

    photos: tuple[PosedPhoto, ...]
    points_xyz: NDArray[np.float32]
    points_rgb: NDArray[np.uint8]
    missing: tuple[Missing, ...] = ()


def read_posed(folder: Path) -> PosedPhotos:
    """What COLMAP's undistortion left in `folder`: `images/`, `sparse/` and, where we wrote it, `missing.json`.

    Raises UserError where something of it is missing or damaged.
    """
    cameras = read_cameras(folder / "sparse")
    xyz, rgb = read_points(folder / "sparse")
    photos = tuple(
        PosedPhoto(name, _picture(folder / "images", name), camera) for name, camera in sorted(cameras.items())
    )
    return PosedPhotos(photos, xyz, rgb, _read_missing(folder / MISSING_FILE))


def held_out(posed: PosedPhotos) -> tuple[PosedPhoto, ...]:
    """Every eighth photo by name, from the first on: those that training does not see and is measured with.

    Of fewer than eight, none: there each is needed.
    """
    return posed.photos[::_EACH_HELD_OUT] if len(posed.photos) >= _EACH_HELD_OUT else ()


def _picture(folder: Path, name: str) -> Path:
    picture = folder / name
    if ".." in picture.parts or Path(name).is_absolute() or not picture.is_file():
        raise UserError("A photo of this job is gone: run the job again from its photos: {path}", path=picture)
    return picture


def _read_missing(path: Path) -> tuple[Missing, ...]:
    if not path.exists():
        return ()
    with reading(path):
        raw = path.read_bytes()
    try:
        return tuple(Missing(str(entry["name"]), str(entry["reason"])) for entry in json.loads(raw))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("This list cannot be read: remove it: {path}", details=repr(error), path=path) from error
