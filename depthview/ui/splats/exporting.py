"""What is kept of scenes, by the kind of file: as they stand, with what the filters leave."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.exports import write_image
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.camera_path import CameraPath
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.prepared import Placed, PreparedSplats
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View
from depthview.ui.scene.splat_drawing import Ground
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


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a picture shows, beside where it is looked at from."""

    splats: PreparedSplats
    kept: NDArray[np.int32] | None
    degree: int | None
    as_points: bool


def work_of(workspace: "SplatWorkspace", path: Path, kind: str) -> Work | None:
    """What writes `path`, as a job; `kind` is one of the window's export actions. None where there is nothing."""
    drawn, pane = workspace.stage.drawn, workspace.pane
    if drawn.splats is None or pane is None:
        return None
    if kind in _FORMATS:
        return lambda report, stop: _write_scene(drawn, path, _FORMATS[kind], report, stop)
    look = workspace.memory.look
    seen = Seen(drawn.splats, pane.kept, look.degree, look.as_points)
    ground = pane.ground_rgb()
    if kind == "film":
        film, flight = workspace.inspector.film, workspace.camera.path()
        if flight is None:
            return None
        size_px, rate_hz, near = film.size_px, film.rate_hz, pane.sight().near_m
        return lambda report, stop: _write_film(seen, flight, path, size_px, rate_hz, ground, near, report, stop)
    asked = workspace.inspector.picture
    transparent, size = asked.transparent.isChecked(), asked.size_px
    if drawn.clouds:  # only the pane knows what hides what
        image = pane.screenshot(size, transparent=transparent)
        return lambda _report, _stop: _save(image, path)
    view = pane.sight().view((size.width(), size.height()))
    return lambda report, stop: _write_picture(seen, view, None if transparent else ground, path, report, stop)


def as_shown(drawn: Drawn) -> SplatScene:
    """All visible scenes as one: where they stand, and of them what the filters keep. Raises UserError where nothing is
    left, or where one file cannot hold them all."""
    assert drawn.splats is not None
    placed = list(drawn.splats.placed)
    if drawn.selection is not None and drawn.selection.hidden > drawn.selection.unsound:
        left, start, indices = [], 0, drawn.selection.indices
        for one in placed:
            own = indices[(indices >= start) & (indices < start + len(one.scene))] - np.int32(start)
            start += len(one.scene)
            if len(own):
                left.append(Placed(one.scene.take(own), one.placement))
        placed = left
    if not placed:
        raise UserError("The filters leave nothing of these scenes: show something first.")
    return joined(placed)


def _write_scene(drawn: Drawn, path: Path, kind: SplatFormat, report: Report, stop: StopToken) -> None:
    report(Progress(0, None, "writing"))
    write_splats(as_shown(drawn), path, kind, report, stop)


def _write_film(
    seen: Seen,
    flight: CameraPath,
    path: Path,
    size_px: tuple[int, int],
    rate_hz: int,
    ground: Ground,
    near: float,
    report: Report,
    stop: StopToken,
) -> None:
    from depthview.engine.splats.path_video import write_path_video

    top, bottom = np.array(ground)
    red, green, blue = (float(part) for part in (top + bottom) / 2)
    write_path_video(
        seen.splats,
        flight,
        path,
        size_px,
        rate_hz,
        report,
        stop,
        background=(red, green, blue),
        kept=seen.kept,
        degree=seen.degree,
        as_points=seen.as_points,
        near=near,
    )


def _write_picture(seen: Seen, view: View, ground: Ground | None, path: Path, report: Report, stop: StopToken) -> None:
    """On `ground`, from top to bottom, or on nothing."""
    from depthview.engine.splats.rasterizer.drawing import Rasterizer

    report(Progress(0, None, "drawing"))
    with Rasterizer(seen.splats) as rasterizer:
        drawn = rasterizer.draw(view, kept=seen.kept, degree=seen.degree, as_points=seen.as_points, stop=stop)
    if ground is None:
        write_image(path, drawn.rgba())
        return
    share = ((np.arange(view.height_px) + 0.5) / view.height_px)[:, None, None]
    top, bottom = np.array(ground)
    write_image(path, drawn.over(top + share * (bottom - top)))


def _save(image: QImage, path: Path) -> None:
    with atomic_path(path) as temporary:
        if not image.save(str(temporary)):
            raise UserError("This picture could not be written: use .png or .jpg: {path}", path=path)
