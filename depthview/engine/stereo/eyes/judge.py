"""Where the two eyes are in a source's frames: decided once, and again while it looks as if there were one only."""

from depthview.engine.frames import Frame, Layout, LayoutGuess
from depthview.engine.stereo.eyes.layout import guess_layout

_LOOK_AGAIN_AFTER = 12
"""Frames. Clips fade in from black; a first look that sees nothing must not settle the matter. Each further look comes
after twice as many: at 25 ms each they would take a quick model for one eye a tenth of its time for ever."""


class LayoutJudge:
    """Says the layout of one source's frames; `hint` and `name` are what its file says, see `guess_layout`."""

    def __init__(self, hint: LayoutGuess | None, name: str) -> None:
        self._hint, self._name = hint, name
        self._guess: LayoutGuess | None = None
        self._guessed_at = 0
        self._look_after = _LOOK_AGAIN_AFTER
        self._last: Frame | None = None
        self._count = 0

    def guess(self, frame: Frame) -> LayoutGuess:
        """How the eyes of `frame` are packed; asked again for the same frame it says the same."""
        if frame is not self._last:
            self._last = frame
            self._count += 1
        guess = self._guess
        if guess is None or self._is_unsettled(guess):
            self._look_after *= 2 if guess is not None else 1
            guess = guess_layout(frame, hint=self._hint, name=self._name)
            self._guess, self._guessed_at = guess, self._count
        return guess

    def _is_unsettled(self, guess: LayoutGuess) -> bool:
        one_eye = guess.layout is Layout.MONO and not guess.certain
        return one_eye and self._count - self._guessed_at >= self._look_after
