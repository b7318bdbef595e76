"""Arrays in a file of our own: nothing in it can be run, and nothing of it is believed before it is checked.

`DVARRAYS`, the length of a JSON text in 8 bytes (little-endian), the text (what it is about, and each array's name,
type and shape), the arrays' bytes one after the other, and the CRC-32 of all before in 4 bytes.
"""

import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.reading import reading

_MAGIC = b"DVARRAYS"
_LENGTH_BYTES, _SUM_BYTES = 8, 4
_LONGEST_TEXT = 1 << 24
_TYPES = ("<f4", "<f8", "<i8", "|u1")
_AT_ONCE = 1 << 24

Arrays = Mapping[str, NDArray[Any]]


class DamagedStateError(UserError):
    """The file is cut, changed, or none of ours."""

    def __init__(self, path: Path, details: str) -> None:
        super().__init__("This saved state is damaged: remove it: {path}", details=details, path=path)


def write_arrays(path: Path, about: Mapping[str, Any], arrays: Arrays) -> None:
    """Write the whole file or none, and wait until the disk has it. Raises UserError where the disk refuses."""
    laid = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    listed = [[name, array.dtype.newbyteorder("<").str, list(array.shape)] for name, array in laid.items()]
    text = json.dumps({"about": about, "arrays": listed}).encode()
    with atomic_path(path, durable=True) as temporary, temporary.open("r+b") as file:
        total = _put(file, _MAGIC + len(text).to_bytes(_LENGTH_BYTES, "little") + text, 0)
        for array in laid.values():
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            total = _put(file, little.reshape(-1).view(np.uint8).data, total)
        file.write(total.to_bytes(_SUM_BYTES, "little"))


def read_arrays(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """What it is about, and the arrays. Raises DamagedStateError, or UserError where it cannot be read at all."""
    with reading(path), path.open("rb") as file:
        size = path.stat().st_size
        if not _is_whole(file, size):
            raise DamagedStateError(path, "its sum is another")
        file.seek(0)
        head = file.read(len(_MAGIC) + _LENGTH_BYTES)
        length = int.from_bytes(head[len(_MAGIC) :], "little")
        if head[: len(_MAGIC)] != _MAGIC or length > min(_LONGEST_TEXT, size):
            raise DamagedStateError(path, "it does not begin as one")
        try:
            text = json.loads(file.read(length))
            about, listed = dict(text["about"]), [_entry(entry) for entry in text["arrays"]]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise DamagedStateError(path, repr(error)) from error
        bytes_listed = sum(np.dtype(kind).itemsize * math.prod(shape) for _, kind, shape in listed)
        if len(head) + length + bytes_listed + _SUM_BYTES != size:
            raise DamagedStateError(path, "its arrays are not as long as it says")
        arrays = {}
        for name, kind, shape in listed:
            arrays[name] = np.fromfile(file, kind, math.prod(shape)).reshape(shape)
        return about, arrays


def _put(file: BinaryIO, data: bytes | memoryview, total: int) -> int:
    for start in range(0, len(data), _AT_ONCE):
        part = data[start : start + _AT_ONCE]
        total = zlib.crc32(part, total)
        file.write(part)
    return total


def _is_whole(file: BinaryIO, size: int) -> bool:
    left, total = size - _SUM_BYTES, 0
    while left > 0:
        part = file.read(min(left, _AT_ONCE))
        if not part:
            return False
        total = zlib.crc32(part, total)
        left -= len(part)
    return left == 0 and file.read() == total.to_bytes(_SUM_BYTES, "little")


def _entry(entry: Any) -> tuple[str, str, tuple[int, ...]]:
    name, kind, shape = entry
    if type(name) is not str or kind not in _TYPES or not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError(f"no array can be {entry!r}")
    return name, kind, tuple(shape)
