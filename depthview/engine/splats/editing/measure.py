"""The scale of a scene from one distance that somebody knows."""

from depthview.engine.panorama.scale import factor_for_distance
from depthview.engine.splats.placement import Placement, Vector


def known_distance(placement: Placement, one: Vector, other: Vector, distance_m: float) -> Placement:
    """`placement` in metres: two places (3,) of the world, as they are now, are then `distance_m` apart.

    It grows or shrinks about the world's origin: an eye whose place grows with it sees the same picture. The factor is
    the new scale over the old one. Raises UserError where both places are the same, or the distance is none.
    """
    middle = (one + other) / 2
    return placement.then(Placement(scale=factor_for_distance(one - middle, other - middle, distance_m)))
