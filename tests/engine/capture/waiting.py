"""Waits until something is so, and ticks a queue meanwhile."""

import time
from collections.abc import Callable

from depthview.engine.capture.jobs.queue import Queue
from depthview.engine.capture.jobs.row import Job

PATIENCE_S = 120
_ROUND_S = 0.02


def ticked_until(queue: Queue, so: Callable[[], bool]) -> None:
    """Fails where it does not come."""
    until(so, tick=queue.tick, say=queue.jobs)


def until(so: Callable[[], bool], *, tick: Callable[[], None] | None = None, say: Callable[[], object] = str) -> None:
    """Fails, with what there is to `say`, where it does not come."""
    give_up = time.monotonic() + PATIENCE_S
    while not so():
        assert time.monotonic() < give_up, say()
        if tick is not None:
            tick()
        time.sleep(_ROUND_S)


def job_of(queue: Queue, number: int) -> Job:
    job = queue.job(number)
    assert job is not None
    return job
