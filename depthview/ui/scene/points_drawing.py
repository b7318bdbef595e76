"""A panorama's scene drawn as points: at once with as many as there is time for, then with all of them."""

import time

from PySide6.QtGui import QImage

from depthview.engine.panorama.scene.colours import SceneColours
from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.ui.scene.drawing import QUICK_S, Look
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.panorama_points import PanoramaPoints
from depthview.ui.scene.point_budget import PointBudget

_PASS_S = 0.03
"""For each further pass over the points while one looks: whoever moves again waits no longer than this."""
_MARGIN_PX = 20
"""Drawn beyond each border, since OpenGL leaves out a point whose middle is not in the picture, large as it may be."""
_UPLOAD_S = 0.015
_UPLOAD_GUESS_S = 150e-9


class PointsDrawing:
    """A `Drawing` of a scene's points."""

    def __init__(self, scene: PanoramaScene, colours: SceneColours) -> None:
        self._points = PanoramaPoints(scene, colours)
        self._next: int | None = None
        """The chunk that the next pass begins with; None before the first picture."""
        self._quick = PointBudget()
        self._passes = PointBudget()
        self._uploads = PointBudget(per_point_s=_UPLOAD_GUESS_S)

    @property
    def complete(self) -> bool:
        return self._next is not None and self._next >= len(self._points)

    def begin(self) -> None:
        self._next = None

    def set_colours(self, colours: SceneColours) -> None:
        self._points.set_colours(colours)
        self.begin()

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        """Few points at first, each larger; then pass after pass over all of them."""
        if self._next is None:
            stop = self._up_to(0, self._quick.points_in(QUICK_S))
            self._draw(scene, size_px, look, 0, stop, self._quick, size=self._points.coarseness(stop))
            self._next = stop if stop == len(self._points) else 0
            return _inner(scene.picture())
        start = self._next
        stop = self._up_to(start, self._passes.points_in(_PASS_S))
        self._draw(scene, size_px, look, start, stop, self._passes)
        self._next = stop
        return _inner(scene.picture()) if self.complete else None

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        self._draw(scene, size_px, look, 0, len(self._points), None)
        self._next = len(self._points)
        return _inner(scene.picture())

    def leave(self, scene: OffscreenScene) -> None:
        for prop in self._points.props():
            scene.remove(prop)

    def _up_to(self, start: int, points: int) -> int:
        """The chunk to draw up to: for so many points, of which not too many are to be uploaded before."""
        stop = self._points.chunks_in(points, start=start)
        if stop > self._points.ready:
            uploadable = self._points.chunks_in(self._uploads.points_in(_UPLOAD_S), start=self._points.ready)
            stop = max(start + 1, min(stop, uploadable))
        return min(stop, len(self._points))

    def _draw(
        self,
        scene: OffscreenScene,
        size_px: tuple[int, int],
        look: Look,
        start: int,
        stop: int,
        budget: PointBudget | None,
        size: float = 1.0,
    ) -> None:
        began = time.perf_counter()
        drawn = self._points.points_in(stop) - self._points.points_in(start)
        fresh = self._points.points_in(stop) - self._points.points_in(min(stop, max(start, self._points.ready)))
        for prop in self._points.show(start, stop):
            scene.add(prop)
        self._points.prepare(start, stop, look, focal_px=look.sight.focal_px(size_px[1]), size=size)
        width, height = size_px
        sight = look.sight.widened((height + 2 * _MARGIN_PX) / height)
        scene.draw((width + 2 * _MARGIN_PX, height + 2 * _MARGIN_PX), sight, over=start > 0)
        took_s = time.perf_counter() - began
        if budget is None:
            return
        if fresh:
            self._uploads.learn(fresh, max(0.0, took_s - budget.seconds_for(drawn)))
        else:
            budget.learn(drawn, took_s)


def _inner(picture: QImage | None) -> QImage | None:
    if picture is None:
        return None
    width, height = picture.width() - 2 * _MARGIN_PX, picture.height() - 2 * _MARGIN_PX
    return picture.copy(_MARGIN_PX, _MARGIN_PX, width, height)
