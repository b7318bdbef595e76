"""Where each part of a picture was in the remembered one: whole pixels, on a coarse grid.

The remembered picture is carried along by whole pixels, too, so that errors of the flow do not add up over the frames:
what one frame leaves over the next one finds.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_GRID_WIDTH_PX = 320
"""Flow is found on pictures of this width: two milliseconds, and right to about a pixel of a picture of 1280."""
_STANDS_PX = 0.7
"""A shift of less is none: the flow of a picture that stands still trembles by half a pixel."""
_FARTHEST_PX = 100
_MOVING_SHARE = 0.1
"""Of the picture: with more in motion it is the camera that moves."""
_OWN_PX = 3
"""What differs from the middle of all shifts by more moves by itself, or lies far before the rest: 2 px is the most
that the furniture of the bundled clip does, whose camera sways."""

Grey = NDArray[np.uint8]
Shifts = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Motion:
    """On the grid, (h, w): a pixel was at its place plus `shift_y`, `shift_x` (int8, whole pixels of the picture).

    `own` (bool) is what moves otherwise than most of the picture; `moves` says that most of it does.
    """

    shift_y: Shifts
    shift_x: Shifts
    own: NDArray[np.bool_]
    moves: bool

    @property
    def stands(self) -> bool:
        """Whether nothing is anywhere else than it was."""
        return not (self.shift_y.any() or self.shift_x.any())


class MotionSearch:
    """Dense inverse search (Kroeger et al. 2016) for pictures of one size. Owned by one thread.

    `rows` (H,) and `columns` (W,) int32 are the line of the grid `grid_hw` in which each line of the picture lies.
    """

    def __init__(self, size_hw: tuple[int, int]) -> None:
        height, width = size_hw
        scale = min(1.0, _GRID_WIDTH_PX / width)
        self.grid_hw = max(16, round(height * scale)), max(16, round(width * scale))
        self._scale_y, self._scale_x = height / self.grid_hw[0], width / self.grid_hw[1]
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)
        self._flow.setFinestScale(1)
        self.rows = (np.arange(height) * self.grid_hw[0] // height).astype(np.int32)
        self.columns = (np.arange(width) * self.grid_hw[1] // width).astype(np.int32)

    def small(self, picture: NDArray[np.uint8] | NDArray[np.uint16]) -> Grey:
        """An (H, W) grey picture, uint8 or uint16 in 1/256, at the grid's size."""
        small = cv2.resize(picture, self.grid_hw[::-1], interpolation=cv2.INTER_AREA)
        return np.asarray(small // 256 if picture.dtype == np.uint16 else small, np.uint8)

    def find(self, now: Grey, before: Grey) -> Motion:
        """How `now` came about from `before`, both at the grid's size."""
        flow = self._flow.calc(now, before, np.zeros((*self.grid_hw, 2), np.float32))
        x, y = flow[..., 0] * self._scale_x, flow[..., 1] * self._scale_y
        away = np.maximum(np.abs(x), np.abs(y)) > _STANDS_PX
        shift_x, shift_y = (np.where(away, np.clip(np.rint(by), -_FARTHEST_PX, _FARTHEST_PX), 0) for by in (x, y))
        off_x, off_y = np.abs(shift_x - np.median(shift_x)), np.abs(shift_y - np.median(shift_y))
        own = np.maximum(off_x, off_y) > _OWN_PX
        moves = bool(away.mean() > _MOVING_SHARE)
        return Motion(shift_y.astype(np.int8), shift_x.astype(np.int8), own, moves)
