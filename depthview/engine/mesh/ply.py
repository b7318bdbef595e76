"""Meshes as PLY files. Greg Turk, "The PLY Polygon File Format" (1994)."""

from pathlib import Path

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.mesh.mesh import TexturedMesh


def write_mesh_ply(path: Path, textured: TexturedMesh) -> None:
    """Binary little-endian: vertices with normals, colours and s, t (t up), then triangles; the notes as comments.

    The file appears whole or not at all. Raises UserError when it cannot be written.
    """
    mesh, picture = textured.mesh, textured.picture
    height, width = picture.shape[:2]
    column = (mesh.uv[:, 0] * width).astype(np.intp)
    column = column % width if textured.wraps else np.minimum(column, width - 1)
    row = np.minimum((mesh.uv[:, 1] * height).astype(np.intp), height - 1)
    vertices = np.empty(
        len(mesh.vertices), np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("st", "<f4", 2), ("rgb", "u1", 3)])
    )
    vertices["xyz"], vertices["normal"], vertices["rgb"] = mesh.vertices, mesh.normals, picture[row, column]
    vertices["st"] = mesh.uv * (1, -1) + (0, 1)
    faces = np.empty(len(mesh.faces), np.dtype([("count", "u1"), ("corners", "<i4", 3)]))
    faces["count"], faces["corners"] = 3, mesh.faces
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment made by DepthView",
        "comment axes: x right, y down, z forward",
        *(f"comment {note}" for note in textured.notes),
        f"element vertex {len(vertices)}",
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz", "s", "t")),
        *(f"property uchar {name}" for name in ("red", "green", "blue")),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
    ]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(lines) + "\n").encode("ascii"))
        file.write(vertices.data)
        file.write(faces.data)
