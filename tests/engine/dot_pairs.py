"""Stereo pairs of random texture whose disparity is known exactly."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import DepthFrame, Frame, Image, StereoPair


def texture(height: int, width: int, seed: int = 5) -> Image:
    """Blotches of a few pixels, which are still there when the picture is made smaller."""
    rng = np.random.default_rng(seed)
    fine = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    coarse = rng.integers(0, 256, (height // 6 + 1, width // 6 + 1, 3)).astype(np.uint8)
    grown = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.addWeighted(grown, 0.8, cv2.GaussianBlur(fine, (0, 0), 1.2), 0.2, 0), np.uint8)


def flat_pair(height: int, width: int, disparity_px: int, seed: int = 5) -> StereoPair:
    """One wall: the right eye sees everything `disparity_px` further left. Negative works as well."""
    margin = abs(disparity_px)
    wide = texture(height, width + 2 * margin, seed)
    left = wide[:, margin : margin + width]
    right = wide[:, margin + disparity_px : margin + disparity_px + width]
    return pair_of(left, right)


def pair_of(left: Image, right: Image, *, seq: int = 0, pts_s: float = 0.0) -> StereoPair:
    return StereoPair(np.ascontiguousarray(left), np.ascontiguousarray(right), seq, pts_s, 0.0)


def two_eyes(pair: StereoPair, *, seq: int = 0, pts_s: float = 0.0) -> Frame:
    return Frame(pair.left, pair.right, seq, pts_s, 0.0)


def depth_frame(disparity_px: NDArray[np.float32], left: Image | None = None) -> DepthFrame:
    """A result with the given disparity, as an estimator would hand it on."""
    picture = texture(*disparity_px.shape) if left is None else left
    return DepthFrame(pair_of(picture, picture), disparity_px.astype(np.float32), "test", "CPU", 0.01, 1.0)
