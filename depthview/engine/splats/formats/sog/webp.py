"""WebP pictures as tables of bytes: the size is known before anything is decoded."""

import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

Bytes = NDArray[np.uint8]

_ANIMATED = 0x02
_LEAST_BYTES = 32
"""OpenCV complains loudly of fewer."""

_EFFORT = 70
"""Of 100: more takes long and saves little."""


def size_px(data: bytes) -> tuple[int, int]:
    """(width, height) that the header says. Raises ValueError where it is no still WebP picture (RFC 9649)."""
    if len(data) < _LEAST_BYTES or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise ValueError("not a WebP picture")
    match data[12:16]:
        case b"VP8L" if data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X" if not data[20] & _ANIMATED:
            return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    raise ValueError("a WebP picture of an unknown kind")


def decoded(data: bytes) -> Bytes:
    """(H, W, 4) red, green, blue, alpha as they are stored. Raises ValueError where that is not possible."""
    width, height = size_px(data)
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(str(error)) from error
    if picture is None or picture.shape not in ((height, width, 3), (height, width, 4)):
        raise ValueError("the WebP picture is damaged")
    order = cv2.COLOR_BGR2RGBA if picture.shape[2] == 3 else cv2.COLOR_BGRA2RGBA
    return np.asarray(cv2.cvtColor(picture, order), np.uint8)


def encoded(picture: Bytes) -> bytes:
    """The lossless WebP of (H, W, 3 or 4) bytes, colours kept where alpha is 0 as well."""
    file = io.BytesIO()
    Pillow.fromarray(picture).save(file, "WEBP", lossless=True, exact=True, quality=_EFFORT, method=4)
    return file.getvalue()
