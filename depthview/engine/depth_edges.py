"""Where a depth map goes from something near to something far: what clouds leave out and meshes are cut at."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.depth import InverseDepth
from depthview.engine.frames import Values

_EDGE_SLOPE = 8.0
"""The tangent of the angle against the picture plane, 83 degrees, beyond which a surface is none ..."""
# ... unless the slope is in reach of the noise, or of a floor seen at a grazing angle (`InverseDepth.noise`).


def step_limits(inverse: InverseDepth, sampled: Values, focal_px: float) -> Values:
    """The largest steps of `inverse.map` from pixel to pixel that a surface has at each of `sampled`, any part of it.

    NaN where that is NaN. `focal_px` is of the map's own width.
    """
    slope = (sampled + np.float32(inverse.offset)) * np.float32(_EDGE_SLOPE / focal_px)
    return np.asarray(np.maximum(np.float32(inverse.noise), slope), np.float32)


def on_a_ramp(inverse: Values, sampled: Values, limit: Values, step: int) -> NDArray[np.bool_]:
    """Where inverse depth climbs or falls by more than `limit` both from the row before and to the row after: a blend
    of the near and the far side of an edge, and no surface.

    `sampled` and `limit` are rows step // 2, step // 2 + step, ... of `inverse`'s grid. A clean edge jumps on one
    side of a pixel only, so it is not found, and neither is a thin object.
    """
    found = np.zeros(sampled.shape, np.bool_)
    start = step // 2
    first = 1 if start == 0 else 0
    after = inverse[start + first * step + 1 :: step]
    inner = slice(first, first + len(after))
    before = inverse[start + first * step - 1 :: step][: len(after)]
    from_before = sampled[inner] - before
    to_after = after - sampled[inner]
    climb = np.minimum(from_before, to_after)
    fall = np.maximum(from_before, to_after)
    found[inner] = (climb > limit[inner]) | (-fall > limit[inner])
    return found
