"""What a training leaves, read beside the window: the cameras and the points they share, and splats on their way."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from depthview.engine.capture.poses.frustums import Frustums, frustums_of
from depthview.engine.capture.poses.posed import read_posed
from depthview.engine.capture.poses.standing import first_look_of, up_of
from depthview.engine.cloud import PointCloud
from depthview.engine.progress import StopToken
from depthview.engine.splats.framing import FirstLook
from depthview.engine.splats.scene import SplatScene
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats.items import Facts, extent_of
from depthview.ui.splats.loading import Loaded, read
from depthview.ui.splats.turning import upright_deg
from depthview.ui.splats_memory import Stand


@dataclass(frozen=True, slots=True, eq=False)
class Posed:
    """What COLMAP found: `points` that the photos share, their `cameras`; how it stands upright, and where one stands
    first. All in the reconstruction's own axes, which are those of the splats that are trained from it."""

    points: PointCloud
    facts: Facts
    cameras: Frustums
    first: FirstLook | None
    stand: Stand


def read_cameras(folder: Path) -> Posed:
    """Of COLMAP's `dense` folder. Raises UserError."""
    found = read_posed(folder)
    cameras = frustums_of(found)
    points = PointCloud(np.ascontiguousarray(found.points_xyz), np.ascontiguousarray(found.points_rgb), relative=True)
    stand = Stand(turn_deg=upright_deg(up_of([photo.camera for photo in found.photos])))
    return Posed(points, Facts(extent_of(points.xyz_m)), cameras, first_look_of(cameras, CameraState().fov_deg), stand)


def read_checkpoint(path: Path, stop: StopToken) -> Loaded:
    """Raises UserError, and Stopped. Of the file nothing is held open: the job, or who deletes it, may remove it."""
    loaded = read(path, lambda _progress: None, stop)
    scene = loaded.what
    if isinstance(scene, SplatScene):
        return Loaded(scene.take(np.arange(len(scene))), loaded.facts)
    return loaded
