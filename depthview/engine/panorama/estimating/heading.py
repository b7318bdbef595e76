"""The direction in which a photo is looked at, so that it is the photo's own and not that of its borders.

Where a panorama is cut open is chance. Views that are placed by what is in the photo see the same when it is rolled.
"""

import math

import numpy as np

from depthview.engine.frames import Image


def heading_deg(image: Image) -> float:
    """How far to the right of any fixed place the heading lies, in whole columns; of a rolled photo it is rolled.

    It is where the brightness of the columns, taken as one wave around the whole, is highest.
    """
    width = image.shape[1]
    brightness = image.sum(axis=(0, 2), dtype=np.float64)
    wave = np.exp(2j * np.pi * np.arange(width) / width) @ brightness
    columns = round(float(np.angle(wave)) / (2 * math.pi) * width)
    return float(columns * 360 / width)
