"""A job as the list shows it."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from depthview.engine.capture.jobs.alive import ProcessMark
from depthview.engine.capture.jobs.states import AT_WORK, State


class Wish(Enum):
    """What a person wants of a job at work: it ends for both, and its row and folder go too for REMOVE."""

    CANCEL = "cancel"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Job:
    """One row. `progress` 0 to 100; `eta_s` seconds until DONE, None while nobody can tell; `doing` is what it does
    now, in words; `fault` the sentence of a FAILED one, `fault_details` what stood behind it.

    `worker` is the process that works on it, None where none does. `asked_to_stop_s`: since when a wish or a pause
    waits to be heard, `told_s`: when it was begun or its worker last said anything, `created_s`: all seconds since
    1970. `deaths`: how often in a row its process vanished without having come further. `seen`: a person was told how
    it ended.
    """

    id: int
    name: str
    folder: Path
    created_s: float
    state: State
    progress: float
    eta_s: float | None
    doing: str
    paused: bool
    wish: Wish | None
    asked_to_stop_s: float | None
    fault: str
    fault_details: str
    worker: ProcessMark | None
    told_s: float | None
    deaths: int
    seen: bool = False

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def may_start(self) -> bool:
        """Whether it waits for nothing but its turn."""
        return self.state is State.QUEUED and not self.paused and self.wish is None and self.worker is None

    @property
    def must_stop(self) -> bool:
        """Whether its process should end now."""
        return self.paused or self.wish is not None
