"""Which part of the sphere a photo shows: all of it, or what its own metadata says.

Google's Photo Sphere XMP: developers.google.com/streetview/spherical-metadata.
"""

import re
from dataclasses import dataclass

from depthview.engine.errors import UserError

_ASPECT_SLACK = 0.01
_LEAST_WIDTH = 64
_MOST_SIDE = 10_000_000
_MOST_XMP_BYTES = 1_000_000
_KEYS = (
    "FullPanoWidthPixels",
    "FullPanoHeightPixels",
    "CroppedAreaImageWidthPixels",
    "CroppedAreaImageHeightPixels",
    "CroppedAreaLeftPixels",
    "CroppedAreaTopPixels",
)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where on a sphere of `full_width_px` x half of that a photo lies; all in the photo's own pixels.

    It may reach past the right border, and then goes on at the left.
    """

    full_width_px: float
    left_px: float
    top_px: float
    width_px: int
    height_px: int

    @property
    def is_whole(self) -> bool:
        return self.height_px >= 0.5 * self.full_width_px * (1 - _ASPECT_SLACK) and (
            self.width_px >= self.full_width_px * (1 - _ASPECT_SLACK)
        )


def place_photo(size_wh: tuple[int, int], xmp: bytes, *, where: str) -> Placement:
    """Where a photo of `size_wh` lies, by its XMP (may be empty) or, where that is silent, by its shape.

    Raises UserError, with what is wrong with the shape, when it is no equirectangular panorama; `where` is its name.
    """
    width, height = size_wh
    if width < _LEAST_WIDTH or height < _LEAST_WIDTH // 4:
        raise UserError(
            "This picture has only {width} x {height} pixels, too few for a panorama: choose a larger one: {path}",
            width=width,
            height=height,
            path=where,
        )
    kind = _value(xmp, "ProjectionType")
    if kind and kind.lower() != "equirectangular":
        raise UserError(
            "This panorama's projection is {kind}: export it as equirectangular first: {path}", kind=kind, path=where
        )
    said = _said(size_wh, xmp)
    if said is not None:
        return said
    if abs(width / height / 2 - 1) <= _ASPECT_SLACK:
        return Placement(width, 0.0, 0.0, width, height)
    if width > 2 * height:
        raise UserError(
            "This picture is wider than a whole panorama, {width} x {height} pixels, and does not say which part of "
            "one it shows: take the file as the camera made it, or fill it up to 2 : 1: {path}",
            width=width,
            height=height,
            path=where,
        )
    raise UserError(
        "This is an ordinary picture, {width} x {height} pixels, not a 360° panorama: choose an equirectangular one, "
        "which is twice as wide as high: {path}",
        width=width,
        height=height,
        path=where,
    )


def _said(size_wh: tuple[int, int], xmp: bytes) -> Placement | None:
    """What the metadata says; None where it says nothing, or what cannot be of this picture any more."""
    numbers = [_number(xmp, key) for key in _KEYS]
    if any(number is None for number in numbers):
        return None
    full_width, full_height, width, height, left, top = (number or 0.0 for number in numbers)
    # Editors scale and cut pictures and leave the metadata as it was.
    sane = min(full_width, full_height, width, height) >= 1 and left < full_width
    if not sane or abs(full_width / full_height / 2 - 1) > _ASPECT_SLACK:
        return None
    slack = 1 + _ASPECT_SLACK
    if width > full_width * slack or top + height > full_height * slack:
        return None
    if abs((size_wh[0] / size_wh[1]) / (width / height) - 1) > _ASPECT_SLACK:
        return None
    scale = size_wh[0] / width
    return Placement(full_width * scale, left * scale, top * scale, *size_wh)


def _number(xmp: bytes, key: str) -> float | None:
    text = _value(xmp, key)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= _MOST_SIDE else None


def _value(xmp: bytes, key: str) -> str:
    """A GPano property, written as an attribute or as an element; empty where there is none.

    Searched for, not parsed: an XML parser would have to be kept from what hostile documents do to it. For the same
    reason no part of the pattern can match in two ways.
    """
    pattern = rb'GPano:%s\s{0,9}(?:=\s{0,9}["\']|>)([^"\'<]{1,60})["\'<]' % key.encode("ascii")
    found = re.search(pattern, xmp[:_MOST_XMP_BYTES])
    return found[1].decode("utf-8", errors="replace").strip() if found else ""
