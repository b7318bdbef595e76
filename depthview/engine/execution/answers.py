"""Notices answers that no network gives: a failed accelerator may return without an error, and with nothing in it.

All NaN, or one number in every place, while the picture is not one colour and again and again: one such answer may be a
picture of fog.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image

SUSPECT_AFTER = 3
"""Answers in a row."""
_LOOKED_AT = 64
"""Rows and columns of a picture that are looked at, at most: whether it is one colour shows in a few."""


class AnswerWatch:
    """Follows the answers of one network. For one thread."""

    def __init__(self) -> None:
        self._empty = 0

    def is_gone(self, values: NDArray[np.float32], picture: Image) -> bool:
        """Whether the answers have been empty for some pictures now, `values` of `picture` being the newest."""
        if is_empty(values):
            self._empty += not _is_flat(picture)  # of a picture in one colour nothing can be said
        else:
            self._empty = 0
        return self._empty >= SUSPECT_AFTER


def is_empty(values: NDArray[np.float32]) -> bool:
    """Whether all values are NaN, or all of them one and the same number. Most answers are told by their ends."""
    first, last = values.flat[0], values.flat[-1]
    if np.isnan(first):
        return bool(np.isnan(last) and np.isnan(values).all())
    return bool(first == last and (values == first).all())


def _is_flat(picture: Image) -> bool:
    steps = tuple(max(1, length // _LOOKED_AT) for length in picture.shape[:2])
    seen = picture[:: steps[0], :: steps[1]]
    return bool((seen == seen[0, 0]).all())
