"""The rig of pictures that are rectified already, from the text files that lie beside them in data sets.

Middlebury's calib.txt (2014 on, https://vision.middlebury.edu/stereo/data), KITTI's (P2 and P3), and K.txt: nine
numbers of the camera matrix and then the baseline in metres, with or without words before them.
"""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.stereo.rigs.checks import checked_rectified
from depthview.engine.stereo.rigs.rig import same_shape

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_LONGEST_M = 1.0
"""Middlebury gives the baseline in millimetres; who copied the format gave metres, and no eyes are a metre apart."""
_PAIRS = (("P2", "P3"), ("P0", "P1"), ("P_rect_02", "P_rect_03"), ("P_rect_00", "P_rect_01"))
_MOST_LINES = 500


def rig_from_text(text: str, *, name: str, pictures_hw: tuple[int, int] | None = None) -> StereoRig | None:
    """The rig; None where the text is something else. Raises ValueError where its numbers are none of a camera.

    `pictures_hw` is the size of the pictures that it lies beside, which counts where the text does not say one.
    """
    lines = text.splitlines()
    if len(lines) > _MOST_LINES:
        return None
    said = {key.strip(): rest for line in lines for key, mark, rest in [_parted(line)] if mark}
    if "cam0" in said and "baseline" in said:
        return _middlebury(said, name, pictures_hw)
    for left, right in _PAIRS:
        if left in said and right in said:
            return _kitti(_numbers(said[left]), _numbers(said[right]), name, pictures_hw)
    bare = [number for line in lines for number in _numbers(line.rpartition(":")[2])]
    if len(bare) == 10 and bare[6:9] == [0, 0, 1]:
        matrix = np.array(bare[:9]).reshape(3, 3)
        return _rig(matrix, 0.0, bare[9], name, pictures_hw)
    return None


def _parted(line: str) -> tuple[str, str, str]:
    return line.partition("=") if "=" in line else line.partition(":")


def _numbers(text: str) -> list[float]:
    return [float(found) for found in _NUMBER.findall(text)]


def _middlebury(said: Mapping[str, str], name: str, pictures_hw: tuple[int, int] | None) -> StereoRig:
    left, right = (_numbers(said.get(key, "")) for key in ("cam0", "cam1"))
    if len(left) != 9 or len(right) not in (0, 9):
        raise ValueError("its cameras are not 3 x 3")
    baseline = _one(said, "baseline")
    size_hw = pictures_hw
    if "width" in said and "height" in said:
        size_hw = int(_one(said, "height")), int(_one(said, "width"))
        if pictures_hw is not None and min(size_hw) > 0 and not same_shape(size_hw, pictures_hw):
            mine, other = (f"{width:g} x {height:g}" for height, width in (size_hw, pictures_hw))
            raise ValueError(f"it is of pictures of {mine}, and these are {other}")
    matrix = np.array(left).reshape(3, 3)
    doffs_px = _one(said, "doffs") if "doffs" in said else right[2] - left[2] if right else 0.0
    baseline_m = baseline if baseline < _LONGEST_M else baseline / 1000
    return _rig(matrix, doffs_px, baseline_m, name, size_hw)


def _kitti(left: list[float], right: list[float], name: str, pictures_hw: tuple[int, int] | None) -> StereoRig:
    if len(left) != 12 or len(right) != 12 or left[0] <= 0:
        raise ValueError("its projections are not 3 x 4")
    matrix, baseline_m = np.array(left).reshape(3, 4)[:, :3], (left[3] - right[3]) / left[0]
    return _rig(matrix, right[2] - left[2], baseline_m, name, pictures_hw)


def _one(said: Mapping[str, str], key: str) -> float:
    found = _numbers(said[key])
    if len(found) != 1 or not np.isfinite(found[0]):
        raise ValueError(f"its {key} is no number")
    return found[0]


def _rig(
    matrix: NDArray[np.float64], doffs_px: float, baseline_m: float, name: str, size_hw: tuple[int, int] | None
) -> StereoRig:
    cx_px, cy_px = float(matrix[0, 2]), float(matrix[1, 2])
    if size_hw is None:
        if not (np.isfinite((cx_px, cy_px)).all() and min(cx_px, cy_px) > 0):
            raise ValueError("it says neither the size of its pictures nor a centre")
        size_hw = round(2 * cy_px + 1), round(2 * cx_px + 1)
        name = f"{name}, for pictures of {size_hw[1]} x {size_hw[0]}, as its numbers suggest"
    rig = StereoRig(size_hw[1], float(matrix[0, 0]), baseline_m, cx_px, cy_px, doffs_px=float(doffs_px), name=name)
    return checked_rectified(rig, size_hw)
