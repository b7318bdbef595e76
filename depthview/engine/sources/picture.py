"""From a decoded frame to an upright RGB picture: colour matrix, range, size, orientation."""

import struct
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from depthview.engine.frames import Image

MAX_PIXELS = 100_000_000
"""8K is 33 million; beyond three of them a header is more likely a trap than a film."""

_MAX_SIDE = 32_768

_NARROWEST_PIXEL = 0.25
_SQUARE_ENOUGH = 0.01

_UNSPECIFIED = 2
_RGB_MATRIX = 0


def is_picture_size(width: int, height: int) -> bool:
    """Whether a picture of this size may be decoded at all."""
    return 0 < width <= _MAX_SIDE and 0 < height <= _MAX_SIDE and width * height <= MAX_PIXELS


@dataclass(frozen=True, slots=True)
class Orientation:
    """A quarter turn and mirrors, as a container's display matrix states them."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def from_matrix(cls, matrix: bytes) -> "Orientation":
        """From FFmpeg's nine int32 (rows a b u, c d v, x y w): x' = a x + c y, y' = b x + d y.

        Only quarter turns and mirrors exist in practice; anything between is rounded to the nearest, and a matrix that
        is missing or all zero turns nothing.
        """
        if len(matrix) < 36:
            return cls()
        a, b, _u, c, d = struct.unpack_from("=5i", matrix)
        if abs(a) + abs(d) >= abs(b) + abs(c):
            return cls(False, flip_x=a < 0, flip_y=d < 0)
        return cls(True, flip_x=c < 0, flip_y=b < 0)

    def apply(self, image: Image) -> Image:
        """(H, W, 3) as coded -> (H, W, 3) or (W, H, 3) as meant to be seen, C-contiguous."""
        turned = image.transpose(1, 0, 2) if self.transpose else image
        if self.flip_y:
            turned = turned[::-1]
        if self.flip_x:
            turned = turned[:, ::-1]
        return np.ascontiguousarray(turned)


def square_size(size_wh: tuple[int, int], pixel_aspect: float) -> tuple[int, int]:
    """The size (width, height) at which pixels of this aspect (width / height) become square.

    Wide pixels widen the picture and tall ones heighten it, so that none is lost. An aspect that nobody films in
    (outside 1/4 to 4, or 0 for none stated), within 1 % of square, or that makes the picture too large changes nothing.
    """
    width, height = size_wh
    if not _NARROWEST_PIXEL <= pixel_aspect <= 1 / _NARROWEST_PIXEL or abs(pixel_aspect - 1) < _SQUARE_ENOUGH:
        return size_wh
    # Even, as coded pictures are: an odd width has no two halves.
    if pixel_aspect > 1:
        wanted = 2 * round(width * pixel_aspect / 2), height
    else:
        wanted = width, 2 * round(height / pixel_aspect / 2)
    return wanted if is_picture_size(*wanted) else size_wh


def to_rgb(frame: VideoFrame, size_wh: tuple[int, int], reformatter: VideoReformatter) -> Image:
    """A decoded frame of any pixel format as (H, W, 3) uint8 RGB of `size_wh`.

    A frame that does not name its colour matrix gets the one its size suggests, as players do: BT.709 from 720 lines or
    1280 columns on, BT.601 below.
    """
    width, height = size_wh
    matrix: int | None = frame.colorspace
    if matrix == _UNSPECIFIED:
        high_definition = frame.width >= 1280 or frame.height >= 720
        matrix = Colorspace.ITU709 if high_definition else Colorspace.ITU601
    elif matrix == _RGB_MATRIX:
        matrix = None
    rgb = reformatter.reformat(
        frame,
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=matrix,
        dst_color_range=ColorRange.JPEG,
    )
    return np.ascontiguousarray(rgb.to_ndarray())
