"""Where the surface of a range map is torn: something near ends and something far begins."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.sphere import Directions, surrounded

_GRAZING = 1 / 12
"""The cosine of 85 degrees against the ray: few surfaces are seen so flat, and every gap is."""
_REACH_DEG = 3.0
_LEAST_REACH_PX = 8
_FAILS = 0.4


def depth_edges(range_m: Values, normals: NDArray[np.float32], towards: Directions) -> NDArray[np.bool_]:
    """(H, W): where the surface is seen at a grazing angle and does not go on as a plane would to either side.

    A far floor is seen as flat as the gap beside a cupboard; but it goes on. On a plane 1 / range changes along the
    grid almost evenly, so that its slope says what lies some degrees further; at a gap, sharp or smeared over a few
    pixels by a network, it says nonsense both ways.
    """
    facing = -np.einsum("hwc,hwc->hw", normals, towards)
    with np.errstate(invalid="ignore"):
        row, column = np.nonzero(~(facing > _GRAZING))
    nearness = (1 / range_m).astype(np.float32)
    height, width = nearness.shape
    reach = max(_LEAST_REACH_PX, round(_REACH_DEG / 360 * width))
    around = surrounded(nearness)
    across = (around[row + 1, column + 2] - around[row + 1, column]) / 2
    down = (around[row + 2, column + 1] - around[row, column + 1]) / 2
    # Columns draw together towards the poles: the same slope along the sphere is less of a step between them.
    along_row = np.abs(across) >= np.abs(down) * np.cos((0.5 - (row + 0.5) / height) * np.pi)
    torn = np.ones(len(row), np.bool_)
    for side in (-1, 1):
        goes_on = np.ones(len(row), np.bool_)
        # At two places, since at one a gap may be met by chance.
        for way in (side * reach // 2, side * reach):
            down_px = np.where(along_row, 0, np.clip(row + way, 0, height - 1) - row)
            there = nearness[row + down_px, np.where(along_row, (column + way) % width, column)]
            expected = np.where(along_row, across * way, down * down_px)
            goes_on &= np.abs(there - nearness[row, column] - expected) <= _FAILS * np.abs(expected)
        torn &= ~goes_on
    edges = np.zeros((height, width), np.bool_)
    edges[row[torn], column[torn]] = True
    return edges
