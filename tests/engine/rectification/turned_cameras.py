"""Points of a scene as two turned pinhole cameras see them, projected by OpenCV: nothing of what is tested helps."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns

SIZE_HW = (480, 640)
FOCAL_PX = 512.0
BASELINE_M = 0.06


def bent_by(matches: Matches, left: float, right: float) -> Matches:
    """What lenses show that draw what is in the corner closer to the middle by that much of its distance."""
    middle, corner_px = np.array([319.5, 239.5]), 400.0
    eyes = []
    for points, share in ((matches.left, left), (matches.right, right)):
        away = (points - middle) / corner_px
        squared = (away * away).sum(axis=1, keepdims=True)
        eyes.append(middle + away * corner_px * (1 - share * squared))
    return Matches(eyes[0], eyes[1], SIZE_HW)


def scene(count: int = 300, seed: int = 3) -> NDArray[np.float64]:
    """(N, 3) metres, all over the picture, 0.7 to 4 m away."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(0.7, 4.0, count)
    x, y = rng.uniform(-0.6, 0.6, count) * z, rng.uniform(-0.45, 0.45, count) * z
    return np.stack([x + BASELINE_M / 2, y, z], axis=1)


def seen(points: NDArray[np.float64], turns: EyeTurns, *, ahead_m: float = 0.0, noise_px: float = 0.0) -> Matches:
    """What cameras that `turns` would put right see; the right one stands `ahead_m` further ahead."""
    rng = np.random.default_rng(11)
    eyes = []
    for yaw, roll, pitch, zoom, at in (
        (turns.left_yaw, turns.left_roll, 0.0, 1.0, np.zeros(3)),
        (turns.right_yaw, turns.right_roll, turns.right_pitch, np.exp(turns.log_zoom), [BASELINE_M, 0.0, ahead_m]),
    ):
        put_right = _about(2, roll) @ _about(1, -yaw) @ _about(0, pitch)
        matrix = np.array([[FOCAL_PX * zoom, 0, 319.5], [0, FOCAL_PX * zoom, 239.5], [0, 0, 1]])
        turned = (points - np.asarray(at)) @ put_right
        pixels, _slopes = cv2.projectPoints(turned, np.zeros(3), np.zeros(3), matrix, None)
        eyes.append(pixels.reshape(-1, 2) + rng.normal(0, noise_px, (len(points), 2)))
    return Matches(eyes[0], eyes[1], SIZE_HW)


def with_wrong(matches: Matches, share: float, seed: int = 7) -> Matches:
    """The same with so many that lie anywhere."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(len(matches)) < share
    right = matches.right.copy()
    right[wrong] = rng.uniform(0, 1, (int(wrong.sum()), 2)) * [640, 480]
    return Matches(matches.left, right, matches.size_hw)


def turned(**numbers: float) -> EyeTurns:
    """Angles in degrees; the focal length is the scene's."""
    known = dict.fromkeys(("left_yaw", "left_roll", "right_yaw", "right_roll", "right_pitch"), 0.0)
    angles = {name: float(np.radians(numbers.pop(name, zero))) for name, zero in known.items()}
    return EyeTurns(**angles, log_zoom=numbers.pop("log_zoom", 0.0), log_focal=float(np.log(FOCAL_PX / 640)))


def _about(axis: int, angle: float) -> NDArray[np.float64]:
    vector = np.zeros(3)
    vector[axis] = angle
    return np.asarray(cv2.Rodrigues(vector)[0], np.float64)
