"""Files appear whole or not at all: written beside their place under another name, then renamed."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from depthview.engine.errors import UserError

_UNFINISHED = ".depthview-"
_SENTENCES = {
    errno.ENOSPC: "The disk is full: free some space or choose another folder: {path}",
    errno.EDQUOT: "Your disk quota is used up: free some space or choose another folder: {path}",
    errno.EACCES: "This folder may not be written to: choose another one: {path}",
    errno.EPERM: "This folder may not be written to: choose another one: {path}",
    errno.EROFS: "This disk is read-only: choose another folder: {path}",
    errno.ENOTDIR: "A file is in the way of this folder: choose another one: {path}",
    errno.EEXIST: "A file is in the way of this folder: choose another one: {path}",
    errno.ENAMETOOLONG: "This name is too long: choose a shorter one: {path}",
}


def writing_error(error: OSError, path: Path) -> UserError:
    """The sentence for an operating system's refusal to write `path`."""
    template = _SENTENCES.get(error.errno or 0, "This file could not be written: choose another place: {path}")
    return UserError(template, details=str(error), path=path)


def output_folder(path: Path) -> Path:
    """Make `path` a folder that exists. Raises UserError where that is not possible."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise writing_error(error, path) from error
    return path


@contextmanager
def atomic_path(path: Path, *, durable: bool = False) -> Iterator[Path]:
    """Hand out a temporary path in the same folder; rename it to `path` if the block ends well, else remove it.

    The temporary name keeps `path`'s suffix, since writers choose the format by it. `durable`: a power cut, too, leaves
    all of it or what was there before, and all of it once the block has ended. Raises UserError with a sentence when
    the disk is full, the folder is read-only and the like; whatever was at `path` before is then still there.
    """
    temporary = path.with_name(f"{_UNFINISHED}{secrets.token_hex(4)}{path.suffix}")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        if durable:
            settle(temporary)  # a rename may reach the disk before what it renames: an empty file would be left
        temporary.replace(path)
        if durable:
            settle_names(path.parent)
    except OSError as error:
        raise writing_error(error, path) from error
    finally:
        # Where nothing could be made there is nothing to remove: a read-only disk refuses even that.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def settle(path: Path) -> None:
    """Wait until the disk has all of this file. Raises OSError where it refuses."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def settle_names(folder: Path) -> None:
    """Wait until the disk has what is named in this folder, where the system can tell."""
    with suppress(OSError):  # Windows opens no folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_unfinished(folder: Path) -> None:
    """Remove what a process that was killed left half written in `folder`, which only this one writes into."""
    for path in folder.glob(f"{_UNFINISHED}*"):
        with suppress(OSError):
            path.unlink()
