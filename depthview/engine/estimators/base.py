"""What every estimator is: a stereo pair in, disparity at the pair's own size out."""

from dataclasses import dataclass
from typing import Protocol

from depthview.engine.frames import Disparity, StereoPair


@dataclass(frozen=True, slots=True)
class Selection:
    """What the person chose: a model, and where the model offers them, iterations and working size.

    None leaves the choice to the model.
    """

    model_id: str
    iterations: int | None = None
    size_hw: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class EstimatorInfo:
    """What is really running: `provider` is where, `provider_note` says aloud what was asked for and not had."""

    title: str
    selection: Selection
    provider: str
    provider_note: str = ""


class Estimator(Protocol):
    """Used by one thread at a time. `estimate` raises UserError when the model cannot take this pair."""

    @property
    def info(self) -> EstimatorInfo: ...

    def estimate(self, pair: StereoPair) -> Disparity: ...

    def close(self) -> None: ...
