"""Whether results can be written where a person wants them: asked before hours of work, and nothing is made by it."""

import errno
import shutil
import tempfile
from pathlib import Path

from depthview.engine.atomic import writing_error
from depthview.engine.errors import UserError

_NO_ROOM = (
    "The disk is too full for this, {free_mb} MB are free and at least {needed_mb} MB are needed: free some space or "
    "choose another folder: {path}"
)


def check_folder(folder: Path, *, needed_bytes: int = 0) -> None:
    """Raises UserError where `folder` is none and cannot become one, where nothing may be written into it, and where
    the disk has not even `needed_bytes` left."""
    try:
        place = _nearest(folder)
        with tempfile.TemporaryFile(dir=place) as trial:  # permissions alone do not tell: disks, quotas, Windows
            trial.write(bytes(4096))
            trial.flush()
        free_bytes = shutil.disk_usage(place).free
    except OSError as error:
        raise writing_error(error, folder) from error
    if free_bytes < needed_bytes:
        raise UserError(_NO_ROOM, free_mb=free_bytes >> 20, needed_mb=-(-needed_bytes >> 20), path=folder)


def check_file(path: Path) -> None:
    """The same for one file that is to be written at `path`."""
    if path.is_dir():
        raise UserError("A folder is in the way of this file: choose another name: {path}", path=path)
    check_folder(path.parent)


def _nearest(folder: Path) -> Path:
    """`folder`, or what there is already of the way to it. Raises OSError where that is no folder."""
    for place in (folder, *folder.absolute().parents):
        if place.is_dir():
            return place
        if place.exists() or place.is_symlink():
            break
    raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(folder))
