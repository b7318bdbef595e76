"""Movement that begins and ends softly, by time alone, never by how often it is drawn."""

import math
import time
from dataclasses import dataclass

import numpy as np

from depthview.ui.scene.sight import Vector

EASE_S = 0.12
"""How long it takes to come to speed, to stand still, to glide somewhere: each within three of these."""
_LONGEST_STEP_S = 0.1


@dataclass(frozen=True, slots=True)
class Wish:
    """Where one wants to go, -1 to 1 each: to the right of the look, up, forwards; `fast` runs."""

    right: float = 0.0
    up: float = 0.0
    forward: float = 0.0
    fast: bool = False

    @property
    def anywhere(self) -> bool:
        return bool(self.right or self.up or self.forward)


class Momentum:
    """A speed that nears the one that is wanted."""

    def __init__(self) -> None:
        self._velocity = np.zeros(3)

    @property
    def speed(self) -> float:
        """The fastest of its three axes."""
        return float(np.abs(self._velocity).max())

    def step(self, wanted: Vector, elapsed_s: float) -> Vector:
        """The way made meanwhile. Exact for what does not change, into however many steps it is cut."""
        # The speed nears what is wanted as exp(-t / ease); this is its integral.
        kept = math.exp(-elapsed_s / EASE_S)
        way = wanted * elapsed_s + (self._velocity - wanted) * EASE_S * (1 - kept)
        self._velocity = wanted + (self._velocity - wanted) * kept
        return np.asarray(way)

    def stop(self) -> None:
        self._velocity = np.zeros(3)


class Paces:
    """How much time each step of a movement has."""

    def __init__(self) -> None:
        self._last_s: float | None = None

    def next_s(self) -> float:
        """Since the step before; 0 for the first. Who was held up goes on slowly instead of jumping."""
        now = time.perf_counter()
        elapsed_s = 0.0 if self._last_s is None else min(now - self._last_s, _LONGEST_STEP_S)
        self._last_s = now
        return elapsed_s

    def end(self) -> None:
        self._last_s = None
