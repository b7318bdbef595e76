"""One table of what a panorama can be kept as, for the command line and the window alike."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from depthview.engine.exports import write_depth_png, write_exr, write_npy
from depthview.engine.mesh.files import write_mesh
from depthview.engine.mesh.mesh import TexturedMesh
from depthview.engine.panorama.keeping.mesh import mesh_of
from depthview.engine.panorama.keeping.points import cloud_of
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.ply import write_ply


class SurfaceKind(StrEnum):
    """The values are the command line's words."""

    POINTS = "points"
    """PLY: the valid points with colours and normals."""
    MESH = "mesh"
    """PLY: triangles, cut at depth edges, with colours, normals and texture coordinates."""
    GLB = "glb"
    """glTF 2.0: the same triangles with the photo on them, y up."""
    PNG = "png"
    """16-bit PNG: the range in thousandths of its unit, 0 unknown."""
    NPY = "npy"
    """NumPy: the range, float32, NaN unknown."""
    EXR = "exr"
    """OpenEXR: the range, float32, NaN unknown."""


def file_name(kind: SurfaceKind) -> str:
    """What such a file is called where nobody chose a name; its ending is the format's."""
    return _KEPT[kind][0]


def write_surface(path: Path, found: RangeMap, kind: SurfaceKind) -> None:
    """Write the range map to `path` as `kind`. Raises UserError when that is not possible."""
    _KEPT[kind][1](path, found)


def _unit(found: RangeMap) -> str:
    return f"units: metres, by: {found.scale}" if found.has_metres else "no unit: nobody says how many metres this is"


def _write_points(path: Path, found: RangeMap) -> None:
    write_ply(path, cloud_of(found))


def _write_mesh(path: Path, found: RangeMap) -> None:
    photo = found.photo.image
    write_mesh(path, TexturedMesh(mesh_of(found), photo, (_unit(found),), "Panorama", wraps=True))


def _write_png(path: Path, found: RangeMap) -> None:
    write_depth_png(path, found.range)


def _write_npy(path: Path, found: RangeMap) -> None:
    write_npy(path, found.range)


def _write_exr(path: Path, found: RangeMap) -> None:
    write_exr(path, found.range, said="distance along the ray", whole_sphere=True)


_KEPT: dict[SurfaceKind, tuple[str, Callable[[Path, RangeMap], None]]] = {
    SurfaceKind.POINTS: ("cloud.ply", _write_points),
    SurfaceKind.MESH: ("mesh.ply", _write_mesh),
    SurfaceKind.GLB: ("mesh.glb", _write_mesh),
    SurfaceKind.PNG: ("range.png", _write_png),
    SurfaceKind.NPY: ("range.npy", _write_npy),
    SurfaceKind.EXR: ("range.exr", _write_exr),
}
