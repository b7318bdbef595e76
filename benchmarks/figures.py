"""Small arithmetic that several benchmarks share."""

import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np


def machine() -> str:
    """The machine that measured, in words: processor, cores, system."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        if names:
            model = f"{len(names)} x {names[0]}"
    return f"{model}, {platform.system()} {platform.release()}, Python {platform.python_version()}"


def calls_per_second(call: Callable[[int], object], seconds: float) -> float:
    """How often `call(index)` runs in a second, over `seconds`."""
    started = time.perf_counter()
    count = 0
    while time.perf_counter() - started < seconds:
        call(count)
        count += 1
    return count / (time.perf_counter() - started)


def slope_per_hour(times_s: list[float], values: list[float]) -> float:
    """The Theil-Sen slope: the median of the slopes of all pairs, which a single jump does not move."""
    t, v = np.asarray(times_s), np.asarray(values)
    i, j = np.triu_indices(len(t), k=1)
    if len(i) == 0:
        return 0.0
    return float(np.median((v[j] - v[i]) / (t[j] - t[i])) * 3600)


def table(rows: list[tuple[str, str, str]]) -> str:
    """Rows of (what, measured, wanted) as aligned text."""
    rows = [("figure", "measured", "wanted"), *rows]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
