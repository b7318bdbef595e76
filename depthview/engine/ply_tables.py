"""PLY files as tables: a parser that believes nothing a header says. Clouds, splats and packed splats are read by it.

The format: Greg Turk, "The PLY Polygon File Format" (1994). VTK's own reader ends the process on a lying header.
"""

import mmap
import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.reading import reading

_MAX_HEADER_BYTES = 64 * 1024
_MAX_HEADER_LINES = 1000
_MAX_PROPERTIES = 256

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}

NO_POINTS = "This PLY file has no points with x, y and z: choose a point cloud: {path}"
_NOT_PLY = "This is not a PLY file: choose a .ply point cloud: {path}"
_DAMAGED = "This PLY file's header makes no sense: export it again: {path}"
_CUT = "This PLY file's size does not fit its header, it is cut short or damaged: copy or export it again: {path}"
_TOO_LARGE = "This PLY file has more than {most} points: thin it out first: {path}"
_LISTS = "This PLY file has lists before or in its points, which DepthView cannot read: export plain points: {path}"

MOST_ROWS = 100_000_000


@dataclass(slots=True)
class PlyElement:
    """`properties`: (name, numpy type without byte order), scalars only; no two have the same name."""

    name: str
    count: int
    properties: list[tuple[str, str]] = field(default_factory=list)
    has_list: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.properties)

    @property
    def row_bytes(self) -> int:
        return sum(np.dtype(kind).itemsize for _, kind in self.properties)

    def dtype(self, order: str) -> np.dtype[np.void]:
        # Numbered, since a file's own names may be anything.
        return np.dtype([(f"p{i}", order + kind) for i, (_, kind) in enumerate(self.properties)])


@dataclass(frozen=True, slots=True)
class PlyHeader:
    """`order`: "<", ">" or, where the numbers are text, ""; `size_bytes`: where the rows begin."""

    order: str
    elements: tuple[PlyElement, ...]
    comments: tuple[str, ...]
    size_bytes: int

    def named(self, name: str) -> PlyElement | None:
        """The first element of that name."""
        return next((element for element in self.elements if element.name == name), None)

    def before(self, element: PlyElement) -> Iterator[PlyElement]:
        for other in self.elements:
            if other is element:
                return
            yield other


def read_header(path: Path) -> PlyHeader:
    """Raises UserError for what is no PLY file, for what cannot be opened, and for a header that makes no sense."""
    with reading(path), path.open("rb") as file:
        return _parsed(file, path)


def read_columns(
    path: Path, header: PlyHeader, element: PlyElement, names: Iterable[str]
) -> dict[str, NDArray[np.generic]]:
    """Columns of an element, each (count,): of a binary file views of the mapped file in its own types, else float64.

    Nothing is allocated before the file's size has been held against its header. Raises UserError where they do not
    fit, where lists are in the way, and where a column is asked for that is there twice.
    """
    if element.has_list or any(other.has_list for other in header.before(element)):
        raise UserError(_LISTS, path=path)
    columns = [element.names.index(name) for name in names]
    if len(set(element.names)) != len(element.names):
        raise UserError(_DAMAGED, path=path, details=f"Two properties of {element.name!r} have the same name.")
    if element.count > MOST_ROWS:
        raise UserError(_TOO_LARGE, path=path, most=f"{MOST_ROWS:,}")
    with reading(path), path.open("rb") as file:
        remaining = os.fstat(file.fileno()).st_size - header.size_bytes
        if header.order:
            table = _mapped(file, header, element, remaining, path)
            return {element.names[i]: table[f"p{i}"] for i in columns}
        file.seek(header.size_bytes)
        rows = _text(file, header, element, columns, remaining, path)
        return {element.names[i]: rows[:, k] for k, i in enumerate(columns)}


def _parsed(file: IO[bytes], path: Path) -> PlyHeader:
    if file.readline(8).rstrip(b"\r\n") != b"ply":
        raise UserError(_NOT_PLY, path=path)
    order: str | None = None
    elements: list[PlyElement] = []
    comments: list[str] = []
    budget = _MAX_HEADER_BYTES
    for _ in range(_MAX_HEADER_LINES):
        raw = file.readline(budget)
        budget -= len(raw)
        if not raw.endswith(b"\n"):
            raise UserError(_DAMAGED, path=path, details="The header has no end.")
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        match line.split():
            case [] | ["obj_info", *_]:
                pass
            case ["comment", *_]:
                comments.append(line.partition("comment")[2].removeprefix(" "))
            case ["format", kind, "1.0"] if kind in _ORDERS and order is None:
                order = _ORDERS[kind]
            case ["element", name, digits] if digits.isascii() and digits.isdigit() and len(digits) <= 18:
                elements.append(PlyElement(name, int(digits)))
            case ["property", "list", count_kind, kind, _] if elements and {count_kind, kind} <= _TYPES.keys():
                elements[-1].has_list = True
            case ["property", kind, name] if elements and kind in _TYPES:
                if len(elements[-1].properties) >= _MAX_PROPERTIES:
                    raise UserError(_DAMAGED, path=path, details=f"More than {_MAX_PROPERTIES} properties.")
                elements[-1].properties.append((name, _TYPES[kind]))
            case ["end_header"] if order is not None:
                return PlyHeader(order, tuple(elements), tuple(comments), file.tell())
            case _:
                raise UserError(_DAMAGED, path=path, details=f"Line: {raw[:200]!r}")
    raise UserError(_DAMAGED, path=path, details=f"More than {_MAX_HEADER_LINES} lines.")


def _mapped(file: IO[bytes], header: PlyHeader, element: PlyElement, remaining: int, path: Path) -> NDArray[np.void]:
    before = sum(other.count * other.row_bytes for other in header.before(element))
    needed = before + element.count * element.row_bytes
    is_last = element is header.elements[-1]
    if needed > remaining or (is_last and needed != remaining):
        raise UserError(_CUT, path=path, details=f"{needed} bytes expected, {remaining} there")
    dtype = element.dtype(header.order)
    if not element.count or not element.properties:
        return np.empty(element.count if element.properties else 0, dtype)
    # The map lives as long as an array looks into it, and shows the old file when a new one takes its name.
    whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(whole, dtype, element.count, header.size_bytes + before)


def _text(
    file: IO[bytes], header: PlyHeader, element: PlyElement, columns: list[int], remaining: int, path: Path
) -> NDArray[np.float64]:
    lines_before = sum(other.count for other in header.before(element))
    numbers = element.count * len(element.properties)
    numbers += sum(other.count * len(other.properties) for other in header.before(element))
    # Each number takes a digit and a blank; the last one may end with the file.
    if 2 * numbers - 1 > remaining or lines_before > remaining:
        raise UserError(_CUT, path=path, details=f"{numbers} numbers expected in {remaining} bytes")
    if element.count == 0:
        return np.empty((0, len(columns)))
    try:
        with warnings.catch_warnings():
            # "input contained no data" is found out below.
            warnings.simplefilter("ignore")
            # Not fromstring: it fills what is missing with whatever was in memory.
            rows = np.loadtxt(
                file, comments=None, skiprows=lines_before, max_rows=element.count, usecols=columns, ndmin=2
            )
    except ValueError as error:
        raise UserError(_CUT, path=path, details=str(error)) from error
    if len(rows) != element.count:
        raise UserError(_CUT, path=path, details=f"{element.count} points expected, {len(rows)} there")
    return rows
