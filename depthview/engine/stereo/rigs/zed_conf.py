"""A rig from the SN*.conf of a ZED camera: the factory's numbers for pictures as the camera gives them, not rectified.

They are read as the makers' own sample does that goes without their SDK (stereolabs/zed-opencv-native).
"""

import re
from collections.abc import Mapping

import cv2
import numpy as np

from depthview.engine.stereo.rigs.checks import checked
from depthview.engine.stereo.rigs.rig import CalibratedRig, Matrix

_SIZES_HW = {
    "2k": (1242, 2208),
    "fhd1200": (1200, 1920),
    "fhd": (1080, 1920),
    "hd": (720, 1280),
    "svga": (600, 960),
    "vga": (376, 672),
}
"""One eye's, the largest first: each has numbers of its own, since the smaller ones are not all scaled alike."""
_LENS = ("k1", "k2", "p1", "p2", "k3")
_SECTION = re.compile(r"\[([^\]]{1,60})\]")
_MOST_LINES = 2_000

_Sections = Mapping[str, Mapping[str, float]]


def rig_from_zed(text: str, *, name: str, pictures_hw: tuple[int, int] | None = None) -> CalibratedRig | None:
    """The rig for eyes of the shape of `pictures_hw`, or of the largest size; None where the text is something else.

    Raises ValueError where its numbers are none of a camera.
    """
    if "[left_cam_" not in text.lower():
        return None
    said = _sections(text)
    sizes = {key: size for key, size in _SIZES_HW.items() if f"left_cam_{key}" in said and f"right_cam_{key}" in said}
    if not sizes or "stereo" not in said:
        raise ValueError("it has not the numbers of both eyes at a size that is known here")
    key = next(iter(sizes))
    if pictures_hw is not None:
        shape = pictures_hw[1] / pictures_hw[0]
        key = min(sizes, key=lambda k: (round(abs(sizes[k][1] / sizes[k][0] - shape), 2), sizes[k] != pictures_hw))
    stereo = said["stereo"]
    turn = np.array([_of(stereo, name, key) for name in ("rx", "cv", "rz")])
    # The right eye's place, seen from the left one, millimetres.
    place_mm = np.array([_of(stereo, "baseline", key), _of(stereo, "ty", key), _of(stereo, "tz", key)])
    return checked(
        CalibratedRig(
            sizes[key],
            *_eye(said[f"left_cam_{key}"]),
            *_eye(said[f"right_cam_{key}"]),
            np.asarray(cv2.Rodrigues(turn)[0], np.float64),
            -place_mm / 1000,
            name=f"{name}, {key.upper()}",
        )
    )


def _sections(text: str) -> _Sections:
    found: dict[str, dict[str, float]] = {}
    here: dict[str, float] = {}
    for line in text.lower().splitlines()[:_MOST_LINES]:
        if section := _SECTION.match(line.strip()):
            here = found.setdefault(section[1], {})
        elif "=" in line:
            key, _mark, number = line.partition("=")
            try:
                here[key.strip()] = float(number)
            except ValueError:
                continue  # dates, serial numbers
    return found


def _of(stereo: Mapping[str, float], name: str, key: str) -> float:
    """Some are said once, some for each size."""
    return stereo.get(f"{name}_{key}", stereo.get(name, 0.0))


def _eye(said: Mapping[str, float]) -> tuple[Matrix, Matrix]:
    fx, fy, cx, cy = (said.get(key, np.nan) for key in ("fx", "fy", "cx", "cy"))
    return np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]]), np.array([said.get(key, 0.0) for key in _LENS])
