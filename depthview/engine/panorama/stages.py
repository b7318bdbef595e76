"""What is kept between two runs of a job that is done in stages, and how far all of its stages are together."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from depthview.engine.progress import Progress, Report, StopToken

T = TypeVar("T")


class Kept(Generic[T]):
    """The last result of one stage, and the key of what it was made from."""

    def __init__(self) -> None:
        self._last: tuple[Hashable, T] | None = None

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave for this key; it is asked only if the last key was another. If it raises, the last stays."""
        if self._last is None or self._last[0] != key:
            self._last = (key, make())
        return self._last[1]


class KeptSeveral(Generic[T]):
    """The same for a stage that has one result for each of several things."""

    def __init__(self) -> None:
        self._last: dict[Hashable, T] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave for this key."""
        if key not in self._last:
            self._last[key] = make()
        return self._last[key]

    def keep(self, keys: Collection[Hashable]) -> None:
        """Forget what belongs to other keys."""
        self._last = {key: value for key, value in self._last.items() if key in keys}


@dataclass(slots=True)
class Steps:
    """One scale of progress for all stages of a job: each takes its share of `total`, also when it is kept."""

    total: float
    report: Report
    stop: StopToken
    _done: float = 0.0
    _label: str = ""

    def begin(self, label: str, share: float) -> Report:
        """Say that the next stage begins, which is `share` of the total; what it reports itself is fitted into that.

        Both raise Stopped when the job is to end.
        """
        start, self._done, self._label = self._done, self._done + share, label

        def report(progress: Progress) -> None:
            if progress.total and progress.done:
                self.report(Progress(start + share * progress.done / progress.total, self.total, label))
            self.stop.raise_if_stopped()

        self.report(Progress(start, self.total, label))
        self.stop.raise_if_stopped()
        return report

    def end(self) -> None:
        """Say that all is done."""
        self.report(Progress(self.total, self.total, self._label))
