"""What brings the rows of two uncalibrated eyes to one height: judged over several frames, then held."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.doubts import FEW, doubt, too_little
from depthview.engine.stereo.rectification.eye_turns import EyeTurns
from depthview.engine.stereo.rectification.fit import Fit, Prior, fit_turns, follow_turns, misses_px
from depthview.engine.stereo.rectification.turns_warp import TurnsWarp

_EVEN_PX = 0.5
"""Of a pair that somebody rectified the matches themselves are that uncertain (0.2 to 0.7 px on Middlebury's)."""
_AS_GOOD = 1.25
_AS_GOOD_PX = 0.1
"""What is held may be that much worse than what fits best, relatively and besides: that is chance and no new turn."""

_SETTLED_LOOKS = 5
"""After so many looks that agree, more do not make the rows more even."""
_POOLED = 300
"""Matches of each."""

_LOOK_S, _LEAD_S = 0.04, 0.35
"""Where a look finds other turns than glances led to, the picture goes there as far as in the former at once, and is
there after the latter: it is not to jump. With 0.15 s it still did, by up to 86 px in a corner where these are 22."""
_BEARABLE_PX = 4.0
"""At the 95th percentile: what is held may be so far off while it goes there. More is another scene."""

_EVEN = "The rows of the eyes are even already."
_EVENED = "The eyes are turned against each other, and are turned back."


class Warp(Protocol):
    """Brings both eyes into one geometry, in which a thing lies on the same row in both; size stays the same."""

    def warp(self, pair: StereoPair) -> StereoPair:
        """The pair, warped; black where nothing was seen. A pair from a measured rig carries it from here on."""
        ...

    def seen(self) -> NDArray[np.bool_] | None:
        """(H, W): where the warped left eye shows something; None where it does everywhere."""
        ...

    def points(self, matches: Matches) -> Matches:
        """The same points in the warped pictures."""
        ...


@dataclass(frozen=True, slots=True)
class RowsVerdict:
    """What was found of the rows.

    `warp` evens them, None where nothing usable was found or nothing needs it. `trusted` says that it may be used
    without asking. `before_px`, `after_px`: vertical error of the matches that fit the geometry, 95th percentile, in
    pixels of a picture 640 wide, without and with the warp; None where it could not be measured. `reason` is one
    sentence in plain words: what is done and why, or why the pair is left alone.
    """

    warp: Warp | None
    trusted: bool
    before_px: float | None
    after_px: float | None
    reason: str


class RowsJudge:
    """Collects the matches of one source's frames, unwarped, and says what evens their rows.

    What was found is refined by the first few looks that agree with it, and then held until one does not: phones that
    are held in two hands turn against each other. Between looks `glance` follows them then, in small steps. A look that
    cannot be trusted changes nothing.
    """

    def __init__(self) -> None:
        self._verdict = RowsVerdict(None, False, None, None, FEW)
        self._turns: EyeTurns | None = None
        self._at_look: EyeTurns | None = None
        self._pool: list[Matches] = []
        self._moving = False
        self._looks = 0
        self._glanced = False
        self._wanted: EyeTurns | None = None
        self._left_s = 0.0

    @property
    def verdict(self) -> RowsVerdict:
        return self._verdict

    @property
    def moving(self) -> bool:
        """Whether the last look did not fit what was held before it: the eyes turn, the next look should be soon."""
        return self._moving

    @property
    def restless(self) -> bool:
        """Whether glances between looks are worth it: the eyes turn, or were seen only once so far."""
        return self._verdict.warp is not None and self._turns is not None and (self._moving or self._looks == 1)

    def look(self, matches: Matches) -> None:
        """Take in one moment's matches; the eyes are in the right order and their bars are cut off."""
        if self._pool and self._pool[-1].size_hw != matches.size_hw:
            self._turns, self._at_look, self._pool, self._looks = None, None, [], 0
        self._looks += 1
        self._left_s = 0.0
        alone = _most_likely(matches)
        if alone is None:
            return
        self._moving = self._at_look is not None and not _as_good(self._at_look, alone, matches)
        if self._turns is None:
            self._begin(matches, alone)
        elif not _as_good(self._turns, alone, matches):
            self._follow(matches, alone, self._turns)
        elif not self._moving:
            self._refine(matches, self._turns)
        self._at_look = self._turns
        self._glanced = False

    def glance(self, matches: Matches, elapsed_s: float) -> None:
        """Take in what became of the last moment's matches `elapsed_s` later: eyes that turn are followed closely."""
        if self._turns is None or self._turns == EyeTurns.none() or len(matches) == 0:
            return
        lead = min(1.0, elapsed_s / self._left_s) if self._left_s > 0 else 0.0
        wanted = self._wanted or self._turns
        led = EyeTurns.of(self._turns.numbers + lead * (wanted.numbers - self._turns.numbers))
        fit = follow_turns(matches, Prior.after(led, elapsed_s))
        self._glanced = True
        if too_little(fit) is None:
            self._left_s -= elapsed_s
            self._hold(fit, matches)

    def _begin(self, matches: Matches, alone: Fit) -> None:
        """Nothing is believed yet: this look may settle it, or all looks so far together."""
        self._pool = [*self._pool, _some(matches)][-_SETTLED_LOOKS:]
        if not self._settle(matches, alone) and len(self._pool) > 1:
            together = _together(self._pool)
            if (fit := _most_likely(together)) is not None:
                self._settle(together, fit)

    def _refine(self, matches: Matches, held: EyeTurns) -> None:
        """What is held still fits: until it is settled this look helps to make it better."""
        if len(self._pool) >= _SETTLED_LOOKS or held == EyeTurns.none():
            return
        self._pool = [*self._pool, _some(matches)]
        together = _together(self._pool)
        fit = _most_likely(together)
        if fit is not None and doubt(fit, together) is None:
            self._settle(together, fit)

    def _follow(self, matches: Matches, alone: Fit, held: EyeTurns) -> None:
        """The eyes have turned: follow, from where they were, if this look alone can be trusted."""
        nearby = None if held == EyeTurns.none() else fit_turns(matches, Prior.near(held))
        if nearby is not None and not _as_good(nearby.turns, alone, matches):
            nearby = None
        # Where glances led here, that the turns are near the former ones is believed even where one look tells little.
        watched = self._glanced and nearby is not None and too_little(nearby) is None
        fit = nearby if nearby is not None and (watched or doubt(nearby, matches) is None) else alone
        if watched or doubt(fit, matches) is None:
            self._pool = [_some(matches)]
            bearable = self._glanced and _error_px(held, fit, matches) < _BEARABLE_PX
            if (watched or bearable) and not _as_good(EyeTurns.none(), fit, matches):
                self._wanted, self._left_s = fit.turns, _LEAD_S
                self.glance(matches, _LOOK_S)
            else:
                self._settle(matches, fit)
        elif too_little(fit) is None and _error_px(held, fit, matches) > _error_px(EyeTurns.none(), fit, matches):
            # Another camera: what is held does harm, whatever is right.
            self._turns, self._pool = None, []
            self._begin(matches, fit)

    def _settle(self, matches: Matches, fit: Fit) -> bool:
        """Say what `fit`, found from `matches`, means; whether that is to be held."""
        before_px, after_px = _error_px(EyeTurns.none(), fit, matches), _error_px(fit.turns, fit, matches)
        if too_little(fit) is None and _as_good(EyeTurns.none(), fit, matches):
            self._turns = EyeTurns.none()
            self._verdict = RowsVerdict(None, True, before_px, before_px, _EVEN)
            return True
        if (why_not := doubt(fit, matches)) is None:
            self._hold(fit, matches)
            return True
        self._turns = None
        warp = TurnsWarp.of(fit.turns, matches.size_hw)
        self._verdict = RowsVerdict(warp, False, before_px, after_px, why_not)
        return False

    def _hold(self, fit: Fit, matches: Matches) -> None:
        before_px, after_px = _error_px(EyeTurns.none(), fit, matches), _error_px(fit.turns, fit, matches)
        self._turns = fit.turns
        self._verdict = RowsVerdict(TurnsWarp.of(fit.turns, matches.size_hw), True, before_px, after_px, _EVENED)


def _most_likely(matches: Matches) -> Fit | None:
    """The fit that says most; where that cannot be believed, one that can: of straight lenses, or side by side."""
    fit = fit_turns(matches)
    if fit is None or doubt(fit, matches) is None:
        return fit
    simpler = fit_turns(matches, bending=False), fit_turns(matches, Prior.plausible())
    return next((each for each in simpler if each is not None and doubt(each, matches) is None), fit)


def _as_good(turns: EyeTurns, best: Fit, matches: Matches) -> bool:
    """Whether `turns` even the rows of what agrees with `best` about as well as `best` itself."""
    enough_px = max(_EVEN_PX, _AS_GOOD * _error_px(best.turns, best, matches) + _AS_GOOD_PX)
    return _error_px(turns, best, matches) <= enough_px


def _error_px(turns: EyeTurns, fit: Fit, matches: Matches) -> float:
    errors = misses_px(turns.numbers, matches)[fit.agree]
    return float(np.percentile(errors, 95)) if errors.size else float("inf")


def _some(matches: Matches) -> Matches:
    """Every n-th of many, so that no look outvotes the others."""
    step = max(1, -(-len(matches) // _POOLED))
    return Matches(matches.left[::step], matches.right[::step], matches.size_hw)


def _together(looks: list[Matches]) -> Matches:
    left, right = [look.left for look in looks], [look.right for look in looks]
    return Matches(np.concatenate(left), np.concatenate(right), looks[-1].size_hw)
