"""What a person keeps: values and depth in the formats other programs read, and a picture to show around."""

import errno
import io
import shutil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path, writing_error
from depthview.engine.camera import StereoRig
from depthview.engine.colour import COLOUR_MAPS, Limits, colourise, lookup_table
from depthview.engine.depth import INFINITE, DepthScale
from depthview.engine.errors import UserError
from depthview.engine.frames import DepthFrame, Image, Values

_FARTHEST_MM = 65535
_BAR_SHARE = 0.025
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_LEAST_LABEL = 0.55
"""Of the font's own size, in which a decimal point is seen."""
_PLATE_SHOWS_THROUGH = 0.25


def write_npy(path: Path, values: Values) -> None:
    """(H, W) float32, whatever the values mean, NaN = unknown."""
    encoded = io.BytesIO()
    np.save(encoded, values.astype(np.float32, copy=False), allow_pickle=False)
    with atomic_path(path) as temporary:
        # Not np.save's own writing: it swallows the system's reason, and a full disk would not be called one.
        temporary.write_bytes(encoded.getbuffer())


def write_pfm(path: Path, values: Values) -> None:
    """Portable float map as Middlebury's ground truth: float32, bottom row first, unknown = infinity."""
    height, width = values.shape
    stored = np.where(np.isfinite(values), values, np.float32(np.inf)).astype("<f4")
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(f"Pf\n{width} {height}\n-1.0\n".encode("ascii"))
        file.write(np.flipud(stored).tobytes())


def write_exr(path: Path, values: Values, *, said: str, whole_sphere: bool = False) -> None:
    """OpenEXR, float32: the values as channel Y, NaN = unknown; `said` is what they are, for whoever opens the file.

    With `whole_sphere` it is marked as an equirectangular picture. Raises UserError when it cannot be written.
    """
    import OpenEXR

    header = {
        "type": OpenEXR.scanlineimage,
        "compression": OpenEXR.ZIP_COMPRESSION,
        "comments": f"DepthView: {said}; NaN is unknown",
    }
    if whole_sphere:
        header["envmap"] = OpenEXR.ENVMAP_LATLONG
    with atomic_path(path) as temporary:
        try:
            OpenEXR.File(header, {"Y": np.ascontiguousarray(values, np.float32)}).write(str(temporary))
        except RuntimeError as error:  # without the system's number
            is_full = shutil.disk_usage(path.parent).free < values.nbytes
            raise writing_error(OSError(errno.ENOSPC if is_full else 0, str(error)), path) from error


def write_depth_png(path: Path, depth_m: NDArray[np.float32]) -> None:
    """16-bit grey PNG in millimetres; 0 = unknown. Depths past 65.535 m are stored as 65535.

    Raises UserError for another ending: OpenCV would squeeze the depth into 8 bits without a word.
    """
    if path.suffix.lower() != ".png":
        raise UserError("Depth in millimetres needs 16 bits: use a name that ends in .png: {path}", path=path)
    write_image(path, millimetres(depth_m))


def millimetres(depth_m: NDArray[np.float32]) -> NDArray[np.uint16]:
    """(H, W) whole millimetres of a depth in metres, as 16 bits hold it: 0 = unknown, 65535 = that far or farther."""
    with np.errstate(invalid="ignore"):
        rounded = np.clip(np.round(depth_m * 1000.0), 1, _FARTHEST_MM)
    return np.where(np.isfinite(depth_m), rounded, 0).astype(np.uint16)


def write_image(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """A picture of grey, RGB or RGBA (not premultiplied), in the format that the suffix names.

    Encoded in memory and written by Python, since OpenCV's own writer fails on Korean paths on Windows.
    """
    pixels = image[..., [2, 1, 0, 3][: image.shape[2]]] if image.ndim == 3 else image
    try:
        done, encoded = cv2.imencode(path.suffix or ".png", np.ascontiguousarray(pixels))
    except cv2.error:
        done = False  # an unknown suffix raises, a picture that the format does not hold does not
    if not done:
        raise UserError("This picture format cannot be written: use .png or .jpg: {path}", path=path)
    with atomic_path(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def preview(frame: DepthFrame, rig: StereoRig, limits: Limits, *, colour_map: str = COLOUR_MAPS[0]) -> Image:
    """The left eye beside its depth with a colour bar: (H, 2 W + bar, 3) uint8, both sides even."""
    table = lookup_table(colour_map)
    height, width = frame.pair.size_hw
    scale = DepthScale.of(frame, rig)
    depth = colourise(scale.nearness(frame.values), limits, table)
    bar_px = max(12, round(_BAR_SHARE * width))
    bar = np.repeat(table[np.linspace(255, 0, height).astype(np.intp)][:, None], bar_px, axis=1)
    picture = np.concatenate([frame.pair.left, depth, bar], axis=1)
    _label(picture, limits, scale, bar_px)
    return _even(picture)


def coloured(frame: DepthFrame, rig: StereoRig, limits: Limits, *, colour_map: str = COLOUR_MAPS[0]) -> Image:
    """The left eye's depth in colours and nothing else: (H, W, 3) uint8, both sides even."""
    nearness = DepthScale.of(frame, rig).nearness(frame.values)
    return _even(colourise(nearness, limits, lookup_table(colour_map)))


def _even(picture: Image) -> Image:
    """Without an odd last row or column, which films cannot hold."""
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture[: height - height % 2, : width - width % 2])


def _label(picture: Image, limits: Limits, scale: DepthScale, bar_px: int) -> None:
    """Write the nearest and the farthest value beside the bar's ends, each figure on a line of its own.

    On a plate, and in one weight: an outline is a second text of another width, which smears the first.
    """
    height, width = picture.shape[:2]
    size = max(_LEAST_LABEL, height / 800)
    pad = round(10 * size)
    for nearness, at_top in ((limits[1], True), (limits[0], False)):
        lines = [f for f in scale.figures(scale.value_at(nearness), decimals=1) if f != INFINITE]
        if not scale.has_metres:
            lines.append("(relative, no unit)")
        sizes = [cv2.getTextSize(line, _FONT, size, 1) for line in lines]
        below = max((below for _text, below in sizes), default=0)  # of one line alone it is what its letters need
        line_px = max((text[1] for text, _below in sizes), default=0) + below + pad // 2
        right = width - bar_px - pad
        left = right - max((text[0] for text, _below in sizes), default=0) - 2 * pad
        tall = len(lines) * line_px + pad
        top = pad if at_top else height - pad - tall
        plate = picture[max(0, top) : max(0, top + tall), max(0, left) : max(0, right)]
        plate[:] = np.round(plate * _PLATE_SHOWS_THROUGH)
        for row, (line, (text, _below)) in enumerate(zip(lines, sizes, strict=True)):
            at = (right - pad - text[0], top + pad // 2 + (row + 1) * line_px - below)
            cv2.putText(picture, line, at, _FONT, size, (255, 255, 255), 1, cv2.LINE_AA)
