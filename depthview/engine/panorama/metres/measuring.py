"""Measuring in a range map: where in space a place of the photo is."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.panorama.range_map import RangeMap

Point = NDArray[np.float64]
"""(3,): x right, y down, z forward from the camera, in the range map's unit."""

_SAME_SURFACE = 0.1
"""Neighbours whose range differs by more than this share lie on something nearer or farther."""


def point_at(found: RangeMap, row: float, column: float) -> Point | None:
    """What is seen at a place of the map; the first pixel's centre is (0, 0), and columns go on past the wrap.

    Between pixels, of those neighbours that are valid and of the same surface as the nearest, by their inverse range,
    which is exact on planes. None where the nearest is not valid, or `row` is not in the map.
    """
    height, width = found.range.shape
    nearest_row, nearest_column = math.floor(row + 0.5), math.floor(column + 0.5) % width
    if not 0 <= nearest_row < height or not found.valid[nearest_row, nearest_column]:
        return None
    middle = float(found.range[nearest_row, nearest_column])
    top, left = math.floor(row), math.floor(column)
    total = weights = 0.0
    for y, across in ((top, top + 1 - row), (top + 1, row - top)):
        for x, along in ((left, left + 1 - column), (left + 1, column - left)):
            # Beyond the first and the last row lies the same row half a turn further.
            own_x = x if 0 <= y < height else x + width // 2
            place = min(max(y, 0), height - 1), own_x % width
            value = float(found.range[place])
            if found.valid[place] and abs(value - middle) <= _SAME_SURFACE * middle:
                total += across * along / value
                weights += across * along
    range_there = middle if weights == 0 else weights / total
    return range_there * _towards(row, column, (height, width))


def place_of(yaw_deg: float, pitch_deg: float, size_hw: tuple[int, int]) -> tuple[float, float]:
    """Row and column of what is seen so many degrees right of, and above, the middle; for `point_at`."""
    height, width = size_hw
    row, column = (0.5 - pitch_deg / 180) * height - 0.5, (yaw_deg / 360 + 0.5) * width - 0.5
    return min(max(row, 0.0), height - 1.0), column % width


def _towards(row: float, column: float, size_hw: tuple[int, int]) -> Point:
    """(3,): where a place between pixels looks."""
    height, width = size_hw
    latitude = (0.5 - (row + 0.5) / height) * math.pi
    longitude = ((column + 0.5) / width - 0.5) * 2 * math.pi
    level = math.cos(latitude)
    return np.array([level * math.sin(longitude), -math.sin(latitude), level * math.cos(longitude)])
