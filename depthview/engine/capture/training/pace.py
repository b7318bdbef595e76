"""How long the rest of a training takes, from how long the iterations so far took: never from nowhere."""

import time

from depthview.engine.capture.training.settings import TrainingSettings

_FEWEST = 20
_WEIGHT = 0.02


class Pace:
    """Counts the seconds of training, those of earlier processes included (`seconds_before`); rests are not counted."""

    def __init__(self, settings: TrainingSettings, seconds_before: float) -> None:
        self._settings = settings
        self.seconds = seconds_before
        self._began: float | None = None
        self._mean_s, self._counted = 0.0, 0
        self._reduction = 0

    def begin(self) -> None:
        """An iteration, or something that belongs to it, begins."""
        self._began = time.perf_counter()

    def end(self, iteration: int | None = None) -> None:
        """It has ended; `iteration` (counted from 0) where it was one."""
        if self._began is None:
            return
        took_s = time.perf_counter() - self._began
        self._began = None
        self.seconds += took_s
        if iteration is None:
            return
        reduction = self._settings.reduction(iteration)
        if reduction != self._reduction:
            self._reduction, self._counted = reduction, 0
        self._counted += 1
        self._mean_s += (took_s - self._mean_s) * max(_WEIGHT, 1 / self._counted)

    def left_s(self, iteration: int) -> float | None:
        """For the iterations from this one on; None before enough of them were measured.

        Larger photos are taken to cost as many times more as they have more pixels, which is the most they can.
        """
        if self._counted < _FEWEST:
            return None
        total = self._settings.iterations
        if not self._settings.coarse_to_fine:
            return self._mean_s * (total - iteration)
        pixels = sum((self._reduction / self._settings.reduction(i)) ** 2 for i in range(iteration, total))
        return self._mean_s * pixels
