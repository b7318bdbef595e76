"""A range map as coloured points around the eye."""

import numpy as np

from depthview.engine.cloud import PointCloud
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.sphere import directions, row_latitudes


def cloud_of(found: RangeMap) -> PointCloud:
    """The valid points with their normals, coloured by the photo, spread evenly: towards the poles fewer of a row's
    pixels are taken."""
    height, width = found.range.shape
    # Whole numbers that a row's columns pass, cos(latitude) of them: those columns are kept.
    passed = np.floor(np.multiply.outer(np.cos(row_latitudes(height)), np.arange(width + 1)))
    keep = found.valid & (np.diff(passed, axis=1) > 0)
    xyz = found.range[keep][:, None] * directions((height, width))[keep]
    return PointCloud(
        np.ascontiguousarray(xyz, np.float32),
        np.ascontiguousarray(found.photo.image[keep]),
        relative=True,
        unitless=not found.has_metres,
        footprint=2 * np.pi / width,
        normals=np.ascontiguousarray(found.normals[keep], np.float32),
    )
