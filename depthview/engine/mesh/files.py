"""Meshes as files, by the ending of their name."""

from pathlib import Path

from depthview.engine.mesh.mesh import TexturedMesh


def write_mesh(path: Path, mesh: TexturedMesh) -> None:
    """Write `mesh` as .glb or .ply. Raises UserError for another ending and where it cannot be written."""
    raise NotImplementedError
