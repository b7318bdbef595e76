"""What is kept of scenes, by the kind of file: as they stand, with what the filters leave."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.prepared import Placed
from depthview.engine.splats.scene import SplatScene
from depthview.ui.splats.stage import Drawn

if TYPE_CHECKING:
    from depthview.ui.splats.workspace import SplatWorkspace

_FORMATS = {
    "splats_ply": SplatFormat.PLY,
    "splats_compressed": SplatFormat.COMPRESSED_PLY,
    "splats_splat": SplatFormat.SPLAT,
    "splats_spz": SplatFormat.SPZ,
    "splats_sog": SplatFormat.SOG,
}

Work = Callable[[Report, StopToken], None]


def work_of(workspace: "SplatWorkspace", path: Path, kind: str) -> Work | None:
    """What writes `path`, as a job; `kind` is one of the window's export actions. None where there is nothing."""
    drawn, pane = workspace.stage.drawn, workspace.pane
    if drawn.splats is None or pane is None:
        return None
    if kind == "splats_view":
        picture = workspace.inspector.picture
        image = pane.screenshot(picture.size_px, transparent=picture.transparent.isChecked())

        def write_picture(_report: Report, _stop: StopToken) -> None:
            with atomic_path(path) as temporary:
                if not image.save(str(temporary)):
                    raise UserError("This picture could not be written: choose another name: {path}", path=path)

        return write_picture
    if kind == "film":
        return _film(workspace, path)

    def write_scene(report: Report, _stop: StopToken) -> None:
        report(Progress(0, None, "writing"))
        write_splats(as_shown(drawn), path, _FORMATS[kind])

    return write_scene


def as_shown(drawn: Drawn) -> SplatScene:
    """All visible scenes as one: where they stand, and of them what the filters keep. Raises UserError where nothing is
    left, or where one file cannot hold them all."""
    assert drawn.splats is not None
    placed = list(drawn.splats.placed)
    if drawn.selection is not None and drawn.selection.hidden > drawn.selection.unsound:
        left, start = [], 0
        for one in placed:
            indices = drawn.selection.indices
            own = indices[(indices >= start) & (indices < start + len(one.scene))] - np.int32(start)
            start += len(one.scene)
            if len(own):
                left.append(Placed(one.scene.take(own), one.placement))
        placed = left
    if not placed:
        raise UserError("The filters leave nothing of these scenes: show something first.")
    return joined(placed)


def _film(workspace: "SplatWorkspace", path: Path) -> Work | None:
    drawn, film = workspace.stage.drawn, workspace.inspector.film
    flight = workspace.camera.path()
    if flight is None or drawn.splats is None:
        return None
    splats = drawn.splats
    size_px, rate_hz = film.size_px, film.rate_hz

    def write_film(report: Report, stop: StopToken) -> None:
        from depthview.engine.splats.path_video import write_path_video

        write_path_video(splats, flight, path, size_px, rate_hz, report, stop)

    return write_film
