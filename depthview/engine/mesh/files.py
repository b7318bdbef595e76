"""Meshes as files, by the ending of their name."""

from collections.abc import Callable
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.mesh.glb import write_glb
from depthview.engine.mesh.mesh import TexturedMesh
from depthview.engine.mesh.ply import write_mesh_ply

_WRITERS: dict[str, Callable[[Path, TexturedMesh], None]] = {".glb": write_glb, ".ply": write_mesh_ply}


def write_mesh(path: Path, textured: TexturedMesh) -> None:
    """Write `textured` as .glb or .ply. Raises UserError for another ending and where it cannot be written."""
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UserError("A mesh is kept as GLB or PLY: use a name that ends in .glb or .ply: {path}", path=path)
    writer(path, textured)
