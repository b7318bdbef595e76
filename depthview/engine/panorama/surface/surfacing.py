"""From one range for every direction to the surface that it is, still in the unit that the models gave it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Values
from depthview.engine.panorama.merging.joining import Joined
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.surface.doubts import Doubts, doubts_of
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.panorama.surface.refine import refined
from depthview.engine.sphere import directions


@dataclass(frozen=True, slots=True)
class Surface:
    """(H, W) float32 range, NaN where nobody knows it; (H, W, 3) normals towards the eye; (H, W) doubts."""

    range: Values
    normals: NDArray[np.float32]
    doubts: Doubts


def surface_of(photo: Photo, found: Joined, *, refine: bool = True) -> Surface:
    """The surface of what was joined; `refine` says whether walls, floors and ceilings are made flat.

    Raises UserError when nothing that the photo shows is known.
    """
    seen = found.known & photo.covered
    if not seen.any():
        raise UserError("No model sees any depth in this panorama: choose another model: {path}", path=photo.title)
    towards = directions(photo.size_hw)
    range_m = np.exp(found.log_range)
    if refine:
        range_m = refined(range_m, seen)
    normals = surface_normals(range_m, towards)
    doubts = doubts_of(photo.image, photo.covered, found.known, range_m, normals, towards)
    return Surface(np.where(seen, range_m, np.float32(np.nan)), normals, doubts)
