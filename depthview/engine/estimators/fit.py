"""Between a picture's own size and the size a model works at, there and back; a disparity comes back rescaled."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from depthview.engine.frames import Disparity, DisparitySpan, Image, Values

_EDGE_JUMP_PX = 1.0
"""Disparities that differ by more than this between neighbours belong to two surfaces; nothing lies between them."""

_EDGE_JUMP_SHARE = 0.03
"""The same for other values, as a share of what lies between the low and the high ones of the picture."""
_LOOKED_AT = 4096

Padding = tuple[float, float, float] | None
"""The colour (0..255, RGB) around a letterboxed picture; None repeats the picture's border."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a picture of `source_hw` sits in a model's `model_hw`: scaled to `content_hw`, the rest padded.

    `offset_yx` is the content's first pixel: top left, or in the middle.
    """

    source_hw: tuple[int, int]
    model_hw: tuple[int, int]
    content_hw: tuple[int, int]
    offset_yx: tuple[int, int] = (0, 0)

    @classmethod
    def inside(cls, source_hw: tuple[int, int], model_hw: tuple[int, int], *, centred: bool = False) -> "Fit":
        """The largest scale at which the whole picture fits into `model_hw` without changing its aspect."""
        scale = min(model_hw[0] / source_hw[0], model_hw[1] / source_hw[1])
        content = (
            max(1, min(model_hw[0], round(source_hw[0] * scale))),
            max(1, min(model_hw[1], round(source_hw[1] * scale))),
        )
        offset = ((model_hw[0] - content[0]) // 2, (model_hw[1] - content[1]) // 2) if centred else (0, 0)
        return cls(source_hw, model_hw, content, offset)

    @classmethod
    def free(cls, source_hw: tuple[int, int], size_hw: tuple[int, int]) -> "Fit":
        """For a model of any size: the same without padding, in `size_hw` as `turned_to` the picture."""
        content_hw = cls.inside(source_hw, turned_to(source_hw, size_hw)).content_hw
        return cls(source_hw, content_hw, content_hw)

    @classmethod
    def stretched(cls, source_hw: tuple[int, int], model_hw: tuple[int, int]) -> "Fit":
        """The picture fills the model's size, whatever becomes of its aspect."""
        return cls(source_hw, model_hw, model_hw)

    @property
    def disparity_scale(self) -> float:
        """Multiply a disparity in model pixels by this to have it in source pixels."""
        return self.source_hw[1] / self.content_hw[1]

    def span_within(self, span: DisparitySpan | None) -> DisparitySpan | None:
        """The source's span in model pixels, rounded outwards."""
        if span is None:
            return None
        scale = self.disparity_scale
        return DisparitySpan(math.floor(span.lowest_px / scale), math.ceil(span.highest_px / scale))

    def apply(self, image: Image, pad: Padding = None) -> Image:
        """Scale `image` and pad it to the model's size."""
        height, width = self.content_hw
        shrinks = width < self.source_hw[1]
        if self.content_hw != self.source_hw:
            image = cv2.resize(
                image, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
            ).astype(np.uint8, copy=False)
        top, left = self.offset_yx
        bottom, right = self.model_hw[0] - height - top, self.model_hw[1] - width - left
        if not (top or left or bottom or right):
            return image
        if pad is None:
            return np.asarray(cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_REPLICATE), np.uint8)
        # A border of a colour that is no whole number is rounded as everything else that becomes a picture.
        colour = [round(value) for value in pad]
        bordered = cv2.copyMakeBorder(image, top, bottom, left, right, cv2.BORDER_CONSTANT, value=colour)
        return np.asarray(bordered, np.uint8)

    def undo(self, disparity_px: Disparity) -> Disparity:
        """Bring a disparity in model pixels back to the source: cut the padding, resize, rescale the values."""
        return resize_disparity(self._content_of(disparity_px), self.source_hw)

    def undo_values(self, values: Values) -> Values:
        """Bring values that do not depend on the size back to the source: cut the padding, resize.

        A network may answer at another size than it is asked; the padding is then cut at the same place of the picture.
        """
        return resize_values(self._content_of(values), self.source_hw)

    def _content_of(self, values: Values) -> Values:
        down, across = values.shape[0] / self.model_hw[0], values.shape[1] / self.model_hw[1]
        top, left = round(self.offset_yx[0] * down), round(self.offset_yx[1] * across)
        bottom = top + max(1, round(self.content_hw[0] * down))
        right = left + max(1, round(self.content_hw[1] * across))
        return np.ascontiguousarray(values[top:bottom, left:right])


def turned_to(source_hw: tuple[int, int], size_hw: tuple[int, int]) -> tuple[int, int]:
    """Sizes are told for wide pictures: an upright one has as many pixels when the size is turned on its side."""
    upright = source_hw[0] > source_hw[1]
    return (max(size_hw), min(size_hw)) if upright else size_hw


def resize_disparity(disparity_px: Disparity, size_hw: tuple[int, int]) -> Disparity:
    """Resize (H, W) float32 disparity in value and size; edges stay edges and unknown (NaN) stays unknown."""
    if disparity_px.shape == size_hw:
        return disparity_px.astype(np.float32, copy=False)
    resized = _resize(disparity_px, size_hw, _EDGE_JUMP_PX)
    return np.asarray(resized * (size_hw[1] / disparity_px.shape[1]), np.float32)


def resize_values(values: Values, size_hw: tuple[int, int]) -> Values:
    """Resize (H, W) float32 values of any unit; edges stay edges and unknown (NaN) stays unknown."""
    if values.shape == size_hw:
        return values.astype(np.float32, copy=False)
    some = values.ravel()[:: max(1, values.size // _LOOKED_AT)]
    known = some[np.isfinite(some)]
    low, high = np.percentile(known, (5, 95)) if known.size else (0.0, 0.0)
    return _resize(values, size_hw, _EDGE_JUMP_SHARE * float(high - low))


def _resize(values: Values, size_hw: tuple[int, int], jump: float) -> Values:
    """Smooth surfaces are interpolated. Where neighbours lie on different surfaces, or one of them is unknown, the
    nearest value is taken, since the mean of a near and a far place is one where nothing is.
    """
    height, width = size_hw
    linear = cv2.resize(values, (width, height), interpolation=cv2.INTER_LINEAR)
    nearest = cv2.resize(values, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
    with np.errstate(invalid="ignore"):
        smooth = np.abs(linear - nearest) <= jump  # False wherever either is NaN
    np.copyto(nearest, linear, where=smooth)
    return np.asarray(nearest, np.float32)
