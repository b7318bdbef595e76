"""Between which disparities all lies that both eyes see, told by the points that both show.

3D films put the far half of a scene behind the screen; hand-held pairs turn by chance; rectification leaves the offset
open. Whoever searches for matches has to know where: a quick dense match of plain walls finds surfaces anywhere.
"""

import math
from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.sgm import surface_range
from depthview.engine.frames import DisparitySpan, StereoPair
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.matching.matches import Matches, Points

_STEP = 0.01
"""Of the width. Ends in whole steps stay where they are while the scene goes a little to and fro. Not larger: of a
right eye that is moved, so much is lost at its left."""
_LOOKS = 12
_TWICE = 2
"""Looks that must ask for more than is held, unless it is the first: a single one may have matched wrongly."""

_ROW_SHARE = 0.01
"""Of the height: matches that lie further apart are wrong ones."""
_FEWEST_MATCHES = 40
_NEIGHBOURS, _BORNE_OUT_BY, _ALIKE_SHARE = 8, 3, 0.02
"""A match counts where so many of its nearest lie about as far off, by a share of the width: things are seen at more
than one point, and a wrong match stands alone. In one phone's film up to two in a hundred lay on one row by chance, a
third of the width behind all else."""
_FARTHEST_PERCENT, _NEAREST_PERCENT = 1.5, 99.0
"""Of the matches lie further off: as many are wrong, and bear one another out, where things repeat. On the pairs with a
known answer the farther one is within 0.1 % of the width of the truth. A dense match of hand-held pairs is not: of one
it says -30 % where nothing is below 10 %."""
_CLEARLY_BELOW, _DENSELY_BELOW = 0.003, 0.008
"""Of the width. What is less is the error of the rows and of the lens, or of a quick dense match."""
_ROOM = 0.01
"""Of the width, kept between the farthest thing and the end: networks are unsure at the very end of what they know."""
_MOST = 0.25
_NEARER, _NEARER_OF_ALL = 0.08, 0.4
"""Of the width and of all that the matches span, kept beyond the nearest match: what is close by is often plain, and
may come closer before anyone looks again."""


@dataclass(frozen=True, slots=True)
class SpanVerdict:
    """`span` in whole pixels of the pair's own width, None where it could not be told; `reason` is one sentence."""

    span: DisparitySpan | None
    reason: str


@dataclass(frozen=True, slots=True)
class _Shares:
    """The ends as shares of the width."""

    lowest: float
    highest: float


class SpanJudge:
    """Watches how far one source's scenes reach behind the screen and before it. The ends move in steps, and inwards
    only when no look of many needs more."""

    def __init__(self) -> None:
        self._behind, self._before = _HeldEnd(), _HeldEnd()
        self._width = 0

    def look(self, pair: StereoPair, matches: Matches) -> None:
        """Take in a pair whose rows are even, and its matches in the same pixels; wrong ones may be among them."""
        seen = _seen(matches)
        if seen is None and len(matches) < _FEWEST_MATCHES:
            seen = _seen_densely(pair)
        self._width = pair.size_hw[1]
        if seen is not None:
            self._behind.ask(-seen.lowest)
            self._before.ask(seen.highest)

    def glance(self, matches: Matches) -> None:
        """Take in what became of the last look's matches: eyes that turn against each other move all disparities. What
        has come in since is not among them, so that the ends move outwards only."""
        seen = _seen(matches)
        if seen is not None:
            self._behind.carry(-seen.lowest)
            self._before.carry(seen.highest)

    @property
    def verdict(self) -> SpanVerdict:
        if not self._behind.asked:
            return SpanVerdict(None, "too little is seen at one height by both eyes to tell whether they converge")
        lowest_px = -round(self._behind.share * self._width)
        span = DisparitySpan(lowest_px, round(self._before.share * self._width))
        if lowest_px == 0:
            return SpanVerdict(span, "nothing lies clearly behind the screen")
        percent = self._behind.share * 100
        words = "the eyes converge: things lie up to {percent:.0f} % of the width behind the screen"
        return SpanVerdict(span, Sentence(words, percent=percent))


class _HeldEnd:
    """How far one end of the span lies from zero: out when two looks or two glances ask for it, in when no look of many
    needs more."""

    def __init__(self) -> None:
        self._asked: deque[float] = deque(maxlen=_LOOKS)
        self._carried = 0.0
        self.share = 0.0

    @property
    def asked(self) -> bool:
        return bool(self._asked)

    def ask(self, share: float) -> None:
        self._asked.append(math.ceil(share / _STEP) * _STEP)
        newest = list(self._asked)[-_TWICE:]
        if len(self._asked) == 1 or min(newest) > self.share:
            self.share = min(newest)
        elif len(self._asked) == _LOOKS and max(self._asked) < self.share - _STEP / 2:
            self.share = max(self._asked)

    def carry(self, share: float) -> None:
        before, self._carried = self._carried, math.ceil(share / _STEP) * _STEP
        self.share = max(self.share, min(before, self._carried))


def _seen(matches: Matches) -> _Shares | None:
    """What matches ask for; None where too few lie on one row, and matching finds anything."""
    height, width = matches.size_hw
    even = np.flatnonzero(np.abs(matches.left[:, 1] - matches.right[:, 1]) < _ROW_SHARE * height)
    # One place may have features of two sizes: it is one witness.
    _places, first = np.unique(np.round(matches.left[even]), axis=0, return_index=True)
    once = even[first]
    if len(once) < _FEWEST_MATCHES:
        return None
    shares = (matches.left[once, 0] - matches.right[once, 0]) / width
    borne_out = shares[_borne_out(matches.left[once], shares)]
    if len(borne_out) < _FEWEST_MATCHES:
        return None
    farthest, nearest = (float(share) for share in np.percentile(borne_out, (_FARTHEST_PERCENT, _NEAREST_PERCENT)))
    highest = nearest + _NEARER + _NEARER_OF_ALL * (nearest - farthest)
    return _Shares(_lowest(farthest, clearly_below=_CLEARLY_BELOW), max(_NEARER, min(1.0, highest)))


def _borne_out(places: Points, shares: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N,): which of the disparities at (N, 2) places have some alike beside them."""
    at = places.astype(np.float32)
    _distances, nearest = cv2.batchDistance(at, at, cv2.CV_32F, K=_NEIGHBOURS + 1)  # each is its own nearest
    alike = np.abs(shares[nearest] - shares[:, None]) < _ALIKE_SHARE
    return np.asarray(alike.sum(axis=1) > _BORNE_OUT_BY, np.bool_)


def _seen_densely(pair: StereoPair) -> _Shares | None:
    """What a quick dense match asks for; None where that matches too little."""
    dense = surface_range(pair.left, pair.right)
    if dense is None:
        return None
    return _Shares(_lowest(dense[0] / pair.size_hw[1], clearly_below=_DENSELY_BELOW), 1.0)


def _lowest(farthest: float, *, clearly_below: float) -> float:
    """Where to begin when the farthest thing lies there: at 0 where that is not clearly below."""
    return -min(_MOST, _ROOM - farthest) if farthest < -clearly_below else 0.0
