"""Where the parts of a SOG scene come from: a folder's files, or the members of a .sog archive (a zip)."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.splats.formats.recognition import SOG_META, SOG_STREAMED_META

_ZIP_START = b"PK\x03\x04"
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

_MISSING = "A part of this SOG scene is missing, {name}: copy the whole folder or export it again: {path}"
_TOO_LARGE = "A part of this SOG scene is far larger than it should be, {name}: export it again: {path}"
_DAMAGED = "This .sog file is damaged and cannot be unpacked: copy or export it again: {path}"
_NOT_SOG = "This is not a SOG scene, there is no meta.json in it: choose a .sog file or a SOG folder: {path}"


class Parts(Protocol):
    """The named parts of one scene."""

    meta: str
    stored_bytes: int
    """What the whole scene takes on the disk, at most."""

    def read(self, name: str, most_bytes: int) -> bytes:
        """A part, whole. Raises UserError where it is missing, damaged or larger than `most_bytes`."""


@contextmanager
def opened(path: Path) -> Iterator[Parts]:
    """The parts of the scene at `path`: a folder, the meta.json in it, or a .sog archive. Raises UserError."""
    try:
        with reading(path):
            if path.is_dir():
                yield _Folder(path, path, SOG_META)
            elif not _is_zip(path):
                yield _Folder(path, path.parent, path.name)
            else:
                with zipfile.ZipFile(path) as archive:
                    yield _Archive(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UserError(_DAMAGED, details=str(error), path=path) from error


def _is_zip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_ZIP_START)) == _ZIP_START


class _Folder:
    def __init__(self, path: Path, folder: Path, meta: str) -> None:
        self._path, self._folder, self.meta = path, folder, meta
        if meta == SOG_META and not (folder / meta).is_file():
            # The table of contents of a scene in pieces: a file of its own, that the reader knows.
            self.meta = SOG_STREAMED_META
        if not (folder / self.meta).is_file():
            raise UserError(_NOT_SOG, path=path)
        self.stored_bytes = sum(one.stat().st_size for one in folder.glob("*.webp") if one.is_file())

    def read(self, name: str, most_bytes: int) -> bytes:
        place = self._folder / name
        # A pipe or a device would never end.
        if not place.is_file():
            raise UserError(_MISSING, name=name, path=self._path)
        with place.open("rb") as file:
            return _whole(file.read(most_bytes + 1), most_bytes, name, self._path)


class _Archive:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path, self._archive, self.meta = path, archive, SOG_META
        # Packed by hand, the parts lie in a folder within the archive.
        metas = [name for name in archive.namelist() if name == SOG_META or name.endswith("/" + SOG_META)]
        if not metas:
            raise UserError(_NOT_SOG, path=path)
        self._prefix = min(metas, key=len).removesuffix(SOG_META)
        self.stored_bytes = path.stat().st_size

    def read(self, name: str, most_bytes: int) -> bytes:
        try:
            member = self._archive.getinfo(self._prefix + name)
        except KeyError:
            raise UserError(_MISSING, name=name, path=self._path) from None
        if member.compress_type not in _PLAIN or member.flag_bits & 1:
            raise UserError(_DAMAGED, details=f"{name}: packed in an unknown way, or encrypted", path=self._path)
        # What the archive says of a member's size is a claim: no more than this is unpacked, whatever it says.
        with self._archive.open(member) as file:
            return _whole(file.read(most_bytes + 1), most_bytes, name, self._path)


def _whole(data: bytes, most_bytes: int, name: str, path: Path) -> bytes:
    if len(data) > most_bytes:
        raise UserError(_TOO_LARGE, name=name, path=path, details=f"more than {most_bytes:,} bytes")
    return data
