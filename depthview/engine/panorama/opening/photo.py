"""A 360° photo, opened: upright on the whole sphere, at a size to work at."""

import io
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.panorama.opening.placement import Placement, place_photo
from depthview.engine.panorama.opening.radiance import (
    HEAD_BYTES,
    decode_radiance,
    is_radiance,
    radiance_size,
    tone_mapped,
)
from depthview.engine.panorama.opening.shrinking import orientation_of, shrunk_rgb
from depthview.engine.reading import reading_error
from depthview.engine.sources.images import opened_picture
from depthview.engine.sources.web_address import Content, content_of

WORKING_WIDTH = 2048
"""More than the views of any model need; a sharper range than that nobody knows."""
WIDTHS = (128, 8192)

_FIRST_LYING = 5
"""From this EXIF orientation on, width and height are exchanged."""
_BLACK = 8
_BLACK_SHARE = 0.99
_WORTH_SAYING = 0.02
_LEAST_SPREAD = 1.0
_JUDGED_WIDTH = 1024


@dataclass(frozen=True, slots=True)
class Photo:
    """A panorama at its working size, W = 2 H, W a multiple of 4.

    `image`: (H, W, 3) uint8 RGB, black where the photo shows nothing. `covered`: (H, W) bool, where it shows
    something. `file_size_wh` are the file's own pixels. `notices` are sentences about what was found.
    """

    image: Image
    covered: NDArray[np.bool_]
    file_size_wh: tuple[int, int]
    title: str
    notices: tuple[str, ...] = ()

    @property
    def size_hw(self) -> tuple[int, int]:
        height, width = self.image.shape[:2]
        return height, width


def read_photo(path: Path, *, working_width: int = WORKING_WIDTH) -> Photo:
    """Open an equirectangular JPEG, PNG, TIFF, WebP or HDR, cropped ones by their GPano metadata.

    It is worked at its own size, or at `working_width` where it is wider. Raises UserError when it cannot be read or is
    no panorama, mostly before it is decoded.
    """
    if path.is_dir():
        raise UserError("This is a folder: choose one 360° photo: {path}", path=path)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            if not head:
                raise UserError("This file is empty: copy or download it again: {path}", path=path)
            if content_of(head, "") is Content.VIDEO:
                raise UserError("This is a video, not a photo: save one of its pictures as JPEG: {path}", path=path)
            shown, placement, size_wh = (
                _read_radiance(stream.read(), head, working_width, path)
                if is_radiance(head)
                else _read_picture(stream, working_width, path)
            )
    except OSError as error:
        raise reading_error(error, path) from error
    image, covered = _on_sphere(shown, placement, working_width)
    return _judged(image, covered, size_wh, placement, path)


def _read_picture(
    stream: io.BufferedReader, working_width: int, path: Path
) -> tuple[Image, Placement, tuple[int, int]]:
    with opened_picture(stream, str(path)) as picture:
        orientation = orientation_of(picture)
        turned = orientation >= _FIRST_LYING
        size_wh = picture.size[::-1] if turned else picture.size
        xmp = picture.info.get("xmp", b"")
        placement = place_photo(size_wh, xmp.encode() if isinstance(xmp, str) else bytes(xmp), where=str(path))
        height, width = _shown_hw(placement, working_width)
        shown = shrunk_rgb(picture, (height, width) if turned else (width, height), orientation)
        return shown, placement, size_wh


def _read_radiance(
    data: bytes, head: bytes, working_width: int, path: Path
) -> tuple[Image, Placement, tuple[int, int]]:
    size_wh = radiance_size(head, where=str(path))
    placement = place_photo(size_wh, b"", where=str(path))
    height, width = _shown_hw(placement, working_width)
    radiance = decode_radiance(data, where=str(path))
    if radiance.shape[1] > width:
        radiance = np.asarray(cv2.resize(radiance, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    return tone_mapped(radiance), placement, size_wh


def _width(placement: Placement, working_width: int) -> int:
    """The whole sphere's, at the working size."""
    return max(4, round(min(placement.full_width_px, working_width) / 4) * 4)


def _shown_hw(placement: Placement, working_width: int) -> tuple[int, int]:
    """The photo's own part of it."""
    scale = _width(placement, working_width) / placement.full_width_px
    return max(1, round(placement.height_px * scale)), max(1, round(placement.width_px * scale))


def _on_sphere(shown: Image, placement: Placement, working_width: int) -> tuple[Image, NDArray[np.bool_]]:
    width = _width(placement, working_width)
    height = width // 2
    scale = width / placement.full_width_px
    rows, columns = _shown_hw(placement, working_width)
    if placement.is_whole:
        rows, columns = height, width
    if shown.shape[:2] != (rows, columns):
        way = cv2.INTER_AREA if columns < shown.shape[1] else cv2.INTER_LINEAR
        shown = np.asarray(cv2.resize(shown, (columns, rows), interpolation=way), np.uint8)
    if placement.is_whole:
        return shown, np.ones((height, width), np.bool_)
    image, covered = np.zeros((height, width, 3), np.uint8), np.zeros((height, width), np.bool_)
    top = min(round(placement.top_px * scale), height - 1)
    rows, columns = min(rows, height - top), min(columns, width)
    image[top : top + rows, :columns] = shown[:rows, :columns]
    covered[top : top + rows, :columns] = True
    left = round(placement.left_px * scale)
    return np.roll(image, left, axis=1), np.roll(covered, left, axis=1)


def _judged(
    image: Image, covered: NDArray[np.bool_], size_wh: tuple[int, int], placement: Placement, path: Path
) -> Photo:
    notices = []
    if not placement.is_whole:
        notices.append(f"The photo shows {100 * covered.mean():.0f} % of the sphere; the rest has no depth.")
    # Of some rows and columns: as floats the whole of it would be eight times as large.
    stride = max(1, image.shape[1] // _JUDGED_WIDTH)
    if float(image[::stride, ::stride][covered[::stride, ::stride]].std()) < _LEAST_SPREAD:
        raise UserError(
            "This picture is of one colour only, there is no depth in it: choose a photo: {path}", path=path
        )
    dark = (image.max(axis=-1) <= _BLACK) & covered
    black_rows = (dark | ~covered).mean(axis=1) >= _BLACK_SHARE
    above = int(np.argmin(black_rows))
    below = int(np.argmin(black_rows[::-1]))
    blank = np.zeros_like(covered)
    blank[:above] = True
    blank[len(blank) - below :] = True
    if (blank & covered).mean() >= _WORTH_SAYING:
        notices.append("The photo is black at the top or bottom, where the camera saw nothing: no depth is kept there.")
    return Photo(image, covered & ~blank, size_wh, path.name, tuple(notices))
