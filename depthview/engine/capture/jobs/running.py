"""One run of a job, in whatever process: its steps in turn, from the first that is not whole."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.atomic import writing_error
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.estimate import Estimate
from depthview.engine.capture.jobs.folder import read_asked, write_asked
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.steps import Step
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, StopToken

_MEMORY = "There was not enough memory: close programs, or ask for fewer splats and smaller photos: {path}"


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a job is: `progress` 0 to 100, `eta_s` None while nobody can tell, `doing` in words."""

    state: State
    progress: float
    eta_s: float | None
    doing: str


Tell = Callable[[Standing], None]


def run(
    folder: Path, steps: Sequence[Step], tell: Tell, stop: StopToken, *, shown: float = 0.0, fewer_splats: bool = False
) -> None:
    """Do all that is not done of the job in `folder`, which this process holds; `shown`: how far it was said to be.

    Where memory runs out in a step, the cap of splats is halved, once for the job, and the step goes on from its last
    state; `fewer_splats` says that it ran out before, when the system killed the process for it. Raises UserError where
    it cannot be done, Stopped when told to; either way it can be run again and goes on.
    """
    asked = read_asked(folder)
    estimate = Estimate({step.state: step.share for step in steps})
    for step in steps:
        stop.raise_if_stopped()
        if step.is_done(folder, asked):
            continue
        if fewer_splats and step.state is State.TRAINING:
            asked = _with_fewer(folder, asked) or asked
        fewer_splats = False  # what a later step needs is not known yet
        fewer = _do(step, folder, asked, estimate, shown, tell, stop)
        if fewer is not None:
            asked = fewer
            _do(step, folder, asked, estimate, shown, tell, stop)


def _do(
    step: Step, folder: Path, asked: Asked, estimate: Estimate, shown: float, tell: Tell, stop: StopToken
) -> Asked | None:
    """Do the step; where memory ran out for the first time, what to ask for instead."""

    def report(progress: Progress) -> None:
        if progress.total:
            part = progress.done / progress.total
            estimate.follow(step.state, min(1.0, max(0.0, part)), time.monotonic())
        tell(Standing(step.state, estimate.progress, estimate.eta_s, progress.label))

    tell(Standing(step.state, max(shown, estimate.enter(step.state)), None, ""))
    try:
        step.work(folder, asked, report, stop)
    except MemoryError as error:
        fewer = _with_fewer(folder, asked) if step.state is State.TRAINING else None
        if fewer is None:
            raise UserError(_MEMORY, details=str(error), path=folder) from error
        return fewer
    except OSError as error:
        raise writing_error(error, folder) from error
    return None


def _with_fewer(folder: Path, asked: Asked) -> Asked | None:
    fewer = asked.with_half_the_splats()
    if fewer is not None:
        write_asked(folder, fewer)
    return fewer
