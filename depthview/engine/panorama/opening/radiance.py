"""High dynamic range panoramas (.hdr): their size before anything is decoded, and the picture a screen can show.

The format: Greg Ward, "Real Pixels" (Graphics Gems II, 1991). The curve: Reinhard, Stark, Shirley and Ferwerda,
"Photographic tone reproduction for digital images" (SIGGRAPH 2002), its global part.
"""

import re

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Image

HEAD_BYTES = 65_536
MAX_PIXELS = 140_000_000
"""16384 x 8192, which needs 1.6 GB for a moment."""

_MARKS = (b"#?RADIANCE", b"#?RGBE")
_SIZE = re.compile(rb"\n\n[-+]Y (\d{1,6}) [-+]X (\d{1,6})\n")
_MIDDLE_GREY = 0.18
_GAMMA = 2.2

Radiance = NDArray[np.float32]
"""(H, W, 3) float32 RGB, linear, of any scale."""


def is_radiance(head: bytes) -> bool:
    return head.startswith(_MARKS)


def radiance_size(head: bytes, *, where: str) -> tuple[int, int]:
    """Width and height, by the file's first `HEAD_BYTES`. Raises UserError when it is damaged or too large."""
    found = _SIZE.search(head)
    if found is None:
        raise _damaged(where)
    height, width = int(found[1]), int(found[2])
    if width * height > MAX_PIXELS:
        raise UserError(
            "This picture is too large, {width} x {height} pixels (the limit is {limit} megapixels for .hdr): "
            "make it smaller first: {path}",
            width=width,
            height=height,
            limit=MAX_PIXELS // 1_000_000,
            path=where,
        )
    return width, height


def decode_radiance(data: bytes, *, where: str) -> Radiance:
    """Raises UserError when the file is damaged or cut off."""
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise _damaged(where, str(error)) from error
    if decoded is None or decoded.dtype != np.float32 or decoded.ndim != 3:
        raise _damaged(where)
    return np.asarray(decoded, np.float32)


def tone_mapped(radiance: Radiance) -> Image:
    """(H, W, 3) uint8: the middle brightness becomes middle grey, lights are pressed together below white."""
    light = np.clip(np.nan_to_num(radiance, nan=0.0, posinf=0.0, neginf=0.0), 0, None)
    lit = light[light > 0]
    if lit.size:
        light *= np.float32(_MIDDLE_GREY / np.exp(np.mean(np.log(lit))))
    return np.asarray(np.rint(255 * (light / (1 + light)) ** (1 / _GAMMA)), np.uint8)


def _damaged(where: str, details: str = "") -> UserError:
    return UserError("This picture is damaged: copy or download it again: {path}", details=details, path=where)
