"""A file read beside the window: a scene or a cloud, and what is to be told of it."""

from dataclasses import dataclass
from pathlib import Path

from depthview.engine.cloud import PointCloud
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import format_of
from depthview.engine.splats.scene import SplatScene
from depthview.ui.splats.items import Extent, Facts, extent_of


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """What a file holds, and what is told of it."""

    what: SplatScene | PointCloud
    facts: Facts


def read(path: Path, report: Report, stop: StopToken) -> Loaded:
    """Takes seconds where there are millions. Raises UserError with a sentence for a file that cannot be opened, and
    Stopped when nobody wants it any more."""
    report(Progress(0, None, "reading"))
    form = format_of(path)
    what = open_splats(path)
    stop.raise_if_stopped()
    return Loaded(what, Facts(_extent(what), form.value if form is not None else "cloud", _size(path)))


def _extent(what: SplatScene | PointCloud) -> Extent:
    return extent_of(what.xyz_m if isinstance(what, PointCloud) else what.xyz)


def _size(path: Path) -> int:
    """Bytes of a file, or of the folder that a SOG scene is."""
    if path.name == "meta.json":
        path = path.parent
    files = path.iterdir() if path.is_dir() else (path,)
    return sum(file.stat().st_size for file in files if file.is_file())
