"""How a range map comes to metres, and by which factor."""

import math
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Values
from depthview.engine.sphere import directions

_STRIDE_WIDTH = 512
"""A floor is large: more columns tell nothing more."""
_LEVEL_COSINE = math.cos(math.radians(10))
_DOWN_SINE = math.sin(math.radians(20))
"""What is seen less steeply from above may be another floor, beyond a door or a window, and is less exactly known."""
_BINS = 120
_BIN_RATIO = 1.04
_AS_GOOD = 0.4
_FIT_SHARES = (0.10, 0.07, 0.05, 0.03, 0.02, 0.02, 0.02)
_LEAST_SHARE = 0.02
_NEAREST_APART = 1e-3


class RangeScale(StrEnum):
    """Where the metres of a range map come from."""

    MODEL = "model"
    """A model says them; nobody has measured them."""
    CAMERA_HEIGHT = "camera height"
    """From how high above the floor the camera stood."""
    MEASURED_DISTANCE = "measured distance"
    """From one distance that somebody measured."""
    UNKNOWN = "unknown"
    """There are none: the unit is anyone's guess."""


def camera_height(range_map: Values, normals: NDArray[np.float32], valid: NDArray[np.bool_]) -> float | None:
    """How high above the floor the camera stood, in the unit of `range_map`, which is (H, W), of an upright photo.

    The floor is the lowest of the large surfaces below the camera that are level to 10 degrees; where it slopes, its
    height straight below the camera counts. None where there is none, as on a sofa or in the air. A robust plane, by
    iteratively reweighted least squares from the most frequent height on.
    """
    stride = max(1, range_map.shape[1] // _STRIDE_WIDTH)
    towards = directions(range_map.shape[:2])[::stride, ::stride]
    ranges, facing = range_map[::stride, ::stride], normals[::stride, ::stride]
    below = towards[..., 1] > _DOWN_SINE
    with np.errstate(invalid="ignore"):
        level = below & valid[::stride, ::stride] & (facing[..., 1] < -_LEVEL_COSINE) & (ranges > 0)
    if not level.any():
        return None
    points = (towards[level] * ranges[level][:, None]).astype(np.float64)
    solid = np.sqrt(1 - towards[..., 1] ** 2)  # a pixel's solid angle, up to a factor
    seen = solid[level].astype(np.float64)
    # Halfway between how large it looks (a table under the camera hides much floor) and is (a street below, too).
    floor = _fitted(points, seen, _likely_height(points[:, 1], seen * ranges[level]))
    if floor is None:
        return None
    height, on_it = floor
    return height if seen[on_it].sum() >= _LEAST_SHARE * solid[below].sum() else None


def factor_for_height(
    range_map: Values, normals: NDArray[np.float32], valid: NDArray[np.bool_], height_m: float
) -> float | None:
    """What to multiply the range by, so that the camera stands `height_m` above the floor; None where there is none."""
    height = camera_height(range_map, normals, valid)
    return None if height is None else height_m / height


def factor_for_distance(a_xyz: NDArray[np.floating], b_xyz: NDArray[np.floating], distance_m: float) -> float:
    """What to multiply the range by, so that two points, (3,) each in its unit, are `distance_m` apart.

    Raises UserError where they are so near to each other that this would tell nothing.
    """
    apart = float(np.linalg.norm(np.subtract(a_xyz, b_xyz)))
    if not apart > _NEAREST_APART * float(max(np.linalg.norm(a_xyz), np.linalg.norm(b_xyz))):
        raise UserError("The two points are at the same place: choose two that are farther apart.")
    return distance_m / apart


def _likely_height(heights: NDArray[np.float64], counts: NDArray[np.float64]) -> float:
    """The lowest of the heights at which about as much lies as at any other."""
    lowest = float(np.quantile(heights, 0.999)) * _BIN_RATIO
    place = np.log(lowest / heights) / math.log(_BIN_RATIO)
    inside = (place >= 0) & (place < _BINS)
    lying = np.bincount(place[inside].astype(int), counts[inside], _BINS)
    there = np.convolve(lying, (0.5, 1, 1, 1, 0.5), "same")
    peak = int(np.argmax(there >= _AS_GOOD * there.max()))
    while peak + 1 < _BINS and there[peak + 1] > there[peak]:
        peak += 1
    return float(lowest / _BIN_RATIO ** (peak + 0.5))


def _fitted(
    points: NDArray[np.float64], seen: NDArray[np.float64], height: float
) -> tuple[float, NDArray[np.bool_]] | None:
    """The plane y = height + a x + b z that most of what is seen lies on: its height, and which points are on it."""
    design = np.stack([np.ones(len(points)), points[:, 0], points[:, 2]], axis=-1)
    plane = np.array([height, 0.0, 0.0])
    # Far away an error of the direction, and of the range, weighs more: what counts is the share of the distance.
    size = np.linalg.norm(points, axis=1)
    for share in _FIT_SHARES:
        off = (points[:, 1] - design @ plane) / size
        weight = seen / size**2 / (1 + (off / share) ** 2) ** 2
        pull = 1e-6 * weight.sum() * np.diag([0.0, height**2, height**2])
        square = (design * weight[:, None]).T @ design + pull + 1e-12 * np.eye(3)
        plane = np.linalg.solve(square, design.T @ (weight * points[:, 1]))
    on_it = np.abs(points[:, 1] - design @ plane) < 2 * _FIT_SHARES[-1] * size
    level = math.hypot(plane[1], plane[2]) < math.tan(math.acos(_LEVEL_COSINE))
    return (float(plane[0]), on_it) if plane[0] > 0 and level else None
