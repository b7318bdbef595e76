"""A stream's own clock: when each of its frames is due, counted from its first."""

from fractions import Fraction

from av.video.frame import VideoFrame

_GUESSED_RATE = Fraction(25)


class StreamClock:
    """Turns a stream's time stamps (ticks of `tick` seconds) into seconds after its first picture, always rising.

    `rate` is pictures a second, for streams that give no times. `origin` is the first picture's ticks, once known.
    """

    def __init__(self, tick: Fraction | None, rate: Fraction | None, origin: int | None) -> None:
        self._tick = tick if tick else Fraction(1, 1000)
        self._step = max(1, round(1 / (rate or _GUESSED_RATE) / self._tick))
        self.origin = origin
        self.start_again()

    def start_again(self) -> None:
        """After a seek: what comes next may lie before what came last."""
        self._last: int | None = None
        self._shift = 0

    @property
    def last_s(self) -> float:
        return 0.0 if self._last is None else self.seconds(self._last)

    def seconds(self, ticks: int) -> float:
        return 0.0 if self.origin is None else float((ticks - self.origin) * self._tick)

    def ticks_at(self, pts_s: float) -> int:
        return (self.origin or 0) + round(pts_s / self._tick)

    def ticks_of(self, frame: VideoFrame) -> int:
        """The frame's time, always after the one before.

        Some containers (raw streams, AVI) give no times, and spliced broadcasts start again at zero.
        """
        own = frame.pts if frame.pts is not None else frame.dts
        if own is None:
            ticks = 0 if self._last is None else self._last + self._step
        else:
            ticks = own + self._shift
            if self._last is not None and ticks <= self._last:
                self._shift = self._last + self._step - own
                ticks = own + self._shift
        self._last = ticks
        return ticks
