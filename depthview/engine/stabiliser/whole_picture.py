"""Whether a whole picture comes nearer or goes away at once: all cells agree, which no noise of matching does."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

_AGREEING_SHARE = 0.85
"""Of the cells; what is left moves by itself, or is not found."""
_TIMES_USUAL = 5.0
"""Networks for one eye breathe as a whole all the time: so much more than they usually do is followed. If it was but a
deep breath, the next frame takes it back."""
_REMEMBERED_FRAMES, _USUAL_PERCENT = 15, 66
"""Of so many changes, that one is usual: a wall that comes nearer by a step every few frames is not, whatever
the step."""
_FEWEST_FRAMES = 3
"""Before that nothing is known of what is usual."""

Floats = NDArray[np.float32]


class WholePicture:
    """Follows what all of a picture does from frame to frame. One scene; owned by one thread."""

    def __init__(self) -> None:
        self._changes: deque[float] = deque(maxlen=_REMEMBERED_FRAMES)
        self._last = self._step = 0.0

    def step(self, difference: Floats, mean: Floats, limit: Floats, *, may_step: bool) -> float:
        """By how much everything is to be moved at once, 0 for none.

        `difference`: a sample of pixels, what is new minus the means; `mean`, `limit` (n,): the news of cells, no pixel
        of which counted for more than the limit. It is no step unless it `may_step`.
        """
        known = difference[np.isfinite(difference)]
        if not (known.size and mean.size):
            return 0.0
        whole = float(np.median(known))
        # What has piled up over many frames is a slow tremble: a step is what this frame brought.
        change = abs(whole - self._last)
        agreeing = mean * np.sign(whole) > np.minimum(abs(whole), limit) / 2
        usual = float(np.percentile(self._changes, _USUAL_PERCENT)) if len(self._changes) >= _FEWEST_FRAMES else np.inf
        agree = bool(agreeing.mean() >= _AGREEING_SHARE)
        taken_back = agree and whole * self._step < 0 and abs(whole) > abs(self._step) / 2
        step = 0.0
        if taken_back:
            step = -self._step
            self._changes += abs(self._step), change
        elif agree and may_step and change > _TIMES_USUAL * usual:
            step = whole
        else:
            self._changes.append(change)
        # What is taken back is no step that could be taken back.
        self._step = 0.0 if taken_back else step
        self._last = whole - step
        return step
