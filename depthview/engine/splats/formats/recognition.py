"""Which kind of splat file this is, told by what is in it and never by its name."""

import gzip
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.ply_tables import PlyHeader, read_header
from depthview.engine.reading import reading
from depthview.engine.splats.formats.dot_splat import RECORD


class SplatFormat(StrEnum):
    """Kinds of splat files; the values are the endings of their usual names."""

    PLY = "ply"
    COMPRESSED_PLY = "compressed.ply"
    SPLAT = "splat"
    SPZ = "spz"
    SOG = "sog"
    KSPLAT = "ksplat"
    GLTF = "gltf"


SOG_META = "meta.json"
SOG_STREAMED_META = "lod-meta.json"

_SPZ_MAGIC = b"NGSP"
_GLTF_EXTENSION = b"KHR_gaussian_splatting"
_MOST_JSON_BYTES = 64 << 20
_HEAD_BYTES = 4096

_SPLAT_SAMPLES = 2000
_SPLAT_SOUND_SHARE = 0.75
_SPLAT_FARTHEST = 1e7


def format_of(path: Path) -> SplatFormat | None:
    """The kind of a file, or of a folder (SOG); None where it holds no splats. Reads little of it.

    Raises UserError where it cannot be read at all, and for a PLY file whose header makes no sense.
    """
    with reading(path):
        if path.is_dir():
            return SplatFormat.SOG if any((path / name).is_file() for name in (SOG_META, SOG_STREAMED_META)) else None
        if path.exists() and not path.is_file():
            raise OSError("This is a device or a pipe, which might never answer.")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if _begins_ply(head):
            return _ply_format(read_header(path))
        if head.startswith(b"\x1f\x8b"):
            return SplatFormat.SPZ if _unzipped_magic(path) == _SPZ_MAGIC else None
        if head.startswith(_SPZ_MAGIC):
            return SplatFormat.SPZ
        if head.startswith(b"PK\x03\x04"):
            return SplatFormat.SOG if _has_meta(path) else None
        if head.startswith(b"glTF"):
            return SplatFormat.GLTF
        if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            return _json_format(path)
        size = path.stat().st_size
        if _is_ksplat(head, size):
            return SplatFormat.KSPLAT
        return SplatFormat.SPLAT if _is_dot_splat(path, size) else None


def may_be_splats(path: Path) -> bool:
    """Whether `open_splats` is worth asking: what it opens, plain PLY clouds as well. Never raises."""
    try:
        return is_ply(path) or format_of(path) is not None
    except (OSError, ValueError, UserError):
        return False


def is_ply(path: Path) -> bool:
    """Whether a file is a PLY file of any content. Raises UserError where it cannot be read."""
    with reading(path):
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return _begins_ply(file.read(4))


def _begins_ply(head: bytes) -> bool:
    return head[:4] in (b"ply\n", b"ply\r")


def _ply_format(header: PlyHeader) -> SplatFormat | None:
    vertices = header.named("vertex")
    names = set() if vertices is None else set(vertices.names)
    if "packed_position" in names:
        return SplatFormat.COMPRESSED_PLY
    return SplatFormat.PLY if names & {"f_dc_0", "scale_0", "rot_0"} else None


def _unzipped_magic(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(4)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""


def _has_meta(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.rpartition("/")[2] == SOG_META for name in archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        # Cut short, it is a damaged SOG more likely than anything else: its reader says so.
        return path.suffix.lower() == ".sog"


def _json_format(path: Path) -> SplatFormat | None:
    with path.open("rb") as file:
        text = file.read(_MOST_JSON_BYTES)
    if _GLTF_EXTENSION in text:
        return SplatFormat.GLTF
    if b'"lodLevels"' in text:
        # A scene in many pieces: the reader says what to do with it.
        return SplatFormat.SOG
    return SplatFormat.SOG if b'"means"' in text and b'"quats"' in text else None


def _is_ksplat(head: bytes, size: int) -> bool:
    """Version 0.1 and up, and a header whose counts fit the file: sections of 1024 bytes, one of three compressions."""
    if len(head) < 4096 or head[0] != 0 or head[1] < 1:
        return False
    sections, level = int.from_bytes(head[4:8], "little"), int.from_bytes(head[20:22], "little")
    return 1 <= sections <= size // 1024 and level <= 2


def _is_dot_splat(path: Path, size: int) -> bool:
    """Nothing marks a .splat file: its size is a multiple of 32, places are finite, rotations have a length near 1."""
    if not size or size % RECORD.itemsize:
        return False
    count = size // RECORD.itemsize
    records = np.empty(min(count, _SPLAT_SAMPLES), RECORD)
    with path.open("rb") as file:
        # From a few places of the file: what is text or a picture at first may be anything later.
        parts = np.array_split(records, 8)
        for i, part in enumerate(parts):
            file.seek((count - len(part)) * i // (len(parts) - 1) * RECORD.itemsize)
            data = np.frombuffer(file.read(part.nbytes), RECORD)
            part[:] = data if len(data) == len(part) else np.zeros(len(part), RECORD)
    length = np.linalg.norm((records["rotation"].astype(np.float32) - 128) / 128, axis=1)
    sound = (np.abs(records["xyz"]) < _SPLAT_FARTHEST).all(1) & (np.abs(length - 1) < 0.1)
    sound &= ((records["scale"] >= 0) & (records["scale"] < _SPLAT_FARTHEST)).all(1)
    return bool(sound.mean() >= _SPLAT_SOUND_SHARE)
