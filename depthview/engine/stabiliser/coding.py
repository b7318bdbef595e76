"""Keyframes of a compressed film: all of a picture that stands still changes a little, and its depth with it."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

_EVERY_PX = 5
_MOST_GREY_LEVELS = 12
"""What moves changes by more; no more of it counts."""
_REMEMBERED_FRAMES, _FEWEST_FRAMES = 15, 3
"""Before so many nothing is known of what is usual."""
_TIMES_USUAL, _GREY_LEVELS = 1.5, 0.3
"""A keyframe changes the mean pixel by so many times what most frames do, and by so much more."""
_KEPT = 1 - 1 / 48
"""Of what a keyframe brought, a frame later: means take it in about as slowly."""
_SHARE = 0.6
"""Of the news of a keyframe, taken for usual: news are followed that are some times larger, see `Cells`."""

Floats = NDArray[np.float32]


class Coding:
    """Tells the frames in which a picture was coded anew. One scene; owned by one thread."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None
        self._changes: deque[float] = deque(maxlen=_REMEMBERED_FRAMES)

    def anew(self, grey: NDArray[np.uint8]) -> bool:
        """Whether `grey` (H, W) differs from the picture before by more than pictures of this film mostly do."""
        now = grey[::_EVERY_PX, ::_EVERY_PX].astype(np.int16)
        last, self._last = self._last, now
        if last is None:
            return False
        change = float(np.minimum(np.abs(now - last), _MOST_GREY_LEVELS).mean())
        usual = float(np.median(self._changes)) if len(self._changes) >= _FEWEST_FRAMES else np.inf
        self._changes.append(change)
        return change > _TIMES_USUAL * usual + _GREY_LEVELS


class Brought:
    """What keyframes brought to each cell, (h, w): no change of the scene, and so not to be followed."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._news = np.zeros(shape, np.float32)
        self._agreed = np.zeros(shape, np.float32)

    def take_in(self, news: Floats, agreed: Floats, *, coded: bool) -> None:
        """A frame's `news` of cells and the share `agreed` of their pixels that contradict their means; `coded` anew or
        not."""
        self._news *= np.float32(_KEPT)
        self._agreed *= np.float32(_KEPT)
        if coded:
            self._news = np.maximum(self._news, np.abs(news))
            self._agreed = np.maximum(self._agreed, np.abs(agreed))

    @property
    def usual_news(self) -> Floats:
        return np.asarray(_SHARE * self._news, np.float32)

    def beyond(self, agreed: Floats) -> Floats:
        """`agreed` without what keyframes brought."""
        return np.asarray(np.sign(agreed) * np.maximum(np.abs(agreed) - self._agreed, 0), np.float32)
