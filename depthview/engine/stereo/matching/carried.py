"""Matches of one moment found again a moment later: for a tenth of what finding them anew takes.

Each eye's points are followed in time (Lucas and Kanade 1981, on a pyramid, Bouguet 2001), and then the right one is
looked for around its match again, so that nothing adds up from moment to moment.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.matching.matches import Grey, Matches, Points, resized, small_grey
from depthview.engine.stereo.matching.refinement import Places, refined

_LARGEST_PX = 640
_MOST = 300
"""Points: turns have seven numbers, and lenses do not change."""
_PATCH_PX = 21
_LEVELS = 4
"""Of the pyramid: a camera that pans moves its picture by an eighth of its width between two looks."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What both eyes saw at `pts_s`, small and grey, and the matches in it, in pixels of the pair's own size."""

    seq: int
    pts_s: float
    left: Grey
    right: Grey
    matches: Matches
    found: int
    """How many matches there were when they were found; they only become fewer."""

    @property
    def kept_share(self) -> float:
        """Of what was found: what comes in at the border is not followed."""
        return len(self.matches) / max(1, self.found)

    @classmethod
    def of(cls, pair: StereoPair, matches: Matches) -> "Moment":
        step = max(1, -(-len(matches) // _MOST))
        fewer = Matches(matches.left[::step], matches.right[::step], matches.size_hw)
        eyes = small_grey(pair.left, _LARGEST_PX), small_grey(pair.right, _LARGEST_PX)
        return cls(pair.seq, pair.pts_s, *eyes, fewer, len(fewer))

    def next(self, pair: StereoPair) -> "Moment":
        """The same a moment later, in a pair of the same size; what is not seen any more is left out."""
        now = small_grey(pair.left, _LARGEST_PX), small_grey(pair.right, _LARGEST_PX)
        size_hw = pair.size_hw
        left_at, left_good = _followed(self.left, now[0], resized(self.matches.left, size_hw, self.left.shape))
        right_at, right_good = _followed(self.right, now[1], resized(self.matches.right, size_hw, self.right.shape))
        both = left_good & right_good
        found, good = refined(*now, left_at[both], right_at[both])
        left, right = resized(left_at[both][good], now[0].shape, size_hw), resized(found[good], now[1].shape, size_hw)
        return Moment(pair.seq, pair.pts_s, *now, Matches(left, right, size_hw), self.found)


def _followed(before: Grey, now: Grey, at: Points) -> tuple[Places, NDArray[np.bool_]]:
    if len(at) == 0:
        return np.zeros((0, 2), np.float32), np.zeros(0, np.bool_)
    start = at.astype(np.float32).reshape(-1, 1, 2)
    found, status, _error = cv2.calcOpticalFlowPyrLK(
        before,
        now,
        start,
        start.copy(),
        winSize=(_PATCH_PX, _PATCH_PX),
        maxLevel=_LEVELS,
    )
    return np.asarray(found, np.float32).reshape(-1, 2), np.asarray(status.ravel() == 1, np.bool_)
