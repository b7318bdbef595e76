"""Whether a picture is a 360° photo, told before anybody says so: by its metadata, its shape, and what it shows."""

from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.panorama.batch import SUFFIXES
from depthview.engine.panorama.opening.placement import place_photo
from depthview.engine.panorama.opening.radiance import HEAD_BYTES, is_radiance, radiance_size
from depthview.engine.sources.images import opened_picture, upright_rgb

_LOOK_WH = (256, 128)
_SEAM_FACTOR = 4.0
"""Of the difference between neighbouring columns elsewhere: a panorama's border is a place like any other."""
_LEAST_STEP = 2.0
_POLES_SHARE = 0.7
"""All of a pole's row is one point of the world: it hardly varies, beside the rows in the middle. Both rows together:
a tripod or a logo may stand in one of them."""


def is_picture(path: Path) -> bool:
    """Whether a file is called like a picture that could be one."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def may_be_panorama(path: Path) -> bool:
    """Whether its shape or metadata allow it: only the file's head is read. False where it cannot be read."""
    if not is_picture(path):
        return False
    with suppress(OSError, UserError, ValueError), path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
        if is_radiance(head):
            place_photo(radiance_size(head, where=str(path)), b"", where=str(path))
            return True
        stream.seek(0)
        with opened_picture(stream, str(path)) as picture:
            place_photo(picture.size, _xmp(picture), where=str(path))
            return True
    return False


def looks_like_panorama(path: Path) -> bool:
    """Whether it most likely is one. The metadata decides; where they are silent, so does whether the left border goes
    on at the right one, and the top and bottom rows are of one place: two eyes side by side may be twice as wide as
    high, too. The picture is decoded, if coarsely: not for the window's thread. False where it cannot be read.
    """
    with suppress(OSError, UserError, ValueError), path.open("rb") as stream:
        if is_radiance(stream.read(HEAD_BYTES)):
            return True  # nobody keeps two eyes in such a file
        stream.seek(0)
        with opened_picture(stream, str(path)) as picture:
            if b"GPano:" in _xmp(picture):
                return True
            if picture.mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr"):
                picture.thumbnail((4 * _LOOK_WH[0], 4 * _LOOK_WH[1]), Pillow.Resampling.BOX, reducing_gap=1.0)
            return closes(upright_rgb(picture))
    return False


def closes(image: Image) -> bool:
    """Whether a whole picture (H, W, 3) closes to a sphere: around its border, and to a point above and below."""
    small = cv2.resize(image, _LOOK_WH, interpolation=cv2.INTER_AREA).astype(np.float32)
    steps = np.abs(np.roll(small, -1, axis=1) - small).mean(axis=(0, 2))
    seam, elsewhere = float(steps[-1]), float(np.median(steps[:-1]))
    spread = small.std(axis=1).mean(axis=-1)
    middle = float(np.median(spread[len(spread) // 4 : -len(spread) // 4]))
    poles = float(spread[0] + spread[-1])
    return seam <= _SEAM_FACTOR * max(elsewhere, _LEAST_STEP) and poles <= _POLES_SHARE * max(middle, _LEAST_STEP)


def _xmp(picture: Pillow.Image) -> bytes:
    xmp = picture.info.get("xmp", b"")
    return xmp.encode() if isinstance(xmp, str) else bytes(xmp)
