"""A rig from two of ROS's camera_info files, one an eye (sensor_msgs/CameraInfo, written by camera_calibration)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from depthview.engine.stereo.rigs.checks import checked
from depthview.engine.stereo.rigs.rig import CalibratedRig, Matrix
from depthview.engine.stereo.rigs.storage import Entry

_OTHERS = (("left", "right"), ("l", "r"), ("0", "1"), ("1", "2"))
_FISHEYE = ("equidistant", "fisheye")
_MODELS = ("plumb_bob", "rational_polynomial", "", *_FISHEYE)


def is_ros_eye(entries: Mapping[str, Entry]) -> bool:
    """Whether these are the entries of a camera_info file."""
    return "camera_matrix" in entries and "projection_matrix" in entries


def others_names(path: Path) -> list[Path]:
    """Where the other eye's file may lie: the same name with right for left, or left for right."""
    found = []
    for first, second in _OTHERS:
        for mine, other in ((first, second), (second, first)):
            alone = rf"(?<![a-z0-9]){mine}(?![a-z0-9])" if mine in "lr" else mine
            for match in re.finditer(alone, path.stem, re.IGNORECASE):
                spelt = other.upper() if match[0].isupper() else other.title() if match[0].istitle() else other
                name = path.stem[: match.start()] + spelt + path.stem[match.end() :]
                found.append(path.with_name(name + path.suffix))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Eye:
    """What one file says."""

    size_hw: tuple[int, int]
    matrix: Matrix
    distortion: Matrix
    rectification: Matrix
    projection: Matrix
    fisheye: bool

    @classmethod
    def of(cls, entries: Mapping[str, Entry]) -> "_Eye":
        model = entries.get("distortion_model", "")
        if model not in _MODELS:
            raise ValueError(f"its lenses are described by {str(model)[:30]!r}, which is not straightened here")
        height, width = entries.get("image_height"), entries.get("image_width")
        if not isinstance(height, float) or not isinstance(width, float) or not np.isfinite(height + width):
            raise ValueError("the size of its pictures is missing")
        lens = entries.get("distortion_coefficients")
        eye = cls(
            (int(height), int(width)),
            _array(entries, "camera_matrix", (3, 3)),
            lens.reshape(-1) if isinstance(lens, np.ndarray) else np.zeros(5),
            _array(entries, "rectification_matrix", (3, 3)),
            _array(entries, "projection_matrix", (3, 4)),
            model in _FISHEYE,
        )
        if eye.projection[0, 0] <= 0:
            raise ValueError("its projection is that of no camera")
        return eye


def rig_from_eyes(one: Mapping[str, Entry], other: Mapping[str, Entry], *, name: str) -> CalibratedRig:
    """The rig of two files in either order: the right one is whose projection has a baseline in it, in metres.

    Raises ValueError where they are no pair or of lenses that are not straightened here.
    """
    eyes = [_Eye.of(one), _Eye.of(other)]
    eyes.sort(key=lambda eye: abs(eye.projection[0, 3]))
    left, right = eyes
    if right.projection[0, 3] == 0:
        raise ValueError("neither of the two files says how far apart the eyes are")
    if left.size_hw != right.size_hw:
        raise ValueError("the two files are of pictures of different sizes")
    if left.fisheye != right.fisheye:
        raise ValueError("the two files are of lenses of different kinds")
    # A point turned by the left rectification and moved by the baseline is what the right one's makes of it.
    moved = np.array([right.projection[0, 3] / right.projection[0, 0], 0.0, 0.0])
    back = right.rectification.T
    rig = checked(
        CalibratedRig(
            left.size_hw,
            left.matrix,
            left.distortion,
            right.matrix,
            right.distortion,
            back @ left.rectification,
            back @ moved,
            name=name,
            fisheye=left.fisheye,
        )
    )
    return rig if rig.translation_m[0] < 0 else rig.exchanged


def _array(entries: Mapping[str, Entry], key: str, shape: tuple[int, int]) -> Matrix:
    found = entries.get(key)
    if not isinstance(found, np.ndarray) or found.size != shape[0] * shape[1] or not np.isfinite(found).all():
        raise ValueError(f"its {key} is missing or of a wrong size")
    return found.reshape(shape)
