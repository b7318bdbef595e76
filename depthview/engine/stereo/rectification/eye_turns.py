"""How two eyes are turned against a rectified pair, and bent: the nine numbers that the rows of a pair depend on.

A. Fusiello and L. Irsara, "Quasi-Euclidean Uncalibrated Epipolar Rectification", ICPR 2008: two pinhole cameras that
were only turned are rectified by turning them back, which distorts a picture no more than a turn of the camera does.
These are as many numbers as a fundamental matrix has, but each has a meaning, and so a size that is plausible.

A. Fitzgibbon, "Simultaneous linear estimation of multiple view geometry and lens distortion", CVPR 2001: what lenses
bend is told by one number each, there and back again in closed form.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.matching.matches import Matches, Points

Numbers = NDArray[np.float64]
"""(9,) or (N, 9): the fields of `EyeTurns` in their order."""


@dataclass(frozen=True, slots=True)
class EyeTurns:
    """What turns the eyes, as they are, into a rectified pair: radians; positive rolls the content clockwise, yaws it
    to the left and pitches it up. Of the pitch only the eyes' difference counts, which the right one bears.

    `log_zoom`: logarithm of the right eye's focal length over the left one's. `log_focal`: logarithm of the left eye's
    focal length in widths of the picture's longer side.

    `bend`: by what share of its distance from the middle a thing in the corner is to be moved outwards, the mean of
    both lenses; `bend_difference`: the right one's less the left one's. A barrel's is positive.
    """

    left_yaw: float
    left_roll: float
    right_yaw: float
    right_roll: float
    right_pitch: float
    log_zoom: float
    log_focal: float
    bend: float = 0.0
    bend_difference: float = 0.0

    @classmethod
    def of(cls, numbers: Numbers) -> "EyeTurns":
        return cls(*(float(number) for number in numbers))

    @classmethod
    def none(cls) -> "EyeTurns":
        """Of a pair that is rectified."""
        return cls(*(0.0 for _ in range(len(cls.__slots__))))

    @property
    def numbers(self) -> Numbers:
        return np.array(
            [
                self.left_yaw,
                self.left_roll,
                self.right_yaw,
                self.right_roll,
                self.right_pitch,
                self.log_zoom,
                self.log_focal,
                self.bend,
                self.bend_difference,
            ]
        )

    @property
    def bends(self) -> tuple[float, float]:
        """Of the left and of the right lens."""
        left, right = _bends(self.numbers)
        return float(left), float(right)

    def moved(self, matches: Matches) -> Matches:
        """The same points in the pictures that are unbent and turned back."""
        size_hw = matches.size_hw
        (left, right), (left_bend, right_bend) = self.homographies(size_hw), self.bends
        return Matches(
            mapped(left, unbent(matches.left, left_bend, size_hw)),
            mapped(right, unbent(matches.right, right_bend, size_hw)),
            size_hw,
        )

    def homographies(self, size_hw: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3, 3) for the left and for the right eye, once unbent, in pixels of a picture of that size.

        The middle of the left eye stays where it is, that of the right one stays in its column; and what lies there
        keeps its size: a turned camera alone draws the middle of a picture larger, and pushes its borders out.
        """
        x, y = _middle(size_hw)
        there = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
        back = np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1]])
        left, right = _about_middle(self.numbers, max(size_hw))
        return there @ left @ back, there @ right @ back


def row_errors(numbers: Numbers, matches: Matches) -> NDArray[np.float64]:
    """(N,), or (S, N) for (S, 9) `numbers`: how much lower the right eye's points lie than the left eye's once both are
    turned, in pixels of `matches`."""
    left, right = _about_middle(numbers, max(matches.size_hw))
    middle, corner_px = _middle(matches.size_hw), _corner_px(matches.size_hw)
    left_bend, right_bend = _bends(numbers)
    left_away = _unbent(matches.left - middle, left_bend, corner_px)
    right_away = _unbent(matches.right - middle, right_bend, corner_px)
    return np.asarray(_rows(right, right_away) - _rows(left, left_away), np.float64)


def unbent(points: Points, bend: float, size_hw: tuple[int, int]) -> Points:
    """(N, 2) points of a picture of that size as a lens that bends nothing would show them."""
    middle = _middle(size_hw)
    return np.asarray(middle + _unbent(points - middle, np.asarray(bend), _corner_px(size_hw)), np.float64)


def bent(points: Points, bend: float, size_hw: tuple[int, int]) -> Points:
    """(N, 2): where the lens shows them; what `unbent` undoes."""
    away = points - _middle(size_hw)
    share = bend * (away * away).sum(axis=1, keepdims=True) / _corner_px(size_hw) ** 2
    closer = 2 / (1 + np.sqrt(np.maximum(0.0, 1 + 4 * share)))
    return np.asarray(_middle(size_hw) + away * closer, np.float64)


def mapped(homography: NDArray[np.float64], points: Points) -> Points:
    """(N, 2) points moved by a (3, 3) homography."""
    across = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(across[:, :2] / across[:, 2:], np.float64)


def _middle(size_hw: tuple[int, int]) -> NDArray[np.float64]:
    height, width = size_hw
    return np.array([(width - 1) / 2, (height - 1) / 2])


def _corner_px(size_hw: tuple[int, int]) -> float:
    """How far the corners are from the middle."""
    return float(np.hypot(*size_hw) / 2)


def _bends(numbers: Numbers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(...) for each eye, of (..., 9) `numbers`."""
    bend, difference = numbers[..., 7], numbers[..., 8]
    return bend - difference / 2, bend + difference / 2


def _unbent(away: Points, bend: NDArray[np.float64], corner_px: float) -> NDArray[np.float64]:
    """(..., N, 2), of (N, 2) points as seen from the middle and (...) bends; the points alone where nothing is bent."""
    if not bend.any():
        return away
    share = bend[..., None] * ((away * away).sum(axis=1) / corner_px**2)
    return np.asarray(away / (1 - share)[..., None], np.float64)


def _rows(homographies: NDArray[np.float64], points: Points) -> NDArray[np.float64]:
    """(..., N): how low (N, 2) or (..., N, 2) points lie once they are moved by (..., 3, 3) homographies."""
    across = homographies[..., 1:, :2] @ np.swapaxes(points, -1, -2) + homographies[..., 1:, 2:]
    return np.asarray(across[..., 0, :] / across[..., 1, :], np.float64)


def _about_middle(numbers: Numbers, longer_px: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(..., 3, 3) for each eye and each of (..., 9) `numbers`, in pixels from the picture's middle."""
    left_yaw, left_roll, right_yaw, right_roll, right_pitch, log_zoom, log_focal = np.moveaxis(numbers[..., :7], -1, 0)
    focal = np.exp(log_focal) * longer_px
    left = _turned(_rotation(left_yaw, left_roll, np.zeros_like(left_yaw)), focal, focal)
    right = _turned(_rotation(right_yaw, right_roll, right_pitch), focal * np.exp(log_zoom), focal)
    left_off, right_off = (warp[..., :2, 2] / warp[..., 2:, 2] for warp in (left, right))
    right_off[..., 1] = left_off[..., 1]
    cosine = np.cos((left_yaw + right_yaw) / 2)
    sizes = np.stack([cosine * cosine, cosine], axis=-1)
    return _settled(left, left_off, sizes), _settled(right, right_off, sizes)


def _rotation(yaw: NDArray[np.float64], roll: NDArray[np.float64], pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3, 3). Rolled last: x right, y down, z forward."""
    (sy, sr, sp), (cy, cr, cp) = np.sin([yaw, roll, pitch]), np.cos([yaw, roll, pitch])
    across = np.stack([cy, -sy * sp, -sy * cp], axis=-1)
    down = np.stack([np.zeros_like(cp), cp, -sp], axis=-1)
    ahead = np.stack([sy, cy * sp, cy * cp], axis=-1)
    sr, cr = sr[..., None], cr[..., None]
    return np.stack([cr * across - sr * down, sr * across + cr * down, ahead], axis=-2)


def _turned(
    rotation: NDArray[np.float64], focal: NDArray[np.float64], new_focal: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(..., 3, 3): the homographies of cameras that are turned and get new focal lengths."""
    one = np.ones_like(focal)
    before, after = np.stack([focal, focal, one], axis=-1), np.stack([new_focal, new_focal, one], axis=-1)
    return np.asarray(after[..., :, None] * rotation / before[..., None, :], np.float64)


def _settled(warp: NDArray[np.float64], off: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., 3, 3) homographies that then move all by minus `off` (..., 2) and change its `sizes` (..., 2)."""
    upper = (warp[..., :2, :] - off[..., :, None] * warp[..., 2:, :]) * sizes[..., :, None]
    return np.concatenate([upper, warp[..., 2:, :]], axis=-2)
