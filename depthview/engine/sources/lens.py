"""What a photo says of the lens that took it."""

import math

from PIL import Image as Pillow

_EXIF_IFD = 0x8769
_FOCAL_LENGTH_IN_35MM = 0xA405
_DIAGONAL_35MM = math.hypot(36, 24)
_FOVS_DEG = (1.0, 170.0)
_LONGEST_SHAPE = 1.9
"""What is longer than any camera's picture is a panorama, or two eyes side by side: of it the tag says nothing."""


def horizontal_fov(picture: Pillow.Image, size_hw: tuple[int, ...]) -> float | None:
    """The horizontal field of view, degrees, of a picture that is upright at `size_hw`; None where it does not say.

    From EXIF's FocalLengthIn35mmFilm, which compares diagonals whatever the picture's shape (CIPA DC-008).
    """
    height, width = size_hw[:2]
    if max(height, width) > _LONGEST_SHAPE * min(height, width):
        return None
    try:
        focal_mm = float(picture.getexif().get_ifd(_EXIF_IFD).get(_FOCAL_LENGTH_IN_35MM, 0))
    except Exception:  # noqa: BLE001 - Pillow's reader of tags raises almost anything on damaged ones
        return None
    if not 0 < focal_mm < math.inf:
        return None
    across = _DIAGONAL_35MM * width / math.hypot(width, height)
    fov_deg = math.degrees(2 * math.atan(across / 2 / focal_mm))
    return fov_deg if _FOVS_DEG[0] <= fov_deg <= _FOVS_DEG[1] else None
