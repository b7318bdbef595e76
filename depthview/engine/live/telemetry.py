"""How the session is doing, counted where it happens: frames in = frames out + drops + those under way, exactly."""

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

_RATE_WINDOW_S = 2.0
_LATENCY_WINDOW_S = 5.0
"""What was slow a minute ago says nothing of now."""
_SAMPLES_KEPT = 1024


@dataclass(frozen=True, slots=True)
class Telemetry:
    """One look at the counters. Rates are frames per second over the last two seconds; times are seconds,
    over the last five."""

    frames_in: int
    frames_out: int
    drops: int
    under_way: int
    fps_in: float
    fps_out: float
    latency_median_s: float
    latency_p95_s: float
    estimate_median_s: float


class Counters:
    """Written by the reader and the estimator thread, read by anybody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in = self._out = self._drops = 0
        self._times_in: deque[float] = deque(maxlen=1024)
        self._times_out: deque[float] = deque(maxlen=1024)
        self._durations: deque[tuple[float, float, float]] = deque(maxlen=_SAMPLES_KEPT)

    def came_in(self) -> None:
        with self._lock:
            self._in += 1
            self._times_in.append(time.perf_counter())

    def dropped(self, count: int) -> None:
        with self._lock:
            self._drops += count

    def published(self, latency_s: float, estimate_s: float) -> None:
        with self._lock:
            self._out += 1
            now = time.perf_counter()
            self._times_out.append(now)
            self._durations.append((now, latency_s, estimate_s))

    def snapshot(self) -> Telemetry:
        now = time.perf_counter()
        with self._lock:
            # The last few stay, however slow the model is.
            recent = [d for d in self._durations if now - d[0] <= _LATENCY_WINDOW_S] or list(self._durations)[-3:]
            latencies, estimates = [latency for _, latency, _ in recent], [estimate for _, _, estimate in recent]
            return Telemetry(
                frames_in=self._in,
                frames_out=self._out,
                drops=self._drops,
                under_way=self._in - self._out - self._drops,
                fps_in=_rate(self._times_in, now),
                fps_out=_rate(self._times_out, now),
                latency_median_s=float(np.median(latencies)) if latencies else 0.0,
                latency_p95_s=float(np.percentile(latencies, 95)) if latencies else 0.0,
                estimate_median_s=float(np.median(estimates)) if estimates else 0.0,
            )


def _rate(times: deque[float], now: float) -> float:
    recent = [t for t in times if now - t <= _RATE_WINDOW_S]
    if len(recent) < 2:
        return 0.0
    # Up to now, not to the last frame: a source that stalls has to be seen slowing down.
    return (len(recent) - 1) / max(recent[-1] - recent[0], now - recent[0] - 2 * _gap(recent), 1e-9)


def _gap(times: list[float]) -> float:
    return (times[-1] - times[0]) / (len(times) - 1)
