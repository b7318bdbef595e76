"""What a training was asked to do, and all that follows from it. Knows no torch: the window reads it too."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import Enum
from typing import Any, Self

_PUBLISHED_ITERATIONS = 30_000
_DEGREE_EVERY = 1000
_STATE_EVERY = 2000
_CHECKPOINTS = (10_000, 20_000, 30_000)
_SHORT_CHECKPOINTS = 3
"""A training shorter than the published one shows as many, evenly spread."""
_COARSE = ((0.15, 4), (0.40, 2))
"""Until that share of the iterations the photos are made so many times smaller."""
_REFINE_FROM, _REFINE_UNTIL = 1 / 60, 25 / 30
_CLASSIC_UNTIL = 0.5
_REFINE_EVERY = 100
_FEWEST_REFINEMENTS = 40
_RESET_EVERY = 3000
_LEAST_RESET_EVERY = 1000
_POSITION_RATES = (1.6e-4, 1.6e-6)
_CURVE_POINTS = 30
_CURVE_EVERY = 500


class StrategyName(Enum):
    """Kheradmand et al. 2024, or Kerbl et al. 2023."""

    MCMC = "mcmc"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """`iterations` of one photo each; at most `max_splats` at any time; photos at most `max_size_px` on their longer
    side; colours with harmonics of at most `degree` (0 to 4, as `SplatScene` holds them).

    `coarse_to_fine` begins with small photos, which the processor gains from. `exposures` learns how bright each photo
    is. `hold_out` keeps every eighth photo to measure with, where there are at least eight.
    """

    iterations: int
    max_splats: int
    max_size_px: int
    degree: int = 3
    strategy: StrategyName = StrategyName.MCMC
    coarse_to_fine: bool = False
    exposures: bool = False
    hold_out: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ValueError for numbers that no training can be made with."""
        for name, least in (("iterations", 1), ("max_splats", 1), ("max_size_px", 16), ("degree", 0), ("seed", 0)):
            if not least <= getattr(self, name):
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {least}")
        if self.degree > 4:
            raise ValueError(f"degree is {self.degree}; it must be at most 4")

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"strategy": self.strategy.value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Raises ValueError, TypeError or KeyError for what `to_json` did not make."""
        known = {field.name: values[field.name] for field in fields(cls)}
        for field in fields(cls):
            kind = str if field.name == "strategy" else field.type
            if type(known[field.name]) is not kind:
                raise TypeError(f"{field.name} is {known[field.name]!r}")
        return cls(**(known | {"strategy": StrategyName(known["strategy"])}))

    def with_cap(self, max_splats: int) -> Self:
        return replace(self, max_splats=max_splats)

    def reduction(self, iteration: int) -> int:
        """How many times smaller the photos are at this iteration (counted from 0)."""
        if self.coarse_to_fine:
            for share, times in _COARSE:
                if iteration < share * self.iterations:
                    return times
        return 1

    @property
    def reductions(self) -> tuple[int, ...]:
        """All that occur."""
        return (*(times for _, times in _COARSE), 1) if self.coarse_to_fine else (1,)

    def degree_at(self, iteration: int) -> int:
        """Raised step by step, so that colours settle before they depend on where one looks from."""
        every = min(_DEGREE_EVERY, max(1, self.iterations // (self.degree + 2)))
        return min(self.degree, iteration // every)

    def position_rate(self, iteration: int) -> float:
        """Of learning, in shares of the extent of the cameras; falls exponentially."""
        first, last = _POSITION_RATES
        share = min(1.0, iteration / self.iterations)
        return math.exp(math.log(first) * (1 - share) + math.log(last) * share)

    @property
    def refine_every(self) -> int:
        return max(1, min(_REFINE_EVERY, self.iterations // (2 * _FEWEST_REFINEMENTS)))

    def refines_after(self, iteration: int) -> bool:
        """Whether Gaussians are added and taken away after so many iterations."""
        until = _CLASSIC_UNTIL if self.strategy is StrategyName.CLASSIC else _REFINE_UNTIL
        inside = _REFINE_FROM * self.iterations <= iteration < until * self.iterations
        return inside and iteration % self.refine_every == 0

    def resets_after(self, iteration: int) -> bool:
        """Whether the classic strategy makes all nearly transparent, so that what is not needed shows."""
        every = max(_LEAST_RESET_EVERY, self.iterations * _RESET_EVERY // _PUBLISHED_ITERATIONS)
        return iteration > 0 and iteration % every == 0 and iteration < _CLASSIC_UNTIL * self.iterations

    def saves_state_after(self, iteration: int) -> bool:
        """At least then; where so many take long, `running` saves between. What was shown is never trained again."""
        return iteration % _STATE_EVERY == 0 or self.makes_checkpoint_after(iteration)

    @property
    def checkpoints(self) -> tuple[int, ...]:
        """After how many iterations there is something to look at, rising; the last is the end."""
        if self.iterations >= _PUBLISHED_ITERATIONS:
            return tuple(sorted({*_CHECKPOINTS, self.iterations}))
        thirds = {self.iterations * part // _SHORT_CHECKPOINTS for part in range(1, _SHORT_CHECKPOINTS + 1)}
        return tuple(sorted(thirds - {0}))

    def makes_checkpoint_after(self, iteration: int) -> bool:
        return iteration in self.checkpoints

    def measures_after(self, iteration: int) -> bool:
        """Whether a point of the curve is measured."""
        every = max(1, min(_CURVE_EVERY, self.iterations // _CURVE_POINTS))
        return iteration % every == 0 or self.makes_checkpoint_after(iteration)
