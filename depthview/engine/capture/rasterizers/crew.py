"""Threads that share the tiles of a picture. Compiled kernels run without Python's lock, so threads are enough."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Task = TypeVar("Task")

_TASKS_EACH = 4
"""Tasks for every thread: so few wait for the last."""


class Crew:
    """So many threads (None: one for each processor), until `close`."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self.threads, "depthview-train") if self.threads > 1 else None

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def all(self, work: Callable[[Task], None], tasks: Sequence[Task]) -> None:
        """Have `work` done for all `tasks`; what one of them raises is raised when all have ended."""
        if self._pool is None or len(tasks) < 2:
            for task in tasks:
                work(task)
            return
        waiting = [self._pool.submit(work, task) for task in tasks]
        for one in waiting:
            one.exception()
        for one in waiting:
            one.result()

    def rows(self, count: int) -> list[tuple[int, int]]:
        """`count` rows from where to where, as many for each."""
        return _between(np.linspace(0, count, self.threads + 1).astype(np.int64))

    def tiles(self, starts: NDArray[np.int64]) -> list[tuple[int, int]]:
        """Tiles from where to where, about as much work in each part: what is listed, and a little for every tile."""
        work = starts + 16 * np.arange(len(starts))
        shares = self.threads * _TASKS_EACH if self._pool is not None else 1
        inner = np.searchsorted(work, np.linspace(0, work[-1], shares + 1)[1:-1])
        return _between(np.concatenate([[0], inner, [len(starts) - 1]]))


def _between(cuts: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in pairwise(np.unique(cuts))]
