"""How much depth and picture tremble in each part of the picture, and whether depth goes somewhere there.

One pixel's news is noise or a change, and nobody can tell. The mean of a cell can: noise changes its sign from frame to
frame, and a surface that comes nearer goes on coming.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stabiliser.kernels import CELL_PX, Bytes, Floats

_FAST, _SLOW, _NOISE = 1 / 3, 1 / 12, 1 / 8
"""Weights of a new frame: in the news of late, in the level that they are held against, in noise."""
_NO_NEWS, _SURE_NEWS, _FOLLOWED = 1.5, 3.5, 0.7
"""Times their own scatter: smaller news are noise, larger ones are followed by the last number's share a frame."""
_SETTLED_FRAMES = 4
"""Before that nothing is known of the scatter."""
_FIRST_LIMIT, _LIMIT = 7.0, 3.0
"""Times the middle difference at first and the noise later: a larger difference counts as one of that size."""
_TO_SIGMA = 1.25
"""Of the mean size of normal noise to its standard deviation."""
_LEAST_SHARE = 0.25
"""Of the middle noise of all cells: none has less. Where matching has said the same a few times it is not exact."""
_FEWEST = 8
"""Pixels in a cell whose mean says something, of the quarter that is looked at."""
_LEAST_GREY, _TIMES_MIDDLE, _TIMES_OWN = 4.0, 2.2, 2.5
"""A picture has changed where it lies off by more than this many grey levels, times the middle of all pixels, and times
the mean of its own cell: noise and compression trouble some parts more than others."""
_MOST_TIMES_MIDDLE = 2.0
"""Times the middle of all pixels a cell's own trouble counts: one in which something always moves is not noisy."""
_LOOKED_AT = 64


class Cells:
    """The cells of one scene's frames. Owned by one thread; all numbers are in the unit of the memory's means."""

    def __init__(self, size_hw: tuple[int, int]) -> None:
        self._size_hw = size_hw
        self.shape = -(-size_hw[0] // CELL_PX), -(-size_hw[1] // CELL_PX)
        self._noise = np.full(self.shape, np.nan, np.float32)
        self._scatter = np.full(self.shape, np.nan, np.float32)
        self._lately = np.zeros(self.shape, np.float32)
        self._level = np.zeros(self.shape, np.float32)
        self._unrest = np.zeros(self.shape, np.float32)
        self._frames = 0

    def allowed(self, middle_change: float) -> Bytes:
        """(h, w) uint8: change of the picture, grey levels, up to which it is the same; `middle_change` is the median
        over this frame."""
        own = np.minimum(self._unrest, _MOST_TIMES_MIDDLE * max(middle_change, 1.0))
        least = max(_LEAST_GREY, _TIMES_MIDDLE * middle_change)
        return np.clip(np.maximum(least, _TIMES_OWN * own), 0, 254).astype(np.uint8)

    def limit(self, difference: Floats) -> Floats:
        """(h, w): the most that one pixel's news counts for; `difference` is a sample of them, NaN unknown."""
        if np.isfinite(self._noise).any():
            return _LIMIT * self.noise
        known = np.abs(difference[np.isfinite(difference)])
        middle = float(np.median(known)) if known.size else 0.0
        return np.full(self.shape, _FIRST_LIMIT * middle + np.finfo(np.float32).tiny, np.float32)

    @property
    def noise(self) -> Floats:
        """(h, w): the standard deviation of a pixel's news."""
        known = np.isfinite(self._noise)
        middle = np.float32(np.median(self._noise[known])) if known.any() else np.float32(0)
        least = _LEAST_SHARE * middle + np.finfo(np.float32).tiny
        return np.maximum(np.where(known, self._noise, middle), least).astype(np.float32)

    def follow(self, news: Floats, size: Floats, count: Floats, unrest: Floats) -> Floats:
        """Take in what `measure` summed up over a frame; (H, W) what all means are to be moved by, or one 0 for none.

        News are followed by as much as they are surer than their scatter, so that depth which goes somewhere is not
        late, and noise that a whole region shares is not followed.
        """
        known = count >= _FEWEST
        mean = np.where(known, news / np.maximum(count, 1), 0).astype(np.float32)
        sigma = _TO_SIGMA * size / np.maximum(count, 1)
        self._noise = np.where(known, _towards(self._noise, sigma, _NOISE), self._noise)
        self._unrest += _NOISE * (unrest / _LOOKED_AT - self._unrest)
        apart = mean - self._level
        self._lately = np.where(known, self._lately + _FAST * (mean - self._lately), 0).astype(np.float32)
        self._level = np.where(known, self._level + _SLOW * apart, 0).astype(np.float32)
        self._scatter = np.where(known, _towards(self._scatter, np.abs(apart), _NOISE), np.nan).astype(np.float32)
        self._frames += 1
        if self._frames < _SETTLED_FRAMES:
            return np.zeros((1, 1), np.float32)
        return self._drift()

    def _drift(self) -> Floats:
        least = np.finfo(np.float32).tiny
        sure = np.abs(self._lately) / (_TO_SIGMA * np.nan_to_num(self._scatter, nan=np.inf) + least)
        share = _FOLLOWED * np.clip((sure - _NO_NEWS) / (_SURE_NEWS - _NO_NEWS), 0, 1)
        if not share.any():
            return np.zeros((1, 1), np.float32)
        drift = (share * self._lately).astype(np.float32)
        self._lately -= drift
        self._level -= drift
        height, width = self._size_hw
        wide = cv2.resize(drift, (self.shape[1] * CELL_PX, self.shape[0] * CELL_PX), interpolation=cv2.INTER_LINEAR)
        return np.ascontiguousarray(wide[:height, :width], np.float32)


def _towards(before: Floats, now: NDArray[np.floating[Any]], weight: float) -> Floats:
    """A running mean's next value; the first one is the number itself."""
    return np.where(np.isnan(before), now, before + weight * (now - before)).astype(np.float32)
