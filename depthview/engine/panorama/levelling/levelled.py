"""A camera that was not held level: by how much, told from the photo itself, and the photo set upright."""

from dataclasses import replace

import cv2
import numpy as np

from depthview.engine.frames import Image
from depthview.engine.panorama.levelling.segments import segments_of
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.levelling.upright import upright_of
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.sphere import directions, pixel_of, surrounded

WORTH_TURNING_DEG = 0.2
"""Below it the finding's own error is as large, and to resample costs sharpness."""
_MARGIN_PX = 2


def tilt_of(image: Image) -> Tilt | None:
    """How far from level a panorama, (H, W, 3) uint8 RGB, was taken: up to 50 degrees, told to a few tenths of one.

    None where there are no straight edges to tell by, outdoors or in the dark: take it as it is then.
    """
    found = upright_of(segments_of(image))
    return None if found is None else Tilt.of_up(found.up)


def levelled(photo: Photo, tilt: Tilt) -> Photo:
    """The photo as a level camera would have taken it, at its own size; itself where the tilt is next to nothing."""
    if tilt.angle_deg < WORTH_TURNING_DEG:
        return photo
    # Row vectors: the upright directions turned back are where the tilted photo has them.
    column, row = pixel_of(directions(photo.size_hw) @ tilt.rotation.astype(np.float32), photo.size_hw)
    column, row = column + _MARGIN_PX, row + _MARGIN_PX
    image = cv2.remap(surrounded(photo.image, _MARGIN_PX), column, row, cv2.INTER_CUBIC)
    covered = photo.covered
    if not covered.all():
        shown = cv2.remap(surrounded(covered.astype(np.float32), _MARGIN_PX), column, row, cv2.INTER_LINEAR)
        covered = shown > 0.99
        image[~covered] = 0
    return replace(photo, image=np.asarray(image, np.uint8), covered=np.asarray(covered, np.bool_))
