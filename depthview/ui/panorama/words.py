"""What is said of a panorama on the screen."""

import math

from PySide6.QtCore import QCoreApplication

from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.scale import RangeScale
from depthview.ui.panorama.shown import Shown


def reading(shown: Shown, row: int, column: int) -> str:
    """What is known of one place of the range map: its direction, range, and which way its surface faces."""
    height, width = shown.size_hw
    yaw_deg = ((column + 0.5) / width - 0.5) * 360
    pitch_deg = (0.5 - (row + 0.5) / height) * 180
    where = _tr("{yaw:+.1f}° right  {pitch:+.1f}° up").format(yaw=yaw_deg, pitch=pitch_deg)
    found = shown.found
    value = float(found.range[row, column])
    if not math.isfinite(value):
        return f"{where}    {_tr('unknown')}"
    away = length(value, has_metres=found.has_metres)
    if not found.valid[row, column]:
        away = _tr("{range} (not believed)").format(range=away)
    return f"{where}    {away}    {_facing(found, row, column)}".rstrip()


def length(value: float, *, has_metres: bool) -> str:
    """A length in metres, or in the unit that nobody knows."""
    return f"{value:.2f} m" if has_metres else _tr("{value:.2f} (no unit)").format(value=value)


def scale_words(found: RangeMap) -> str:
    """Where the metres come from, or that there are none."""
    return {
        RangeScale.MODEL: _tr("Metres as the model says: nobody has measured them."),
        RangeScale.CAMERA_HEIGHT: _tr("Metres by the camera's height above the floor."),
        RangeScale.MEASURED_DISTANCE: _tr("Metres by the distance that was measured."),
        RangeScale.UNKNOWN: _tr("No metres: nearer and farther only, and the shape may be bent."),
    }[found.scale]


def figures(shown: Shown) -> str:
    """For the status bar: the size, how much is believed, and in what unit."""
    height, width = shown.size_hw
    file_width, file_height = shown.found.photo.file_size_wh
    return _tr(
        "photo {file_width} x {file_height}   worked at {width} x {height}   {share:.0f} % valid   {scale}"
    ).format(
        file_width=file_width,
        file_height=file_height,
        width=width,
        height=height,
        share=100 * float(shown.found.valid.mean()),
        scale=scale_words(shown.found),
    )


def provider(found: RangeMap) -> str:
    """Which models it was, and on what they ran."""
    return "   ".join(f"{one.model}   {one.provider}" for one in found.models)


def notices(found: RangeMap) -> str:
    """What is to be said of the photo and of how it was made, one sentence a line."""
    return "\n".join(
        QCoreApplication.translate("Engine", sentence) for sentence in (*found.photo.notices, *found.notices)
    )


def _facing(found: RangeMap, row: int, column: int) -> str:
    x, y, z = (float(part) for part in found.normals[row, column])
    if not math.isfinite(x + y + z):
        return ""
    if y <= -math.cos(math.radians(20)):
        return _tr("faces up")
    if y >= math.cos(math.radians(20)):
        return _tr("faces down")
    turned_deg = math.degrees(math.atan2(x, z))
    return _tr("faces {yaw:+.0f}°, {pitch:+.0f}° up").format(yaw=turned_deg, pitch=math.degrees(math.asin(-y)))


def _tr(text: str) -> str:
    return QCoreApplication.translate("PanoramaWords", text)
