"""Point clouds as PLY files. Greg Turk, "The PLY Polygon File Format" (1994)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.cloud import PointCloud, Points
from depthview.engine.errors import UserError
from depthview.engine.ply_tables import NO_POINTS, PlyElement, PlyHeader, read_columns, read_header
from depthview.engine.reading import reading

_RELATIVE = "relative: distances are a guess"
_UNITLESS = "no unit: the model says no metres, and the shape may be bent"
_GREY = 200
_NORMALS = ("nx", "ny", "nz")
_COLOURS = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))


def unit_notes(*, relative: bool, unitless: bool) -> tuple[str, ...]:
    """What a file of points or of a surface says of its lengths: whether they are metres, a guess, or have no unit."""
    return (_RELATIVE if relative else "units: metres", *([_UNITLESS] if unitless else []))


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
        *(f"comment {note}" for note in unit_notes(relative=cloud.relative, unitless=cloud.unitless)),
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
    header = read_header(path)
    vertices, names = _vertices(header, path)
    columns = read_columns(path, header, vertices, names)
    kinds = dict(vertices.properties)
    with reading(path):
        xyz, rgb = _points([columns[name] for name in names], [kinds[name] for name in names])
        return PointCloud(xyz, rgb, relative=_RELATIVE in header.comments, unitless=_UNITLESS in header.comments)


def _vertices(header: PlyHeader, path: Path) -> tuple[PlyElement, tuple[str, ...]]:
    """The points' element, and the names of x, y, z and, where there are any, of the three colours."""
    vertices = header.named("vertex")
    if vertices is None or not {"x", "y", "z"} <= set(vertices.names):
        raise UserError(NO_POINTS, path=path)
    colours = next((triple for triple in _COLOURS if set(triple) <= set(vertices.names)), ())
    return vertices, ("x", "y", "z", *colours)


def _points(values: list[NDArray[np.generic]], kinds: list[str]) -> tuple[Points, NDArray[np.uint8]]:
    """The finite places and their colours."""
    xyz = np.empty((len(values[0]), 3), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for i in range(3):
            xyz[:, i] = values[i]
        rgb = np.full(xyz.shape, _GREY, np.uint8)
        for i, (column, kind) in enumerate(zip(values[3:], kinds[3:], strict=True)):
            rgb[:, i] = _to_byte(column, kind)
    finite = np.isfinite(xyz).all(axis=1)
    return (xyz, rgb) if finite.all() else (xyz[finite], rgb[finite])


def _to_byte(column: NDArray[np.generic], kind: str) -> NDArray[np.uint8]:
    """Floats are 0..1, 16 bits are 0..65535, everything else is 0..255."""
    scale = {"f4": 255.0, "f8": 255.0, "u2": 255.0 / 65535.0}.get(kind, 1.0)
    number = np.nan_to_num(column.astype(np.float64) * scale, nan=0.0)
    return np.asarray(np.clip(np.rint(number), 0, 255), np.uint8)
