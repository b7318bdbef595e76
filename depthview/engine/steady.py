"""Relative depth of a video at one scale and one offset, so that neither colours nor a cloud breathe.

A network whose values have no unit chooses their scale and offset anew for every picture. Between two pictures of one
scene most of what is seen stands still, and what stands still has the same depth: a robust fit there gives both back.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.depth import UNITLESS
from depthview.engine.estimators.continuity import Continuity
from depthview.engine.frames import DepthFrame, Image, Meaning, StereoPair, Values

_SAMPLES = 6000
"""Pixels that are compared: enough for a fit to a thousandth, in a millisecond."""
_STILL_GREY_LEVELS = 8
_FEWEST_STILL_SHARE = 0.15
"""With fewer the camera moves: then all pixels are compared, since the scene as a whole changes slowly."""
_FEWEST = 50
_SPREAD_PERCENT = (10.0, 50.0, 90.0)
_ROUNDS = 3
_OUTLIER = 2.5
_LEAST_LIKENESS = 0.5
"""Correlation. What fits worse is another scene, though the pictures look alike: two dark ones."""
_HOME_S = 30.0
"""Fits add up their errors. In this time the scale and offset go back to what the network says in the mean."""

Grid = NDArray[np.int16]


@dataclass(frozen=True, slots=True, eq=False)
class GaugeMemory:
    """All that the scale of the next picture hangs on: samples of one picture's `values`, the picture there (grey, as
    `look`) and when it was shown, and what the values were of."""

    model: str
    meaning: Meaning
    size_hw: tuple[int, ...]
    values: Values
    look: Grid
    at_s: float


class SteadyGauge:
    """Follows one video, in the order in which it is shown. Owned by one thread.

    The first picture of a scene keeps its own values, and so does everything that has a unit.
    """

    def __init__(self) -> None:
        self._continuity = Continuity()
        self._of: tuple[str, Meaning, tuple[int, ...]] | None = None
        self._past: tuple[Values, Grid, float] | None = None

    @property
    def memory(self) -> GaugeMemory | None:
        """Of the last picture; None where its values have a unit, or there was none."""
        return None if self._past is None or self._of is None else GaugeMemory(*self._of, *self._past)

    def recall(self, memory: GaugeMemory, pair: StereoPair) -> None:
        """Go on from a picture of the past: `pair` is that picture, `memory` what was remembered of it then."""
        self._continuity.follows(pair)
        self._of = memory.model, memory.meaning, memory.size_hw
        self._past = memory.values, memory.look, memory.at_s

    def follow(self, depth: DepthFrame) -> tuple[DepthFrame, bool]:
        """`depth` at the scale and offset of the pictures before it; True with it where there are none: another scene,
        another model, the first picture. Limits then start anew as well."""
        now_of = depth.model, depth.meaning, depth.values.shape
        anew = now_of != self._of
        self._of = now_of
        if depth.meaning not in UNITLESS:
            self._past = None
            return depth, anew
        anew = not self._continuity.follows(depth.pair) or anew
        step = max(1, round((depth.values.size / _SAMPLES) ** 0.5))
        sample = np.ascontiguousarray(depth.values[step // 2 :: step, step // 2 :: step])
        look = _look(depth.pair.left, sample.shape)
        at_s = depth.pair.pts_s
        gauge: tuple[float, float] | None = None
        if self._past is not None and not anew:
            values, past_look, past_s = self._past
            gauge = _gauge(sample, values, np.abs(look - past_look) <= _STILL_GREY_LEVELS)
            if gauge is not None:
                home = float(np.exp(-max(0.0, at_s - past_s) / _HOME_S))
                gauge = 1.0 + (gauge[0] - 1.0) * home, gauge[1] * home
        anew = gauge is None
        scale, offset = (np.float32(number) for number in gauge or (1.0, 0.0))
        self._past = sample * scale + offset, look, at_s
        return (depth if anew else replace(depth, values=depth.values * scale + offset)), anew


def _look(image: Image, shape: tuple[int, ...]) -> Grid:
    """The picture at the grid of the samples, grey."""
    small = cv2.resize(image, (shape[1], shape[0]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.int16)


def _gauge(values: Values, wanted: Values, still: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Scale and offset that bring `values` to `wanted`, by the pixels that stand still; None when nothing does it.

    The scale is a ratio of spreads, not a least-squares slope: noise makes each slope smaller than it is, and over a
    video they multiply.
    """
    known = np.isfinite(values) & np.isfinite(wanted)
    both = known & still
    if both.sum() < max(_FEWEST, _FEWEST_STILL_SHARE * known.sum()):
        both = known
    if both.sum() < _FEWEST:
        return None
    x, y = values[both].astype(np.float64), wanted[both].astype(np.float64)
    (x_low, x_middle, x_high), (y_low, y_middle, y_high) = (np.percentile(v, _SPREAD_PERCENT) for v in (x, y))
    if not (x_high > x_low and y_high > y_low):
        return None
    scale = (y_high - y_low) / (x_high - x_low)
    offset = y_middle - scale * x_middle
    for _ in range(_ROUNDS):
        error = np.abs(scale * x + offset - y)
        fits = error <= _OUTLIER * np.median(error) + 1e-12
        x_std, y_std = float(x[fits].std()), float(y[fits].std())
        if not (x_std > 0 and y_std > 0):
            break
        scale = y_std / x_std
        offset = float(y[fits].mean()) - scale * float(x[fits].mean())
    if np.corrcoef(x, y)[0, 1] < _LEAST_LIKENESS:
        return None
    return scale, offset
