"""How two eyes are turned against a rectified pair: the seven numbers that the rows of a pair depend on.

A. Fusiello and L. Irsara, "Quasi-Euclidean Uncalibrated Epipolar Rectification", ICPR 2008: two pinhole cameras that
were only turned are rectified by turning them back, which distorts a picture no more than a turn of the camera does.
These are as many numbers as a fundamental matrix has, but each has a meaning, and so a size that is plausible.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.matching.matches import Matches, Points

Numbers = NDArray[np.float64]
"""(7,) or (N, 7): the fields of `EyeTurns` in their order."""


@dataclass(frozen=True, slots=True)
class EyeTurns:
    """What turns the eyes, as they are, into a rectified pair: radians; positive rolls the content clockwise, yaws it
    to the left and pitches it up. Of the pitch only the eyes' difference counts, which the right one bears.

    `log_zoom`: logarithm of the right eye's focal length over the left one's. `log_focal`: logarithm of the left eye's
    focal length in widths of the picture's longer side.
    """

    left_yaw: float
    left_roll: float
    right_yaw: float
    right_roll: float
    right_pitch: float
    log_zoom: float
    log_focal: float

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
            ]
        )

    def homographies(self, size_hw: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(3, 3) for the left and for the right eye, in pixels of a picture of that size.

        The middle of the left eye stays where it is, that of the right one stays in its column; and what lies there
        keeps its size: a turned camera alone draws the middle of a picture larger, and pushes its borders out.
        """
        height, width = size_hw
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        focal = np.exp(self.log_focal) * max(size_hw)
        left = _turned(_rotation(self.left_yaw, self.left_roll, 0.0), focal, focal, middle)
        right_focal = focal * np.exp(self.log_zoom)
        right = _turned(_rotation(self.right_yaw, self.right_roll, self.right_pitch), right_focal, focal, middle)
        left_off, right_off = (mapped(warp, middle[None])[0] - middle for warp in (left, right))
        smaller = _about(middle, np.cos((self.left_yaw + self.right_yaw) / 2))
        return smaller @ _moved(-left_off) @ left, smaller @ _moved(np.array([-right_off[0], -left_off[1]])) @ right


def row_errors(numbers: Numbers, matches: Matches) -> NDArray[np.float64]:
    """(N,): how much lower the right eye's points lie than the left eye's once both are turned, in pixels of `matches`.

    `numbers` are those of one `EyeTurns`.
    """
    left, right = EyeTurns.of(numbers).homographies(matches.size_hw)
    return np.asarray(mapped(right, matches.right)[:, 1] - mapped(left, matches.left)[:, 1], np.float64)


def mapped(homography: NDArray[np.float64], points: Points) -> Points:
    """(N, 2) points moved by a (3, 3) homography."""
    across = points @ homography[:, :2].T + homography[:, 2]
    return np.asarray(across[:, :2] / across[:, 2:], np.float64)


def _rotation(yaw: float, roll: float, pitch: float) -> NDArray[np.float64]:
    """Rolled last: x right, y down, z forward."""
    (sy, sr, sp), (cy, cr, cp) = np.sin([yaw, roll, pitch]), np.cos([yaw, roll, pitch])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)


def _turned(
    rotation: NDArray[np.float64], focal: float, new_focal: float, middle: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The homography of a camera that is turned, its focal length changed."""
    before = np.array([[focal, 0, middle[0]], [0, focal, middle[1]], [0, 0, 1]])
    after = np.array([[new_focal, 0, middle[0]], [0, new_focal, middle[1]], [0, 0, 1]])
    return np.asarray(after @ rotation @ np.linalg.inv(before), np.float64)


def _about(middle: NDArray[np.float64], cosine: float) -> NDArray[np.float64]:
    """What undoes how much larger a camera that is yawed draws what lies in the middle."""
    sizes = np.array([cosine * cosine, cosine])
    return np.array([[sizes[0], 0, middle[0] * (1 - sizes[0])], [0, sizes[1], middle[1] * (1 - sizes[1])], [0, 0, 1]])


def _moved(by: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([[1, 0, by[0]], [0, 1, by[1]], [0, 0, 1]])
