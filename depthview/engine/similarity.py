"""How alike two pictures are: by their colours wherever they are, and by their structure place by place."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image

SSIM_LEAST_PX = 11
"""The side of the window that SSIM looks through: smaller pictures have none."""

_BINS = [50, 60]
_RANGES = [0.0, 180.0, 0.0, 256.0]
_SIGMA_PX = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


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


def structural_similarity(a: Image, b: Image) -> float:
    """The mean SSIM of the two pictures' brightness: 1 = the same picture, 0 = nothing in common, below 0 = inverted.

    Equal in size, at least 11 x 11; raises ValueError otherwise. Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli,
    "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE TIP 2004: window of 11 x 11,
    sigma 1.5, K1 = 0.01, K2 = 0.03, over the places where the window lies within the picture.
    """
    if a.shape != b.shape or min(a.shape[:2]) < SSIM_LEAST_PX:
        raise ValueError(f"pictures of {a.shape} and {b.shape} have no SSIM")
    x, y = (cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2GRAY).astype(np.float64) for image in (a, b))
    mean_x, mean_y = _windowed(x), _windowed(y)
    variance_x, variance_y = _windowed(x * x) - mean_x**2, _windowed(y * y) - mean_y**2
    covariance = _windowed(x * y) - mean_x * mean_y
    brightness = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    structure = (2 * covariance + _C2) / (variance_x + variance_y + _C2)
    return float((brightness * structure).mean())


def _windowed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The window's weighted mean, wherever it lies within the picture."""
    edge = SSIM_LEAST_PX // 2
    return np.asarray(cv2.GaussianBlur(values, (SSIM_LEAST_PX, SSIM_LEAST_PX), _SIGMA_PX)[edge:-edge, edge:-edge])
