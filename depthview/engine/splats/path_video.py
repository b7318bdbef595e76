"""A flight through splats as a film."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.splats.camera_path import CameraPath
from depthview.engine.splats.prepared import PreparedSplats


def write_path_video(
    splats: PreparedSplats,
    path: CameraPath,
    out: Path,
    size_px: tuple[int, int],
    fps: float,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
    *,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    kept: NDArray[np.int32] | None = None,
    degree: int | None = None,
    as_points: bool = False,
    near: float = 0.01,
) -> None:
    """Write `path` as H.264 in MP4: every picture whole, drawn by the processor, from the path's start to its end.

    `size_px`: (width, height), made even, as films have to be. `background`: red, green, blue, 0 to 1. `kept`, `degree`
    and `as_points` as `Rasterizer.draw` takes them. A closed path ends one picture before it would begin again, so that
    the film can be shown in a loop. Raises Stopped when told to stop, and then nothing is left behind; UserError where
    the film cannot be written; ValueError for a rate that is none.
    """
    from depthview.engine.splats.rasterizer.drawing import Rasterizer
    from depthview.engine.video_file import video_file

    if not fps > 0:
        raise ValueError(f"{fps} pictures a second")
    stop = stop or StopToken()
    width, height = (max(2, side - side % 2) for side in size_px)
    count = max(1, round((path.end_s - path.start_s) * fps) + (path.closed_after_s is None))
    with video_file(out, fps) as film, Rasterizer(splats) as rasterizer:
        for number in range(count):
            stop.raise_if_stopped()
            report(Progress(number, count, "drawing the film"))
            view = path.view_at(path.start_s + number / fps, (width, height), near=near)
            drawn = rasterizer.draw(view, kept=kept, degree=degree, as_points=as_points, stop=stop)
            film.add(drawn.over(background), number / fps)
