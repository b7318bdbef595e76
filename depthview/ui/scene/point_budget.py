"""How many points may be drawn in the time there is, learnt from how long the last ones took."""

_FIRST_GUESS_S = 100e-9
_BASE_S = 5e-3
_LEARN = 0.3
_MOST_RATIO = 4.0


class PointBudget:
    """Time is taken to be a part that every drawing costs and a part for each point; both are learnt."""

    def __init__(self, *, per_point_s: float = _FIRST_GUESS_S) -> None:
        self._per_point_s = per_point_s
        self._base_s = _BASE_S

    def seconds_for(self, points: int) -> float:
        return self._base_s + points * self._per_point_s

    def points_in(self, time_s: float) -> int:
        """How many points can be drawn in so many seconds; 0 when not even an empty drawing can."""
        return max(0, int((time_s - self._base_s) / self._per_point_s))

    def learn(self, points: int, took_s: float) -> None:
        """A drawing of so many points took so long. One that was held up by something else does not tell much."""
        guessed_s = self.seconds_for(points)
        ratio = min(_MOST_RATIO, max(1 / _MOST_RATIO, took_s / guessed_s))
        # Each part is corrected by its share of the guess: many points tell of points, few of the rest.
        share = points * self._per_point_s / guessed_s
        self._per_point_s *= ratio ** (_LEARN * share)
        self._base_s *= ratio ** (_LEARN * (1 - share))
