"""Which process is meant, also after the number was given to another one."""

from dataclasses import dataclass
from typing import Self

import psutil

_SAME_START_S = 5.0
"""Linux counts a process's start from its own, which moves when the clock is set; no number comes again so soon."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """A process: its number, and when it began, since numbers are used again. Seconds since 1970."""

    pid: int
    started_s: float

    @classmethod
    def of_this(cls) -> Self:
        this = psutil.Process()
        return cls(this.pid, this.create_time())


def is_alive(mark: ProcessMark) -> bool:
    """False for one that has ended, also where nobody has asked for its end yet."""
    return _process(mark) is not None


def kill_with_children(mark: ProcessMark) -> None:
    """End it and all that it started, at once. Nothing happens where it is gone."""
    process = _process(mark)
    if process is None:
        return
    try:
        doomed = [*process.children(recursive=True), process]
    except psutil.Error:
        doomed = [process]
    for one in doomed:
        try:
            one.kill()
        except psutil.Error:
            continue


def _process(mark: ProcessMark) -> psutil.Process | None:
    try:
        process = psutil.Process(mark.pid)
        if abs(process.create_time() - mark.started_s) > _SAME_START_S:
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except psutil.Error:
        return None
