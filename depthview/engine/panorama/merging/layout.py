"""The room that a range map suggests: one floor, one ceiling, and walls, each as far away as it says in the middle.

notes/panorama.md 2.4 and 7.3. Walls stand upright, but at any distance in each direction: no right angles are assumed.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.sphere import row_latitudes

STEEP_DEG = 50.0
"""What is farther up or down than this is ceiling or floor,"""
LEVEL_DEG = 20.0
"""and what is nearer to the horizon is wall."""
_HEIGHT = 64
_NOWHERE = np.float32(np.inf)


def drawn_to_layout(log_range: Values, known: NDArray[np.bool_], share: float) -> Values:
    """(H, W) float32: natural logarithms of the range, a `share` (0..1) of the way nearer to the room they suggest."""
    room = layout_log_range(np.where(known, log_range, np.float32(np.nan)))
    np.copyto(room, log_range, where=~np.isfinite(room))
    return room * np.float32(share) + log_range * np.float32(1 - share)


def layout_log_range(log_range: Values) -> Values:
    """(H, W) float32: the natural logarithm of the range of the room that `log_range` (H, W; NaN unknown) suggests.

    A floor at height h is at range h / |sin latitude|, a wall at distance d at d / cos latitude; the nearer one is
    seen. Infinite where it suggests none.
    """
    height, width = log_range.shape
    small = cv2.resize(log_range, (2 * _HEIGHT, _HEIGHT), interpolation=cv2.INTER_AREA)
    latitude = row_latitudes(_HEIGHT)[:, None]
    steep, level = np.radians(STEEP_DEG), np.radians(LEVEL_DEG)
    upright, flat = small + _log(np.sin(latitude)), small + _log(np.cos(latitude))
    ceiling, floor = _middle(upright[latitude[:, 0] > steep]), _middle(upright[latitude[:, 0] < -steep])
    walls = np.array([_middle(column) for column in flat[np.abs(latitude[:, 0]) < level].T])
    found = row_latitudes(height)[:, None]
    beside = _around(walls, width) - _log(np.cos(found))
    return np.asarray(np.minimum(beside, np.where(found > 0, ceiling, floor) - _log(np.sin(found))), np.float32)


def _log(values: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.log(np.abs(values)).astype(np.float32)


def _middle(values: NDArray[np.float32]) -> np.float32:
    known = values[np.isfinite(values)]
    return np.float32(np.median(known)) if known.size else _NOWHERE


def _around(walls: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """(width,): where no wall is known it goes on from its neighbours, all around."""
    known = np.flatnonzero(np.isfinite(walls))
    if not known.size:
        return np.full(width, _NOWHERE)
    places = (np.arange(width) + 0.5) / width * len(walls) - 0.5
    return np.interp(places, known, walls[known], period=len(walls)).astype(np.float32)
