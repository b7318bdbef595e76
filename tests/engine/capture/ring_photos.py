"""Photos of the bundled scene from all around, as a camera would leave them, with their exact cameras; and the job that
makes a scene of them again in a minute."""

from dataclasses import replace
from pathlib import Path

import cv2

from benchmarks.rendered_ring import ROOM_RING, drawn_ring, room
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.settings import TrainingSettings

COUNT = 28
ITERATIONS = 400
_SIZE_PX = (400, 300)
_TRAINED_PX, _MOST_SPLATS = 160, 3000
# So wide that each wall is on many photos, however few there are.
_RING = replace(ROOM_RING, fov_deg=75.0)


def ring_photos(folder: Path) -> dict[str, Camera]:
    """Write JPEGs into `folder`; their true cameras by name."""
    folder.mkdir(parents=True)
    cameras = {}
    for number, (camera, picture) in enumerate(drawn_ring(room(), _RING, COUNT, _SIZE_PX)):
        name = f"{number:04d}.jpg"
        cv2.imwrite(str(folder / name), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        cameras[name] = camera
    return cameras


def ring_job(photos: Path) -> Asked:
    poses = PoseSettings((photos,), max_size_px=_SIZE_PX[0], max_splats=_MOST_SPLATS)
    return Asked(poses, TrainingSettings(ITERATIONS, _MOST_SPLATS, _TRAINED_PX, degree=1, coarse_to_fine=True))
