"""Rotations as three angles that a person can type, and back."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.editing.upright import upright


def turned(yaw_deg: float, pitch_deg: float, roll_deg: float) -> NDArray[np.float64]:
    """(3, 3): first roll about z (forward), then pitch about x (right), then yaw about y (down), in degrees."""
    (cy, sy), (cx, sx), (cz, sz) = (
        (math.cos(angle), math.sin(angle)) for angle in map(math.radians, (yaw_deg, pitch_deg, roll_deg))
    )
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_y @ about_x @ about_z)


def angles_deg(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch and roll that `turned` makes this proper rotation of."""
    pitch = math.asin(min(1.0, max(-1.0, -float(rotation[1, 2]))))
    if math.cos(pitch) > 1e-6:
        yaw = math.atan2(rotation[0, 2], rotation[2, 2])
        roll = math.atan2(rotation[1, 0], rotation[1, 1])
    else:  # straight up or down, yaw and roll are one
        yaw, roll = math.atan2(-rotation[2, 0], rotation[0, 0]), 0.0
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def upright_deg(up: NDArray[np.float64]) -> tuple[float, float, float]:
    """Yaw, pitch and roll that let `up` (3,), in a thing's own axes, stand up in the world."""
    return angles_deg(upright(up).rotation)
