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
"""Of the picture: with more in motion it moves as a whole."""
_OWN_PX = 6
"""What differs from the camera's own motion by more moves by itself, or lies far before the rest: 2 px is the most
that the furniture of the bundled clip does, whose camera sways."""
_FITTED_EVERY, _FIT_ROUNDS = 4, 4
_HELD = 1e-3
"""Of one sample's weight: a picture without anything on it stands still."""
_LEAST_SLOPE = 1.0
"""Grey levels a pixel: with less there is nothing that flow could hold on to, and the camera's motion is right."""
_AROUND_PX = 9

Grey = NDArray[np.uint8]
Shifts = NDArray[np.int8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Motion:
    """On the grid, (h, w): a pixel was at its place plus `shift_y`, `shift_x` (int8, whole pixels of the picture).

    `own` (bool) is what moves otherwise than the camera does; `moves` says that a good part of the picture moves.
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
        self._scale = np.array([width / self.grid_hw[1], height / self.grid_hw[0]], np.float32)
        self._y = np.linspace(-1, 1, self.grid_hw[0], dtype=np.float32)[:, None]
        self._x = np.linspace(-1, 1, self.grid_hw[1], dtype=np.float32)[None]
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
        # Planes, one for each direction: numpy is slow along an axis of two.
        told = [flow[..., k] * self._scale[k] for k in (0, 1)]
        hold = _hold(now)
        camera = self._camera(told, hold)
        off = [hold * (a - b) for a, b in zip(told, camera, strict=True)]
        shift = [a + b for a, b in zip(camera, off, strict=True)]
        away = np.maximum(np.abs(shift[0]), np.abs(shift[1])) > _STANDS_PX
        across, down = ((np.clip(np.rint(by), -_FARTHEST_PX, _FARTHEST_PX) * away).astype(np.int8) for by in shift)
        own = np.maximum(np.abs(off[0]), np.abs(off[1])) > _OWN_PX
        return Motion(down, across, own, bool(away.mean() > _MOVING_SHARE))

    def _camera(self, flow: list[Floats], hold: Floats) -> list[Floats]:
        """(h, w) across and down: the affine motion that most of the flow agrees with, by weights that fall with what
        is off (Geman and McClure 1985): a camera that turns or comes nearer moves no two places alike."""
        few = np.s_[_FITTED_EVERY // 2 :: _FITTED_EVERY, _FITTED_EVERY // 2 :: _FITTED_EVERY]
        x, y = np.broadcast_arrays(self._x, self._y)
        where = np.stack([np.ones_like(x[few]), x[few], y[few]], axis=2).reshape(-1, 3)
        told = np.stack([plane[few].ravel() for plane in flow], axis=1)
        weight = hold[few].reshape(-1, 1)
        fit = np.zeros((3, 2), np.float32)
        fit[0] = np.median(told, axis=0)
        for _ in range(_FIT_ROUNDS):
            off = np.square(told - where @ fit).sum(axis=1, keepdims=True)
            weighed = where * (weight / np.square(1 + off / _OWN_PX**2))
            fit = np.linalg.solve(weighed.T @ where + _HELD * np.eye(3), weighed.T @ told).astype(np.float32)
        return [fit[0, k] + fit[1, k] * self._x + fit[2, k] * self._y for k in (0, 1)]


def _hold(picture: Grey) -> Floats:
    """(h, w), 0..1: how far the picture has something that flow can hold on to."""
    across, down = (cv2.Sobel(picture, cv2.CV_32F, dx, dy, scale=1 / 8) for dx, dy in ((1, 0), (0, 1)))
    slope2 = cv2.blur(across * across + down * down, (_AROUND_PX, _AROUND_PX))
    return np.asarray(slope2 / (slope2 + _LEAST_SLOPE**2), np.float32)
