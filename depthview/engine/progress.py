"""What every long job is handed: a way to say how far it is, and a way to be told to stop."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from depthview.engine.errors import Stopped


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` (None = not known), and what it is doing now.

    `left_s`: seconds that the rest takes, where the job knows better than its share of what is done tells.
    """

    done: float
    total: float | None
    label: str
    left_s: float | None = None


Report = Callable[[Progress], None]

_LOOK_EVERY_S = 0.05


def ignore_progress(_progress: Progress) -> None:
    """For callers that do not care how far a job is."""


class StopToken:
    """Set once by whoever wants a job to end; looked at by the job in every round of its loop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def stop(self) -> None:
        self._event.set()

    @property
    def stopped(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float) -> bool:
        """Sleep up to `timeout_s`, but wake at once when stopped; True when stopped."""
        return self._event.wait(timeout_s)

    def raise_if_stopped(self) -> None:
        """Raises Stopped when the token is set."""
        if self._event.is_set():
            raise Stopped


class PauseToken:
    """Lets a job rest between two steps and go on later. A job that is told to stop rests no longer."""

    def __init__(self) -> None:
        self._may_go = threading.Event()
        self._may_go.set()

    def pause(self) -> None:
        self._may_go.clear()

    def resume(self) -> None:
        self._may_go.set()

    @property
    def paused(self) -> bool:
        return not self._may_go.is_set()

    def rest(self, stop: StopToken) -> None:
        """Return at once, or when resumed. Raises Stopped when `stop` is set, before or while it rests."""
        stop.raise_if_stopped()
        while not self._may_go.wait(_LOOK_EVERY_S):
            stop.raise_if_stopped()
