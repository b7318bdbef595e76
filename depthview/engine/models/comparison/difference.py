"""How far one answer is from another of the same picture, at the picture's own size.

Answers that mean different things are brought to one scale first, and it is said that they were. What a setting gives
is always compared at the picture's own size and in its pixels: a disparity that was only resized, not multiplied by the
ratio of the widths, would be off by 19 to 34 px at low resolution, as in a widely copied table (notes/stereo.md 1.1).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Meaning, Values

BAD_PX = (1.0, 2.0, 3.0)
"""Pixels that are off by more than this are bad, as the field's tables count them."""

_ABSOLUTE = (Meaning.DISPARITY, Meaning.METRIC_DEPTH, Meaning.RANGE)
_INVERSE = (Meaning.DISPARITY, Meaning.RELATIVE_INVERSE_DEPTH)
_FEWEST = 16
"""Pixels that both must know, for a scale and a shift to be found from them."""
_SPREAD = (2.0, 98.0)
_NEVER_NEARER = 1e-6


class Unit(StrEnum):
    """What a difference is counted in. It follows from what the reference means."""

    PIXELS = "px"
    METRES = "m"
    PERCENT_OF_RANGE = "% of range"
    """Of the reference's own, from its 2nd to its 98th percentile: its numbers have no unit."""


class Aligned(StrEnum):
    """What was done before the comparison to an answer that means something else than the reference."""

    NOTHING = "no"
    SCALE_AND_SHIFT = "scale and shift"


@dataclass(frozen=True, slots=True)
class Answer:
    """(H, W) float32 at the picture's own size, NaN = unknown, and what the numbers mean."""

    values: Values
    meaning: Meaning = Meaning.DISPARITY


@dataclass(frozen=True, slots=True)
class Difference:
    """`mean` |difference| over the pixels that both know, in `unit`; NaN where there are none.

    `known` is the share 0..1 of the reference's known pixels that the answer knows. `bad` are the shares of the
    reference's known pixels that are off by more than each of BAD_PX, an unknown answer counted as bad; None unless the
    reference is ground truth in pixels.
    """

    mean: float
    unit: Unit
    aligned: Aligned
    known: float
    bad: tuple[float, ...] | None = None


def difference(found: Answer, reference: Answer, *, is_truth: bool = False) -> Difference:
    """Hold `found` against `reference`. Raises ValueError when sizes differ, or nothing is known of the reference."""
    if found.values.shape != reference.values.shape:
        raise ValueError(f"an answer of {found.values.shape} against a reference of {reference.values.shape}")
    known = np.isfinite(reference.values)
    if not known.any():
        raise ValueError("nothing is known of the reference")
    values, aligned = found.values, Aligned.NOTHING
    if found.meaning is not reference.meaning or found.meaning not in _ABSOLUTE:
        values, aligned = _aligned(found, reference), Aligned.SCALE_AND_SHIFT
    both = known & np.isfinite(values)
    with np.errstate(invalid="ignore"):
        error = np.abs(values - reference.values)
    unit, scale = _unit(reference, known)
    bad = None
    if is_truth and unit is Unit.PIXELS:
        bad = tuple(float((~(error[known] <= limit_px)).mean()) for limit_px in BAD_PX)  # NaN is bad too
    mean = float(error[both].mean(dtype=np.float64)) * scale if both.any() else float("nan")
    return Difference(mean, unit, aligned, float(both[known].mean()), bad)


def mean_of(differences: list[Difference]) -> Difference:
    """Over several pictures, each of the same weight; what no picture could say is NaN. There is at least one."""
    bads = [d.bad for d in differences if d.bad is not None]
    aligned = max((d.aligned for d in differences), key=list(Aligned).index)
    means = [d.mean for d in differences if np.isfinite(d.mean)]
    return Difference(
        float(np.mean(means)) if means else float("nan"),
        differences[0].unit,
        aligned,
        float(np.mean([d.known for d in differences])),
        tuple(float(share) for share in np.mean(bads, axis=0)) if bads else None,
    )


def _unit(reference: Answer, known: NDArray[np.bool_]) -> tuple[Unit, float]:
    """The unit, and what a difference of the bare numbers has to be multiplied by."""
    if reference.meaning is Meaning.DISPARITY:
        return Unit.PIXELS, 1.0
    if reference.meaning in _ABSOLUTE:
        return Unit.METRES, 1.0
    low, high = np.percentile(reference.values[known], _SPREAD)
    return Unit.PERCENT_OF_RANGE, 100.0 / max(float(high - low), 1e-12)


def _aligned(found: Answer, reference: Answer) -> Values:
    """`found` in the reference's own numbers: by the scale and shift of least squares, as R. Ranftl et al., "Towards
    Robust Monocular Depth Estimation", TPAMI 2022, evaluate what has neither.

    The shift of an inverse depth is one of inverse depths, so that is where it is looked for; of an affine depth it is
    one of depths. All NaN where both know too few pixels.
    """
    by_depth = found.meaning is Meaning.AFFINE_DEPTH
    ours = found.values if by_depth or found.meaning in _INVERSE else _reciprocal(found.values)
    is_inverse = reference.meaning in _INVERSE
    turned = is_inverse if by_depth else not is_inverse
    theirs = _reciprocal(reference.values) if turned else reference.values
    both = np.isfinite(ours) & np.isfinite(theirs)
    if np.count_nonzero(both) < _FEWEST:
        return np.full(ours.shape, np.nan, np.float32)
    x, y = ours[both].astype(np.float64), theirs[both].astype(np.float64)
    spread = float(np.square(x - x.mean()).sum())
    scale = float(((x - x.mean()) * (y - y.mean())).sum()) / spread if spread > 0 else 0.0
    fitted = (scale * (ours.astype(np.float64) - x.mean()) + y.mean()).astype(np.float32)
    return _reciprocal(fitted) if turned else fitted


def _reciprocal(values: Values) -> Values:
    """1 / values, NaN where they are not above 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > _NEVER_NEARER, np.float32(1) / values, np.float32(np.nan)).astype(np.float32)
