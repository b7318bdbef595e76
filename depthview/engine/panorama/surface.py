"""The surface that a range map is: which way it faces, and where it is one that can be believed."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values
from depthview.engine.panorama.sphere import Directions, surrounded

_BLOWN_LEVEL = 250
_BLOWN_PX = 5
_GRAZING = 1 / 12
"""The cosine of 85 degrees against the ray: what is steeper is the gap between something near and something far."""


def surface_normals(range_m: Values, towards: Directions) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit vectors that face the eye, in the axes of `towards`, the pixels' (H, W, 3) directions.

    Of central differences, past the wrap and across the poles too: exact on planes. NaN where there is no surface.
    """
    points = surrounded(range_m[..., None] * towards)
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    # x right, y down: across x down points away from the eye.
    normals = np.cross(down, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.asarray(normals, np.float32)


def valid_mask(
    photo: Image,
    covered: NDArray[np.bool_],
    known: NDArray[np.bool_],
    normals: NDArray[np.float32],
    towards: Directions,
) -> NDArray[np.bool_]:
    """(H, W): where the photo shows something, a view knew its range, and it is no blown light and no depth edge."""
    facing = -np.einsum("hwc,hwc->hw", normals, towards)
    with np.errstate(invalid="ignore"):
        surface: NDArray[np.bool_] = facing > _GRAZING
    valid: NDArray[np.bool_] = covered & known & surface & ~blown_out(photo)
    return valid


def blown_out(photo: Image) -> NDArray[np.bool_]:
    """(H, W): areas (not single pixels) that are white in every channel: a window or the sun, of unknown range."""
    white = (photo.min(axis=-1) >= _BLOWN_LEVEL).astype(np.uint8)
    areas = cv2.morphologyEx(white, cv2.MORPH_OPEN, np.ones((_BLOWN_PX, _BLOWN_PX), np.uint8))
    return np.asarray(areas, np.bool_)
