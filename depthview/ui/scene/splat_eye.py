"""From where one looks at splats: the eye circles a focus, flies with it, or is turned slowly. No Qt, no VTK."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.framing import FirstLook
from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.momentum import EASE_S, Momentum, Paces, Wish
from depthview.ui.scene.navigation import CameraState, Navigation
from depthview.ui.scene.sight import Sight, Vector

_FOV_RANGE_DEG = (10.0, 120.0)
_FOV_PER_STEP = 0.92
_TURN_DEG = 5.0
_TURNTABLE_DEG_PER_S = 18.0
_FAST = 3.0
_SPEED = 0.6
"""Of the distance to the focus, in a second ..."""
_LEAST_SPEED = 0.05
"""... but never less than this share of the scene's size: who came very near must get away again."""
_STILL = 1e-3

_SAMPLE = 50_000
_SOLID = 0.1
_TAIL = 5.0
"""A scene is within so many half widths of its middle half; what was seen in the background is far beyond."""


class SplatEye:
    """`state` may be read and set; `turntable`: go round the focus without being pushed."""

    def __init__(self) -> None:
        self.turntable = False
        self._navigation = Navigation()
        self._momentum = Momentum()
        self._paces = Paces()
        self._goal: Vector | None = None
        self._size = 1.0
        self._bounds: tuple[float, ...] = (1.0, -1.0) * 3

    @property
    def state(self) -> CameraState:
        return self._navigation.state

    @state.setter
    def state(self, state: CameraState) -> None:
        self.stand_still()
        self._navigation.state = state

    # What is looked at

    def fit(self, splats: PreparedSplats | None, points: NDArray[np.float32]) -> None:
        """Move as befits the size of what is there, from where one is. `points`: (N, 3) beside the splats."""
        self._bounds = _around(splats, points)
        _, self._size = _middle_and_radius(splats, points)

    def aim(
        self, splats: PreparedSplats | None, points: NDArray[np.float32], aspect: float, first: FirstLook | None = None
    ) -> None:
        """Stand at `first`; where nobody knows that, where all of it is seen that is not far out."""
        self.stand_still()
        self.fit(splats, points)
        parallel = self.state.parallel
        middle, radius = _middle_and_radius(splats, points)
        self._navigation.look_from_outside(middle, radius, aspect)
        if first is not None:
            right, down, forward = first.target - first.eye
            distance = math.hypot(right, down, forward)
            self._navigation.state = replace(
                self.state,
                yaw_deg=math.degrees(math.atan2(right, forward)),
                pitch_deg=math.degrees(math.asin(down / distance)),
            )
            self._navigation.look_to(first.target, distance)
        self._navigation.state = replace(self.state, parallel=parallel)

    def sight(self) -> Sight:
        if not self.state.parallel:
            return self._navigation.sight(self._bounds)
        # Nothing is behind an eye that looks in parallel: it may be as far off as one likes.
        seen = self._navigation.sight(self._bounds)
        back = 4 * self._size + self.state.distance_m
        away = Navigation()
        away.state = replace(self.state, distance_m=back)
        near, far = away.clipping_range_m(self._bounds)
        return replace(seen, eye_m=away.eye_m(), near_m=near, far_m=far)

    @property
    def focus_depth(self) -> float:
        """How far the focus is along the axis of `sight`."""
        return self.sight().depth_m(np.array(self.state.focus_m))

    def focal_px(self, height_px: float) -> float:
        return self._navigation.focal_px(height_px)

    # Hands

    def drag(self, right_px: float, down_px: float, size_px: tuple[int, int], *, shift: bool) -> None:
        if shift:
            self._goal = None
        self._navigation.drag(right_px, down_px, size_px, shift=shift)

    def turn(self, right: float, down: float) -> None:
        """By so many presses of an arrow."""
        self._navigation.orbit(right * _TURN_DEG / 180.0, down * _TURN_DEG / 180.0)

    def approach(self, steps: float, towards: Vector | None = None) -> None:
        """Go nearer by notches of the wheel, to a point that stays where it is in the picture."""
        self._goal = None
        self._navigation.zoom(steps, towards)

    def narrow(self, steps: float) -> None:
        """See less, and that larger: the field of view becomes smaller."""
        least, most = _FOV_RANGE_DEG
        fov_deg = min(most, max(least, self.state.fov_deg * _FOV_PER_STEP**steps))
        self._navigation.state = replace(self.state, fov_deg=fov_deg)

    def enlarge(self, steps: float) -> None:
        """By so many presses of a key."""
        self.approach(steps)

    def go_near(self, point: Vector) -> None:
        """Let a point become the focus: it glides to the middle, and all stays as large as it is."""
        self._momentum.stop()
        depth = float((point - self._navigation.eye_m()) @ self._navigation.axes()[2])
        if depth > 0 and not self.state.parallel:
            self._navigation.look_to(self._navigation.eye_m() + depth * self._navigation.axes()[2], depth)
        self._goal = np.asarray(point, np.float64)

    # What goes on by itself

    def walk(self, wish: Wish) -> bool:
        """Fly, glide and turn on as far as there was time for since the last call; whether one is still on the way."""
        if not (wish.anywhere or self._goal is not None or self.turntable or self._flying):
            self._paces.end()
            self._momentum.stop()
            return False
        elapsed_s = self._paces.next_s()
        if self.turntable:
            self._navigation.orbit(elapsed_s * _TURNTABLE_DEG_PER_S / 180.0, 0.0)
        if wish.anywhere:
            self._goal = None
        if self._goal is not None:
            self._near_goal(self._goal, elapsed_s)
        else:
            self._navigation.shift(self._momentum.step(self._wanted(wish), elapsed_s))
        return True

    def stand_still(self) -> None:
        self._momentum.stop()
        self._goal = None
        self._paces.end()

    @property
    def _flying(self) -> bool:
        return self._momentum.speed > _STILL * max(self.state.distance_m, _LEAST_SPEED * self._size)

    def _wanted(self, wish: Wish) -> Vector:
        right, _, forward = self._navigation.axes()
        wanted = wish.right * right + wish.forward * forward + np.array([0.0, -wish.up, 0.0])
        speed = max(_SPEED * self.state.distance_m, _LEAST_SPEED * self._size) * (_FAST if wish.fast else 1.0)
        return np.asarray(wanted * speed / max(1.0, float(np.linalg.norm(wanted))))

    def _near_goal(self, goal: Vector, elapsed_s: float) -> None:
        left = (goal - np.array(self.state.focus_m)) * math.exp(-elapsed_s / EASE_S)
        if np.abs(left).max() < _STILL * self.state.distance_m:
            self._goal = None
            left = np.zeros(3)
        self._navigation.look_to(goal - left, self.state.distance_m)


def _around(splats: PreparedSplats | None, points: NDArray[np.float32]) -> tuple[float, ...]:
    """The box (x0, x1, y0, y1, z0, z1) around everything; x0 > x1 where there is nothing."""
    parts = [xyz for xyz in (splats.xyz if splats is not None else None, points) if xyz is not None and len(xyz)]
    if not parts:
        return (1.0, -1.0) * 3
    # Axis by axis it is numpy's quick way, fifteen times as fast.
    ends = ((min(xyz[:, axis].min() for xyz in parts), max(xyz[:, axis].max() for xyz in parts)) for axis in range(3))
    return tuple(float(end) for pair in ends for end in pair)


def _middle_and_radius(splats: PreparedSplats | None, points: NDArray[np.float32]) -> tuple[Vector, float]:
    """The ball around the box of what is solid, without what is far out."""
    samples = [points]
    if splats is not None and len(splats):
        step = max(1, len(splats) // _SAMPLE)
        solid = splats.opacity[::step] > _SOLID
        samples.append(splats.xyz[::step][solid if solid.any() else ~solid])
    sample = np.concatenate(samples).astype(np.float64)
    if not len(sample):
        return np.zeros(3), 1.0
    low, lower, upper, high = np.percentile(sample, (1, 25, 75, 99), axis=0)
    reach = _TAIL * (upper - lower) / 2
    middle = np.median(sample, axis=0)
    low, high = np.maximum(low, middle - reach), np.minimum(high, middle + reach)
    radius = float(np.linalg.norm(high - low)) / 2
    return (low + high) / 2, radius if radius > 0 else 1.0
