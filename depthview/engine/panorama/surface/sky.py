"""Where a panorama shows the sky, told carefully: better none than a white ceiling taken for it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values

_WIDTH = 512
"""The sky is large: it is looked for in a small picture, and only its border in the photo itself."""
_BLUE = 0.15
"""How much more blue than red, as a part of the blue. White ceilings in the shade have up to 0.11 (measured)."""
_BLUE_LEVEL = 90
_PALE_LEVEL = 140
_WARM = -0.06
_ROUGH = 12.0
"""Grey levels per pixel of the small picture: roofs, branches and cornices have more, clouds less."""
_BLUE_SHARE = 0.25
_FAR = 4.0
_BELOW_HORIZON = 0.02

Mask = NDArray[np.bool_]


def sky_in(photo: Image, range_m: Values) -> Mask:
    """(H, W): what is blue or pale and smooth and reaches straight up, if much of it is really blue, or the range says
    that it is several times as far away as everything else."""
    height, width = photo.shape[:2]
    small_wh = (min(width, _WIDTH), min(width, _WIDTH) // 2)
    small = np.asarray(cv2.resize(photo, small_wh, interpolation=cv2.INTER_AREA), np.uint8)
    blue, pale = _colours(small)
    open_to = (blue | pale) & (_roughness(small) < _ROUGH)
    open_to[round(small_wh[1] * (0.5 + _BELOW_HORIZON)) :] = False
    overhead = _reaching_the_top(open_to)
    if not overhead.any():
        return np.zeros((height, width), np.bool_)
    area = np.cos((0.5 - (np.arange(small_wh[1]) + 0.5) / small_wh[1]) * np.pi)[:, None]
    is_blue = (blue & overhead).sum(where=overhead, axis=1) @ area / (overhead.sum(axis=1) @ area)
    if is_blue < _BLUE_SHARE:
        far = cv2.resize(range_m, small_wh, interpolation=cv2.INTER_NEAREST)
        if overhead.all() or np.median(far[overhead]) < _FAR * np.median(far[~overhead]):
            return np.zeros((height, width), np.bool_)
    near = cv2.dilate(overhead.astype(np.uint8), np.ones((5, 5), np.uint8))
    blue, pale = _colours(photo)
    return (cv2.resize(near, (width, height), interpolation=cv2.INTER_NEAREST) > 0) & (blue | pale)


def _colours(photo: Image) -> tuple[Mask, Mask]:
    """(H, W) each: what is as blue as the sky, and what is as pale as a cloud."""
    red, green, blue = (photo[..., channel].astype(np.int16) for channel in range(3))
    more = blue - red
    is_blue = (more > _BLUE * blue) & (blue >= green) & (blue > _BLUE_LEVEL)
    return is_blue, (photo.min(axis=-1) > _PALE_LEVEL) & (more > _WARM * blue)


def _roughness(photo: Image) -> NDArray[np.float32]:
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125))


def _reaching_the_top(open_to: Mask) -> Mask:
    """What hangs together with the first row, past the wrap too, but not through gaps of a few pixels."""
    width = open_to.shape[1]
    solid = cv2.morphologyEx(
        np.hstack([open_to, open_to[:, : width // 2]]).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)
    )
    solid[:1] = 1  # the zenith is one place: all its row hangs together
    _, areas = cv2.connectedComponents(solid)
    joined = areas == areas[0, 0]
    found = joined[:, :width].copy()
    found[:, : width // 2] |= joined[:, width:]
    found[:1] &= open_to[:1]
    return np.asarray(found & open_to)
