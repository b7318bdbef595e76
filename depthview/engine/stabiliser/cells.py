"""How much depth and picture tremble in each part of the picture, and whether depth goes somewhere there.

One pixel's news is noise or a change, and nobody can tell. The mean of a cell can: noise changes its sign from frame to
frame, and a surface that comes nearer goes on coming.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stabiliser.coding import Brought
from depthview.engine.stabiliser.kernels import CELL_PX, Bytes, Floats
from depthview.engine.stabiliser.whole_picture import WholePicture

_NOISE = 1 / 8
"""Weight of a new frame in what is known of noise."""
_NO_NEWS, _SURE_NEWS, _FOLLOWED = 2.5, 5.0, 0.7
"""Times their usual change: a cell's smaller news are noise, larger ones are followed by the last number's share."""
_PACE_LEARNT, _PACE_KEPT = 0.4, 0.85
"""Of what is followed, what counts as a pace that will go on; and what is left of a pace a frame later by itself."""
_SETTLED_FRAMES = 5
"""Before that nothing is known of what is usual."""
_CALM_PERCENT, _SLOWEST = 30, 4.0
"""Networks tremble slowly: their news swing far and change little from frame to frame. How much more they swing is
taken from this percentile of the cells, since what goes somewhere is seldom most of a picture; and at most so much."""
_UNUSUAL = 1.5
"""Times what it is elsewhere, the swing of a cell counts for no more."""
_LEAST_MEAN = 1 / 6
"""Of a pixel's noise: a cell's mean trembles by no less, of the quarter of its pixels that is looked at."""
_FIRST_LIMIT, _LIMIT = 7.0, 6.0
"""Times the middle difference at first and the noise later: a larger difference counts as one of that size."""
_TO_SIGMA = 1.25
"""Of the mean size of normal noise to its standard deviation."""
_LEAST_SHARE = 0.25
"""Of the middle noise of all cells: none has less. Where matching has said the same a few times it is not exact."""
_EXACT_SHARE = 0.005
"""Of the middle value: none has less either. Films that were compressed stand quite still, but for a jump at each of
their keyframes; beside a noise of nothing all that follows would be a change."""
_FEWEST = 8
"""Pixels in a cell whose mean says something, of the quarter that is looked at."""
_LEAST_GREY, _TIMES_MIDDLE, _TIMES_OWN = 4.0, 2.2, 2.5
"""A picture has changed where it lies off by more than this many grey levels, times the middle of all pixels, and times
the mean of its own cell: noise and compression trouble some parts more than others."""
_MOST_TIMES_MIDDLE = 2.0
"""Times the middle of all pixels a cell's own trouble counts: one in which something always moves is not noisy."""
_KEYFRAME_TIMES_MIDDLE = 3.3
"""At a keyframe: it troubles pictures less evenly than noise, and what moves is found again a frame later."""
_LOOKED_AT = 64
_LARGEST = np.float32(1e15)
"""Values beyond have a square that no float32 holds; no estimator means them."""
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class CellSums:
    """(h, w) each: what `measure` sums up over the cells of a frame, see there."""

    news: Floats
    squares: Floats
    count: Floats
    unrest: Floats
    sides: Floats

    @classmethod
    def empty(cls, shape: tuple[int, int]) -> "CellSums":
        return cls(*(np.zeros(shape, np.float32) for _ in range(5)))


@dataclass(frozen=True, slots=True)
class Moved:
    """`drift`: (H, W), what is added to all means, or one 0 for nothing. `agreed`: (h, w), -1..1, the share of a cell's
    pixels that do not fit their means, with the side that they lie on."""

    drift: Floats
    agreed: Floats


class Cells:
    """The cells of one scene's frames. Owned by one thread; all numbers are in the unit of the memory's means."""

    def __init__(self, size_hw: tuple[int, int]) -> None:
        self._size_hw = size_hw
        self.shape = -(-size_hw[0] // CELL_PX), -(-size_hw[1] // CELL_PX)
        self._noise = np.full(self.shape, np.nan, np.float32)
        self._usual = np.zeros(self.shape, np.float32)
        self._swing = np.zeros(self.shape, np.float32)
        self._last = np.zeros(self.shape, np.float32)
        self._pace = np.zeros(self.shape, np.float32)
        self._unrest = np.zeros(self.shape, np.float32)
        self._whole = WholePicture()
        self._brought = Brought(self.shape)
        self._exact = 0.0
        self._frames = 0

    def allowed(self, middle_change: float, *, coded: bool) -> Bytes:
        """(h, w) uint8: change of the picture, grey levels, up to which it is the same; `middle_change` is the median
        over this frame, which was `coded` anew or not."""
        own = np.minimum(self._unrest, _MOST_TIMES_MIDDLE * max(middle_change, 1.0))
        least = max(_LEAST_GREY, (_KEYFRAME_TIMES_MIDDLE if coded else _TIMES_MIDDLE) * middle_change)
        return np.clip(np.maximum(least, _TIMES_OWN * own), 0, 254).astype(np.uint8)

    def limit(self, difference: Floats, means: Floats) -> Floats:
        """(h, w): the most that one pixel's news counts for; `difference` is a sample of them, `means` of what they
        are of, NaN unknown."""
        sizes = np.abs(means[np.isfinite(means)])
        self._exact = min(_EXACT_SHARE * float(np.median(sizes)), float(_LARGEST)) if sizes.size else 0.0
        if np.isfinite(self._noise).any():
            return np.asarray(np.minimum(_LIMIT * self.noise, _LARGEST), np.float32)
        known = np.abs(difference[np.isfinite(difference)])
        middle = float(np.median(known)) if known.size else 0.0
        return np.full(self.shape, min(_FIRST_LIMIT * middle + _TINY, _LARGEST), np.float32)

    @property
    def noise(self) -> Floats:
        """(h, w): the standard deviation of a pixel's news, of its own and with the whole cell."""
        # What goes somewhere swings far as well: no more of it than other cells of this picture have, for their change.
        most = _UNUSUAL * self._slowness(self._usual > 0) * self._usual
        return np.asarray(np.hypot(self._pixel_noise, np.minimum(self._swing, most)), np.float32)

    @property
    def _pixel_noise(self) -> Floats:
        known = np.isfinite(self._noise)
        middle = float(np.median(self._noise[known])) if known.any() else 0.0
        least = np.float32(max(_LEAST_SHARE * middle, self._exact) + _TINY)
        return np.maximum(np.where(known, self._noise, middle), least).astype(np.float32, copy=False)

    def follow(self, difference: Floats, limit: Floats, sums: CellSums, *, coded: bool, may_step: bool) -> Moved:
        """Take in what `measure` summed up over a frame; how all means are to be moved. `difference` and `limit` as in
        `limit`; `coded` says that the picture was coded anew, `may_step` that the whole picture may come nearer.

        News are followed by as much as they are larger than usual, and a pace that was followed goes on: depth which
        goes somewhere is not late, and noise that a whole region shares is not followed.
        """
        known = sums.count >= _FEWEST
        some = np.maximum(sums.count, 1)
        mean = (sums.news / some).astype(np.float32)
        agreed = (sums.sides / some).astype(np.float32)
        self._unrest += _NOISE * (sums.unrest / _LOOKED_AT - self._unrest)
        whole = self._whole.step(difference, mean[known], limit[known], may_step=may_step)
        self._brought.take_in(mean - self._pace, agreed, coded=coded)
        agreed = self._brought.beyond(agreed)
        if whole:  # such a frame says nothing of noise
            return Moved(self._wide(self._pace + np.float32(whole)), agreed)
        sigma = np.sqrt(np.maximum(sums.squares / some - mean**2, 0))
        self._noise = np.where(known, _towards(self._noise, sigma, _NOISE), self._noise).astype(np.float32)
        self._frames += 1
        return Moved(self._wide(np.where(known, self._drift(mean, known), 0).astype(np.float32)), agreed)

    def _drift(self, mean: Floats, known: NDArray[np.bool_]) -> Floats:
        """(h, w): how far each cell's means are to be moved, of which `mean` is the news."""
        off = mean - self._pace
        # Squared: news of a slow tremble are larger, and two frames in a row agree by themselves.
        usual = np.maximum(self._slowness(known) ** 2 * self._usual, _LEAST_MEAN * self._pixel_noise)
        usual = np.maximum(usual, self._brought.usual_news)
        # Two frames that say the same: what only one says is noise, or a mistake.
        agreed = np.where(off * self._last > 0, np.abs(off + self._last) / 2, 0)
        share = _FOLLOWED * np.clip((agreed / usual - _NO_NEWS) / (_SURE_NEWS - _NO_NEWS), 0, 1)
        if self._frames < _SETTLED_FRAMES:
            share[:] = 0
        drift = self._pace + share * off
        stopped = (off * self._pace < 0) & (np.abs(off) > np.abs(self._pace) / 2)
        self._pace[stopped] = 0
        self._pace = np.where(known, _PACE_KEPT * self._pace + _PACE_LEARNT * share * off, 0).astype(np.float32)
        # By how news change, not by how large they are: what goes somewhere is steadily large, and does not tremble.
        change = _TO_SIGMA * np.abs(off - self._last) / np.float32(np.sqrt(2))
        weight = max(_NOISE, 1 / max(1, self._frames - 1))  # the very first frame has no news
        self._usual += np.where(known, weight * (change - self._usual), 0).astype(np.float32)
        swing = np.sqrt(self._swing**2 + weight * (off**2 - self._swing**2))
        self._swing = np.where(known, swing, self._swing).astype(np.float32)
        self._last = np.where(known, off, 0).astype(np.float32)
        return np.asarray(drift, np.float32)

    def _slowness(self, known: NDArray[np.bool_]) -> float:
        """How many times more the news of calm cells swing than they change: 1 for noise that is new each time."""
        told = known & (self._usual > 0)
        if not told.any():
            return 1.0
        times = float(np.percentile(self._swing[told] / self._usual[told], _CALM_PERCENT))
        return float(min(max(times, 1.0), _SLOWEST))

    def _wide(self, cells: Floats) -> Floats:
        """The numbers of cells as one for each pixel."""
        if not cells.any():
            return np.zeros((1, 1), np.float32)
        size_wh = self.shape[1] * CELL_PX, self.shape[0] * CELL_PX
        height, width = self._size_hw
        wide = cv2.resize(cells, size_wh, interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(wide[:height, :width], np.float32)


def _towards(before: Floats, now: NDArray[np.floating[Any]], weight: float) -> Floats:
    """A running mean's next value; the first one is the number itself."""
    return np.where(np.isnan(before), now, before + weight * (now - before)).astype(np.float32)
