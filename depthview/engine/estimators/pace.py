"""What size and how many iterations hold a wanted number of pictures a second, on a machine that nobody has measured.

Pure logic: it is told how long each estimate took and when that was, and says what to use for the next one.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.sgm import LIVE_HW

_MARGIN = 0.85
"""Of a period: what an estimate may take by prediction. The rest is for what else a frame needs, and for bad luck."""
_CALM_S = 1.0
_LATE_OF = (3, 4)
_SMOOTHING = 0.3
_BOLDEST = 4.0
"""Nothing is tried that should take more than this many times what is measured now: predictions are no better."""
_FEWEST_AT_A_LARGER_SIZE = 3
_SEED_SHARE, _ITERATION_SHARE = 0.5, 0.12
"""Until it is measured: what the seed costs, of the network without iterations; and one iteration, of both together."""
_PRIOR_WEIGHT = 4.0
_FORGETTING = 0.97
_DISTRUST_S, _LONGEST_DISTRUST_S = 8.0, 120.0


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder: a size to fit the picture into, and iterations; with none the seed is the answer."""

    size_hw: tuple[int, int]
    iterations: int


@dataclass(slots=True)
class _Record:
    """What is known of a rung: its smoothed time, when that was, and how often it turned out too dear."""

    seconds: float
    at_s: float
    failures: int = 0


def ladder(
    picture_hw: tuple[int, int], sizes_hw: Sequence[tuple[int, int]], iterations: Sequence[int]
) -> tuple[Rung, ...]:
    """All that is worth choosing for a picture, from cheap to dear; never empty.

    A larger size is worth more than many iterations at a smaller one, so each size is used up to the iterations that
    cost as much as a few at the next. Sizes above the picture's own are not: they add cost and no detail. A single
    size is what the person chose: it is kept as it is. Where `iterations` holds 0, sizes below `LIVE_HW` are used
    without the network: the seed alone of a larger size is better than the network at a smaller one, and cheaper.
    """
    sizes = sorted(sizes_hw, key=lambda size: size[0] * size[1])
    if len(sizes) > 1:
        sizes = _apart(picture_hw, sizes)
    counts = sorted(n for n in iterations if n > 0)
    rungs: list[Rung] = []
    if 0 in iterations:
        small = [size for size in sizes if size[0] * size[1] < LIVE_HW[0] * LIVE_HW[1]]
        large = sizes[len(small) :]
        rungs = [Rung(size, 0) for size in (*small, *large[:1])]
        sizes = large or small[-1:]
    for place, size_hw in enumerate(sizes):
        here = [n for n in counts if place == 0 or n >= min(_FEWEST_AT_A_LARGER_SIZE, counts[-1])]
        if place + 1 < len(sizes):
            fewest = next((n for n in counts if n >= _FEWEST_AT_A_LARGER_SIZE), counts[-1])
            dearest = _prior_cost(picture_hw, Rung(sizes[place + 1], fewest))
            here = [n for n in here if _prior_cost(picture_hw, Rung(size_hw, n)) < dearest] or here[:1]
        rungs += [Rung(size_hw, n) for n in here]
    return tuple(rungs)


class Pace:
    """Holds `rate_hz` for one picture size: down at once when late, up when it was calm for a second and should fit."""

    def __init__(
        self,
        rate_hz: float,
        picture_hw: tuple[int, int],
        sizes_hw: Sequence[tuple[int, int]],
        iterations: Sequence[int],
    ) -> None:
        self._period_s = 1.0 / rate_hz
        self._picture_hw = picture_hw
        self._rungs = ladder(picture_hw, sizes_hw, iterations)
        # Not with the seed alone, which says nothing of what the network costs here.
        alone = sum(rung.iterations == 0 for rung in self._rungs)
        self._at = min(len(self._rungs) - 1, alone or 2)
        self._records: dict[Rung, _Record] = {}
        self._fit = _CostFit()
        self._warming = True
        self._settled_s: float | None = None
        self._recent: deque[bool] = deque(maxlen=_LATE_OF[1])

    @property
    def rung(self) -> Rung:
        """What to use for the next estimate."""
        return self._rungs[self._at]

    def took(self, seconds: float, *, iterations: int, ended_s: float) -> None:
        """The estimate on `rung` took `seconds`, with so many iterations really done; `ended_s` is any steady clock."""
        if self._warming:
            self._warming = False  # the first at a size makes room for itself: it says nothing of the next
            self._settled_s = ended_s
            return
        rung = self.rung
        record = self._records.get(rung)
        if record is None or self._expired(record, ended_s):
            record = _Record(seconds, ended_s, record.failures if record else 0)
            self._records[rung] = record
        record.seconds += _SMOOTHING * (seconds - record.seconds)
        record.at_s = ended_s
        self._fit.add(self._pixels(rung), iterations, seconds)
        self._recent.append(seconds > self._period_s)
        if self._recent[-1]:
            self._settled_s = ended_s
        if record.seconds > self._period_s or sum(self._recent) >= _LATE_OF[0]:
            self._step_down(record, ended_s)
        elif self._settled_s is None or ended_s - self._settled_s >= _CALM_S:
            self._step_up(record, ended_s)

    def _step_down(self, record: _Record, now_s: float) -> None:
        record.failures += 1
        # Late in most of the last pictures is late, whatever the smoothed time still says.
        record.seconds = max(record.seconds, self._period_s)
        target = self._period_s * _MARGIN
        below = range(self._at - 1, -1, -1)
        self._go_to(next((n for n in below if self._predicted(n, record, now_s) <= target), 0), now_s)

    def _step_up(self, record: _Record, now_s: float) -> None:
        target = min(self._period_s * _MARGIN, record.seconds * _BOLDEST)
        above = range(len(self._rungs) - 1, self._at, -1)
        self._go_to(next((n for n in above if self._predicted(n, record, now_s) <= target), self._at), now_s)

    def _go_to(self, place: int, now_s: float) -> None:
        if place == self._at:
            return
        self._at, self._warming, self._settled_s = place, True, now_s
        self._recent.clear()

    def _predicted(self, place: int, record: _Record, now_s: float) -> float:
        """Seconds on another rung: as measured there, or else as measured here times what the fit says of the two."""
        other = self._rungs[place]
        known = self._records.get(other)
        if known is not None and not self._expired(known, now_s):
            return known.seconds
        here = self._fit.seconds(self._pixels(self.rung), self.rung.iterations)
        return record.seconds * self._fit.seconds(self._pixels(other), other.iterations) / here

    def _expired(self, record: _Record, now_s: float) -> bool:
        """A rung that was too dear is tried again in the end, each time after twice as long: other work may be over."""
        trusted_s = min(_LONGEST_DISTRUST_S, _DISTRUST_S * 2.0 ** min(record.failures, 8))
        return now_s - record.at_s > trusted_s

    def _pixels(self, rung: Rung) -> float:
        return float(_pixels(self._picture_hw, rung.size_hw))


class _CostFit:
    """seconds = pixels * (seed + network + each * iterations), by least squares over what was seen, newest first.

    Without iterations there is no network. Until all was seen, a weak prior says how the three stand to one another.
    """

    def __init__(self) -> None:
        self._products = np.zeros((3, 3))
        self._costs = np.zeros(3)

    def add(self, pixels: float, iterations: int, seconds: float) -> None:
        parts = _parts(iterations)
        self._products = self._products * _FORGETTING + np.outer(parts, parts)
        self._costs = self._costs * _FORGETTING + parts * (seconds / pixels)

    def seconds(self, pixels: float, iterations: int) -> float:
        """Above 0, relative to others of this fit; the unit is seconds once something was added."""
        return pixels * float(_parts(iterations) @ self._solved())

    def _solved(self) -> NDArray[np.float64]:
        usual = np.array([_SEED_SHARE, 1.0, _ITERATION_SHARE * (1 + _SEED_SHARE)])
        if not self._costs.any():
            return usual
        # The prior: each part is to the network's as usual, which costs nothing to say and holds for any speed.
        ties = np.array([[1.0, -_SEED_SHARE, 0.0], [-_ITERATION_SHARE, -_ITERATION_SHARE, 1.0]])
        found = np.linalg.solve(self._products + _PRIOR_WEIGHT * ties.T @ ties, self._costs)
        return np.maximum(found, 1e-3 * float(found.max()))


def _parts(iterations: int) -> NDArray[np.float64]:
    """What a frame is charged for: a seed, the network, iterations."""
    return np.array([1.0, float(iterations > 0), float(iterations)])


def _pixels(picture_hw: tuple[int, int], size_hw: tuple[int, int]) -> int:
    height, width = Fit.free(picture_hw, size_hw).content_hw
    return height * width


def _apart(picture_hw: tuple[int, int], sizes_hw: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Only one of several sizes that come to the same for this picture, and none that does more than it has."""
    own = picture_hw[0] * picture_hw[1]
    kept: dict[int, tuple[int, int]] = {}
    for size_hw in sizes_hw:
        pixels = _pixels(picture_hw, size_hw)
        kept.setdefault(min(pixels, own), size_hw if pixels <= own else picture_hw)
    return [kept[pixels] for pixels in sorted(kept)]


def _prior_cost(picture_hw: tuple[int, int], rung: Rung) -> float:
    return _pixels(picture_hw, rung.size_hw) * (1 + _ITERATION_SHARE * rung.iterations)
