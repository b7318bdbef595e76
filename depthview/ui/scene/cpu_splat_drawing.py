"""Splats drawn by the processor, in a thread of its own: a small picture while the eye moves, the whole one at rest."""

import os
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.point_budget import PointBudget
from depthview.ui.scene.sight import Sight
from depthview.ui.scene.splat_drawing import SplatLook
from depthview.ui.scene.splat_worker import Finished, Opaque, SplatWorker, Task

_QUICK_S = 0.07
"""For a picture while one moves: with what else there is to do, more than ten of them in a second."""
_STILL_S = 0.15
"""Who has not moved for so long looks, and wants to see everything."""
_SPLAT_GUESS_S = 300e-9
_COARSEST = 6
"""Level of detail: of each only half the splats of the one before, and seven tenths of the pixels."""
_SMALLER = 2**-0.25
_LONG_S = 0.8
"""Who rests and has to wait longer for everything sees something better before."""
_BETTER = 3
"""By so many levels."""
_KEEP_WITHIN = (0.5, 1.2)
"""Of the time there is: a level that takes so much stays, so that pictures do not flicker between two."""


class CpuSplatDrawing:
    """A `SplatDrawing` that needs no OpenGL; where there is none, opaque things are left out.

    One picture is under way at a time, so none pile up. A whole one is given up as soon as the look changes.
    """

    def __init__(self, threads: int | None = None) -> None:
        self._worker = SplatWorker(threads or os.cpu_count() or 1)
        self._budget = PointBudget(per_point_s=_SPLAT_GUESS_S)
        self._level = 0
        self._look_number = 0
        self._begun_s = 0.0
        self._done = (-1, _COARSEST)
        """Of which look the last picture was, and its level."""
        self._stale = False
        """Whether what stands beside the splats is another since the last picture was asked for."""
        self._first_number = 0
        """Pictures of looks before this one show other splats."""
        self._shown: Sight | None = None
        self._opaque_s = 0.0
        """How long the opaque things of the last picture took."""
        self.last_s = 0.0
        """How long the last picture took."""

    @property
    def shown(self) -> Sight | None:
        return self._shown

    @property
    def complete(self) -> bool:
        return self._done == (self._look_number, 0) and not self._stale

    def show(self, splats: PreparedSplats, kept: NDArray[np.int32] | None = None) -> None:
        self._worker.show(splats, kept)
        self.begin()
        self._first_number = self._look_number

    def begin(self) -> None:
        self._look_number += 1
        self._begun_s = time.perf_counter()
        self._worker.hurry()

    def begin_beside(self) -> None:
        self._stale = True

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        finished = self._worker.take()
        picture = None
        if finished is not None and finished.task.number >= self._first_number:
            picture = _picture(finished, finished.task.size_px)
            self._shown, self.last_s = finished.task.look.sight, finished.took_s
            self._done = (finished.task.number, finished.task.level)
            if finished.task.quick:
                self._budget.learn(self._worker.count // finished.task.step, finished.took_s + self._opaque_s)
        if self.complete or self._worker.busy:
            return picture
        quick = self._done[0] != self._look_number
        if quick or time.perf_counter() - self._begun_s >= _STILL_S:
            level = self._quick_level() if quick else self._better_level(self._done[1])
            if self._stale:  # the last picture is not whole any more, and this one will be
                self._done, self._stale = (self._done[0], max(1, self._done[1])), False
            self._worker.ask(self._task(scene, size_px, look, level, quick=quick))
        return picture

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        finished = self._worker.do(self._task(scene, size_px, look, 0, quick=False))
        return _picture(finished, size_px)

    def leave(self, scene: OffscreenScene) -> None:
        self._worker.close()

    def _quick_level(self) -> int:
        """The finest that is quick enough."""
        count, (least, most) = self._worker.count, _KEEP_WITHIN
        takes = [self._budget.seconds_for(count >> level) / _QUICK_S for level in range(_COARSEST + 1)]
        if not least <= takes[self._level] <= most:
            self._level = next((level for level, share in enumerate(takes) if share <= 1), _COARSEST)
        return self._level

    def _better_level(self, level: int) -> int:
        """The next for an eye at rest: the whole picture, unless that would take long."""
        long = self._budget.seconds_for(self._worker.count) > _LONG_S
        return max(0, level - _BETTER) if long else 0

    def _task(
        self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook, level: int, *, quick: bool
    ) -> Task:
        smaller = _SMALLER**level
        drawn_px = (max(1, round(smaller * size_px[0])), max(1, round(smaller * size_px[1])))
        began = time.perf_counter()
        opaque = _opaque(scene, drawn_px, look, 1 << level)
        self._opaque_s = time.perf_counter() - began
        return Task(self._look_number, look, size_px, drawn_px, opaque, level, quick)


def _opaque(scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook, step: int) -> Opaque | None:
    bounds = scene.bounds_m()
    if not scene.available or bounds[0] > bounds[1]:
        return None
    look.fit(size_px, step)
    depth_m = scene.opaque_depth(size_px, look.sight)
    # What was drawn for the depths is what is to be seen.
    picture = scene.picture() if np.isfinite(depth_m).any() else None
    if picture is None:
        return None
    rgba = np.frombuffer(picture.constBits(), np.uint8).reshape(size_px[1], size_px[0], 4).copy()
    return Opaque(rgba, depth_m)


def _picture(finished: Finished, size_px: tuple[int, int]) -> QImage:
    width, height = size_px
    kind = QImage.Format.Format_RGBX8888 if finished.opaque else QImage.Format.Format_RGBA8888_Premultiplied
    return QImage(finished.rgba.data, width, height, 4 * width, kind).copy()
