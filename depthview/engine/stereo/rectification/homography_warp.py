"""Turns both eyes' pictures by homographies: rectification for eyes that nobody calibrated."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns, mapped

Homography = NDArray[np.float64]
"""(3, 3), from a pixel of the picture as it is to one of the warped picture, the first pixel's centre at 0."""


@dataclass(frozen=True, slots=True, eq=False)
class HomographyWarp:
    """A `Warp` for pairs of `size_hw`: the lens bends nothing, and of a rig nothing is known."""

    left: Homography
    right: Homography
    size_hw: tuple[int, int]
    _seen: NDArray[np.bool_] | None

    @classmethod
    def of(cls, turns: EyeTurns, size_hw: tuple[int, int]) -> "HomographyWarp":
        left, right = turns.homographies(size_hw)
        white = np.full((*size_hw, 1), 255, np.uint8)
        seen = _warped(white, left) == 255
        return cls(left, right, size_hw, None if seen.all() else seen)

    def warp(self, pair: StereoPair) -> StereoPair:
        """The pair, of the size this was made for, turned; black where nothing was seen."""
        return replace(pair, left=_warped(pair.left, self.left), right=_warped(pair.right, self.right))

    def seen(self) -> NDArray[np.bool_] | None:
        """(H, W): where the warped left eye shows something; None where it does everywhere."""
        return self._seen

    def points(self, matches: Matches) -> Matches:
        """The same points in the warped pictures."""
        return Matches(mapped(self.left, matches.left), mapped(self.right, matches.right), matches.size_hw)


def _warped(image: Image, homography: Homography) -> Image:
    height, width = image.shape[:2]
    return np.asarray(cv2.warpPerspective(image, homography, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
