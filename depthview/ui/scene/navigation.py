"""Where the eye of a 3D view is, and how the mouse and the keys move it. No Qt, no VTK: plain camera mathematics.

The world is the camera's: x right, y down, z forward, metres. The eye circles a focus, upright at all times.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.ui.scene.sight import Sight, Vector, axes

_MOST_PITCH_DEG = 89.0
_DEG_PER_PANE = 180.0
_ZOOM_PER_STEP = 0.88
_ZOOM_RANGE = 50.0
_SAMPLE = 20_000

# The first look: a little behind and above the place the picture was taken from.
_FIRST_PITCH_DEG = 3.0
_FIRST_BACK = 1.06
_FOV_RANGE_DEG = (15.0, 80.0)


@dataclass(frozen=True, slots=True)
class CameraState:
    """A view to come back to. `focus_m`: the point the eye circles. `distance_m`: from the eye to it.

    `yaw_deg` turns the look to the right, `pitch_deg` downwards; both 0 look along +z. `fov_deg` is vertical.
    `parallel`: without perspective; what is as far as the focus is as large as with it.
    """

    focus_m: tuple[float, float, float] = (0.0, 0.0, 2.0)
    distance_m: float = 2.0
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    fov_deg: float = 45.0
    parallel: bool = False


class Navigation:
    """The eye of one view. `state` may be read and set; `scale_m`, the size of the scene, bounds the zoom."""

    def __init__(self) -> None:
        self.state = CameraState()
        self.scale_m = 2.0

    def orbit(self, right: float, down: float) -> None:
        """Turn the scene under the hand; `right` and `down` are drags in units of the pane's longer side."""
        pitch = self.state.pitch_deg + down * _DEG_PER_PANE
        self.state = replace(
            self.state,
            yaw_deg=(self.state.yaw_deg + right * _DEG_PER_PANE + 180.0) % 360.0 - 180.0,
            pitch_deg=min(_MOST_PITCH_DEG, max(-_MOST_PITCH_DEG, pitch)),
        )

    def pan(self, right: float, down: float) -> None:
        """Shift the scene with the hand, so that what is at the focus stays under the pointer."""
        x_axis, y_axis, _ = self.axes()
        self.shift(-self.height_m * (right * x_axis + down * y_axis))

    def shift(self, way_m: Vector) -> None:
        """Move the focus, and the eye with it."""
        self.look_to(np.array(self.state.focus_m) + way_m, self.state.distance_m)

    def look_to(self, focus_m: Vector, distance_m: float) -> None:
        """The same look at another point from another distance."""
        focus = (float(focus_m[0]), float(focus_m[1]), float(focus_m[2]))
        self.state = replace(self.state, focus_m=focus, distance_m=distance_m)

    @property
    def height_m(self) -> float:
        """How much of the world fits between the upper and the lower border at the focus."""
        return 2 * self.state.distance_m * math.tan(math.radians(self.state.fov_deg) / 2)

    def drag(self, right_px: float, down_px: float, size_px: tuple[int, int], *, shift: bool) -> None:
        """The hand moved by so much in a pane of (width, height): turn the scene, or `shift` it."""
        if shift:
            self.pan(right_px / max(1, size_px[1]), down_px / max(1, size_px[1]))
        else:  # panes are wide: by their height, the scene would spin
            self.orbit(right_px / max(1, *size_px), down_px / max(1, *size_px))

    def zoom(self, steps: float, towards: Vector | None = None) -> None:
        """Go nearer (positive) or back; `steps` may be fractions of a wheel's notch. To the focus, or to a point: that
        stays where it is in the picture."""
        before = self.state.distance_m
        nearest, farthest = self.scale_m / _ZOOM_RANGE, self.scale_m * _ZOOM_RANGE
        distance = min(farthest, max(nearest, before * _ZOOM_PER_STEP**steps))
        focus = np.array(self.state.focus_m)
        if towards is not None:
            focus = towards + (focus - towards) * (distance / before)
        self.look_to(focus, distance)

    def axes(self) -> tuple[Vector, Vector, Vector]:
        """The eye's right, down and forward, unit vectors in the world."""
        return axes(self.state.yaw_deg, self.state.pitch_deg)

    def eye_m(self) -> Vector:
        return np.asarray(np.array(self.state.focus_m) - self.state.distance_m * self.axes()[2])

    def focal_px(self, height_px: float) -> float:
        """The eye's focal length in pixels of a pane so high."""
        return height_px / 2 / math.tan(math.radians(self.state.fov_deg) / 2)

    def sight(self, bounds: tuple[float, ...]) -> Sight:
        """What the eye sees of a scene inside `bounds` (x0, x1, y0, y1, z0, z1)."""
        eye, near_far = self.eye_m(), self.clipping_range_m(bounds)
        height_m = self.height_m if self.state.parallel else None
        return Sight(eye, self.state.yaw_deg, self.state.pitch_deg, self.state.fov_deg, *near_far, height_m)

    def clipping_range_m(self, bounds: tuple[float, ...]) -> tuple[float, float]:
        """Nearest and farthest distance to draw, for a scene inside `bounds` (x0, x1, y0, y1, z0, z1)."""
        if bounds[0] > bounds[1]:  # VTK's way to say that there is nothing
            return 0.01, 100.0
        corners = np.array([(x, y, z) for x in bounds[0:2] for y in bounds[2:4] for z in bounds[4:6]])
        along = (corners - self.eye_m()) @ self.axes()[2]
        # Depth resolution hangs on the near plane alone, so that one is not let too close to the eye.
        nearest = max(float(along.min()) * 0.99, self.state.distance_m * 0.01)
        return nearest, max(float(along.max()) * 1.01, nearest * 2)

    def look_at(self, xyz_m: NDArray[np.float32], aspect: float) -> None:
        """Stand near the camera that took these points, (N, 3), so that they look like the photo it took.

        `aspect` is the pane's width by its height. Points all around or behind are looked at from outside.
        """
        sample = xyz_m[:: max(1, len(xyz_m) // _SAMPLE)].astype(np.float64)
        if not len(sample):
            return
        if (sample[:, 2] > 0).mean() < 0.9:
            centre = np.median(sample, axis=0)
            radius = float(np.percentile(np.linalg.norm(sample - centre, axis=1), 95)) or 1.0
            self.look_from_outside(centre, radius, aspect)
            return
        sample = sample[sample[:, 2] > 0]
        middle = float(np.median(sample[:, 2]))
        low, high = np.percentile(sample[:, :2] / sample[:, 2:], (1, 99), axis=0)
        # A principal point off the centre is a look to the side, not a step to the side.
        centre_x, centre_y = (low + high) / 2
        half_x, half_y = (high - low) / 2
        half = max(float(half_y), float(half_x) / aspect) * 1.06
        least_fov, most_fov = _FOV_RANGE_DEG
        self.scale_m = middle
        self.state = CameraState(
            focus_m=(float(centre_x) * middle, float(centre_y) * middle, middle),
            distance_m=middle * math.hypot(centre_x, centre_y, 1.0) * _FIRST_BACK,
            yaw_deg=math.degrees(math.atan(centre_x)),
            pitch_deg=math.degrees(math.atan2(centre_y, math.hypot(centre_x, 1.0))) + _FIRST_PITCH_DEG,
            fov_deg=min(most_fov, max(least_fov, math.degrees(2 * math.atan(half)))),
        )

    def look_from_outside(self, middle_m: Vector, radius_m: float, aspect: float, *, pitch_deg: float = 20.0) -> None:
        """Stand away from a ball around `middle_m` so that all of it is seen, from the left and above."""
        fov_deg = CameraState().fov_deg
        distance = 1.1 * radius_m / math.sin(math.radians(fov_deg) / 2) / min(1.0, aspect)
        self.scale_m = distance
        self.state = CameraState(
            focus_m=(float(middle_m[0]), float(middle_m[1]), float(middle_m[2])),
            distance_m=distance,
            yaw_deg=-30.0,
            pitch_deg=pitch_deg,
            fov_deg=fov_deg,
        )
