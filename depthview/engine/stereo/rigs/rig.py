"""A stereo camera that somebody calibrated, as its eyes are: not rectified, lenses that bend."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig, Whence
from depthview.engine.errors import UserError
from depthview.engine.stereo.rigs.rig_warp import EyeWarp, RigWarp

Matrix = NDArray[np.float64]

_SAME_SHAPE = 0.01
"""Largest difference of two shapes (width over height, as a share) that count as one: rounding to whole pixels."""
_ALPHAS = (0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0)
"""How much of what the lenses saw stays in the rectified pictures (OpenCV's `alpha`), least first."""
_TRIAL_PX = 160
"""Width of the pictures on which these are compared: shares are the same at any size."""
_WIDEST = 0.25
"""Share of a fisheye lens's focal length: rectified pictures that are wider still are mush at their sides."""
_FOCAL_SHARES = (0.2, 5.0)
"""Rectified pictures hardly zoom; where the numbers do not fit together, the focal length runs away."""

_WRONG_SHAPE = (
    "This rig was measured for pictures of {rig_width} x {rig_height}, and these eyes are {width} x {height}: "
    "choose another rig or calibrate the camera as it is used: {name}"
)
_NONSENSE = "This rig's numbers do not fit together, so nothing can be straightened by it: calibrate again: {name}"
_UPRIGHT = "This rig's eyes are one above the other, and only eyes side by side are matched here: turn it: {name}"
_CROSSED = "This rig's right eye stands to the left of its left one: exchange the two cameras in it: {name}"


class WrongShapeError(UserError):
    """The eyes have another shape than those that the rig was measured with: it may fit other pictures."""


@dataclass(frozen=True, slots=True, eq=False)
class CalibratedRig:
    """Two cameras and how they stand to each other, for pictures that nobody has rectified.

    `size_hw`: one eye's, pixels. Matrices: (3, 3) float64, pixels, the first pixel's centre at 0. Distortions: (N,)
    float64 in OpenCV's order k1 k2 p1 p2 k3 k4 k5 k6 s1 s2 s3 s4 tx ty, N one of 4, 5, 8, 12, 14; with `fisheye` the
    four of cv2.fisheye. A point in the left eye's metres is at `rotation` @ point + `translation_m` in the right eye's,
    as in OpenCV's stereoCalibrate. `name`: where it is from, for people. `rms_px`: what the calibration left over;
    `rows_px`: the height by which points of held-back views miss each other once rectified; `views`: how many it rests
    on; None where nobody said.
    `baseline_known` is False where the unit of the lengths is not known, and the baseline therefore assumed.
    """

    size_hw: tuple[int, int]
    left_matrix: Matrix
    left_distortion: Matrix
    right_matrix: Matrix
    right_distortion: Matrix
    rotation: Matrix
    translation_m: Matrix
    name: str = ""
    rms_px: float | None = None
    rows_px: float | None = None
    views: int | None = None
    baseline_known: bool = True
    fisheye: bool = False

    @property
    def baseline_m(self) -> float:
        """The distance of the two lenses, metres."""
        return float(np.linalg.norm(self.translation_m))

    @property
    def exchanged(self) -> "CalibratedRig":
        """The same rig with the eyes the other way round."""
        back = self.rotation.T
        return replace(
            self,
            left_matrix=self.right_matrix,
            left_distortion=self.right_distortion,
            right_matrix=self.left_matrix,
            right_distortion=self.left_distortion,
            rotation=back,
            translation_m=-back @ self.translation_m,
        )

    def fits(self, size_hw: tuple[int, int]) -> bool:
        """Whether pictures of this size have the shape of those that it was measured with."""
        return same_shape(size_hw, self.size_hw)

    def scaled_to(self, size_hw: tuple[int, int]) -> "CalibratedRig":
        """The same rig for the same pictures at another size. Raises UserError where the shape is another one."""
        if not self.fits(size_hw):
            (height, width), (rig_height, rig_width) = size_hw, self.size_hw
            raise WrongShapeError(
                _WRONG_SHAPE, rig_width=rig_width, rig_height=rig_height, width=width, height=height, name=self.name
            )
        return self._resized(size_hw)

    def _resized(self, size_hw: tuple[int, int]) -> "CalibratedRig":
        (height, width), (rig_height, rig_width) = size_hw, self.size_hw
        across, down = width / rig_width, height / rig_height
        # Pixel centres are whole numbers, and what scales is the picture's edge, half a pixel before the first one.
        scale = np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1]])
        return replace(
            self, size_hw=size_hw, left_matrix=scale @ self.left_matrix, right_matrix=scale @ self.right_matrix
        )

    def warp(self, size_hw: tuple[int, int]) -> RigWarp:
        """What rectifies eyes of this size (Bouguet's method, OpenCV's stereoRectify); infinity has no disparity.

        Zoomed so that least is wasted: what is cut off counts as much as what stays black. Raises UserError where the
        eyes have another shape than the rig's, or where the rig's numbers lead nowhere.
        """
        rig = self.scaled_to(size_hw)
        trial = rig._resized((max(1, round(_TRIAL_PX * size_hw[0] / size_hw[1])), _TRIAL_PX))
        alpha = min(_ALPHAS, key=lambda alpha: sum(_waste(eye) for eye in trial._rectified(alpha)[:2]))
        return RigWarp.of(*rig._rectified(alpha))

    def _rectified(self, alpha: float) -> tuple[EyeWarp, EyeWarp, StereoRig]:
        height, width = self.size_hw
        eyes = (self.left_matrix, self.left_distortion), (self.right_matrix, self.right_distortion)
        # How the eyes are turned does not hang on the lenses. cv2.fisheye.stereoRectify loses the picture's middle.
        lenses = [np.zeros(4) if self.fisheye else lens for _matrix, lens in eyes]
        try:
            r1, r2, p1, p2, *_rest = cv2.stereoRectify(
                self.left_matrix,
                lenses[0],
                self.right_matrix,
                lenses[1],
                (width, height),
                self.rotation,
                self.translation_m.reshape(3, 1),
                flags=cv2.CALIB_ZERO_DISPARITY,
                alpha=-1 if self.fisheye else alpha,
            )
        except cv2.error as error:
            raise UserError(_NONSENSE, name=self.name, details=str(error)) from error
        turns = np.asarray(r1, np.float64), np.asarray(r2, np.float64)
        first, second = np.asarray(p1, np.float64), np.asarray(p2, np.float64)
        if self.fisheye:
            projection = self._fisheye_projection(alpha, turns)
            along = second[:2, 3:] / second[0, 0]
            first, second = (np.hstack([projection, np.zeros((3, 1))]) for _eye in eyes)
            second[:2, 3:] = along * projection[0, 0]
        self._check(first, second)
        left, right = (
            EyeWarp(self.size_hw, *eye, turn, p[:, :3], self.fisheye)
            for eye, turn, p in zip(eyes, turns, (first, second), strict=True)
        )
        return left, right, self._rig(first, second)

    def _fisheye_projection(self, alpha: float, turns: tuple[Matrix, Matrix]) -> Matrix:
        """One camera for both rectified eyes: the wider the view the more is kept, around what is in the middle."""
        height, width = self.size_hw
        focal_px = float(self.left_matrix[0, 0]) * _WIDEST**alpha
        middle = np.array([(width - 1) / 2, (height - 1) / 2])
        eyes = (self.left_matrix, self.left_distortion, turns[0]), (self.right_matrix, self.right_distortion, turns[1])
        ahead = [EyeWarp(self.size_hw, *eye, np.eye(3), fisheye=True).points(middle[None])[0] for eye in eyes]
        cx, cy = middle - focal_px * np.mean(ahead, axis=0)
        return np.array([[focal_px, 0, cx], [0, focal_px, cy], [0, 0, 1.0]])

    def _check(self, p1: Matrix, p2: Matrix) -> None:
        if not (np.isfinite(p1).all() and np.isfinite(p2).all()):
            raise UserError(_NONSENSE, name=self.name)
        if abs(p2[1, 3]) > abs(p2[0, 3]):
            raise UserError(_UPRIGHT, name=self.name)
        least, most = _FOCAL_SHARES
        if not least < p1[0, 0] / self.left_matrix[0, 0] < most:
            raise UserError(_NONSENSE, name=self.name)
        if p2[0, 3] >= 0:
            raise UserError(_CROSSED, name=self.name)

    def _rig(self, p1: Matrix, p2: Matrix) -> StereoRig:
        focal_px = float(p1[0, 0])
        return StereoRig(
            width_px=self.size_hw[1],
            focal_px=focal_px,
            baseline_m=float(-p2[0, 3]) / focal_px,
            cx_px=float(p1[0, 2]),
            cy_px=float(p1[1, 2]),
            doffs_px=float(p2[0, 2] - p1[0, 2]),
            baseline_from=Whence.RIG if self.baseline_known else Whence.ASSUMED,
            name=self.name,
        )


def same_shape(size_hw: tuple[int, int], other_hw: tuple[int, int]) -> bool:
    """Whether pictures of these sizes may be the same ones, scaled and not cropped."""
    (height, width), (other_height, other_width) = size_hw, other_hw
    return abs(math.log(width / height * other_height / other_width)) <= _SAME_SHAPE


def _waste(eye: EyeWarp) -> float:
    return eye.lost_share + eye.black_share
