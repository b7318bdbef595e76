"""How two eyes become one picture of a film that other programs, glasses and crossed eyes can show."""

from enum import StrEnum

import cv2
import numpy as np

from depthview.engine.frames import Image
from depthview.engine.stereo.views.anaglyph import dubois, half_colour


class EyesFormat(StrEnum):
    """The values are the command line's words."""

    SIDE_BY_SIDE = "sbs"
    HALF_SIDE_BY_SIDE = "half-sbs"
    """Each eye at half its width: what most televisions and players take."""
    CROSS_EYE = "cross-eye"
    """The right eye's picture on the left, to look at without any glasses."""
    OVER_UNDER = "over-under"
    HALF_OVER_UNDER = "half-over-under"
    ANAGLYPH = "anaglyph"
    """Red-cyan, half-colour."""
    ANAGLYPH_DUBOIS = "anaglyph-dubois"
    """Red-cyan, by least squares: less ghosting, paler reds."""


def packed(left: Image, right: Image, eyes_format: EyesFormat) -> Image:
    """Both eyes, (H, W, 3) uint8 each and of one size, in one (h, w, 3) uint8 whose sides are even, as films need.

    An odd last row or column of the eyes is left out. Raises ValueError where there are fewer than 2 x 2 pixels.
    """
    height, width = (side - side % 2 for side in left.shape[:2])
    if height < 2 or width < 2:
        raise ValueError(f"an eye of {left.shape[1]} x {left.shape[0]} pixels is no picture")
    left, right = left[:height, :width], right[:height, :width]
    match eyes_format:
        case EyesFormat.SIDE_BY_SIDE:
            both = np.concatenate([left, right], axis=1)
        case EyesFormat.CROSS_EYE:
            both = np.concatenate([right, left], axis=1)
        case EyesFormat.HALF_SIDE_BY_SIDE:
            both = np.concatenate([_resized(eye, height, width // 2) for eye in (left, right)], axis=1)
        case EyesFormat.OVER_UNDER:
            both = np.concatenate([left, right], axis=0)
        case EyesFormat.HALF_OVER_UNDER:
            both = np.concatenate([_resized(eye, height // 2, width) for eye in (left, right)], axis=0)
        case EyesFormat.ANAGLYPH:
            both = half_colour(left, right)
        case EyesFormat.ANAGLYPH_DUBOIS:
            both = dubois(left, right)
    return np.ascontiguousarray(both)


def _resized(eye: Image, height: int, width: int) -> Image:
    return np.asarray(cv2.resize(eye, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
