"""Whether a whole picture comes nearer or goes away at once: all cells agree, which no noise of matching does."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

_AGREEING_SHARE = 0.85
"""Of the cells; what is left moves by itself, or is not found."""
_TIMES_USUAL = 4.0
"""Networks for one eye breathe as a whole all the time: so much more than they usually do is followed."""
_REMEMBERED_FRAMES = 15
"""The middle one of so many is usual: a wall that comes nearer by a step every few frames is not, whatever the step."""
_FEWEST_FRAMES = 3
"""Before that nothing is known of what is usual."""

Floats = NDArray[np.float32]


class WholePicture:
    """Follows what all of a picture does from frame to frame. One scene; owned by one thread."""

    def __init__(self) -> None:
        self._sizes: deque[float] = deque(maxlen=_REMEMBERED_FRAMES)

    def step(self, difference: Floats, mean: Floats, limit: Floats) -> float:
        """By how much everything is to be moved at once, 0 for none.

        `difference`: a sample of pixels, what is new minus the means; `mean`, `limit` (n,): the news of cells, no pixel
        of which counted for more than the limit.
        """
        known = difference[np.isfinite(difference)]
        if not (known.size and mean.size):
            return 0.0
        whole = float(np.median(known))
        agreeing = mean * np.sign(whole) > np.minimum(abs(whole), limit) / 2
        known_usual = len(self._sizes) >= _FEWEST_FRAMES
        unusual = known_usual and abs(whole) > _TIMES_USUAL * float(np.median(self._sizes))
        if unusual and agreeing.mean() >= _AGREEING_SHARE:
            return whole
        self._sizes.append(abs(whole))
        return 0.0
