"""Which eye is which, from the content: in the right order near things lie further right in the left eye's picture."""

from dataclasses import dataclass

import numpy as np

from depthview.engine.estimators.sgm import coarse_disparity
from depthview.engine.frames import StereoPair

_ENOUGH_MATCHED = 0.25
_CLEARLY_NEGATIVE = -0.004
"""Of the width: converged footage has its middle near zero, and must not be called swapped."""


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """`median_px` is at the pair's own width; `conclusive` is False when too little of the pictures matches."""

    median_px: float
    conclusive: bool
    swapped: bool


def judge_order(pair: StereoPair) -> OrderVerdict:
    """Whether the eyes of `pair` look swapped, by the sign of the median disparity of a quick match."""
    coarse = coarse_disparity(pair.left, pair.right)
    known = coarse[np.isfinite(coarse)]
    if known.size < _ENOUGH_MATCHED * coarse.size:
        return OrderVerdict(0.0, conclusive=False, swapped=False)
    share = float(np.median(known)) / coarse.shape[1]
    return OrderVerdict(share * pair.left.shape[1], conclusive=True, swapped=share < _CLEARLY_NEGATIVE)
