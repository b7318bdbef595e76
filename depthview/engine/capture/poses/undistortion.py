"""The last stage: photos as a pinhole would have taken them, no larger than asked for. Runs in the child."""

import json
import shutil
import threading
from pathlib import Path

from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.poses.mapping import KEPT
from depthview.engine.capture.poses.marks import DENSE, SPARSE, UNFINISHED, put_in_place
from depthview.engine.capture.poses.outcome import missing_as_json, read_outcome
from depthview.engine.capture.poses.posed import MISSING_FILE
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.progress import Progress, Report

_JPEG_QUALITY = 95
_LOOK_S = 0.3
_FOR_OTHERS = ("stereo", "run-colmap-geometric.sh", "run-colmap-photometric.sh")
"""What COLMAP lays ready for its own dense reconstruction."""


def undistort_photos(folder: Path, settings: PoseSettings, report: Report) -> None:
    """Write `dense/images`, `dense/sparse` (pinhole cameras) and which photos are missing and why."""
    import pycolmap

    outcome = read_outcome(folder)
    work = folder / (DENSE + UNFINISHED)
    options = pycolmap.UndistortCameraOptions()
    options.max_image_size = settings.max_size_px
    with_images = work / "images"
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(_LOOK_S):
            done = sum(1 for _ in with_images.glob("*")) if with_images.exists() else 0
            report(
                Progress(min(done, outcome.placed), outcome.placed, f"Straightening photos: {done} of {outcome.placed}")
            )

    teller = threading.Thread(target=tell, name="counting", daemon=True)
    teller.start()
    try:
        pycolmap.undistort_images(
            work,
            folder / SPARSE / KEPT,
            folder / PHOTOS_FOLDER,
            undistort_options=options,
            jpeg_quality=_JPEG_QUALITY,
        )
    finally:
        ended.set()
        teller.join()
    for name in _FOR_OTHERS:
        if (work / name).is_dir():
            shutil.rmtree(work / name)
        else:
            (work / name).unlink(missing_ok=True)
    (work / MISSING_FILE).write_text(json.dumps(missing_as_json(outcome.missing), indent=1), encoding="utf-8")
    put_in_place(work, folder / DENSE)
    report(Progress(outcome.placed, outcome.placed, f"Straightened {outcome.placed} photos"))
