"""A depth frame as a surface: what the left eye sees, cut at depth edges, flat parts in few triangles."""

from depthview.engine.camera import StereoRig
from depthview.engine.frames import DepthFrame
from depthview.engine.mesh.mesh import MOST_VERTICES, TexturedMesh


def mesh_from_depth(
    frame: DepthFrame,
    rig: StereoRig,
    *,
    max_distance_m: float | None = None,
    min_confidence: float = 0.0,
    most_vertices: int = MOST_VERTICES,
) -> TexturedMesh:
    """The surface with the left eye's picture on it; the same pixels are left out as in `cloud_from_depth`.

    `rig` may belong to another size of the same picture. Lengths are metres, or without a unit as the notes say.
    """
    raise NotImplementedError
