"""A range map brought to metres, as a recipe wants it."""

from dataclasses import replace

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.panorama.metres.measuring import Point, place_of, point_at
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.recipe import USUAL_HEIGHT_M, AutoScale, DistanceScale, HeightScale, Scale
from depthview.engine.panorama.scale import RangeScale, factor_for_distance, factor_for_height

_NO_FLOOR = "No floor was found below the camera, so its height says nothing: measure a distance for metres."


def in_metres(found: RangeMap, wanted: Scale) -> RangeMap:
    """The same map in metres; `found` is in its models' own unit, and says by its `scale` whether that is metres.

    Where no floor can be found it stays in that unit, and a notice says so. Raises UserError where a distance was
    measured between places of which nothing is known.
    """
    if isinstance(wanted, HeightScale):
        return _by_height(found, wanted.height_m)
    if isinstance(wanted, DistanceScale):
        one, other = (_point_seen(found, *place) for place in (wanted.one_deg, wanted.other_deg))
        return scaled(found, factor_for_distance(one, other, wanted.distance_m), RangeScale.MEASURED_DISTANCE)
    if isinstance(wanted, AutoScale) and not found.has_metres:
        return _by_height(found, USUAL_HEIGHT_M)
    return found


def scaled(found: RangeMap, factor: float, scale: RangeScale) -> RangeMap:
    """The same map in another unit: its range times `factor`; `scale` says where that comes from."""
    return replace(found, range=found.range * np.float32(factor), scale=scale)


def _by_height(found: RangeMap, height_m: float) -> RangeMap:
    factor = factor_for_height(found.range, found.normals, found.valid, height_m)
    if factor is None:
        return replace(found, notices=(*found.notices, _NO_FLOOR))
    return scaled(found, factor, RangeScale.CAMERA_HEIGHT)


def _point_seen(found: RangeMap, yaw_deg: float, pitch_deg: float) -> Point:
    height, width = found.range.shape
    point = point_at(found, *place_of(yaw_deg, pitch_deg, (height, width)))
    if point is None:
        raise UserError(
            "How far it is at {yaw:g}, {pitch:g} degrees is not known: choose another place to measure from.",
            yaw=yaw_deg,
            pitch=pitch_deg,
        )
    return point
