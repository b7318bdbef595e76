"""From what models say of single views, and of the whole, to one range for every direction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.alignment import aligned
from depthview.engine.panorama.layout import drawn_to_layout
from depthview.engine.panorama.merge import merged_log_range
from depthview.engine.panorama.view_estimates import ViewEstimates
from depthview.engine.panorama.whole_estimate import WholeEstimate

_OFF_LAYOUT = 0.2
"""By how much, in the logarithm, what stands in a room is nearer than its floor, ceiling and walls: as a rule."""


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
    estimates: Sequence[ViewEstimates | WholeEstimate],
    size_hw: tuple[int, int],
    *,
    weights: Sequence[float] | None = None,
    layout_prior: bool = True,
) -> Joined:
    """One range from any number of models, `weights` saying how much each counts (None: alike).

    Where models say metres they stay as they were on average, where none does the unit is nobody's. With
    `layout_prior` the planes of a room help, the more the views contradict each other: not at all where they agree.
    """
    counts = np.ones(len(estimates)) if weights is None else np.asarray(weights, np.float64)
    shown = [(one, count) for one, count in zip(estimates, counts, strict=True) if isinstance(one, ViewEstimates)]
    wholes = [(one, count) for one, count in zip(estimates, counts, strict=True) if isinstance(one, WholeEstimate)]
    depths = [depth for one, _count in shown for depth in one.depths]
    each = [float(count) for one, count in shown for _depth in one.depths]
    agreed = aligned(
        depths,
        weights=each,
        wholes=[one.log_range for one, _count in wholes],
        whole_weights=[float(count) for _one, count in wholes],
    )
    spheres = [
        (one.log_range + np.float32(scale), float(count))
        for (one, count), scale in zip(wholes, agreed.whole_scales, strict=True)
    ]
    log_range, known = merged_log_range(agreed.depths, size_hw, each, spheres)
    metres = [one.has_metres for one, _count in shown for _depth in one.depths]
    metres += [one.has_metres for one, _count in wholes]
    moved = np.concatenate([agreed.log_scales, agreed.whole_scales])
    if any(metres):
        log_range -= np.float32(np.mean(moved[metres]))
    if layout_prior:
        share = agreed.contradiction**2 / (agreed.contradiction**2 + _OFF_LAYOUT**2)
        log_range = drawn_to_layout(log_range, known, share)
    return Joined(log_range, known, tuple(float(scale) for scale in agreed.log_scales))
