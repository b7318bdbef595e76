"""From what models say of single views, and of the whole, to one range for every direction."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate, resized
from depthview.engine.panorama.merging.alignment import aligned
from depthview.engine.panorama.merging.layout import drawn_to_layout
from depthview.engine.panorama.merging.merge import merged_log_range

_OFF_LAYOUT = 0.2
"""By how much, in the logarithm, what stands in a room is nearer than its floor, ceiling and walls: as a rule."""
_WHOLE_COUNT = 2.0
"""A network that was made for panoramas counts as much as two that are shown views."""
_TRUSTED = 0.2
"""Views that contradict each other by as much count half."""


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

    The views of all models become one surface, and that and what is said of whole spheres a weighted mean; the less
    views agree, the less they count. Metres are what the models that say some say on average. With `layout_prior` the
    planes of a room help views, the more they contradict each other: not at all where they agree.
    """
    counts = [1.0] * len(estimates) if weights is None else weights
    surfaces: list[_Surface] = []
    scales: tuple[float, ...] = ()
    shown = [(one, count) for one, count in zip(estimates, counts, strict=True) if isinstance(one, ViewEstimates)]
    if shown:
        surface, scales = _of_views(shown, size_hw, layout_prior=layout_prior)
        surfaces.append(surface)
    for one, count in zip(estimates, counts, strict=True):
        if isinstance(one, WholeEstimate):
            whole = resized(one.log_range, size_hw)
            surfaces.append(_Surface(whole, np.isfinite(whole), _WHOLE_COUNT * count, one.has_metres))
    log_range, known = _mean(surfaces)
    return Joined(log_range, known, scales)


@dataclass(frozen=True, slots=True)
class _Surface:
    """What some say of the whole sphere, (H, W) each, and how much it counts."""

    log_range: Values
    known: NDArray[np.bool_]
    count: float
    has_metres: bool


def _of_views(
    shown: Sequence[tuple[ViewEstimates, float]], size_hw: tuple[int, int], *, layout_prior: bool
) -> tuple[_Surface, tuple[float, ...]]:
    """The one surface of all views, and what was added to the logarithm of each one's range."""
    depths = [depth for one, _count in shown for depth in one.depths]
    counts = [count for one, count in shown for _depth in one.depths]
    metres = [one.has_metres for one, _count in shown for _depth in one.depths]
    agreed = aligned(depths, weights=counts)
    log_range, known = merged_log_range(agreed.depths, size_hw, counts)
    scales = agreed.log_scales
    if any(metres):
        log_range -= np.float32(scales[metres].mean())
        scales = scales - scales[metres].mean()
    noise = agreed.contradiction**2
    if layout_prior:
        log_range = drawn_to_layout(log_range, known, noise / (noise + _OFF_LAYOUT**2))
    count = sum(count for _one, count in shown) * _TRUSTED**2 / (noise + _TRUSTED**2)
    return _Surface(log_range, known, count, any(metres)), tuple(float(scale) for scale in scales)


def _mean(surfaces: Sequence[_Surface]) -> tuple[Values, NDArray[np.bool_]]:
    """The weighted mean of surfaces that are brought to one scale, and where any is known."""
    if len(surfaces) == 1 and surfaces[0].known.all():
        return surfaces[0].log_range, surfaces[0].known
    first = surfaces[0]
    total, counted = np.zeros_like(first.log_range), np.zeros_like(first.log_range)
    metres = []
    for one in surfaces:
        both = (one.known & first.known)[::4, ::4]
        more = float(np.median((one.log_range - first.log_range)[::4, ::4][both])) if both.any() else 0.0
        metres += [more] if one.has_metres else []
        total += np.where(one.known, (one.log_range - np.float32(more)) * np.float32(one.count), np.float32(0))
        counted += one.known * np.float32(one.count)
    known = counted > 0
    level = float(np.mean(metres)) if metres else 0.0
    mean = total / np.where(known, counted, 1)
    # Views have filled in already what they do not know.
    around = np.where(np.isfinite(first.log_range), first.log_range, mean[known].mean() if known.any() else 0)
    return np.where(known, mean, around).astype(np.float32) + np.float32(level), known
