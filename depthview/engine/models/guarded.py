"""An estimator that makes do with less when memory is short, and notices when what it runs on has failed for good."""

import math
from collections.abc import Callable
from dataclasses import replace

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, Estimator, EstimatorInfo, RefiningEstimator, Selection
from depthview.engine.execution.answers import SUSPECT_AFTER, AnswerWatch
from depthview.engine.execution.devices import CPU, NAMES, Device
from depthview.engine.execution.failure import EngineBroken, OutOfMemory, leave_alone
from depthview.engine.frames import StereoPair
from depthview.engine.models.library import ModelFamily

Build = Callable[[Selection], Estimator]
_CPU = NAMES[CPU]


class GuardedEstimator:
    """Builds the estimator of a selection, and runs it.

    Out of memory, it is built once more at the next smaller size that its family offers, or where there is none, on the
    CPU; `info` then says so. A second time it is the person's turn. Once an accelerator has failed, or answers nothing
    any more, every call raises EngineBroken: what it would say is not to be believed, and it is never freed.
    """

    def __init__(self, selection: Selection, family: ModelFamily, build: Build) -> None:
        """Raises UserError as `build` does."""
        self._wanted, self._family, self._build = selection, family, build
        self._watch = AnswerWatch()
        self._note = ""
        self._over: UserError | None = None
        self._estimator: Estimator | None = None
        try:
            self._estimator = build(selection)
        except OutOfMemory as error:
            self._step_down(error)

    @property
    def info(self) -> EstimatorInfo:
        """What really runs, with what had to be given up."""
        if self._estimator is not None:
            self._info = self._estimator.info
        note = "; ".join(part for part in (self._note, self._info.provider_note) if part)
        return replace(self._info, provider_note=note)

    def estimate(self, pair: StereoPair) -> Estimate:
        """As the estimator itself; OutOfMemory when even less does not fit, EngineBroken from when it failed on."""
        return self._run(pair, refines=False)

    def refine(self, pair: StereoPair) -> Estimate:
        """As the estimator itself; of one that is never in a hurry, what `estimate` says."""
        return self._run(pair, refines=True)

    def close(self) -> None:
        if isinstance(self._over, EngineBroken):
            leave_alone(self._estimator)
        elif self._estimator is not None:
            self._estimator.close()
        self._estimator = None

    def _run(self, pair: StereoPair, *, refines: bool) -> Estimate:
        if self._over is not None:
            raise self._over
        assert self._estimator is not None  # until it is over
        try:
            if refines and isinstance(self._estimator, RefiningEstimator):
                estimate = self._estimator.refine(pair)
            else:
                estimate = self._estimator.estimate(pair)
        except OutOfMemory as error:
            self._step_down(error)
            return self._run(pair, refines=refines)
        except EngineBroken as error:
            self._over = error
            raise
        provider = self._estimator.info.provider
        # On the CPU there is nothing that could have died: a model that says one number means it.
        if provider != _CPU and estimate.iterations != 0 and self._watch.is_gone(estimate.values, pair.left):
            self._over = EngineBroken(provider, f"The last {SUSPECT_AFTER} answers held nothing.")
            raise self._over
        return estimate

    def _step_down(self, error: OutOfMemory) -> None:
        """Go on with less. Raises UserError when that was done before, when there is no less, or it fails too."""
        ran = self.info if self._estimator is not None else None
        instead = None if self._note else lesser(self._family, self._wanted, ran)
        if self._estimator is not None:
            self._estimator.close()  # first: there is no room for both
            self._estimator = None
        try:
            if instead is None:
                raise error
            self._note = _what_became(self._wanted, ran, instead)
            self._estimator = self._build(instead)
        except UserError as failure:
            self._over = failure
            raise


def lesser(family: ModelFamily, wanted: Selection, ran: EstimatorInfo | None) -> Selection | None:
    """What needs less memory than `ran`, which is None where not even loading did: the next smaller size that is
    offered, else the CPU, whose memory is another; None where it runs there already."""
    size_hw = ran.selection.size_hw if ran is not None else wanted.size_hw
    smaller = [has for has in family.sizes_hw if size_hw is not None and math.prod(has) < math.prod(size_hw)]
    if smaller:
        return replace(wanted, size_hw=max(smaller, key=math.prod))
    if wanted.device is Device.CPU or (ran is not None and ran.provider == _CPU):
        return None
    return replace(wanted, device=Device.CPU)


def _what_became(wanted: Selection, ran: EstimatorInfo | None, instead: Selection) -> str:
    size_hw = ran.selection.size_hw if ran is not None else wanted.size_hw
    at = f" at {size_hw[0]}x{size_hw[1]}" if size_hw is not None else ""
    on = f" on {ran.provider}" if ran is not None else ""
    if instead.size_hw is not None and instead.size_hw != wanted.size_hw:
        return f"out of memory{at}{on}: runs at {instead.size_hw[0]}x{instead.size_hw[1]} instead"
    return f"out of memory{at}{on}: runs on the CPU instead"
