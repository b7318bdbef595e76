"""Point clouds as PLY files: a small writer, and a reader that believes nothing a header says.

The format: Greg Turk, "The PLY Polygon File Format" (1994). VTK's own reader ends the process on a lying header.
"""

import os
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError

MAX_VERTICES = 100_000_000
_MAX_HEADER_BYTES = 64 * 1024
_MAX_HEADER_LINES = 1000
_MAX_PROPERTIES = 256
_RELATIVE = "relative: distances are a guess"
_UNITLESS = "no unit: the model says no metres, and the shape may be bent"
_GREY = 200
_NORMALS = ("nx", "ny", "nz")

_TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1",
    "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4",
    "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_ORDERS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_COLOURS = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))

_NOT_PLY = "This is not a PLY file: choose a .ply point cloud: {path}"
_DAMAGED = "This PLY file's header makes no sense: export it again: {path}"
_CUT = "This PLY file's size does not fit its header, it is cut short or damaged: copy or export it again: {path}"
_TOO_LARGE = "This PLY file has more than {most} points: thin it out first: {path}"
_NO_POINTS = "This PLY file has no points with x, y and z: choose a point cloud: {path}"
_LISTS = "This PLY file has lists before or in its points, which DepthView cannot read: export plain points: {path}"
_UNREADABLE = "This file could not be read: check that it is there and may be opened: {path}"


def write_ply(path: Path, cloud: PointCloud) -> None:
    """Write `cloud` as binary little-endian PLY: float x y z in metres, nx ny nz where known, uchar red green blue.

    The file appears whole or not at all. Raises UserError when the disk is full, the folder is read-only and the like.
    """
    floats = [
        ("xyz", cloud.xyz_m, "xyz"),
        *([("normals", cloud.normals, _NORMALS)] if cloud.normals is not None else []),
    ]
    vertices = np.empty(len(cloud), np.dtype([*((name, "<f4", 3) for name, _, _ in floats), ("rgb", "u1", 3)]))
    for name, column, _ in floats:
        vertices[name] = column
    vertices["rgb"] = cloud.rgb
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment made by DepthView",
        "comment axes: x right, y down, z forward",
        f"comment {_RELATIVE}" if cloud.relative else "comment units: metres",
        *([f"comment {_UNITLESS}"] if cloud.unitless else []),
        f"element vertex {len(cloud)}",
        *(f"property float {name}" for _, _, names in floats for name in names),
        *(f"property uchar {name}" for name in _COLOURS[0]),
        "end_header",
    ]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(lines) + "\n").encode("ascii"))
        # A write, not ndarray.tofile: that reports a full disk without its errno.
        file.write(vertices.data)


def read_ply(path: Path) -> PointCloud:
    """The points of a PLY file, ASCII or binary of either byte order; grey where it has no colours.

    Other scalar properties and the elements after the points are skipped, points that are not finite are dropped.
    Nothing is allocated before the file's size has been held against its header. Raises UserError with a sentence
    for everything that is no such file.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            header = _read_header(file, path)
            vertices, properties = _vertex_element(header, path)
            columns = _choose(properties, path)
            if vertices.count > MAX_VERTICES:
                raise UserError(_TOO_LARGE, path=path, most=f"{MAX_VERTICES:,}")
            remaining = size - file.tell()
            if header.order:
                table = _read_binary(file, header, remaining, path)
                values = [np.asarray(table[f"p{i}"]) for i in columns]
            else:
                values = list(_read_ascii(file, header, columns, remaining, path).T)
    except OSError as error:
        raise UserError(_UNREADABLE, details=str(error), path=path) from error
    return _cloud(values, [properties[i][1] for i in columns], relative=header.relative)


@dataclass(slots=True)
class _Element:
    name: str
    count: int
    properties: list[tuple[str, str]] = field(default_factory=list)
    """(name, numpy type without byte order)"""
    has_list: bool = False

    @property
    def row_bytes(self) -> int:
        return sum(np.dtype(kind).itemsize for _, kind in self.properties)

    def dtype(self, order: str) -> np.dtype[np.void]:
        # Numbered, since a file's own names may be anything.
        return np.dtype([(f"p{i}", order + kind) for i, (_, kind) in enumerate(self.properties)])


@dataclass(slots=True)
class _Header:
    order: str
    elements: list[_Element]
    relative: bool


def _read_header(file: IO[bytes], path: Path) -> _Header:
    if file.readline(8).rstrip(b"\r\n") != b"ply":
        raise UserError(_NOT_PLY, path=path)
    order: str | None = None
    relative = False
    elements: list[_Element] = []
    budget = _MAX_HEADER_BYTES
    for _ in range(_MAX_HEADER_LINES):
        raw = file.readline(budget)
        budget -= len(raw)
        if not raw.endswith(b"\n"):
            raise UserError(_DAMAGED, path=path, details="The header has no end.")
        words = raw.decode("utf-8", errors="replace").split()
        match words:
            case [] | ["obj_info", *_]:
                pass
            case ["comment", *rest]:
                relative = relative or " ".join(rest) == _RELATIVE
            case ["format", kind, "1.0"] if kind in _ORDERS and order is None:
                order = _ORDERS[kind]
            case ["element", name, digits] if digits.isascii() and digits.isdigit() and len(digits) <= 18:
                elements.append(_Element(name, int(digits)))
            case ["property", "list", count_kind, kind, _] if elements and {count_kind, kind} <= _TYPES.keys():
                elements[-1].has_list = True
            case ["property", kind, name] if elements and kind in _TYPES:
                if len(elements[-1].properties) >= _MAX_PROPERTIES:
                    raise UserError(_DAMAGED, path=path, details=f"More than {_MAX_PROPERTIES} properties.")
                elements[-1].properties.append((name, _TYPES[kind]))
            case ["end_header"] if order is not None:
                return _Header(order, elements, relative)
            case _:
                raise UserError(_DAMAGED, path=path, details=f"Line: {raw[:200]!r}")
    raise UserError(_DAMAGED, path=path, details=f"More than {_MAX_HEADER_LINES} lines.")


def _vertex_element(header: _Header, path: Path) -> tuple[_Element, list[tuple[str, str]]]:
    """The points' element, if it can be reached without walking through lists."""
    for element in header.elements:
        if element.has_list:
            raise UserError(_LISTS if _has_vertices(header) else _NO_POINTS, path=path)
        if element.name == "vertex":
            return element, element.properties
    raise UserError(_NO_POINTS, path=path)


def _has_vertices(header: _Header) -> bool:
    return any(element.name == "vertex" for element in header.elements)


def _choose(properties: list[tuple[str, str]], path: Path) -> list[int]:
    """The columns of x, y, z and, where there are any, of the three colours."""
    names = [name for name, _ in properties]
    if len(set(names)) != len(names):
        raise UserError(_DAMAGED, path=path, details="Two properties of the points have the same name.")
    if not {"x", "y", "z"} <= set(names):
        raise UserError(_NO_POINTS, path=path)
    colours = next((triple for triple in _COLOURS if set(triple) <= set(names)), ())
    return [names.index(name) for name in ("x", "y", "z", *colours)]


def _read_binary(file: IO[bytes], header: _Header, remaining: int, path: Path) -> NDArray[np.void]:
    before = 0
    for element in header.elements:
        if element.name == "vertex":
            break
        before += element.count * element.row_bytes
    needed = before + element.count * element.row_bytes
    is_last = element is header.elements[-1]
    if needed > remaining or (is_last and needed != remaining):
        raise UserError(_CUT, path=path, details=f"{needed} bytes expected, {remaining} there")
    file.seek(before, os.SEEK_CUR)
    table = np.fromfile(file, element.dtype(header.order), element.count)
    if len(table) != element.count:
        raise UserError(_CUT, path=path, details=f"{element.count} points expected, {len(table)} there")
    return table


def _read_ascii(
    file: IO[bytes], header: _Header, columns: list[int], remaining: int, path: Path
) -> NDArray[np.float64]:
    lines_before = numbers = 0
    for element in header.elements:
        if element.name == "vertex":
            break
        lines_before += element.count
        numbers += element.count * len(element.properties)
    numbers += element.count * len(element.properties)
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


def _cloud(values: list[NDArray[np.generic]], kinds: list[str], *, relative: bool) -> PointCloud:
    xyz = np.empty((len(values[0]), 3), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(3):
            xyz[:, i] = values[i]
        rgb = np.full(xyz.shape, _GREY, np.uint8)
        for i, (column, kind) in enumerate(zip(values[3:], kinds[3:], strict=True)):
            rgb[:, i] = _to_byte(column, kind)
    finite = np.isfinite(xyz).all(axis=1)
    if not finite.all():
        xyz, rgb = xyz[finite], rgb[finite]
    return PointCloud(xyz, rgb, relative=relative)


def _to_byte(column: NDArray[np.generic], kind: str) -> NDArray[np.uint8]:
    """Floats are 0..1, 16 bits are 0..65535, everything else is 0..255."""
    scale = {"f4": 255.0, "f8": 255.0, "u2": 255.0 / 65535.0}.get(kind, 1.0)
    number = np.nan_to_num(column.astype(np.float64) * scale, nan=0.0)
    return np.asarray(np.clip(np.rint(number), 0, 255), np.uint8)
