"""An eye that stands in a room: it looks round and walks on the level. No Qt, no VTK: plain camera mathematics.

Its head is always upright. What it does depends on time alone, never on how often it is drawn.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from depthview.ui.scene.momentum import EASE_S, Momentum, Wish
from depthview.ui.scene.sight import Sight, Vector, axes

_MOST_PITCH_DEG = 89.0
_FOV_RANGE_DEG = (25.0, 110.0)
_FOV_PER_STEP = 0.92

# Against the room's reach (the median distance to what is around).
_SPEED = 0.55
_FAST = 3.0
_WHEEL_STRIDE = 0.15
_KEEP_OFF = 0.3
_FARTHEST = 8.0
_NEAREST_SEEN = 0.02
_STILL = 1e-3


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Where one stands and looks. `yaw_deg` turns the look to the right, `pitch_deg` downwards; 0 look along +z."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    fov_deg: float = 75.0


class Walker:
    """`state`, `reach` and `farthest` may be read and set.

    `reach`, the size of the room, sets how fast one walks in it; what is beyond `farthest` of the middle is not seen.
    """

    def __init__(self, *, reach: float = 1.0, farthest: float = 100.0) -> None:
        self.state = Standpoint()
        self.reach = reach
        self.farthest = farthest
        self._momentum = Momentum()
        self._goal: Vector | None = None

    @property
    def eye(self) -> Vector:
        return np.array([self.state.x, self.state.y, self.state.z])

    @property
    def moving(self) -> bool:
        return self._goal is not None or self._momentum.speed > _STILL * self.reach

    def look(self, right: float, down: float) -> None:
        """The hand drags the room by so many heights of the pane: what it holds stays under it."""
        height = 2 * math.tan(math.radians(self.state.fov_deg) / 2)
        pitch = self.state.pitch_deg - math.degrees(math.atan(down * height))
        yaw = self.state.yaw_deg - math.degrees(math.atan(right * height)) / max(0.2, math.cos(math.radians(pitch)))
        self.turn_to(yaw, pitch)

    def turn_to(self, yaw_deg: float, pitch_deg: float) -> None:
        pitch_deg = min(_MOST_PITCH_DEG, max(-_MOST_PITCH_DEG, pitch_deg))
        self.state = replace(self.state, yaw_deg=(yaw_deg + 180.0) % 360.0 - 180.0, pitch_deg=pitch_deg)

    def widen(self, steps: float) -> None:
        """See more (positive) or less of the room at once."""
        least, most = _FOV_RANGE_DEG
        self.state = replace(self.state, fov_deg=min(most, max(least, self.state.fov_deg / _FOV_PER_STEP**steps)))

    def step(self, wish: Wish, elapsed_s: float) -> None:
        """Walk on for so long. Exact for a wish that does not change, into however many steps it is cut."""
        if self._goal is not None:
            if not wish.anywhere:
                self._near_goal(self._goal, elapsed_s)
                return
            self._goal = None
        right, _, forward = axes(self.state.yaw_deg, 0.0)
        wanted = wish.right * right + wish.forward * forward + np.array([0.0, -wish.up, 0.0])
        length = float(np.linalg.norm(wanted))
        wanted *= _SPEED * self.reach * (_FAST if wish.fast else 1.0) / max(1.0, length)
        eye = self.eye + self._momentum.step(wanted, elapsed_s)
        if not length and not self.moving:
            self._momentum.stop()
        self._stand_at(eye)

    def stride(self, steps: float) -> None:
        """Glide forwards on the level by some strides, or back; more of them before it has ended add up."""
        start = self._goal if self._goal is not None else self.eye
        self._glide_to(start + steps * _WHEEL_STRIDE * self.reach * axes(self.state.yaw_deg, 0.0)[2])

    def go_near(self, point: Vector) -> None:
        """Glide towards a point of the room, on the level, and stop before it."""
        way = np.array([point[0] - self.state.x, 0.0, point[2] - self.state.z])
        length = float(np.linalg.norm(way))
        if length > 0:
            going = max(length / 2, length - _KEEP_OFF * self.reach)
            self._glide_to(self.eye + way * (going / length))

    def stand_still(self) -> None:
        self._momentum.stop()
        self._goal = None

    def sight(self) -> Sight:
        state, farthest = self.state, float(np.linalg.norm(self.eye)) + self.farthest
        return Sight(
            self.eye, state.yaw_deg, state.pitch_deg, state.fov_deg, _NEAREST_SEEN * self.reach, 1.05 * farthest
        )

    def _glide_to(self, goal: Vector) -> None:
        self._momentum.stop()
        self._goal = goal

    def _near_goal(self, goal: Vector, elapsed_s: float) -> None:
        left = (goal - self.eye) * math.exp(-elapsed_s / EASE_S)
        if np.abs(left).max() < _STILL * self.reach:
            self._goal = None
            left = np.zeros(3)
        self._stand_at(goal - left)

    def _stand_at(self, eye: Vector) -> None:
        away = float(np.linalg.norm(eye))
        if away > _FARTHEST * self.reach:
            eye = eye * (_FARTHEST * self.reach / away)
        self.state = replace(self.state, x=float(eye[0]), y=float(eye[1]), z=float(eye[2]))
