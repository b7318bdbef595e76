"""Turns both eyes' pictures, and unbends them: rectification for eyes that nobody calibrated."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rectification.eye_turns import EyeTurns, bent

_STEP_PX = 8
"""Where a pixel comes from is worked out for every so many-th, and between them in proportion: a hundredth of a pixel
off at the most, and no memory for maps of photos."""
_FAR = 1e5
"""What is beyond the horizon comes from outside of every picture."""


@dataclass(frozen=True, slots=True, eq=False)
class TurnsWarp:
    """A `Warp` for pairs of `size_hw`; of a rig nothing is known."""

    turns: EyeTurns
    size_hw: tuple[int, int]
    _seen: NDArray[np.bool_] | None

    @classmethod
    def of(cls, turns: EyeTurns, size_hw: tuple[int, int]) -> "TurnsWarp":
        white = np.full((*size_hw, 1), 255, np.uint8)
        seen = _warped(white, turns.homographies(size_hw)[0], turns.bends[0]) == 255
        return cls(turns, size_hw, None if seen.all() else seen)

    def warp(self, pair: StereoPair) -> StereoPair:
        """The pair, of the size this was made for, turned; black where nothing was seen."""
        (left, right), (left_bend, right_bend) = self.turns.homographies(self.size_hw), self.turns.bends
        return replace(pair, left=_warped(pair.left, left, left_bend), right=_warped(pair.right, right, right_bend))

    def seen(self) -> NDArray[np.bool_] | None:
        """(H, W): where the warped left eye shows something; None where it does everywhere."""
        return self._seen

    def points(self, matches: Matches) -> Matches:
        """The same points in the warped pictures."""
        return self.turns.moved(matches)


def _warped(image: Image, homography: NDArray[np.float64], bend: float) -> Image:
    x, y = _origins(homography, bend, (image.shape[0], image.shape[1]))
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR), np.uint8)


def _origins(
    homography: NDArray[np.float64], bend: float, size_hw: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(H, W) each: the x and the y where a pixel of the warped picture is to be found in the picture as it is."""
    height, width = size_hw
    # One more on each side, so that nothing has to be guessed at the borders.
    rows, columns = -(-height // _STEP_PX) + 2, -(-width // _STEP_PX) + 2
    first = _STEP_PX / 2 - 0.5 - _STEP_PX
    x, y = np.meshgrid(first + _STEP_PX * np.arange(columns), first + _STEP_PX * np.arange(rows))
    back = np.linalg.inv(homography)
    back = back / (back @ [width / 2, height / 2, 1])[2]
    ahead = np.stack([x.ravel(), y.ravel(), np.ones(x.size)], axis=1) @ back.T
    flat = np.clip(ahead[:, :2] / np.maximum(ahead[:, 2:], 1e-6), -_FAR, _FAR)
    coarse = bent(flat, bend, size_hw).reshape(rows, columns, 2).astype(np.float32)
    size = columns * _STEP_PX, rows * _STEP_PX
    fine = cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)[_STEP_PX:, _STEP_PX:][:height, :width]
    return np.ascontiguousarray(fine[..., 0]), np.ascontiguousarray(fine[..., 1])
