"""What is remembered of one scene, and how its next frame is joined to it."""

import cv2
import numpy as np

from depthview.engine.frames import Image, Values
from depthview.engine.stabiliser.cells import Cells, CellSums, Moved
from depthview.engine.stabiliser.coding import Coding
from depthview.engine.stabiliser.kernels import PIXEL, Bytes, compare, fetch, join, measure
from depthview.engine.stabiliser.motion import Motion, MotionSearch

_FULL_STANDING, _FULL, _FULL_OWN = 64, 16, 3
"""Frames in a mean: of what stands still before a camera that stands, of what moves as the camera does, and of what
moves by itself. Keyframes come every 12 to 60 frames, and the noise of a film is new only then. The bundled clip's ball
is shown late with more than 3."""
_NEIGHBOURS_PX, _AROUND_PX = 3, 7
_SAMPLED = 7


class SceneMemory:
    """A scene from its first frame on, all of one size and meaning. Owned by one thread.

    `inverted` says that the values are distances: their inverses are averaged, whose noise is even near and far.
    `one_eye` says that they come from the left picture alone.
    """

    def __init__(self, size_hw: tuple[int, int], *, inverted: bool, one_eye: bool) -> None:
        self._inverted, self._one_eye = inverted, one_eye
        self._search = MotionSearch(size_hw)
        self._cells = Cells(size_hw)
        self._coding = Coding()
        self._memory, self._spare = np.zeros(size_hw, PIXEL), np.zeros(size_hw, PIXEL)

    def follow(self, left: Image, values: Values) -> Values:
        """(H, W) float32: `values` of the picture `left` (H, W, 3), joined with what is remembered."""
        grey = np.asarray(cv2.cvtColor(left, cv2.COLOR_RGB2GRAY), np.uint8)
        remembered = np.ascontiguousarray(self._memory["look"])
        motion = self._search.find(self._search.small(grey), self._search.small(remembered))
        if not motion.stands:
            self._fetch(motion)
        changed = self._compare(grey, motion)
        coded = self._coding.anew(grey) and not motion.moves
        allowed = self._cells.allowed(float(np.median(changed[::_SAMPLED, ::_SAMPLED])), coded=coded)
        values = np.ascontiguousarray(values, np.float32)
        # One eye that stands still cannot see that everything comes nearer: its network breathes.
        may_step = not coded and (motion.moves or not self._one_eye)
        moved = self._measure(values, changed, allowed, coded=coded, may_step=may_step)
        moving = motion.shift_y.astype(bool) | motion.shift_x.astype(bool) | motion.moves
        full = np.where(motion.own, _FULL_OWN, np.where(moving, _FULL, _FULL_STANDING)).astype(np.uint8)
        rows, columns = self._search.rows, self._search.columns
        joined = np.empty_like(values)
        around = np.asarray(cv2.blur(changed, (_AROUND_PX, _AROUND_PX)), np.uint8)
        of_frame = values, self._inverted, grey, changed, around, allowed
        of_cells = self._cells.noise, moved.drift, moved.agreed
        join(*of_frame, *of_cells, full, rows, columns, coded, self._memory, joined)
        return joined

    def _fetch(self, motion: Motion) -> None:
        rows, columns = self._search.rows, self._search.columns
        packed, fetched = self._memory.view(np.uint64), self._spare.view(np.uint64)
        fetch(motion.shift_y, motion.shift_x, rows, columns, packed, fetched)
        self._memory, self._spare = self._spare, self._memory

    def _compare(self, grey: Bytes, motion: Motion) -> Bytes:
        changed = np.empty_like(grey)
        compare(grey, self._memory, motion.moves, changed)
        # Of one pixel noise says too much; and what lies beside a moving edge is not to be trusted either.
        return np.asarray(cv2.blur(changed, (_NEIGHBOURS_PX, _NEIGHBOURS_PX)), np.uint8)

    def _measure(self, values: Values, changed: Bytes, allowed: Bytes, *, coded: bool, may_step: bool) -> Moved:
        sample, means = values[::_SAMPLED, ::_SAMPLED], self._memory["mean"][::_SAMPLED, ::_SAMPLED]
        with np.errstate(divide="ignore", invalid="ignore"):
            sample = np.float32(1) / sample if self._inverted else sample
            difference = sample - means
            limit = self._cells.limit(difference, means)
        sums = CellSums.empty(self._cells.shape)
        into = sums.news, sums.squares, sums.count, sums.unrest, sums.sides
        measure(values, self._inverted, self._memory, changed, allowed, limit, *into)
        return self._cells.follow(difference, limit, sums, coded=coded, may_step=may_step)
