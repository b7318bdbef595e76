"""A stereo camera with bent lenses and turned eyes, and what it sees of points whose place is known."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.rigs.rig import CalibratedRig

SIZE_HW = (480, 640)


def bent_rig(*, turned_deg: tuple[float, float, float] = (1.5, -2.0, 1.0), name: str = "bent") -> CalibratedRig:
    """Lenses of 520 and 530 px, barrels of 15 %, the right eye 60 mm to the right, 2 mm down and turned."""
    turn, _jacobian = cv2.Rodrigues(np.radians(np.array(turned_deg)))
    rotation = np.asarray(turn, np.float64)
    return CalibratedRig(
        SIZE_HW,
        np.array([[520.0, 0, 325.0], [0, 521.0, 236.0], [0, 0, 1]]),
        np.array([-0.15, 0.03, 0.001, -0.0005, 0.002]),
        np.array([[530.0, 0, 311.0], [0, 529.0, 244.0], [0, 0, 1]]),
        np.array([-0.14, 0.02, -0.0008, 0.0007, 0.001]),
        rotation,
        -rotation @ np.array([0.060, 0.002, 0.001]),
        name=name,
    )


def fisheye_rig(*, name: str = "fisheye") -> CalibratedRig:
    """Lenses that see 130 degrees across, the right eye 64 mm to the right and turned."""
    rotation = np.asarray(cv2.Rodrigues(np.radians(np.array([-0.8, 1.4, 0.7])))[0], np.float64)
    return CalibratedRig(
        SIZE_HW,
        np.array([[285.0, 0, 322.0], [0, 286.0, 237.0], [0, 0, 1]]),
        np.array([-0.012, 0.042, -0.038, 0.006]),
        np.array([[287.0, 0, 315.0], [0, 286.5, 242.0], [0, 0, 1]]),
        np.array([-0.010, 0.040, -0.036, 0.005]),
        rotation,
        -rotation @ np.array([0.064, -0.001, 0.002]),
        name=name,
        fisheye=True,
    )


def points_m(count: int = 200, seed: int = 1) -> NDArray[np.float64]:
    """(N, 3) in the left eye's metres: before both eyes, 0.5 to 5 m away."""
    rng = np.random.default_rng(seed)
    z = rng.uniform(0.5, 5.0, count)
    return np.stack([rng.uniform(-0.4, 0.45, count) * z, rng.uniform(-0.33, 0.33, count) * z, z], axis=1)


def seen_by(rig: CalibratedRig, xyz_m: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 2) pixels of the raw pictures of either eye, as OpenCV's camera model has it."""
    turn, _ = cv2.Rodrigues(rig.rotation)
    seen = []
    for matrix, lens, turned, moved in (
        (rig.left_matrix, rig.left_distortion, np.zeros(3), np.zeros(3)),
        (rig.right_matrix, rig.right_distortion, turn, rig.translation_m),
    ):
        if rig.fisheye:
            places, _ = cv2.fisheye.projectPoints(xyz_m.reshape(-1, 1, 3), turned, moved, matrix, lens)
        else:
            places, _ = cv2.projectPoints(xyz_m, turned, moved, matrix, lens)
        seen.append(np.asarray(places, np.float64).reshape(-1, 2))
    return seen[0], seen[1]
