"""A large picture brought to the size to work at, without ever being whole in memory twice.

Pillow holds four bytes for each pixel of what it has decoded, 0.54 GB for 16384 x 8192; each of its conversions holds
as much again. So it is converted in bands. Measured at that size, what a process grew by at its peak: JPEG 0.05 GB,
progressive 0.4, PNG and TIFF 0.6, to work at 2048; 0.7 and 1.07 to work at 8192.
"""

import cv2
import numpy as np
from PIL import ExifTags, ImageOps
from PIL import Image as Pillow

from depthview.engine.frames import Image
from depthview.engine.sources.images import rgb_of

_BAND_PIXELS = 4_000_000
_DEEP = ("I", "F")
"""What is white in these can only be told of the whole."""


def orientation_of(picture: Pillow.Image) -> int:
    """How an opened picture lies in its file, 1 (upright) to 8 as EXIF has it; without decoding it."""
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # Pillow would decode all of it to look whether there is any behind
    return int(picture.getexif().get(ExifTags.Base.Orientation, 1))


def shrunk_rgb(picture: Pillow.Image, size_wh: tuple[int, int], orientation: int) -> Image:
    """(H, W, 3) uint8 RGB, turned upright: `picture`, opened, at most at `size_wh`, which is before turning.

    Each pixel is the mean of what it covers. Of a JPEG only as much is decoded as is needed.
    """
    width, height = size_wh
    picture.draft(None, size_wh)
    picture.load()
    factor = _first_step((picture.width, picture.height), size_wh)
    shown = rgb_of(picture.reduce(factor)) if picture.mode in _DEEP else _in_bands(picture, factor)
    if shown.shape[1] > width or shown.shape[0] > height:
        shown = np.asarray(cv2.resize(shown, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    upright = Pillow.fromarray(shown)
    upright.getexif()[ExifTags.Base.Orientation] = orientation
    return np.array(ImageOps.exif_transpose(upright), np.uint8, order="C")


def _first_step(from_wh: tuple[int, int], to_wh: tuple[int, int]) -> int:
    """By which whole number both sides are divided first, so that every pixel is of as many; 1 where that cannot be.

    The second step is none or one by two at least: a mean over little more than a pixel blurs here and not there.
    """
    most = min(from_wh[0] // to_wh[0], from_wh[1] // to_wh[1])
    if from_wh == (most * to_wh[0], most * to_wh[1]):
        return most
    fitting = (step for step in range(most // 2, 1, -1) if from_wh[0] % step == from_wh[1] % step == 0)
    return next(fitting, 1)


def _in_bands(picture: Pillow.Image, factor: int) -> Image:
    rows = factor * max(1, _BAND_PIXELS // (picture.width * factor))
    columns = picture.width // factor
    found = np.empty((picture.height // factor, columns, 3), np.uint8)
    for top in range(0, picture.height, rows):
        bottom = min(top + rows, picture.height)
        band = rgb_of(picture.crop((0, top, picture.width, bottom)))
        first, last = top // factor, bottom // factor
        found[first:last] = cv2.resize(band, (columns, last - first), interpolation=cv2.INTER_AREA)
    return found
