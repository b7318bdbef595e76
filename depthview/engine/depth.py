"""What the numbers of a depth frame say: what is near and far, and where there are metres at all.

An estimator's values may be disparity, metres, or numbers without a unit. Everything that shows or keeps them asks
here: colours and their limits work on *nearness* (high is near, whatever the values are), files and read-outs on the
values in their unit, clouds on inverse depth. Metres come from the model or from the rig, and from nowhere else.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.frames import DepthFrame, Meaning, Values

MEASURED = (Meaning.METRIC_DEPTH, Meaning.RANGE)
"""The model itself says metres."""
UNITLESS = (Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH, Meaning.RELATIVE_RANGE)
"""Neither the model nor any rig can say metres: the scale is unknown, and mostly an offset, too."""
_FROM_NOTHING = (*MEASURED, Meaning.RELATIVE_RANGE)
"""Distances that begin at the eye: what is not above 0 is unknown."""

MEDIAN_DISTANCE = 2.0
"""How far away the middle of a relative cloud is put, so that a person can walk in it. It is no length."""
_FARTHEST_SHARE = 0.1
"""Of the span of relative inverse depth, added before it is inverted: the farthest things are eleven times as far away
as the nearest. Without it what is farthest would be infinitely far."""
_NEAREST_SHARE = 0.2
"""The same for affine depth, whose nearest things would else touch the eye: one to six."""
_SPAN_PERCENT = (1.0, 99.0)

INFINITE = "∞"
"""The figure of what is too far for a number."""

_LEAST_PAD_PX = 0.25
_EDGE_MIN_PX = 0.75
_EDGE_MIN_SHARE = 0.02
"""What lies below is noise and no edge: a disparity in pixels, metres as a share of the median (inverse) one, and what
is relative as a share of its span."""


_LEAST_DISPARITY_SHARE = 1 / 1000
"""Of the width: what matching errs by. A point with less may lie anywhere up to a thousand kilometres away, and of two
eyes like a person's it is 56 m and more."""


@dataclass(frozen=True, slots=True)
class InverseDepth:
    """Depth along the axis = `numerator` / (`map` + `offset`); on a flat surface `map` is a linear function of x and y.

    `map`: (H, W) float32, high is near, NaN unknown. Steps below `noise` are none. Where `map` + `offset` is not above
    `least` it is as good as infinity, and no place to put a point at. Metres, or without a unit where the depth is
    relative.
    """

    map: Values
    numerator: float
    offset: float
    noise: float
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class DepthScale:
    """How to read values of one `meaning`, taken with `rig`, which belongs to the width that the values are of.

    `guessed` marks metres that a model told for a lens that nobody knows.

    Arrays may be any part or sample of the picture. Floats and arrays are float32 or float, NaN is unknown throughout.
    """

    meaning: Meaning
    rig: StereoRig
    guessed: bool = False

    @classmethod
    def of(cls, frame: DepthFrame, rig: StereoRig) -> "DepthScale":
        """The scale of a frame's values; `rig` may belong to another size of the same picture."""
        width = frame.values.shape[1]
        return cls(frame.meaning, rig if rig.width_px == width else rig.scaled_to(width), frame.guessed)

    @property
    def unit(self) -> str:
        """Of the values: `px`, `m`, or nothing."""
        if self.meaning is Meaning.DISPARITY:
            return "px"
        return "m" if self.meaning in MEASURED else ""

    @property
    def has_metres(self) -> bool:
        """Whether there are metres, be they a guess."""
        return self.meaning not in UNITLESS

    @property
    def is_guess(self) -> bool:
        """Whether the metres rest on a camera that nobody measured."""
        return self.guessed or (self.meaning is Meaning.DISPARITY and self.rig.assumed)

    @property
    def shape_is_guess(self) -> bool:
        """Whether lengths in a cloud are a guess: metres along the axis alone do not say how wide things are."""
        return (
            not self.has_metres
            or self.guessed
            or (self.rig.lens_assumed if self.meaning in MEASURED else self.rig.assumed)
        )

    @property
    def file_stem(self) -> str:
        """What a file of the values is called: `disparity`, `depth` (metres) or `relative`."""
        if self.meaning is Meaning.DISPARITY:
            return "disparity"
        return "depth" if self.has_metres else "relative"

    @property
    def least_pad(self) -> float:
        """The least room beyond what is there that colours leave at either end, in nearness."""
        return _LEAST_PAD_PX if self.meaning is Meaning.DISPARITY else 0.0

    def nearness(self, values: Values) -> Values:
        """High is near: disparity and relative inverse depth as they are, 1 / distance, affine depth negated."""
        if self.meaning in _FROM_NOTHING:
            return _inverted(values)
        return -values if self.meaning is Meaning.AFFINE_DEPTH else values

    def nearness_of(self, value: float) -> float:
        """The same of one number; infinite for distances that are not above 0."""
        if self.meaning in _FROM_NOTHING:
            return 1.0 / value if value > 0 else math.inf
        return -value if self.meaning is Meaning.AFFINE_DEPTH else value

    def value_at(self, nearness: float) -> float:
        """The value of a nearness; infinite for distances where it is not above 0."""
        return self.nearness_of(nearness)  # each of these rules undoes itself

    def metres(self, values: Values) -> Values | None:
        """Depth along the axis, or along the ray where that is what the values are; None where there are no metres."""
        if self.meaning is Meaning.DISPARITY:
            return self.rig.depth_m(values)
        if self.meaning in UNITLESS:
            return None
        with np.errstate(invalid="ignore"):
            return np.where((values > 0) & (values < np.inf), values, np.float32(np.nan))

    def within(self, values: Values, max_distance_m: float | None) -> Values:
        """The same values with what is farther than `max_distance_m` unknown; unchanged where there are no metres."""
        if max_distance_m is None or not self.has_metres:
            return values
        with np.errstate(invalid="ignore"):
            if self.meaning is Meaning.DISPARITY:
                lowest_px = self.rig.focal_px * self.rig.baseline_m / max_distance_m - self.rig.doffs_px
                return np.where(values >= lowest_px, values, np.float32(np.nan))
            return np.where(values <= max_distance_m, values, np.float32(np.nan))

    def figures(self, value: float, *, decimals: int = 2) -> tuple[str, ...]:
        """One value in words that need no translation: `12.30 px` and `~1.84 m`, `1.84 m`, or a bare number.

        `~` marks metres that rest on an assumed camera. `decimals` are those of what is no metres.
        """
        if self.meaning in UNITLESS:
            return (f"{value:.3g}",)
        depth_m = value
        if self.meaning is Meaning.DISPARITY:
            depth_m = float(self.rig.depth_m(np.array([value], np.float32))[0])
        metres = ("~" if self.is_guess and math.isfinite(depth_m) else "") + _metres_text(depth_m)
        return (metres,) if self.meaning in MEASURED else (f"{value:.{decimals}f} px", metres)

    def inverse_depth(self, values: Values) -> InverseDepth:
        """Of a whole picture, for what has to lie in space. Relative values get a shape that is stable, but no length:
        it depends on neither their scale nor their offset."""
        if self.meaning is Meaning.DISPARITY:
            rig = self.rig
            least = _LEAST_DISPARITY_SHARE * values.shape[1]
            return InverseDepth(values, rig.focal_px * rig.baseline_m, rig.doffs_px, _EDGE_MIN_PX, least)
        if self.meaning is Meaning.RELATIVE_INVERSE_DEPTH:
            return _relative(values)
        if self.meaning is Meaning.AFFINE_DEPTH:
            inverse = _inverted(_affine(values))
        elif self.meaning in (Meaning.RANGE, Meaning.RELATIVE_RANGE):
            inverse = _inverted(values) * _ray_lengths(values.shape, self.rig)
        else:
            inverse = _inverted(values)
        sample = _known(inverse)
        return InverseDepth(inverse, 1.0, 0.0, _EDGE_MIN_SHARE * float(np.median(sample)) if sample.size else 0.0)


def _metres_text(depth_m: float) -> str:
    if not math.isfinite(depth_m):
        return INFINITE
    return f"{depth_m:.2f} m" if depth_m < 100 else f"{depth_m:.0f} m"


def _inverted(values: Values) -> Values:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(values > 0, np.float32(1) / values, np.float32(np.nan))


def _known(values: Values) -> Values:
    sample = values[::4, ::4]
    return sample[np.isfinite(sample)]


def _span(sample: Values) -> tuple[float, float, float]:
    """The lowest, the middle and the highest of what is known; they differ."""
    low, middle, high = (float(v) for v in np.percentile(sample, (_SPAN_PERCENT[0], 50.0, _SPAN_PERCENT[1])))
    if not high > low:
        low, high = middle - 0.5, middle + 0.5
    return low, middle, high


def _relative(values: Values) -> InverseDepth:
    sample = _known(values)
    if not sample.size:
        return InverseDepth(values, 1.0, 0.0, 0.0)
    low, middle, high = _span(sample)
    offset = _FARTHEST_SHARE * (high - low) - low
    # What is lower still is as far away as can be, and not behind the eye.
    floor = np.maximum(values, np.float32(low))
    return InverseDepth(floor, MEDIAN_DISTANCE * (middle + offset), offset, _EDGE_MIN_SHARE * (high - low))


def _affine(values: Values) -> Values:
    sample = _known(values)
    if not sample.size:
        return values
    low, middle, high = _span(sample)
    offset = _NEAREST_SHARE * (high - low) - low
    scale = MEDIAN_DISTANCE / (middle + offset)
    return np.asarray((np.maximum(values, np.float32(low)) + np.float32(offset)) * np.float32(scale), np.float32)


def _ray_lengths(size_hw: tuple[int, ...], rig: StereoRig) -> NDArray[np.float32]:
    """(H, W): how much longer the ray through a pixel is than its depth along the axis."""
    height, width = size_hw
    x = (np.arange(width, dtype=np.float32) - np.float32(rig.cx_px)) / np.float32(rig.focal_px)
    y = (np.arange(height, dtype=np.float32) - np.float32(rig.cy_px)) / np.float32(rig.focal_px)
    return np.sqrt(1 + x[None, :] ** 2 + y[:, None] ** 2, dtype=np.float32)
