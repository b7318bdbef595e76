"""What is around the numbers of an .spz file: headers, and streams unpacked no further than the headers say."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.limits import (
    CUT,
    DAMAGED,
    EMPTY,
    NOT_SPLATS,
    UNKNOWN_VERSION,
    check_scene,
)
from depthview.engine.splats.scene import COEFFICIENTS

Bytes = NDArray[np.uint8]

MAGIC = b"NGSP"
ANTIALIASED = 1
HEADER = struct.Struct("<4sIIBBBB")
"""Magic, version, splats, degree of the harmonics, bits behind the point, flags, streams (version 4)."""

_GZIP = b"\x1f\x8b"
_TOC = struct.Struct("<I12x")
_TOC_ENTRY = struct.Struct("<QQ")
_MOST_FRACTION_BITS = 31
_MOST_TIMES_SMALLER = 200
_NEVER_TOO_MUCH_BYTES = 64 << 20
_AT_ONCE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    version: int
    count: int
    degree: int
    fraction_bits: int
    antialiased: bool

    def stream_bytes(self) -> tuple[int, ...]:
        """Bytes of places, opacities, colours, sizes, rotations and harmonics."""
        each = (6 if self.version == 1 else 9, 1, 3, 3, 4 if self.version >= 3 else 3, 3 * COEFFICIENTS[self.degree])
        return tuple(self.count * size for size in each)


class _Source(Protocol):
    def take(self, size: int) -> Bytes:
        """The next bytes, so many exactly. Raises UserError where they are not there."""
        ...

    def end(self) -> None:
        """Raises UserError where what was read is not what was written."""
        ...


class Container:
    """A file's header, and its streams one after the other in the order of `Header.stream_bytes`."""

    def __init__(self, data: memoryview, path: Path) -> None:
        """Read the header of a whole file in memory. Raises UserError."""
        self._path = path
        self._source: _Source
        if bytes(data[:2]) == _GZIP:
            self._source = _Inflated(data, path)
            self.header = _header(self._source.take(HEADER.size), len(data), path)
        else:
            # Versions 1 to 3 are met without gzip where a web server took it off.
            self._source = _Plain(data, path)
            head = self._source.take(HEADER.size)
            self.header = _header(head, len(data), path)
            if self.header.version == 4:
                self._source = _Zstandard(data, self.header, int(head[-1]), path)
        if self.header.version == 4 and bytes(data[:2]) == _GZIP:
            raise UserError(DAMAGED, path=path, details="version 4 within gzip")

    def streams(self) -> list[Bytes]:
        """(bytes,) of each stream. Raises UserError."""
        found = [self._source.take(size) for size in self.header.stream_bytes()]
        self._source.end()
        return found


def _header(head: Bytes, size: int, path: Path) -> Header:
    magic, version, count, degree, fraction_bits, flags, _ = HEADER.unpack(head.tobytes())
    if magic != MAGIC:
        raise UserError(NOT_SPLATS, path=path)
    if not 1 <= version <= 4:
        raise UserError(UNKNOWN_VERSION, path=path, version=version)
    if degree >= len(COEFFICIENTS) or fraction_bits > _MOST_FRACTION_BITS:
        raise UserError(DAMAGED, path=path, details=f"degree {degree}, {fraction_bits} bits behind the point")
    if count == 0:
        raise UserError(EMPTY, path=path)
    header = Header(version, count, degree, fraction_bits, bool(flags & ANTIALIASED))
    unpacked = sum(header.stream_bytes())
    # No scene is packed so well; a file that says so is made to fill the memory.
    if unpacked > max(_NEVER_TOO_MUCH_BYTES, _MOST_TIMES_SMALLER * size):
        raise UserError(CUT, path=path, details=f"{unpacked} bytes from {size}")
    check_scene(count, degree, path, beside_bytes=unpacked)
    return header


class _Plain:
    def __init__(self, data: memoryview, path: Path) -> None:
        self._data, self._path, self._at = data, path, 0

    def take(self, size: int) -> Bytes:
        if self._at + size > len(self._data):
            raise UserError(CUT, path=self._path)
        self._at += size
        return np.frombuffer(self._data, np.uint8, size, self._at - size)

    def end(self) -> None:
        pass


class _Inflated:
    def __init__(self, data: memoryview, path: Path) -> None:
        self._inflate = zlib.decompressobj(wbits=31)
        self._data, self._path, self._at = data, path, 0
        self._left: bytes = b""

    def take(self, size: int) -> Bytes:
        found = np.empty(size, np.uint8)
        done = 0
        while done < size:
            part = self._next(size - done)
            if not part:
                raise UserError(CUT, path=self._path, details=f"{size} bytes expected, {done} there")
            found[done : done + len(part)] = np.frombuffer(part, np.uint8)
            done += len(part)
        return found

    def _next(self, most: int) -> bytes:
        """Up to so many bytes; none at the end of the stream or of the file."""
        while not self._inflate.eof:
            if not self._left and self._at < len(self._data):
                self._left = bytes(self._data[self._at : self._at + _AT_ONCE_BYTES])
                self._at += len(self._left)
            drained = not self._left
            try:
                part = self._inflate.decompress(self._left, min(most, _AT_ONCE_BYTES))
            except zlib.error as error:
                raise UserError(DAMAGED, path=self._path, details=str(error)) from error
            self._left = self._inflate.unconsumed_tail
            if part or drained:
                return part
        return b""

    def end(self) -> None:
        # Behind the streams may be extensions; only a stream that ends here has its checksum compared.
        if not self._next(1) and not self._inflate.eof:
            raise UserError(CUT, path=self._path)


class _Zstandard:
    def __init__(self, data: memoryview, header: Header, streams: int, path: Path) -> None:
        self._data, self._path = data, path
        if len(data) < HEADER.size + _TOC.size:
            raise UserError(CUT, path=path)
        (toc,) = _TOC.unpack_from(data, HEADER.size)
        wanted = [size for size in header.stream_bytes() if size]
        at = toc + streams * _TOC_ENTRY.size
        if toc < HEADER.size + _TOC.size or streams != len(wanted):
            raise UserError(DAMAGED, path=path, details=f"{streams} streams, listed at {toc}")
        if at > len(data):
            raise UserError(CUT, path=path)
        self._packed: list[memoryview] = []
        for i, unpacked in enumerate(wanted):
            size, said = _TOC_ENTRY.unpack_from(data, toc + i * _TOC_ENTRY.size)
            if said != unpacked:
                raise UserError(DAMAGED, path=path, details=f"stream {i} has {said} bytes, {unpacked} expected")
            if at + size > len(data):
                raise UserError(CUT, path=path)
            self._packed.append(data[at : at + size])
            at += size

    def take(self, size: int) -> Bytes:
        import zstandard

        found = np.empty(size, np.uint8)
        if not size:
            return found
        unpack = zstandard.ZstdDecompressor()
        done = 0
        try:
            # As a stream: at once it would make the room that the frame asks for, whatever was expected.
            with unpack.stream_reader(self._packed.pop(0), read_across_frames=True) as reader:
                while done < size:
                    got = reader.readinto(found[done:].data)
                    if not got:
                        raise UserError(CUT, path=self._path, details=f"{size} bytes expected, {done} there")
                    done += got
        except zstandard.ZstdError as error:
            raise UserError(DAMAGED, path=self._path, details=str(error)) from error
        return found

    def end(self) -> None:
        pass
