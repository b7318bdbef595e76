"""How many numbers describe a lens: few where there are few views, since what is not seen is made up."""

from enum import StrEnum

import cv2


class Lens(StrEnum):
    """Models of a lens's distortion (Brown 1966), the simplest first."""

    RADIAL = "radial"
    """k1, k2; square pixels."""
    BROWN = "radial and tangential"
    """k1, k2, p1, p2."""
    BROWN_3 = "radial of three terms and tangential"
    """k1, k2, k3, p1, p2: wide lenses."""
    RATIONAL = "rational"
    """k1 to k6, p1, p2: very wide lenses."""

    @property
    def flags(self) -> int:
        """OpenCV's, for calibrateCamera and stereoCalibrate."""
        return _FLAGS[self]


_FLAGS = {
    Lens.RADIAL: cv2.CALIB_FIX_K3 | cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_ASPECT_RATIO,
    Lens.BROWN: cv2.CALIB_FIX_K3,
    Lens.BROWN_3: 0,
    Lens.RATIONAL: cv2.CALIB_RATIONAL_MODEL,
}

_VIEWS_NEEDED = {Lens.RADIAL: 0, Lens.BROWN: 8, Lens.BROWN_3: 12, Lens.RATIONAL: 20}


def lenses_for(views: int) -> tuple[Lens, ...]:
    """The models that so many views can tell apart, the simplest first."""
    return tuple(lens for lens, needed in _VIEWS_NEEDED.items() if views >= needed)
