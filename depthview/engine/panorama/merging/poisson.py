"""The surface with given slopes that stays near a given one, on a grid that wraps around: solved exactly, not iterated.

Screened Poisson by fast transforms: Bhat, Curless, Cohen and Zitnick, "Fourier analysis of the 2D screened Poisson
equation for gradient domain problems" (ECCV 2008).
"""

import cv2
import numpy as np
from numpy.typing import NDArray


def solve_screened(
    near: NDArray[np.float32], slope_x: NDArray[np.float32], slope_y: NDArray[np.float32], screening: float
) -> NDArray[np.float32]:
    """The u that minimises |Dx u - slope_x|^2 + |Dy u - slope_y|^2 + screening |u - near|^2; (H, W) float32.

    `near` is (H, W) and finite, both even. `slope_x` (H, W) are differences to the next column, the last one's to the
    first; `slope_y` (H - 1, W) to the next row: top and bottom do not meet. A NaN among them says nothing of that
    place. `screening` is above 0.
    """
    # Solved for what is to be added to `near`: small numbers, which is why 32 bits are enough.
    over_x, over_y = np.empty_like(near), slope_y - near[1:]
    np.subtract(slope_x[:, :-1], near[:, 1:], out=over_x[:, :-1])
    np.subtract(slope_x[:, -1], near[:, 0], out=over_x[:, -1])
    over_x += near
    over_y += near[:-1]
    cv2.patchNaNs(over_x, 0)
    cv2.patchNaNs(over_y, 0)
    pull = -over_x
    pull[:, 1:] += over_x[:, :-1]
    pull[:, 0] += over_x[:, -1]
    pull[:-1] -= over_y
    pull[1:] += over_y
    pull = _invert(pull, screening)
    pull += near
    return pull


def _invert(pull: NDArray[np.float32], screening: float) -> NDArray[np.float32]:
    """v of (Dx' Dx + Dy' Dy + screening) v = pull.

    In waves along the rows, which wrap around, and cosines along the columns, which end, that is a division.
    """
    height, width = pull.shape
    waves = cv2.transpose(cv2.dft(pull, flags=cv2.DFT_ROWS))
    cosines = np.asarray(cv2.dct(waves, flags=cv2.DCT_ROWS), np.float32)
    # OpenCV packs the waves of a real row as Re 0, Re 1, Im 1, Re 2, Im 2, ..., Re W / 2.
    number_x, number_y = (np.arange(width) + 1) // 2, np.arange(height)
    stiff_x = 2 - 2 * np.cos(2 * np.pi * number_x / width) + screening
    stiff_y = 2 - 2 * np.cos(np.pi * number_y / height)
    cosines /= np.add.outer(stiff_x.astype(np.float32), stiff_y.astype(np.float32))
    waves = cv2.transpose(cv2.idct(cosines, flags=cv2.DCT_ROWS))
    return np.asarray(cv2.idft(waves, flags=cv2.DFT_ROWS | cv2.DFT_SCALE), np.float32)
