"""A camera's way through a scene: a few looks, and a smooth flight through all of them."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.quaternions import quaternions, rotations
from depthview.engine.splats.view import Vector, View

_TURN_STEP_DEG = 10
LEAST_FOV_DEG, MOST_FOV_DEG = 1.0, 170.0


@dataclass(frozen=True, slots=True, eq=False)
class Keyframe:
    """A look at a time: `eye` (3,), `axes` (3, 3) rows right, down, forward as in `View`, vertical `fov_deg`."""

    time_s: float
    eye: Vector
    axes: Vector
    fov_deg: float

    @classmethod
    def looking(cls, time_s: float, eye: Vector, target: Vector, up: Vector, fov_deg: float) -> "Keyframe":
        """As `View.looking`, which also says what it raises."""
        return cls(time_s, np.asarray(eye, np.float64), View.looking(eye, target, up, fov_deg, (2, 2)).axes, fov_deg)


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """Keyframes, at least one, their times growing. The flight is in each keyframe at its time, without a jerk.

    `closed_after_s`: so long after the last keyframe it is in the first one again, and goes on as it began; None: it
    ends at the last. Raises ValueError where the times do not grow.

    Eye, turn and focal length follow cubic Hermite curves whose speed at a keyframe is that of the parabola through it
    and its neighbours (Catmull and Rom, 1974, for times that are not even); the turn as a unit quaternion, each
    keyframe's on the same side as the one's before.
    """

    keyframes: tuple[Keyframe, ...]
    closed_after_s: float | None = None

    def __post_init__(self) -> None:
        times = [one.time_s for one in self.keyframes]
        if not times or any(not after > before for before, after in pairwise(times)):
            raise ValueError("a path needs keyframes whose times grow")
        if self.closed_after_s is not None and not self.closed_after_s > 0:
            raise ValueError("a closed path takes time from its last keyframe to its first")

    @property
    def start_s(self) -> float:
        return self.keyframes[0].time_s

    @property
    def end_s(self) -> float:
        return self.keyframes[-1].time_s + (self.closed_after_s or 0.0)

    def at(self, time_s: float) -> Keyframe:
        """The look at any time; before the start that of the start, after the end that of the end."""
        time_s = min(max(time_s, self.start_s), self.end_s)
        times, values = self._knots()
        place = min(max(int(np.searchsorted(times, time_s, "right")) - 1, 0), max(len(times) - 2, 0))
        found = values[place]
        if len(times) > 1:
            length_s = times[place + 1] - times[place]
            share = (time_s - times[place]) / length_s
            begin, end = (length_s * self._speed(times, values, place + step) for step in (0, 1))
            found = (
                (1 + 2 * share) * (1 - share) ** 2 * values[place]
                + share * (1 - share) ** 2 * begin
                + share**2 * (3 - 2 * share) * values[place + 1]
                - share**2 * (1 - share) * end
            )
        half_tangent = min(math.exp(found[7]), math.tan(math.radians(MOST_FOV_DEG / 2)))
        return Keyframe(
            time_s,
            found[:3],
            rotations(found[3:7] / max(float(np.linalg.norm(found[3:7])), 1e-12)),
            math.degrees(2 * math.atan(half_tangent)),
        )

    def view_at(self, time_s: float, size_px: tuple[int, int], *, near: float = 0.01, far: float = math.inf) -> View:
        """The camera at a time, of a picture of (width, height)."""
        one = self.at(time_s)
        focal_px = size_px[1] / 2 / math.tan(math.radians(one.fov_deg) / 2)
        return View(one.eye, one.axes, focal_px, *size_px, near=near, far=far)

    def _knots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(K,) times and (K, 8) values: eye, quaternion, logarithm of the tangent of half the field of view."""
        keyframes = self.keyframes
        if self.closed_after_s is not None:
            keyframes = (*keyframes, replace(keyframes[0], time_s=self.end_s))
        turns = quaternions(np.stack([one.axes for one in keyframes]))
        for number in range(1, len(turns)):
            if turns[number] @ turns[number - 1] < 0:
                turns[number] *= -1
        focal = [math.log(math.tan(math.radians(one.fov_deg) / 2)) for one in keyframes]
        eyes = np.stack([one.eye for one in keyframes])
        return np.array([one.time_s for one in keyframes]), np.column_stack([eyes, turns, focal])

    def _speed(self, times: NDArray[np.float64], values: NDArray[np.float64], place: int) -> NDArray[np.float64]:
        """(8,) per second at a knot; an end that is not closed follows the parabola of its three knots."""
        last = len(times) - 1
        if last == 1:
            return np.asarray((values[1] - values[0]) / (times[1] - times[0]))
        if self.closed_after_s is not None and place in (0, last):
            back, front = values[last] - values[last - 1], values[1] - values[0]
            if values[0, 3:7] @ values[last, 3:7] < 0:  # a whole turn later a quaternion has the other sign
                front = np.concatenate([front[:3], -front[3:7], front[7:]]) if place == last else front
                back = np.concatenate([back[:3], -back[3:7], back[7:]]) if place == 0 else back
            return _parabola(times[last] - times[last - 1], back, times[1] - times[0], front)
        middle = min(max(place, 1), last - 1)
        before, after = times[middle] - times[middle - 1], times[middle + 1] - times[middle]
        back, front = values[middle] - values[middle - 1], values[middle + 1] - values[middle]
        speed = _parabola(before, back, after, front)
        if place == 0:
            return np.asarray(2 * back / before - speed)
        return np.asarray(2 * front / after - speed) if place == last else speed


def _parabola(
    before_s: float, back: NDArray[np.float64], after_s: float, front: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How fast the parabola through three values goes in the middle one; `back` and `front` are their differences."""
    return np.asarray((back / before_s * after_s + front / after_s * before_s) / (before_s + after_s))


def turntable(eye: Vector, target: Vector, up: Vector, fov_deg: float, length_s: float) -> CameraPath:
    """Once round the axis `up` through `target`, always looking at it, from `eye` on to the right; it closes.

    Raises ValueError where the eye is at the target or on the axis.
    """
    eye, target = np.asarray(eye, np.float64), np.asarray(target, np.float64)
    axis = np.asarray(up, np.float64) / np.linalg.norm(up)
    steps = 360 // _TURN_STEP_DEG
    keyframes = []
    for step in range(steps):
        angle = math.radians(step * _TURN_STEP_DEG)
        out = eye - target
        turned = (
            out * math.cos(angle) + np.cross(axis, out) * math.sin(angle) + axis * (axis @ out) * (1 - math.cos(angle))
        )
        keyframes.append(Keyframe.looking(length_s * step / steps, target + turned, target, axis, fov_deg))
    return CameraPath(tuple(keyframes), length_s / steps)
