"""Triangles in space, and the picture that lies on them: what mesh files hold and the 3D views draw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image

MOST_VERTICES = 500_000
"""As many as any program on any machine turns round at ease; half a pixel of a 2048 wide photo each."""


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles that face the eye at the origin: counter-clockwise as it sees them.

    `vertices`: (N, 3) float32, x right, y down, z forward, in the unit of the depth. `faces`: (M, 3) uint32. `uv`: (N,
    2) float32 within 0..1, from the picture's top left corner. `normals`: (N, 3) float32 unit vectors towards the eye.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.uint32]
    uv: NDArray[np.float32]
    normals: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TexturedMesh:
    """A mesh and what lies on it. Either may be empty of triangles: where nothing is known, there is no surface.

    `picture`: (H, W, 3) uint8 RGB, which `mesh.uv` points into. `notes`: sentences that say what a unit is, for whoever
    opens the file. `name`: what the thing is called in a scene. `wraps`: the picture's right end goes on at its left.
    """

    mesh: Mesh
    picture: Image
    notes: tuple[str, ...] = ()
    name: str = "Depth"
    wraps: bool = False
