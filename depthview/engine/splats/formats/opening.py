"""Any splat file as a scene, and a plain PLY cloud as a cloud."""

from pathlib import Path

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.ply import read_ply
from depthview.engine.reading import reading
from depthview.engine.splats.formats.limits import NOT_SPLATS
from depthview.engine.splats.formats.recognition import format_of, is_ply
from depthview.engine.splats.formats.table import reader_of
from depthview.engine.splats.scene import SplatScene


def open_splats(path: Path) -> SplatScene | PointCloud:
    """What a file, or a SOG folder, holds; told by its content. Raises UserError with a sentence for all that fails."""
    kind = format_of(path)
    if kind is not None:
        with reading(path):
            return reader_of(kind)(path)
    if is_ply(path):
        return read_ply(path)
    raise UserError(NOT_SPLATS, path=path)
