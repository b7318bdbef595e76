"""What every estimator is: a stereo pair in, an estimate at the pair's own size out; of one eye it may be content."""

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from depthview.engine.estimators.fit import Fit
from depthview.engine.execution.devices import Device
from depthview.engine.frames import Confidence, DepthFrame, Meaning, StereoPair, Values


@dataclass(frozen=True, slots=True)
class Selection:
    """What the person chose: a model, and where the model offers them, iterations and working size.

    None leaves the choice to the model. With `rate_hz` what is left to the model is chosen so that it holds that many
    pictures a second on this machine ("auto"). `device` is where it is to run.
    """

    model_id: str
    iterations: int | None = None
    size_hw: tuple[int, int] | None = None
    rate_hz: float | None = None
    device: Device = Device.AUTO


@dataclass(frozen=True, slots=True)
class Estimate:
    """(H, W) float32 each, at the pair's own size: values (NaN unknown), and how sure they are, if the model says so.

    `fov_deg` is the horizontal field of view that the model saw the picture under, or was told.
    `iterations` were really done: fewer than asked when nothing changed any more. `warm` says that it went on from the
    moment before. `meaning` says what the values are; `guessed` marks metres told for a lens that nobody knows.
    """

    values: Values
    confidence: Confidence | None = None
    iterations: int | None = None
    warm: bool = False
    meaning: Meaning = Meaning.DISPARITY
    guessed: bool = False
    fov_deg: float | None = None


@dataclass(frozen=True, slots=True)
class EstimatorInfo:
    """What is really running, with the iterations and size of the last estimate.

    `provider` is where, `provider_note` says aloud what was asked for and not had. With `eyes` == 1 it looks at the
    left eye only. `meaning` is what its estimates are.
    """

    title: str
    selection: Selection
    provider: str
    provider_note: str = ""
    eyes: int = 2
    meaning: Meaning = Meaning.DISPARITY


def depth_frame(
    pair: StereoPair, estimate: Estimate, info: EstimatorInfo, *, started_s: float, ended_s: float
) -> DepthFrame:
    """What an estimator said of a pair, as it travels on; times are time.perf_counter() around the estimate."""
    return DepthFrame(
        pair if estimate.fov_deg is None else replace(pair, fov_deg=estimate.fov_deg),
        estimate.values,
        info.title,
        info.provider,
        ended_s - started_s,
        ended_s,
        estimate.meaning,
        estimate.confidence,
        estimate.guessed,
        warm=estimate.warm,
        coarseness=_coarseness(pair.size_hw, info.selection.size_hw),
    )


def _coarseness(picture_hw: tuple[int, int], matched_hw: tuple[int, int] | None) -> float:
    """As in DepthFrame; an estimator that says no size works at the picture's own."""
    return 1.0 if matched_hw is None else max(1.0, Fit.free(picture_hw, matched_hw).disparity_scale)


class Estimator(Protocol):
    """Used by one thread at a time. `estimate` raises UserError when the model cannot take this pair."""

    @property
    def info(self) -> EstimatorInfo: ...

    def estimate(self, pair: StereoPair) -> Estimate: ...

    def close(self) -> None: ...


@runtime_checkable
class RefiningEstimator(Estimator, Protocol):
    """One that hurries as long as a picture plays, and can take its time over one that stands still."""

    def refine(self, pair: StereoPair) -> Estimate:
        """What `estimate` says, at the best that is left open by the selection; raises as it does."""
        ...
