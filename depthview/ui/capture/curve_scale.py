"""Where the values of a curve stand on its axes, and which round values are written beside these.

Both axes move only in whole steps, so that a curve that grows does not make them tremble.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LEAST_LOSS, _MOST_LOSS = 1e-6, 10.0
_LEAST_DB, _MOST_DB = -20.0, 100.0
_STEP_DB = 5
_MOST_TICKS = 8
_COLUMNS = 500
"""About as many as a pane is wide: what is drawn finer cannot be seen, but takes its time."""


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from `low` to `high`, and `ticks`: a share of the axis (0 to 1) each, and what is written there."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]

    def shares(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where values lie: 0 at the low end, 1 at the high one, nothing beyond."""
        return np.clip((values - self.low) / (self.high - self.low), 0.0, 1.0)


def loss_logs(losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Their powers of ten: late progress is small, and as dear as the early."""
    return np.asarray(np.log10(np.clip(losses, _LEAST_LOSS, _MOST_LOSS)), np.float64)


def loss_scale(logs: NDArray[np.float64]) -> Scale:
    """Of powers of ten, from a round loss (1, 2, 5, 10, ...) to a round loss; at least one value."""
    low, high = float(logs.min()), float(logs.max())
    powers = range(math.floor(low) - 1, math.ceil(high) + 2)
    steps = [(power + math.log10(digit), digit * 10.0**power) for power in powers for digit in (1, 2, 5)]
    first = max(log for log, _loss in steps if log <= low + 1e-9)
    last = min(log for log, _loss in steps if log >= high - 1e-9 and log > first)
    within = [(log, loss) for log, loss in steps if first <= log <= last]
    if len(within) > _MOST_TICKS:
        within = [(log, loss) for log, loss in within if math.isclose(log, round(log), abs_tol=1e-9)]
    ticks = tuple(((log - first) / (last - first), f"{loss:g}") for log, loss in within)
    return Scale(first, last, ticks)


def psnr_scale(psnr_db: NDArray[np.float64]) -> Scale:
    """From one multiple of five decibels to another; at least one value."""
    kept = np.clip(psnr_db, _LEAST_DB, _MOST_DB)
    low = _STEP_DB * math.floor(float(kept.min()) / _STEP_DB)
    high = max(_STEP_DB * math.ceil(float(kept.max()) / _STEP_DB), low + _STEP_DB)
    step = next(step for step in (_STEP_DB, 2 * _STEP_DB, 4 * _STEP_DB) if (high - low) / step < _MOST_TICKS)
    round_values = range(step * math.ceil(low / step), high + 1, step)
    return Scale(low, high, tuple(((value - low) / (high - low), str(value)) for value in round_values))


def outline(xs: NDArray[np.float64], ys: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The curve with its lowest and highest point of every column, where it has many more than can be told apart.

    At least one value; NaN, where there is none, is left out then.
    """
    if len(xs) <= 2 * _COLUMNS:
        return xs, ys
    known = np.flatnonzero(np.isfinite(ys))
    columns = np.array_split(known, min(_COLUMNS, len(known)))
    ends = [(column[ys[column].argmin()], column[ys[column].argmax()]) for column in columns]
    kept = np.unique([known[0], *np.ravel(ends), known[-1]])
    return xs[kept], ys[kept]
