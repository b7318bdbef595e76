"""Between a pair's own size and the size a model works at: aspect is kept, and disparity comes back rescaled."""

from dataclasses import dataclass

import cv2
import numpy as np

from depthview.engine.frames import Disparity, Image

_EDGE_JUMP_PX = 1.0
"""Disparities that differ by more than this between neighbours belong to two surfaces; nothing lies between them."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture of `source_hw` sits in a model's `model_hw`: scaled to `content_hw`, top left, the rest padded."""

    source_hw: tuple[int, int]
    model_hw: tuple[int, int]
    content_hw: tuple[int, int]

    @classmethod
    def inside(cls, source_hw: tuple[int, int], model_hw: tuple[int, int]) -> "Fit":
        """The largest scale at which the whole picture fits into `model_hw` without changing its aspect."""
        scale = min(model_hw[0] / source_hw[0], model_hw[1] / source_hw[1])
        content = (
            max(1, min(model_hw[0], round(source_hw[0] * scale))),
            max(1, min(model_hw[1], round(source_hw[1] * scale))),
        )
        return cls(source_hw, model_hw, content)

    @property
    def disparity_scale(self) -> float:
        """Multiply a disparity in model pixels by this to have it in source pixels."""
        return self.source_hw[1] / self.content_hw[1]

    def apply(self, image: Image) -> Image:
        """Scale `image` and pad it to the model's size by repeating its last row and column."""
        height, width = self.content_hw
        shrinks = width < self.source_hw[1]
        if self.content_hw != self.source_hw:
            image = cv2.resize(
                image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            ).astype(np.uint8, copy=False)
        bottom, right = self.model_hw[0] - height, self.model_hw[1] - width
        if bottom or right:
            image = np.asarray(cv2.copyMakeBorder(image, 0, bottom, 0, right, cv2.BORDER_REPLICATE), np.uint8)
        return image

    def undo(self, disparity_px: Disparity) -> Disparity:
        """Bring a disparity in model pixels back to the source: cut the padding, resize, rescale the values."""
        height, width = self.content_hw
        content = np.ascontiguousarray(disparity_px[:height, :width])
        return resize_disparity(content, self.source_hw)


def resize_disparity(disparity_px: Disparity, size_hw: tuple[int, int]) -> Disparity:
    """Resize (H, W) float32 disparity in value and size; edges stay edges and unknown (NaN) stays unknown.

    Smooth surfaces are interpolated. Where neighbours lie on different surfaces, or one of them is unknown, the nearest
    value is taken, since the mean of a near and a far disparity is a place where nothing is.
    """
    height, width = size_hw
    if disparity_px.shape == size_hw:
        return disparity_px.astype(np.float32, copy=False)
    linear = cv2.resize(disparity_px, (width, height), interpolation=cv2.INTER_LINEAR)
    nearest = cv2.resize(disparity_px, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    with np.errstate(invalid="ignore"):
        smooth = np.abs(linear - nearest) <= _EDGE_JUMP_PX  # False wherever either is NaN
    np.copyto(nearest, linear, where=smooth)
    return np.asarray(nearest * (width / disparity_px.shape[1]), np.float32)
