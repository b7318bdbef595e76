"""From what models say of single views, and of the whole, to one range for every direction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.alignment import log_scales
from depthview.engine.panorama.merge import merged_log_range
from depthview.engine.panorama.view_estimates import ViewEstimates


@dataclass(frozen=True, slots=True)
class Joined:
    """(H, W) each: the natural logarithm of the range, float32 and finite everywhere, and where it is `known`.

    Elsewhere it is filled in smoothly. `log_scales` is what was added to the logarithm of each view's range, in the
    order in which the views were given.
    """

    log_range: Values
    known: NDArray[np.bool_]
    log_scales: tuple[float, ...]


def joined(
    estimates: Sequence[ViewEstimates], size_hw: tuple[int, int], *, weights: Sequence[float] | None = None
) -> Joined:
    """One range from the views of any number of models, `weights` saying how much each counts (None: alike)."""
    depths = [depth for one in estimates for depth in one.depths]
    each = np.repeat(np.ones(len(estimates)) if weights is None else weights, [len(one.depths) for one in estimates])
    scales = log_scales(depths)
    log_range, known = merged_log_range(depths, scales, size_hw, each)
    return Joined(log_range, known, tuple(float(scale) for scale in scales))
