"""How alike two pictures are by their colours."""

import cv2
import numpy as np

from depthview.engine.frames import Image

_BINS = [50, 60]
_RANGES = [0.0, 180.0, 0.0, 256.0]


def colour_distance(a: Image, b: Image) -> float:
    """Bhattacharyya distance of the hue-saturation histograms: 0 = the same colours, 1 = none in common.

    The pictures may differ in size. A. Bhattacharyya 1943, as in OpenCV's compareHist.
    """
    histograms = []
    for image in (a, b):
        hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
        histogram = cv2.calcHist([hsv], [0, 1], None, _BINS, _RANGES)
        histograms.append(np.asarray(histogram / histogram.sum(), np.float32))
    return float(np.clip(cv2.compareHist(histograms[0], histograms[1], cv2.HISTCMP_BHATTACHARYYA), 0.0, 1.0))
