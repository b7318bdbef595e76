"""A film's plan as the camera path that the engine flies, and its looks as the pane's eye takes them."""

import math

import numpy as np

from depthview.engine.splats.camera_path import CameraPath, Keyframe, turntable
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.sight import UP, axes
from depthview.ui.splats_memory import FilmPlan, Flight


def camera_path(plan: FilmPlan, camera: CameraState) -> CameraPath:
    """Where the film's camera goes; `camera` is where the eye is, and round its focus it goes. Raises ValueError where
    there is nothing to fly through."""
    if plan.flight is Flight.ROUND:
        return turntable(_eye(camera), np.array(camera.focus_m), np.array(UP), camera.fov_deg, plan.seconds)
    keyframes = tuple(
        Keyframe(number * plan.seconds, _eye(stop), np.stack(axes(stop.yaw_deg, stop.pitch_deg)), stop.fov_deg)
        for number, stop in enumerate(plan.stops)
    )
    return CameraPath(keyframes, plan.seconds if plan.closed else None)


def camera_at(path: CameraPath, time_s: float, before: CameraState) -> CameraState:
    """The eye as the pane has it, upright; as far from its focus as `before`."""
    look = path.at(time_s)
    forward = look.axes[2]
    focus = look.eye + before.distance_m * forward
    return CameraState(
        focus_m=(float(focus[0]), float(focus[1]), float(focus[2])),
        distance_m=before.distance_m,
        yaw_deg=math.degrees(math.atan2(forward[0], forward[2])),
        pitch_deg=math.degrees(math.asin(min(1.0, max(-1.0, float(forward[1]))))),
        fov_deg=look.fov_deg,
    )


def _eye(camera: CameraState) -> np.ndarray:
    return np.array(camera.focus_m) - camera.distance_m * axes(camera.yaw_deg, camera.pitch_deg)[2]
