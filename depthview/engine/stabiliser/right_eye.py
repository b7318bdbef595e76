"""Whether the right eye moves while the left one stands still: then depth changes, though its picture does not."""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair

_LOOK_WH = (64, 48)
"""So small that the noise of single pixels averages out."""
_MOVED_GREY_LEVELS = 1.5
_TIMES = 3.0
"""So many times the left eye's change: a camera that moves changes both alike."""

Look = NDArray[np.float32]


class RightEye:
    """Compares the eyes' changes from frame to frame. One video, in its order; owned by one thread."""

    def __init__(self) -> None:
        self._last: tuple[Look, Look] | None = None

    def moved_alone(self, pair: StereoPair) -> bool:
        """Whether it did since the pair before. Another exposure alone is no motion."""
        now = _look(pair.left), _look(pair.right)
        last, self._last = self._last, now
        if last is None or pair.left is pair.right:
            return False
        left, right = (_change(was, is_now) for was, is_now in zip(last, now, strict=True))
        return right > _MOVED_GREY_LEVELS + _TIMES * left


def _look(eye: Image) -> Look:
    small = cv2.resize(eye, _LOOK_WH, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _change(was: Look, is_now: Look) -> float:
    """Mean grey levels, without what all pixels have in common."""
    change = is_now - was
    return float(np.abs(change - np.median(change)).mean())
