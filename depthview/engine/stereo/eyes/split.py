"""Cut a frame into its two eyes."""

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image, Layout, StereoPair

MIN_EYE_PX = 16
"""Below this many pixels a side there is nothing to match."""

SAME_ASPECT = 0.01
"""Two pictures whose width / height differ by no more than this share are one camera's at two sizes."""


def split(frame: Frame, layout: Layout, *, swap: bool) -> StereoPair:
    """The two eyes of `frame`, equal in size, with square pixels: (H, W, 3) uint8 RGB, C-contiguous.

    `swap` exchanges them (cross-eye material). Half layouts are stretched to twice their width or height. Of an odd
    width or height the middle column or row, which belongs to neither eye, is left out.

    Raises UserError when the layout has one eye only, or the eyes are too small or too different to be compared.
    """
    left, right = _eyes(frame, layout)
    _refuse_too_small(left, right)
    height, width = left.shape[:2]
    if layout is Layout.HALF_SIDE_BY_SIDE:
        left, right = (stretched(eye, (height, 2 * width)) for eye in (left, right))
    elif layout is Layout.HALF_OVER_UNDER:
        left, right = (stretched(eye, (2 * height, width)) for eye in (left, right))
    if swap:
        left, right = right, left
    if right.shape != left.shape:
        right = matched_size(right, left)
    return StereoPair(
        np.ascontiguousarray(left), np.ascontiguousarray(right), frame.seq, frame.pts_s, frame.captured_at
    )


def whole(frame: Frame) -> StereoPair:
    """The picture of one eye as both, for an estimator that looks at one only.

    Raises UserError when it is too small.
    """
    _refuse_too_small(frame.image)
    picture = np.ascontiguousarray(frame.image)
    return StereoPair(picture, picture, frame.seq, frame.pts_s, frame.captured_at)


def _refuse_too_small(*eyes: Image) -> None:
    for eye in eyes:
        if min(eye.shape[:2]) < MIN_EYE_PX:
            raise UserError(
                "The picture is too small for depth, {width} x {height} pixels an eye: {least} x {least} is the least",
                width=eyes[0].shape[1],
                height=eyes[0].shape[0],
                least=MIN_EYE_PX,
            )


def _eyes(frame: Frame, layout: Layout) -> tuple[Image, Image]:
    packed = frame.image
    rows, columns = packed.shape[0] // 2, packed.shape[1] // 2
    match layout:
        case Layout.SIDE_BY_SIDE | Layout.HALF_SIDE_BY_SIDE:
            return packed[:, :columns], packed[:, packed.shape[1] - columns :]
        case Layout.OVER_UNDER | Layout.HALF_OVER_UNDER:
            return packed[:rows], packed[packed.shape[0] - rows :]
        case Layout.SEPARATE:
            if frame.right is None:
                raise UserError(
                    "There is no second picture: open the right eye's picture as well, or choose another layout"
                )
            return packed, frame.right
        case Layout.MONO:
            raise UserError(
                "This picture shows one eye only: choose a model for one eye, or the layout if it holds both, "
                "or open the second eye's picture as well"
            )


def stretched(image: Image, size_hw: tuple[int, int]) -> Image:
    """`image` at another size: linear when it grows, averaged when it shrinks."""
    height, width = size_hw
    shrinks = height < image.shape[0] or width < image.shape[1]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.uint8)


def matched_size(right: Image, left: Image, *, where: str = "") -> Image:
    """`right` at `left`'s size. Raises UserError, which names `where`, when that would squash it."""
    (lh, lw), (rh, rw) = left.shape[:2], right.shape[:2]
    if (lh, lw) == (rh, rw):
        return right
    # One pixel of rounding is a lot of a small picture's aspect.
    allowed = max(SAME_ASPECT, 1 / min(lh, lw, rh, rw))
    if abs((lw / lh) / (rw / rh) - 1) > allowed:
        raise UserError(
            "The two eyes have different shapes, {left_w} x {left_h} and {right_w} x {right_h} pixels: "
            "choose two pictures of the same shape" + (": {path}" if where else ""),
            left_w=lw,
            left_h=lh,
            right_w=rw,
            right_h=rh,
            path=where,
        )
    return stretched(right, (lh, lw))
