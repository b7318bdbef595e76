"""A file read beside the window: a scene or a cloud, and what is to be told of it."""

from dataclasses import dataclass
from pathlib import Path

import psutil

from depthview.engine.cloud import PointCloud
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.editing.fitting import fitting
from depthview.engine.splats.facts import facts_of
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import format_of
from depthview.engine.splats.scene import SplatScene
from depthview.ui.splats.items import Extent, Facts, extent_of

_MEMORY_SHARE = 0.6
"""Of what is free: the rest of the machine goes on living."""
_CLOUD = "cloud"


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What a file holds, or as much of it as this machine can show, and what is told of it."""

    what: SplatScene | PointCloud
    facts: Facts


def read(path: Path, report: Report, stop: StopToken) -> Loaded:
    """Takes seconds where there are millions. Raises UserError with a sentence for a file that cannot be opened, and
    Stopped when nobody wants it any more."""
    from depthview.engine.splats.ready import make_ready  # loads numba

    make_ready(report, stop)
    report(Progress(0, None, "reading"))
    form = format_of(path)
    what = open_splats(path)
    stop.raise_if_stopped()
    if isinstance(what, PointCloud):
        return Loaded(what, Facts(extent_of(what.xyz_m), _CLOUD, _size(path)))
    told = facts_of(what)
    scene, reduced = fitting(what, most_bytes=int(_MEMORY_SHARE * _free_bytes()))
    stop.raise_if_stopped()
    extent = Extent(*map(_triple, told.middle_box)) if told.middle_box is not None else extent_of(what.xyz[:0])
    return Loaded(scene, Facts(extent, form.value if form is not None else "", _size(path), reduced or "", told))


def _free_bytes() -> int:
    return int(psutil.virtual_memory().available)


def _triple(values: tuple[float, ...]) -> tuple[float, float, float]:
    x, y, z = values
    return x, y, z


def _size(path: Path) -> int:
    """Bytes of a file, or of the folder that a SOG scene is."""
    if path.name == "meta.json":
        path = path.parent
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
