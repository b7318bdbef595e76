"""One photo looked at: its size, how sharp it is, what it looks like in small, and what its camera wrote into it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.frames import Image
from depthview.engine.reading import reading
from depthview.engine.sources.images import opened_picture, rgb_of

LOOK_PX = 512
"""The longer side at which all photos are compared: what is sharp at 12 megapixels is not what is sharp at one."""

SMALL_PX = 32

_MAKE, _MODEL, _ORIENTATION = 0x010F, 0x0110, 0x0112
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_FOCAL_MM, _FOCAL_35MM = 0x920A, 0xA405
_GPS_SOUTH, _GPS_LATITUDE, _GPS_WEST, _GPS_LONGITUDE, _GPS_BELOW, _GPS_HEIGHT_M = range(1, 7)
_UPRIGHT = 1
_QUARTER_TURNS = range(5, 9)

Grey = NDArray[np.uint8]
Place = tuple[float, float, float]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFacts:
    """What is known of a photo.

    `size_px` (width, height) as it is meant to be seen; `turned`: its EXIF says that it lies otherwise in the file.
    `camera`: the same for photos taken with the same lens at the same zoom and size. `place`: latitude and longitude in
    degrees, height in metres (0 where it is not written), None where the photo does not know. `sharpness`: variance of
    the Laplacian of the grey picture with its longer side at `LOOK_PX`. `small` (32, 32) float32: the same in small.
    """

    path: Path
    size_px: tuple[int, int]
    turned: bool
    camera: str
    place: Place | None
    sharpness: float
    small: NDArray[np.float32]
    file_bytes: int


def look_at(path: Path) -> PhotoFacts:
    """Look at a photo, decoding no more of it than that takes. Raises UserError where it cannot be read."""
    with reading(path), path.open("rb") as stream, opened_picture(stream, str(path)) as picture:
        orientation, camera, place = _tags(picture)
        width, height = picture.size
        if orientation in _QUARTER_TURNS:
            width, height = height, width
        # JPEG decodes to an eighth of its size in an eighth of the time.
        picture.draft("RGB", (LOOK_PX, LOOK_PX))
        grey = grey_of(rgb_of(picture))
        file_bytes = path.stat().st_size
    key = f"{width}x{height} {camera}".strip()
    return PhotoFacts(
        path,
        (width, height),
        orientation != _UPRIGHT,
        key,
        place,
        sharpness(grey),
        in_small(grey),
        file_bytes,
    )


def grey_of(image: Image) -> Grey:
    """(H, W, 3) uint8 RGB -> (H, W) uint8."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def sharpness(grey: Grey) -> float:
    """Variance of the Laplacian at the common size (Pech-Pacheco et al., "Diatom autofocusing", ICPR 2000)."""
    scale = LOOK_PX / max(grey.shape)
    if scale < 1:
        size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def in_small(grey: Grey) -> NDArray[np.float32]:
    """(32, 32) float32, 0..255, whatever the picture's shape."""
    return np.asarray(cv2.resize(grey, (SMALL_PX, SMALL_PX), interpolation=cv2.INTER_AREA), np.float32)


def _tags(picture: Pillow.Image) -> tuple[int, str, Place | None]:
    """(orientation 1..8, what tells lenses apart, the place)."""
    try:
        exif = picture.getexif()
        inner = exif.get_ifd(_EXIF_IFD)
        said = [exif.get(_MAKE), exif.get(_MODEL), inner.get(_FOCAL_MM), inner.get(_FOCAL_35MM)]
        camera = " ".join(str(word).strip("\0 ") for word in said if word is not None)
        orientation = int(exif.get(_ORIENTATION, _UPRIGHT))
        return orientation if 1 <= orientation <= 8 else _UPRIGHT, camera, _place(exif.get_ifd(_GPS_IFD))
    except Exception:  # noqa: BLE001 - Pillow's reader of tags raises almost anything on damaged ones
        return _UPRIGHT, "", None


def _place(said: Mapping[int, Any]) -> Place | None:
    """From the GPS tags of EXIF 2.3, 4.6.6; phones write 0, 0 where they do not know."""
    if _GPS_LATITUDE not in said or _GPS_LONGITUDE not in said:
        return None
    latitude, longitude = (
        sum(float(part) / 60**power for power, part in enumerate(said[tag])) for tag in (_GPS_LATITUDE, _GPS_LONGITUDE)
    )
    if str(said.get(_GPS_SOUTH)).startswith("S"):
        latitude = -latitude
    if str(said.get(_GPS_WEST)).startswith("W"):
        longitude = -longitude
    height_m = float(said.get(_GPS_HEIGHT_M, 0)) * (-1 if said.get(_GPS_BELOW) in (1, b"\1") else 1)
    height_m = height_m if math.isfinite(height_m) else 0.0
    known = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude, height_m) if known else None
