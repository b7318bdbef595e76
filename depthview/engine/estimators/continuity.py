"""Whether a frame goes on from the one before, so that an answer may go on from the answer before.

Going on from the wrong answer is worse than starting anew: a cut, a jump in time, an exchange of the eyes or another
size all end it in the same frame.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair

_THUMBNAIL_HW = (36, 64)
_CUT_GREY_LEVELS = 12.0
_CUT_CONTRAST_SHARE = 0.8
"""In dim clips a cut changes few grey levels, but as many as there are: two frames of a film differ by a tenth of the
contrast, scenes that have nothing in common by more than the whole."""
_NOISE_GREY_LEVELS = 1.5
_LONGEST_GAP_S = 1.0
_SWAP_SHARE = 0.5
"""Eyes are exchanged when each fits the other's last picture with less than this share of the difference to its own."""

_NEAR_CELLS = 1.0
_AGREEING_SHARE = 0.5
_SURE = 0.5
_SEEDED = 1.1
"""Sureness is the network's own up to 1; a seed has above 1 where matching found it, and 1 where it was bridged."""
_FEWEST_SURE_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class _Look:
    left: NDArray[np.int16]
    right: NDArray[np.int16]
    size_hw: tuple[int, int]
    seq: int
    pts_s: float


class Continuity:
    """Remembers how the last pair looked. One video, in the order in which it is estimated."""

    def __init__(self) -> None:
        self._last: _Look | None = None

    def follows(self, pair: StereoPair) -> bool:
        """Whether `pair` goes on from the pair of the last call; it is remembered either way.

        A pair that comes once more does not go on: a still estimated twice gives the same answer twice.
        """
        now = _Look(_thumbnail(pair.left), _thumbnail(pair.right), pair.size_hw, pair.seq, pair.pts_s)
        last, self._last = self._last, now
        return last is not None and _in_time(last, now) and last.size_hw == now.size_hw and _alike(last, now)

    def forget(self) -> None:
        """The next pair starts anew."""
        self._last = None


def still_holds(
    past_cells: NDArray[np.float32], first_cells: NDArray[np.float32], first_sure: NDArray[np.float32]
) -> bool:
    """Whether the last frame's disparity is that of this frame, by this frame's own first match where that is sure.

    All of one shape, disparities in cells. This finds what small pictures do not show: a cut between two dark scenes,
    eyes exchanged where little is near. Where too little is sure, nothing speaks against it.
    """
    # A seed's holes are bridged, at exactly 1: they say nothing.
    sure = first_sure > (1.0 if first_sure.max() > 1.0 else _SURE)
    if sure.mean() < _FEWEST_SURE_SHARE:
        return True
    agreeing = np.abs(past_cells[sure] - first_cells[sure]) < _NEAR_CELLS
    return bool(agreeing.mean() >= _AGREEING_SHARE)


def _in_time(last: _Look, now: _Look) -> bool:
    if now.seq <= last.seq:
        return False  # the same picture again, or a source that was opened anew
    return 0.0 <= now.pts_s - last.pts_s <= _LONGEST_GAP_S


def _alike(last: _Look, now: _Look) -> bool:
    own = _difference(now.left, last.left), _difference(now.right, last.right)
    contrast = max(_contrast(now.left), _contrast(last.left))
    if max(own) > min(_CUT_GREY_LEVELS, max(_NOISE_GREY_LEVELS, _CUT_CONTRAST_SHARE * contrast)):
        return False
    # Both have to fit the other side: a camera that moves sideways shows one eye what the other saw before.
    crossed = _difference(now.left, last.right), _difference(now.right, last.left)
    return max(crossed) >= _SWAP_SHARE * min(own)


def _thumbnail(eye: Image) -> NDArray[np.int16]:
    small = cv2.resize(eye, _THUMBNAIL_HW[::-1], interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.int16)


def _contrast(look: NDArray[np.int16]) -> float:
    """Mean distance from the mean, grey levels."""
    return float(np.abs(look - look.mean()).mean())


def _difference(one: NDArray[np.int16], other: NDArray[np.int16]) -> float:
    return float(np.abs(one - other).mean())
