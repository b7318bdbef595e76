"""The road of a job from photos to splats, as steps that are each done once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.states import State
from depthview.engine.progress import Report, StopToken


@dataclass(frozen=True, slots=True)
class Step:
    """One of the states at work. `share`: what part of the whole it is thought to be.

    `is_done(folder, asked)`: whether all it makes is whole, as asked for. `work(folder, asked, report, stop)` makes it,
    goes on from what an earlier process left, raises Stopped soon after being told to, and UserError with a sentence.
    """

    state: State
    share: float
    is_done: Callable[[Path, Asked], bool]
    work: Callable[[Path, Asked, Report, StopToken], None]
