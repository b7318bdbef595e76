"""How far a movie is, as it is shown to a person."""

import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

_FEWEST = 3
_MOST = 60
"""Frames that the time left is told from: a model that was warming up must not count for hours."""


@dataclass(frozen=True, slots=True)
class MovieProgress:
    """`done` of `total` frames (None: the movie does not say how many it has), `eta_s` seconds left, None while nobody
    can tell; `phase` is what is being done, in words, `outputs` what there is in the end."""

    done: int
    total: int | None
    eta_s: float | None
    phase: str
    outputs: tuple[Path, ...] = ()


class TimeLeft:
    """Tells it from the newest frames' own times. Owned by one thread."""

    def __init__(self) -> None:
        self._ends: deque[float] = deque(maxlen=_MOST)

    def tick(self, now_s: float | None = None) -> None:
        """One more frame is done, at `now_s` of a clock that runs on; now, if it is not told."""
        self._ends.append(time.monotonic() if now_s is None else now_s)

    def rested(self) -> None:
        """Time went by in which nothing was to be done."""
        self._ends.clear()

    def of(self, frames: int | None) -> float | None:
        """Seconds that so many frames take, None while nobody can tell."""
        if frames is None or len(self._ends) < _FEWEST:
            return None
        return max(0, frames) * (self._ends[-1] - self._ends[0]) / (len(self._ends) - 1)
