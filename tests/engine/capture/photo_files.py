"""Photo files of every kind that tests ask for."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

ORIENTATION, EXIF_IFD, GPS_IFD = 0x0112, 0x8769, 0x8825
FOCAL_35MM = 0xA405

Place = tuple[tuple[float, float, float], tuple[float, float, float]]
"""Degrees, minutes and seconds north, and those east."""


def picture(seed: int, size_px: tuple[int, int] = (240, 160)) -> NDArray[np.uint8]:
    """(H, W, 3) uint8, different for each seed, with its upper left corner red."""
    random = np.random.default_rng(seed)
    image = cv2.resize(random.integers(0, 256, (20, 30, 3), np.uint8), size_px, interpolation=cv2.INTER_NEAREST)
    image = np.array(image, np.uint8)
    image[: size_px[1] // 4, : size_px[0] // 4] = (255, 0, 0)
    return image


def write_photo(
    path: Path, image: NDArray[np.uint8], *, orientation: int = 1, focal_35mm: int = 0, place: Place | None = None
) -> Path:
    """Of the kind that its name says, with such tags."""
    exif = Pillow.Exif()
    if orientation != 1:
        exif[ORIENTATION] = orientation
    if focal_35mm:
        exif.get_ifd(EXIF_IFD)[FOCAL_35MM] = focal_35mm
    if place:
        exif.get_ifd(GPS_IFD).update({1: "N", 2: place[0], 3: "E", 4: place[1]})
    path.parent.mkdir(parents=True, exist_ok=True)
    more = {"quality": 95} if path.suffix.lower() in (".jpg", ".jpeg", ".webp") else {}
    Pillow.fromarray(image).save(path, exif=exif, **more)
    return path


def write_photos(folder: Path, count: int, *, first: int = 0) -> list[Path]:
    """Photos that differ from each other."""
    return [write_photo(folder / f"p{number:02d}.jpg", picture(number)) for number in range(first, first + count)]
