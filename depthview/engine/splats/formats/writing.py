"""A scene as a file of any kind that is written."""

from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.progress import Report, StopToken, ignore_progress
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.table import WRITTEN, writer_of
from depthview.engine.splats.scene import SplatScene

_NO_SUCH_ENDING = "DepthView writes splats as {endings}: give the file a name that ends so: {path}"
_READ_ONLY = "DepthView reads .{kind} files but does not write them: choose one of {endings}: {path}"


def format_for(path: Path) -> SplatFormat:
    """The kind of file that a name asks for. Raises UserError for a name that asks for none."""
    name = path.name.lower()
    # The longest first: a .compressed.ply is a .ply as well.
    for kind in sorted(WRITTEN, key=len, reverse=True):
        if name.endswith(f".{kind}"):
            return kind
    raise UserError(_NO_SUCH_ENDING, endings=_endings(), path=path)


def write_splats(
    scene: SplatScene,
    path: Path,
    kind: SplatFormat,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
) -> None:
    """Write the whole file or none. Raises UserError where the kind is read only or the disk refuses, Stopped."""
    if kind not in WRITTEN:
        raise UserError(_READ_ONLY, kind=kind, endings=_endings(), path=path)
    if kind is SplatFormat.SOG:
        # The one that takes long: its palette is learned.
        from depthview.engine.splats.formats import sog

        sog.write(scene, path, report, stop)
    else:
        writer_of(kind)(scene, path)


def _endings() -> str:
    return ", ".join(f".{kind}" for kind in WRITTEN)
