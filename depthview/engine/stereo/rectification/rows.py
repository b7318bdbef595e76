"""What brings the rows of two uncalibrated eyes to one height: judged over several frames, then held."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.matching.matches import Matches

Homography = NDArray[np.float64]
"""(3, 3), from a pixel of the picture as it is to one of the warped picture, the first pixel's centre at 0."""


class Warp(Protocol):
    """Brings both eyes into one geometry, in which a thing lies on the same row in both; size stays the same."""

    def warp(self, pair: StereoPair) -> StereoPair:
        """The pair, warped; black where nothing was seen. A pair from a measured rig carries it from here on."""
        ...

    def seen(self) -> NDArray[np.bool_] | None:
        """(H, W): where the warped left eye shows something; None where it does everywhere."""
        ...

    def points(self, matches: Matches) -> Matches:
        """The same points in the warped pictures."""
        ...


@dataclass(frozen=True, slots=True)
class RowsVerdict:
    """What was found of the rows.

    `warp` evens them, None where nothing usable was found or nothing needs it. `trusted` says that it may be used
    without asking. `before_px`, `after_px`: vertical error of the matches that fit the geometry, 95th percentile, in
    pixels of a picture 640 wide, without and with the warp; None where it could not be measured. `reason` is one
    sentence in plain words: what is done and why, or why the pair is left alone.
    """

    warp: Warp | None
    trusted: bool
    before_px: float | None
    after_px: float | None
    reason: str


class RowsJudge:
    """Collects the matches of one source's frames, unwarped, and says what evens their rows."""

    def look(self, matches: Matches) -> None:
        """Take in one moment's matches; the eyes are in the right order and their bars are cut off."""
        raise NotImplementedError

    @property
    def verdict(self) -> RowsVerdict:
        raise NotImplementedError
