"""Splats drawn by OpenGL: at once in the order there is, then in the order and the colours of that very look."""

import math
import sys
import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.drawing import QUICK_S
from depthview.ui.scene.ground_actor import GroundActor
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.point_budget import PointBudget
from depthview.ui.scene.sight import Sight
from depthview.ui.scene.splat_actor import SplatActor
from depthview.ui.scene.splat_drawing import SplatLook
from depthview.ui.scene.splat_levels import MOST_LEVEL, SplatLevels
from depthview.ui.scene.splat_order import SplatOrder

_PASS_S = 0.03
"""For each further pass over the splats while one looks: whoever moves again waits no longer than this."""
_COARSER = 2
"""While one moves and not all can be drawn in time, so many times fewer pixels each way."""
_GUESS_S, _SOFTWARE_GUESS_S = 5e-9, 1.5e-6
"""For a splat, before the first was drawn: of a graphics card, and of a processor in its place."""
_LEAST_PASS = 10_000
_FEW, _SOON_S = 200_000, 0.01
"""So few splats are sorted so soon that it is better to wait for it, and to be exact even while one moves."""


class GlSplatDrawing:
    """A `SplatDrawing`. On a slow card the first picture is coarser, and of the largest splats only."""

    def __init__(self) -> None:
        self._splats: PreparedSplats | None = None
        self._kept: NDArray[np.bool_] | None = None
        self._count = 0
        """Of the kept ones."""
        self._order: SplatOrder | None = None
        self._actor: SplatActor | None = None
        self._gone: list[SplatActor] = []
        """Left over from scenes before, to be taken out of OpenGL with the next drawing."""
        self._ground = GroundActor()
        self._levels: SplatLevels | None = None
        self._level: int | None = None
        """Of the kept splats, which the actor's order names; None where it has to be set anew."""
        self._strange = False
        """The actor's colours are those of another look."""
        self._moving = True
        self._next = 0
        """The place in the order that the next pass begins with."""
        self._complete = False
        self._shown: Sight | None = None
        self._learnt: tuple[PointBudget, PointBudget] | None = None
        """How long splats take: in the whole picture, in the coarser one."""

    @property
    def complete(self) -> bool:
        return self._complete

    @property
    def shown(self) -> Sight | None:
        return self._shown

    def show(self, splats: PreparedSplats, kept: NDArray[np.int32] | None = None) -> None:
        if splats is not self._splats:
            self._leave_splats(wait=False)
            self._splats, self._order, self._actor = splats, SplatOrder(splats), SplatActor(splats)
            self._levels, self._strange = SplatLevels(splats), False
        self._kept, self._count = None, len(splats)
        if kept is not None:
            self._count = len(kept)
            self._kept = np.zeros(len(splats), np.bool_)
            self._kept[kept] = True
        self._level = None
        self.begin()

    def begin(self) -> None:
        self._moving, self._next, self._complete = True, 0, False

    def begin_beside(self) -> None:
        self.begin()

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        """The first picture after `begin` is quick; the whole one comes in passes, once its order is there."""
        actor, order = self._ready(scene)
        if actor is None or order is None or not self._count:
            return self._without_splats(scene, size_px, look)
        view, moving = look.sight.view(size_px), self._moving
        few = len(self._splats or ()) <= _FEW
        order.ask(view, look.degree, patient=moving and not few)
        self._take(actor, order, _SOON_S if moving and few and not order.belongs(view, look.degree) else 0.0)
        self._moving = False
        belongs = order.belongs(view, look.degree)
        if order.order is not None and moving and actor.drawable:
            return self._quick(scene, size_px, look, actor, order.order, belongs)
        if order.order is not None:
            self._sort(actor, order.order, 0)
        pending = actor.waiting
        actor.upload()
        if actor.waiting or order.order is None:
            if pending:  # OpenGL takes what was handed over where something is drawn, be it nothing
                self._prepare(look, size_px, actor, (0, 0))
                scene.draw(size_px, look.sight)
            return None
        return self._pass(scene, size_px, look, actor) if belongs else None

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        actor, order = self._ready(scene)
        if actor is None or order is None or not self._count:
            return self._without_splats(scene, size_px, look)
        far_to_near, colours = order.exactly(look.sight.view(size_px), look.degree)
        actor.set_colours(colours)
        self._level = None
        self._sort(actor, far_to_near, 0)
        actor.upload(sys.maxsize)
        picture = self._draw(scene, size_px, look, actor, (0, self._count))
        self._moving, self._complete = False, picture is not None
        self._level, self._strange = None, True
        return picture

    def leave(self, scene: OffscreenScene) -> None:
        self._leave_splats(wait=True)
        self._ready(scene)
        scene.remove(self._ground.actor)
        self._splats = None

    def _leave_splats(self, *, wait: bool) -> None:
        if self._order is not None:
            self._order.close(wait=wait)
            self._order = self._levels = None
        if self._actor is not None:
            self._gone.append(self._actor)
            self._actor = None

    def _ready(self, scene: OffscreenScene) -> tuple[SplatActor | None, SplatOrder | None]:
        """What there is to draw, in this scene."""
        scene.blend_in_float()
        if self._learnt is None:
            guess_s = _SOFTWARE_GUESS_S if scene.software else _GUESS_S
            self._learnt = PointBudget(per_point_s=guess_s), PointBudget(per_point_s=guess_s)
        for actor in self._gone:
            scene.remove(actor.actor)
        self._gone.clear()
        scene.add(self._ground.actor)
        if self._actor is not None:
            scene.add(self._actor.actor)
        return self._actor, self._order

    def _take(self, actor: SplatActor, order: SplatOrder, wait_s: float) -> None:
        """What has been worked out since, or was known before another look was drawn between."""
        sorted_anew, coloured_anew = order.take(wait_s)
        if sorted_anew:
            self._level = None
        if (coloured_anew or self._strange) and order.colours is not None:
            actor.set_colours(order.colours)
            self._strange, self._next = False, 0

    def _sort(self, actor: SplatActor, order: NDArray[np.int32], level: int) -> None:
        """Have the kept splats of this level drawn in this order."""
        if level != self._level:
            kept = order if self._kept is None else order[self._kept[order]]
            actor.set_order(kept if self._levels is None else self._levels.of_level(kept, level))
            self._level, self._next = level, 0

    def _quick(
        self,
        scene: OffscreenScene,
        size_px: tuple[int, int],
        look: SplatLook,
        actor: SplatActor,
        order: NDArray[np.int32],
        belongs: bool,
    ) -> QImage | None:
        """As much as there is time for, in the order there is."""
        whole, coarse = self._budgets()
        began = time.perf_counter()
        everything = self._count <= whole.points_in(QUICK_S)
        step = 1
        if everything:
            self._sort(actor, order, 0)
        else:
            fits = max(coarse.points_in(QUICK_S), 1)
            self._sort(actor, order, min(MOST_LEVEL, max(0, math.ceil(math.log2(self._count / fits)))))
            step = _COARSER**2
            size_px = (max(1, size_px[0] // _COARSER), max(1, size_px[1] // _COARSER))
        actor.upload()
        picture = self._draw(scene, size_px, look, actor, (0, len(actor)), step)
        (whole if everything else coarse).learn(len(actor), time.perf_counter() - began)
        self._complete = everything and belongs and not actor.waiting
        return picture

    def _pass(
        self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook, actor: SplatActor
    ) -> QImage | None:
        """Some more of the splats over those behind them; a picture after the last."""
        whole, _ = self._budgets()
        began = time.perf_counter()
        stop = min(self._count, self._next + max(_LEAST_PASS, whole.points_in(_PASS_S)))
        picture = self._draw(scene, size_px, look, actor, (self._next, stop))
        whole.learn(stop - self._next, time.perf_counter() - began)
        self._next, self._complete = stop, stop == self._count
        return picture

    def _draw(
        self,
        scene: OffscreenScene,
        size_px: tuple[int, int],
        look: SplatLook,
        actor: SplatActor,
        part: tuple[int, int],
        step: int = 1,
    ) -> QImage | None:
        """From one place of the order to another; a picture where nothing is left for later."""
        start, stop = part
        if start == 0:
            look.fit(size_px, step)
        self._prepare(look, size_px, actor, part)
        scene.draw(size_px, look.sight, over=actor.actor if start else False)
        if stop < len(actor):
            scene.wait()
            return None
        self._shown = look.sight
        return scene.picture()

    def _prepare(self, look: SplatLook, size_px: tuple[int, int], actor: SplatActor, part: tuple[int, int]) -> None:
        actor.actor.SetVisibility(True)
        actor.prepare(look.sight.view(size_px), as_points=look.as_points, start=part[0], stop=part[1])
        self._ground.set_ground(look.ground)

    def _budgets(self) -> tuple[PointBudget, PointBudget]:
        assert self._learnt is not None
        return self._learnt

    def _without_splats(self, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook) -> QImage | None:
        if self._actor is not None:
            self._actor.actor.SetVisibility(False)
        self._ground.set_ground(look.ground)
        look.fit(size_px, 1)
        self._shown, self._complete = look.sight, True
        return scene.render(size_px, look.sight)
