"""Range maps of rooms that are known exactly, as if a perfect model had seen them."""

import numpy as np

from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.surface.doubts import believed, doubts_of
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions


def range_map_of(range_m: np.ndarray, image: np.ndarray | None = None, covered: np.ndarray | None = None) -> RangeMap:
    """What is not covered is unknown; without an image a colour for every direction."""
    towards = directions(range_m.shape)
    shown = np.rint(towards * 100 + 127).astype(np.uint8) if image is None else image
    seen = np.ones(range_m.shape, bool) if covered is None else covered
    exact = range_m.astype(np.float32)
    normals = surface_normals(exact, towards)
    doubts = doubts_of(shown, seen, seen, exact, normals, towards)
    photo = Photo(shown, seen, range_m.shape[::-1], "room.png")
    unknown = np.where(seen, exact, np.float32(np.nan))
    return RangeMap(unknown, normals, believed(doubts), doubts, photo, (), RangeScale.MODEL)
