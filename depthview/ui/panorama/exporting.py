"""What is kept of a panorama, by the kind of file."""

from pathlib import Path

import numpy as np

from depthview.engine.exports import write_image
from depthview.engine.panorama.keeping.folder import normals_picture
from depthview.engine.panorama.keeping.surface_files import SurfaceKind, write_surface
from depthview.engine.panorama.range_map import RangeMap

_SURFACES = {
    "points": SurfaceKind.POINTS,
    "mesh": SurfaceKind.MESH,
    "glb": SurfaceKind.GLB,
    "range_png": SurfaceKind.PNG,
    "range_npy": SurfaceKind.NPY,
    "range_exr": SurfaceKind.EXR,
}


def write_panorama(found: RangeMap, path: Path, kind: str) -> None:
    """Write as `kind`, one of the window's export actions. Raises UserError where it cannot be written."""
    if kind == "normals":
        write_image(path, normals_picture(found))
    elif kind == "mask":
        write_image(path, np.where(found.valid, np.uint8(255), np.uint8(0)))
    else:
        write_surface(path, found, _SURFACES[kind])
