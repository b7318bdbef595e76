"""What moves in the sample: the ball and the head with the two eyes. Both come back to where they began."""

import math

import numpy as np
from numpy.typing import NDArray

from training.room.cameras import Pinhole, Pose, StereoCamera, look_at
from training.room.room import BALL_RADIUS_M

GRAVITY_M_S2 = 9.81
RUG_M = 0.012
HOPS = ((-0.3, 2.45), (0.25, 2.35), (0.75, 2.6), (0.8, 3.1), (0.35, 3.5), (-0.2, 3.15))
"""Where the ball lands, one after the other, metres."""


def ball_pose(turn: float) -> Pose:
    """(4, 4) pose of the ball; `turn` 0..1 is the way round. It falls as in six hops within four seconds."""
    along = (turn % 1) * len(HOPS)
    hop, s = int(along), along % 1
    x0, y0 = HOPS[hop]
    x1, y1 = HOPS[(hop + 1) % len(HOPS)]
    flight_s = 4.0 / len(HOPS)
    height = GRAVITY_M_S2 / 2 * flight_s**2 * s * (1 - s)
    c, sn = math.cos(2 * math.pi * turn), math.sin(2 * math.pi * turn)
    spin = np.array([[c, -sn, 0], [sn, c, 0], [0, 0, 1.0]])
    tilt = np.array([[1, 0, 0], [0, 0.42, -0.907], [0, 0.907, 0.42]])
    pose = np.eye(4)
    pose[:3, :3] = tilt @ spin
    pose[:3, 3] = (x0 + (x1 - x0) * s, y0 + (y1 - y0) * s, RUG_M + BALL_RADIUS_M + height)
    return pose


def stereo_camera(turn: float, size_wh: tuple[int, int], focal_px: float, baseline_m: float) -> StereoCamera:
    """The head sways a little on its way round (`turn` 0..1) and keeps its eyes on the room's middle."""
    angle = 2 * math.pi * turn
    head = np.array([0.05 + 0.07 * math.sin(angle), -0.2 + 0.06 * math.cos(angle), 1.27 + 0.02 * math.sin(2 * angle)])
    pose: NDArray[np.float64] = look_at(head, (0.1, 3.3, 0.78))
    pose[:3, 3] -= baseline_m / 2 * pose[:3, 0]
    return StereoCamera(Pinhole.centred(*size_wh, focal_px, pose), baseline_m)
