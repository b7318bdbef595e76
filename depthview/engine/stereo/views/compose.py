"""Two eyes in one picture, to look at: beside each other, over each other, or through red and cyan glasses."""

from enum import StrEnum

import cv2
import numpy as np

from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.views.anaglyph import half_colour


class PictureMode(StrEnum):
    LEFT = "left"
    RIGHT = "right"
    OVERLAY = "overlay"
    """The mean of both eyes: what doubles has disparity."""
    ANAGLYPH = "anaglyph"


def compose(pair: StereoPair, mode: PictureMode, *, largest_px: int) -> Image:
    """(h, w, 3) uint8 RGB, the longer side at most `largest_px`. At full size one eye is not copied."""
    match mode:
        case PictureMode.LEFT:
            return shrink(pair.left, largest_px)
        case PictureMode.RIGHT:
            return shrink(pair.right, largest_px)
        case PictureMode.OVERLAY:
            left, right = shrink(pair.left, largest_px), shrink(pair.right, largest_px)
            return cv2.addWeighted(left, 0.5, right, 0.5, 0.0).astype(np.uint8, copy=False)
        case PictureMode.ANAGLYPH:
            return half_colour(shrink(pair.left, largest_px), shrink(pair.right, largest_px))


def shrink(image: Image, largest_px: int) -> Image:
    """The same picture with its longer side at most `largest_px`."""
    height, width = image.shape[:2]
    scale = largest_px / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Averaging areas costs five times as much and shows only where several pixels become one.
    interpolation = cv2.INTER_LINEAR if scale > 0.5 else cv2.INTER_AREA
    return cv2.resize(image, size, interpolation=interpolation).astype(np.uint8, copy=False)
