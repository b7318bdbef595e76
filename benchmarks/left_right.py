"""Of pairs that nobody has measured: how much of the left eye's picture the right eye's depth agrees with."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.base import Estimator
from depthview.engine.frames import Disparity, Image, StereoPair

WITHIN_SHARE = 1 / 640
"""Of the width: one pixel of a picture 640 wide."""


def consistent(estimator: Estimator, pair: StereoPair) -> NDArray[np.bool_]:
    """(H, W): the left eye's pixels whose disparity the right eye's own disparity confirms.

    The right eye's comes from the same estimator on the mirrored pair. What one eye does not see cannot pass; a wrong
    match rarely does.
    """
    left = estimator.estimate(pair).values
    mirrored = replace(pair, left=_mirrored(pair.right), right=_mirrored(pair.left), seq=pair.seq + 1)
    right = np.ascontiguousarray(estimator.estimate(mirrored).values[:, ::-1])
    return _agree(left, right)


def _agree(left: Disparity, right: Disparity) -> NDArray[np.bool_]:
    height, width = left.shape
    at = np.arange(width) - np.where(np.isfinite(left), left, np.float32(width))
    there = np.rint(at).astype(np.int64)
    inside = (there >= 0) & (there < width)
    seen = right[np.arange(height)[:, None], np.clip(there, 0, width - 1)]
    return np.asarray(inside & (np.abs(seen - left) <= WITHIN_SHARE * width), np.bool_)


def _mirrored(eye: Image) -> Image:
    return np.ascontiguousarray(eye[:, ::-1])
