"""The surface that a range map is: which way it faces."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.sphere import Directions, surrounded


def surface_normals(range_m: Values, towards: Directions) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit vectors that face the eye, in the axes of `towards`, the pixels' (H, W, 3) directions.

    Of central differences, past the wrap and across the poles too: exact on planes. NaN where there is no surface.
    """
    points = surrounded(range_m[..., None] * towards)
    across = points[1:-1, 2:] - points[1:-1, :-2]
    down = points[2:, 1:-1] - points[:-2, 1:-1]
    # x right, y down: across x down points away from the eye.
    normals = np.cross(down, across)
    with np.errstate(divide="ignore", invalid="ignore"):
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.asarray(normals, np.float32)
