"""Whether a whole picture comes nearer or goes away at once: all cells agree, which no noise of matching does."""

import numpy as np
from numpy.typing import NDArray

_AGREEING_SHARE = 0.85
"""Of the cells; what is left moves by itself, or is not found."""
_TIMES_USUAL = 4.0
"""Networks for one eye breathe as a whole all the time: so much more than they usually do is followed."""
_USUAL_WEIGHT = 1 / 8
_SETTLED_FRAMES = 5
"""Before that nothing is known of what is usual."""

Floats = NDArray[np.float32]


class WholePicture:
    """Follows what all of a picture does from frame to frame. One scene; owned by one thread."""

    def __init__(self) -> None:
        self._usual, self._frames = 0.0, 0

    def step(self, difference: Floats, mean: Floats, limit: Floats) -> float:
        """By how much everything is to be moved at once, 0 for none.

        `difference`: a sample of pixels, what is new minus the means; `mean`, `limit` (n,): the news of cells, no pixel
        of which counted for more than the limit.
        """
        known = difference[np.isfinite(difference)]
        if not (known.size and mean.size):
            return 0.0
        whole = float(np.median(known))
        self._frames += 1
        agreeing = mean * np.sign(whole) > np.minimum(abs(whole), limit) / 2
        unusual = abs(whole) > _TIMES_USUAL * self._usual
        if self._frames > _SETTLED_FRAMES and unusual and agreeing.mean() >= _AGREEING_SHARE:
            return whole
        weight = max(_USUAL_WEIGHT, 1 / self._frames)
        self._usual += weight * (abs(whole) - self._usual)
        return 0.0
