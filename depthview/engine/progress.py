"""What every long job is handed: a way to say how far it is, and a way to be told to stop."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from depthview.engine.errors import Stopped


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is: `done` of `total` (None = not known), and what it is doing now."""

    done: float
    total: float | None
    label: str


Report = Callable[[Progress], None]


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
