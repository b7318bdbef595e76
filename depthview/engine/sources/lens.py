"""What a photo or a film says of the lens that took it, and of the second lens beside it."""

import io
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image as Pillow
from PIL import TiffImagePlugin

from depthview.engine.sources.known_cameras import camera_called

_EXIF_IFD = 0x8769
_MAKE, _MODEL = 0x010F, 0x0110
_FOCAL_LENGTH, _FOCAL_LENGTH_IN_35MM = 0x920A, 0xA405
_TAKEN_WIDTH, _TAKEN_HEIGHT = 0xA002, 0xA003
_PLANE_RESOLUTION, _PLANE_UNIT = 0xA20E, 0xA210
_DIGITAL_ZOOM = 0xA404
_UNITS_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
"""Of EXIF's FocalPlaneResolutionUnit; inches where it says nothing."""
_BASELINE_LENGTH = 0xB206
_BASELINES_M = (0.005, 2.0)

_LONG_35MM = 36.0
_DIAGONAL_35MM = math.hypot(_LONG_35MM, 24)
_SENSORS_MM = (2.0, 70.0)
"""From a phone's front camera to medium format: what is outside is a mistake of the camera or of an editor."""
_FOVS_DEG = (1.0, 170.0)
_LONGEST_SHAPE = 1.9
"""What is longer than any camera's picture is a panorama, or two eyes side by side: of it the tag says nothing."""
_SAME_SHAPE = 0.02
"""Largest difference of two shapes (longer over shorter side, as a share) where nothing was cut off."""

_FILM_KEY = "focal_length.35mm_equivalent"
"""The end of the key under which QuickTime keeps it, with or without Apple's prefix."""


@dataclass(frozen=True, slots=True)
class Lens:
    """`fov_deg`: the horizontal field of view; `baseline_m`: how far apart the two lenses of a stereo camera are; None
    where the file does not say."""

    fov_deg: float | None = None
    baseline_m: float | None = None


def lens_of(picture: Pillow.Image, size_hw: tuple[int, ...], *, two_eyes: bool = False) -> Lens:
    """The lens that took a picture which is upright at `size_hw`; `two_eyes` says that it is one of a pair.

    From EXIF's FocalLengthIn35mmFilm, which compares diagonals whatever the picture's shape (CIPA DC-008); else from
    FocalLength with the sensor's size by FocalPlaneXResolution or by the camera's name, and DigitalZoomRatio. A picture
    that was resized keeps its field of view, one that was cut keeps its focal length.
    """
    height, width = size_hw[:2]
    try:
        base = picture.getexif()
        tags: Mapping[int, Any] = {**base, **base.get_ifd(_EXIF_IFD)}
        camera = camera_called(str(tags.get(_MAKE, "")), str(tags.get(_MODEL, "")))
        sensor_mm = None if camera is None else camera.sensor_mm
        baseline_m = camera.baseline_m if camera is not None and two_eyes else None
        return Lens(_fov_deg(tags, sensor_mm, height, width), baseline_m)
    except Exception:  # noqa: BLE001 - Pillow's reader of tags raises almost anything on damaged ones
        return Lens()


def baseline_of(picture: Pillow.Image) -> float | None:
    """What a Multi-Picture file's second picture says of its distance to the first, metres (CIPA DC-007,
    BaselineLength); `picture` stands at the second one."""
    try:
        data = picture.info["mp"]
        tags = TiffImagePlugin.ImageFileDirectory_v2(data[:8])
        stream = io.BytesIO(data)
        stream.seek(tags.next)
        tags.load(stream)
        baseline_m = float(tags[_BASELINE_LENGTH])
    except Exception:  # noqa: BLE001 - as above
        return None
    return baseline_m if _BASELINES_M[0] <= baseline_m <= _BASELINES_M[1] else None


def film_fov_deg(words: Iterable[Mapping[str, str]], size_hw: tuple[int, int]) -> float | None:
    """The horizontal field of view of a film by its metadata: an iPhone's lens in terms of 35 mm film.

    `words`: of the container and of the stream. What is cut off to steady the picture is not told, and makes the true
    field of view a little smaller.
    """
    said = next((v for entries in words for key, v in entries.items() if key.lower().endswith(_FILM_KEY)), "")
    match = re.match(r"\s*(\d+(?:\.\d+)?)", said)
    return None if match is None else _fov_deg({_FOCAL_LENGTH_IN_35MM: match[1]}, None, *size_hw)


def _fov_deg(tags: Mapping[int, Any], sensor_mm: float | None, height: int, width: int) -> float | None:
    longer, shorter = max(height, width), min(height, width)
    if longer > _LONGEST_SHAPE * shorter:
        return None
    taken = _number(tags.get(_TAKEN_WIDTH)), _number(tags.get(_TAKEN_HEIGHT))
    taken_longer, taken_shorter = max(taken) or longer, min(taken) or shorter
    cut = abs(math.log(longer / shorter * taken_shorter / taken_longer)) > _SAME_SHAPE
    if cut and (longer > taken_longer or shorter > taken_shorter):
        taken_longer, taken_shorter, cut = longer, shorter, False  # the tags are of another picture
    # In lengths of the picture's longer side as it was taken.
    if (focal := _focal_share(tags, sensor_mm, taken_longer, taken_shorter)) is None:
        return None
    focal_px = focal * (taken_longer if cut else longer)
    fov_deg = math.degrees(2 * math.atan(width / 2 / focal_px))
    return fov_deg if _FOVS_DEG[0] <= fov_deg <= _FOVS_DEG[1] else None


def _focal_share(tags: Mapping[int, Any], sensor_mm: float | None, longer: float, shorter: float) -> float | None:
    """The focal length as a share of the picture's longer side; None where it is not told."""
    if (focal_35mm := _number(tags.get(_FOCAL_LENGTH_IN_35MM))) > 0:
        return focal_35mm / _DIAGONAL_35MM * math.hypot(longer, shorter) / longer
    focal_mm = _number(tags.get(_FOCAL_LENGTH)) * max(1.0, _number(tags.get(_DIGITAL_ZOOM)))
    per_unit, unit = _number(tags.get(_PLANE_RESOLUTION)), _UNITS_MM.get(int(_number(tags.get(_PLANE_UNIT, 2))))
    if per_unit > 0 and unit is not None:
        by_pixels = longer / per_unit * unit
        sensor_mm = by_pixels if _SENSORS_MM[0] < by_pixels < _SENSORS_MM[1] else sensor_mm
    return focal_mm / sensor_mm if focal_mm > 0 and sensor_mm is not None else None


def _number(value: object) -> float:
    """0 for what is none, as EXIF's own word for unknown."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0
    return number if 0 < number < math.inf else 0.0
