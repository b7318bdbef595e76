"""How far a job is in all, and how long it will take, from how far its stages are."""

from collections import deque
from collections.abc import Mapping

from depthview.engine.capture.jobs.states import State

_WINDOW_S = 120.0
_LEAST_S = 3.0
_TAKEN_EVERY_S = 0.5


class Estimate:
    """Follows one run of a job. `shares`: of each state at work, in their order, what part of the whole it is thought
    to be; they need not add up to anything. Times are seconds of any clock that does not run back.

    What is left of the stage at hand is judged by how fast it went in the last two minutes; what the stages behind it
    will take, by their shares and by how long a share took in this run.
    """

    def __init__(self, shares: Mapping[State, float]) -> None:
        self._shares = dict(shares)
        self._whole = sum(shares.values())
        self._first: tuple[float, float] | None = None
        self._state: State | None = None
        self._past: deque[tuple[float, float]] = deque()
        self._told = 0.0, 0.0

    def follow(self, state: State, part: float, at_s: float) -> None:
        """`part` of the stage is done, 0 to 1."""
        if state is not self._state or part < self._told[1]:
            self._past.clear()  # it counts something else now
        self._state = state
        if not self._past or at_s - self._past[-1][0] >= _TAKEN_EVERY_S:
            self._past.append((at_s, part))
        while len(self._past) > 2 and self._past[1][0] <= at_s - _WINDOW_S:
            self._past.popleft()
        if self._first is None:
            self._first = at_s, self._done_share(state, part)
        self._told = at_s, part

    def enter(self, state: State) -> float:
        """A stage begins, perhaps in its middle, which `follow` will tell; at least so much is done, 0 to 100."""
        self._past.clear()
        self._state, self._told = state, (0.0, 0.0)
        return self.progress

    @property
    def progress(self) -> float:
        """Of the whole job, 0 to 100."""
        if self._state is None:
            return 0.0
        return 100.0 * self._done_share(self._state, self._told[1]) / self._whole

    @property
    def eta_s(self) -> float | None:
        """Until the job is done; None while too little is known."""
        if self._state is None or self._first is None or not self._past:
            return None
        at_s, part = self._told
        done = self._done_share(self._state, part)
        spent_s, since_s = at_s - self._first[0], at_s - self._past[0][0]
        moved = part - self._past[0][1]
        if since_s < _LEAST_S or moved <= 0 or done <= self._first[1]:
            return None
        here_s = (1 - part) * since_s / moved
        later = self._whole - self._done_share(self._state, 1.0)
        return here_s + later * spent_s / (done - self._first[1])

    def _done_share(self, state: State, part: float) -> float:
        order = list(self._shares)
        return sum(self._shares[s] for s in order[: order.index(state)]) + self._shares[state] * part
