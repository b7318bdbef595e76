"""What has to be true of a calibration before it may straighten anything: files hold what anybody wrote into them."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.stereo.rigs.rig import CalibratedRig, Matrix

_SIDES_PX = (16, 32_766)
"""The largest is what OpenCV's remap can address."""
_FOCAL_SHARES = (0.05, 50.0)
"""Of the width: from a fisheye to a telescope."""
_CENTRE_SHARES = (-1.0, 2.0)
"""Of the side: a cropped picture's centre may lie outside it, but not far."""
_LARGEST_COEFFICIENT = 1e4
_COUNTS = (4, 5, 8, 12, 14)
"""How many distortion coefficients OpenCV understands; of a fisheye lens the first of these."""
_TURN_NOISE = 0.01
"""How far a rotation that was written with few digits may be from one."""
_EXACT = 1e-9
_BASELINES_M = (1e-4, 100.0)


def checked(rig: CalibratedRig) -> CalibratedRig:
    """The same rig with arrays of the right shapes, made consistent where digits were lost. Raises ValueError."""
    _check_size(rig.size_hw)
    translation_m = _finite(rig.translation_m, "the translation").reshape(-1)
    if translation_m.size != 3 or not _BASELINES_M[0] <= np.linalg.norm(translation_m) <= _BASELINES_M[1]:
        raise ValueError("the translation is no distance of two eyes")
    return replace(
        rig,
        left_matrix=_camera(rig.left_matrix, rig.size_hw),
        left_distortion=_distortion(rig.left_distortion, rig.fisheye),
        right_matrix=_camera(rig.right_matrix, rig.size_hw),
        right_distortion=_distortion(rig.right_distortion, rig.fisheye),
        rotation=_rotation(rig.rotation),
        translation_m=translation_m,
    )


def checked_rectified(rig: StereoRig, size_hw: tuple[int, int]) -> StereoRig:
    """The same rig of rectified pictures of this size. Raises ValueError."""
    _check_size(size_hw)
    _camera(np.array([[rig.focal_px, 0, rig.cx_px], [0, rig.focal_px, rig.cy_px], [0, 0, 1]]), size_hw)
    if not _BASELINES_M[0] <= rig.baseline_m <= _BASELINES_M[1]:
        raise ValueError("the baseline is no distance of two eyes")
    if not abs(rig.doffs_px) <= size_hw[1]:
        raise ValueError("doffs is larger than the picture")
    return rig


def _check_size(size_hw: tuple[int, int]) -> None:
    least, most = _SIDES_PX
    if not all(least <= side <= most for side in size_hw):
        raise ValueError(f"{size_hw[1]:g} x {size_hw[0]:g} is no size of a picture")


def _finite(array: NDArray[np.float64], what: str) -> Matrix:
    found = np.asarray(array, np.float64)
    if not np.isfinite(found).all():
        raise ValueError(f"{what} holds what is no number")
    return found


def _camera(array: NDArray[np.float64], size_hw: tuple[int, int]) -> Matrix:
    matrix = _finite(array, "a camera matrix")
    if matrix.size != 9:
        raise ValueError("a camera matrix is not 3 x 3")
    matrix = matrix.reshape(3, 3)
    height, width = size_hw
    (fx, skew, cx), (below, fy, cy) = matrix[:2]
    focals = all(_FOCAL_SHARES[0] * width < focal < _FOCAL_SHARES[1] * width for focal in (fx, fy))
    centre = all(_CENTRE_SHARES[0] * s < c < _CENTRE_SHARES[1] * s for c, s in ((cx, width), (cy, height)))
    if not focals or not centre or abs(skew) > width or below != 0 or matrix[2].tolist() != [0, 0, 1]:
        raise ValueError("a camera matrix is that of no camera for pictures of this size")
    return matrix


def _distortion(array: NDArray[np.float64], fisheye: bool) -> Matrix:
    found = _finite(array, "a distortion").reshape(-1)
    if found.size > _COUNTS[0 if fisheye else -1] or np.abs(found).max(initial=0.0) > _LARGEST_COEFFICIENT:
        raise ValueError("a distortion is that of no lens")
    count = next(count for count in _COUNTS if count >= found.size)
    return np.pad(found, (0, count - found.size))


def _rotation(array: NDArray[np.float64]) -> Matrix:
    matrix = _finite(array, "the rotation")
    if matrix.size != 9:
        raise ValueError("the rotation is not 3 x 3")
    matrix = matrix.reshape(3, 3)
    noise = float(np.abs(matrix @ matrix.T - np.eye(3)).max())
    if noise > _TURN_NOISE or np.linalg.det(matrix) <= 0:
        raise ValueError("the rotation is none")
    if noise <= _EXACT:
        return matrix
    u, _scales, v = np.linalg.svd(matrix)  # the nearest rotation: what few digits lost
    return np.asarray(u @ v, np.float64)
