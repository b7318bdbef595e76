"""Finds how two eyes are turned, from matches among which many are wrong.

As for a fundamental matrix: a random few of the matches at a time, the answer that most of the others agree with
(RANSAC, Fischler and Bolles 1981, scored as MSAC by Torr and Zisserman 2000), then all that agree, the more the better
they do (Geman and McClure 1987). Unlike for a fundamental matrix every number is held near what is plausible: what a
flat scene does not tell stays near zero, instead of becoming anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns, Numbers, row_errors

WIDTH_PX = 640
"""Errors are told in pixels of a picture so wide, whatever the eyes' own size."""

AGREES_PX = 1.5
"""Matches with a larger row error, once the eyes are turned, do not belong to the answer."""

_LEAST = 12
"""Matches; below that an answer would fit anything."""

_PRIOR = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, np.log(0.8), 0.0, 0.0])
_PRIOR_SPREAD = np.array(
    [np.radians(5), np.radians(4.5), np.radians(5), np.radians(4.5), np.radians(5), 0.03, 0.2, 0.0, 0.0]
)
"""Of hand-held phones in ../shared/data the eyes are turned by up to 9 degrees against their baseline, and their zooms
differ by 2 %. The focal length of phones and webcams is 0.7 to 0.9 of the picture's longer side."""
_AHEAD_SPREAD = np.array(
    [np.radians(15), np.radians(4.5), np.radians(15), np.radians(4.5), np.radians(5), 0.015, 0.15, 0.0, 0.0]
)
"""Of two phones that pan and are not quite at the same time one is ahead of the other, which is a yaw of both by up to
45 degrees. Who holds that for impossible finds zooms of 4 % and twice the focal length instead, and rows 1.3 px off."""
_AHEAD_IS_RARE = 6.0
"""Twice the logarithm of how much more often people hold two cameras side by side."""

_BENDS_SPREAD = np.array([0.07, 0.02])
"""Phones straighten their pictures to 0.03, webcams do not: OpenCV's pair has 0.14."""
_BENDS_ARE_RARE = 10.0
"""Twice the logarithm, as above. Who looks for bends everywhere is less sure of the turns, and finds some where few
matches lie near the border: of pairs bent by a known amount, all that say so by this much became more even."""

_CALMER = 3.0
"""Of what people hold, a moment changes less than a person's choice of how to hold it."""

_CHANGES_PER_S = np.array([*np.radians([15, 15, 15, 15, 15]), 0.05, 0.25, 0.0, 0.0])
"""How fast hands turn two phones against each other, and against the way from one to the other."""
_LONGEST_S = 0.25
"""What is further back says no more than that."""

_SAMPLES = 1500
_SAMPLE = 5
_STARTS = (0, 5, 50)
"""Which of the samples' answers, the best first, are followed: turns of 8 degrees do not simply add up."""
_START_PX = 4.0
"""What counts as agreeing with a start."""
_OTHERS = np.radians([[*turn, 0, 0, 0, 0, 0] for turn in ([6, 0, 6, 0], [-6, 0, -6, 0], [0, 4, 0, 4], [0, -4, 0, -4])])
"""Where else it is looked for something better than what was found: a roll or yaw of both eyes shows in near things
only, and these are soon taken for wrong matches."""
_OTHER_SCALES_PX = (2.0, 2.0, 1.4, 1.4)
_YAWS = np.radians([[15, 0, 15, 0, 0, 0, 0, 0, 0], [-15, 0, -15, 0, 0, 0, 0, 0, 0]])
_FURTHER_SCALES_PX = (4.0, 2.0, 2.0, 2.0, 1.4, 1.4, 1.4)
_NOISE_PX = 0.85
"""Of a match. The errors of neighbours are alike, by lenses and rolling shutters: fewer count than there are."""
_SCALES_PX = (4.0, 2.0, 2.0, 1.4, 1.4, 1.4)
"""Of the Geman-McClure weights, step after step: first all that may agree, in the end what does. With 0.7 px at the end
more near things were lost, and on hand-held pairs fewer pixels passed the left-right check."""
_MORE_STEPS = 15
"""At the most, with the last scale: turns of 8 degrees swing to and fro for a while, and are 8 px off so long."""
_ARRIVED = 1e-2
"""Of the square of a step in its own uncertainty: what is less changes nothing."""
_NEAR_SCALES_PX = (2.0, 1.4, 1.4)
_SEED = 20080612
_STEP = 1e-5
_ALL = np.arange(9)

_LARGEST_DROP = 0.3
"""Of the height: matches of other rows are wrong, whatever the turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known before the matches are looked at: (9,) as in `EyeTurns`, and how sure that is, (9,).
    What has no spread is known, and not looked for."""

    numbers: Numbers
    spread: Numbers

    @classmethod
    def plausible(cls) -> "Prior":
        """Of two like cameras, side by side, held by people."""
        return cls(_PRIOR, _PRIOR_SPREAD)

    @classmethod
    def ahead(cls) -> "Prior":
        """Of two like cameras of which one may be ahead of the other."""
        return cls(_PRIOR, _AHEAD_SPREAD)

    @property
    def bending(self) -> "Prior":
        """The same of lenses that may bend what they show."""
        return Prior(self.numbers, np.concatenate([self.spread[:7], _BENDS_SPREAD]))

    @property
    def sought(self) -> NDArray[np.intp]:
        """(K,): which of the numbers are looked for."""
        return np.flatnonzero(self.spread > 0)

    @classmethod
    def near(cls, turns: EyeTurns) -> "Prior":
        """Of eyes that were turned so a moment ago: what the matches do not tell stays as it was."""
        return cls(turns.numbers, _AHEAD_SPREAD / _CALMER)

    @classmethod
    def after(cls, turns: EyeTurns, elapsed_s: float) -> "Prior":
        """Of eyes that are watched, and were turned so such a while ago."""
        return cls(turns.numbers, _CHANGES_PER_S * min(elapsed_s, _LONGEST_S))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """`agree` (N,): the matches that fit `turns`; `covariance` (9, 9): how far its numbers are known."""

    turns: EyeTurns
    agree: NDArray[np.bool_]
    covariance: NDArray[np.float64]


def fit_turns(matches: Matches, prior: Prior | None = None, *, bending: bool = True) -> Fit | None:
    """The turns that most of `matches` agree with; None for less than a dozen matches.

    Without a `prior` two eyes side by side are thought of, and where that fits clearly worse, one ahead of the other;
    then, where they may be `bending`, lenses that bend what they show.
    """
    known = prior or Prior.plausible()
    scale = WIDTH_PX / matches.size_hw[1]
    drop = np.abs(matches.right[:, 1] - matches.left[:, 1])
    near = np.flatnonzero(drop < _LARGEST_DROP * matches.size_hw[0])
    if len(near) < _LEAST:
        return None
    used = Matches(matches.left[near], matches.right[near], matches.size_hw)
    best = _followed(used, _starts(used, known, scale), known, scale, _SCALES_PX)
    other = _followed(used, best.numbers + _OTHERS, known, scale, _OTHER_SCALES_PX)
    best = min(best, other, key=lambda end: end.implausibility)
    if prior is None:
        starts = np.concatenate([best.numbers[None], best.numbers + _YAWS])
        ahead = _followed(used, starts, Prior.ahead(), scale, _FURTHER_SCALES_PX)
        if ahead.implausibility + _AHEAD_IS_RARE < best.implausibility:
            best, known = ahead, Prior.ahead()
    if prior is None and bending:
        bent = _followed(used, best.numbers[None], known.bending, scale, _OTHER_SCALES_PX)
        best = bent if bent.implausibility + _BENDS_ARE_RARE < best.implausibility else best
    numbers = best.numbers
    agree = misses_px(numbers, matches) < AGREES_PX
    return Fit(EyeTurns.of(numbers), agree, best.covariance)


def follow_turns(matches: Matches, prior: Prior) -> Fit:
    """The turns near `prior` that `matches`, few of them wrong, agree with."""
    end = _followed(matches, prior.numbers[None], prior, WIDTH_PX / matches.size_hw[1], _NEAR_SCALES_PX)
    agree = misses_px(end.numbers, matches) < AGREES_PX
    return Fit(EyeTurns.of(end.numbers), agree, end.covariance)


def misses_px(numbers: Numbers, matches: Matches) -> NDArray[np.float64]:
    """(N,): row errors without their sign, in pixels of a picture `WIDTH_PX` wide."""
    return np.asarray(np.abs(row_errors(numbers, matches)) * (WIDTH_PX / matches.size_hw[1]), np.float64)


def slopes(numbers: Numbers, matches: Matches, sought: NDArray[np.intp] = _ALL) -> NDArray[np.float64]:
    """(N, K), or (S, N, K) for (S, 9) `numbers`: how the row errors change with each number that is `sought`."""
    steps = np.eye(numbers.shape[-1])[sought] * _STEP
    errors = row_errors(numbers[..., None, :] + np.concatenate([steps, -steps]), matches)
    more, less = np.split(errors, 2, axis=-2)
    return np.asarray(np.swapaxes(more - less, -1, -2) / (2 * _STEP), np.float64)


def _starts(matches: Matches, known: Prior, scale: float) -> NDArray[np.float64]:
    """(S, 9): of many answers to few matches each, those that most agree with, the turns taken to be small."""
    errors = row_errors(known.numbers, matches) * scale
    sought = known.sought
    changes = slopes(known.numbers, matches, sought) * scale
    few = np.random.default_rng(_SEED).integers(0, len(errors), (_SAMPLES, _SAMPLE))
    within = changes[few]
    information = np.einsum("sij,sik->sjk", within, within) / _NOISE_PX**2 + np.diag(known.spread[sought] ** -2)
    pull = -np.einsum("sij,si->sj", within, errors[few]) / _NOISE_PX**2
    answers = np.linalg.solve(information, pull[..., None])[..., 0]
    costs = _cost(errors + answers @ changes.T).sum(axis=1)
    starts = np.tile(known.numbers, (len(_STARTS), 1))
    starts[:, sought] += answers[np.argsort(costs)[list(_STARTS)]]
    return starts


def _cost(errors_px: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.minimum(np.abs(errors_px) / _START_PX, 1.0) ** 2, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _End:
    """Where steps led to. `implausibility` is what they make less: how badly matches and prior fit together."""

    numbers: Numbers
    covariance: NDArray[np.float64]
    implausibility: float


def _followed(matches: Matches, starts: Numbers, known: Prior, scale: float, scales_px: Sequence[float]) -> _End:
    """Steps of Gauss and Newton from each of (S, 9) `starts`: the best end."""
    sought, numbers = known.sought, starts.copy()
    spread = known.spread[sought]
    certainty = np.diag(spread**-2)
    information = certainty[None]
    for number, scale_px in enumerate((*scales_px, *[scales_px[-1]] * _MORE_STEPS), 1):
        errors = row_errors(numbers, matches) * scale
        changes = slopes(numbers, matches, sought) * scale
        weights = 1.0 / (1.0 + (errors / scale_px) ** 2) ** 2
        weighed = np.swapaxes(changes * (weights / _NOISE_PX**2)[..., None], -1, -2)
        information = weighed @ changes + certainty
        pull = weighed @ errors[..., None] + certainty @ (numbers - known.numbers)[:, sought, None]
        steps = np.linalg.solve(information, pull)
        numbers[:, sought] -= steps[..., 0]
        if number >= len(scales_px) and (steps * (information @ steps)).sum(axis=1).max() < _ARRIVED:
            break
    share = (row_errors(numbers, matches) * scale / scales_px[-1]) ** 2
    misfit = (share / (1.0 + share)).sum(axis=-1) * (scales_px[-1] / _NOISE_PX) ** 2
    implausibility = misfit + (((numbers - known.numbers)[:, sought] / spread) ** 2).sum(axis=-1)
    best = int(np.argmin(implausibility))
    covariance = np.zeros((len(known.numbers), len(known.numbers)))
    covariance[np.ix_(sought, sought)] = np.linalg.inv(information[best])
    return _End(numbers[best], covariance, float(implausibility[best]))
