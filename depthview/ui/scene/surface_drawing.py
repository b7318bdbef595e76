"""A panorama's scene drawn as a surface: with a coarse mesh while one moves, if need be, and the finest one at rest."""

import time

from PySide6.QtGui import QImage

from depthview.engine.mesh.mesh import Mesh
from depthview.engine.panorama.scene.colours import SceneColours
from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.ui.scene.drawing import QUICK_S, Look
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.point_budget import PointBudget
from depthview.ui.scene.surface_actor import SpherePicture, SurfaceActor

_VERTEX_GUESS_S = 200e-9


class SurfaceDrawing:
    """A `Drawing` of a scene's meshes."""

    def __init__(self, scene: PanoramaScene, colours: SceneColours) -> None:
        self._meshes = scene.meshes
        self._picture = SpherePicture(scene.picture)
        self._actors: dict[tuple[int, bool], SurfaceActor] = {}
        """By the number of the mesh, and whether it is the torn one."""
        self._colours = colours
        self._shown: int | None = None
        self._budget = PointBudget(per_point_s=_VERTEX_GUESS_S)

    @property
    def complete(self) -> bool:
        return self._shown == len(self._meshes) - 1

    def begin(self) -> None:
        self._shown = None

    def set_colours(self, colours: SceneColours) -> None:
        self._colours = colours
        for actor in self._actors.values():
            actor.paint(colours)
        self.begin()

    def draw_some(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        if self._shown is not None:
            return self._draw(scene, size_px, look, len(self._meshes) - 1)
        limit = self._budget.points_in(QUICK_S)
        # Who has just come sees the coarse one first: the fine one has yet to be uploaded.
        ready = [level for level, torn in self._actors if torn == look.front_only]
        fits = [level for level in ready if len(self._mesh(level, look).vertices) <= limit]
        return self._draw(scene, size_px, look, max(fits, default=0))

    def draw_all(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look) -> QImage | None:
        return self._draw(scene, size_px, look, len(self._meshes) - 1)

    def leave(self, scene: OffscreenScene) -> None:
        for actor in self._actors.values():
            scene.remove(actor.actor)

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int], look: Look, level: int) -> QImage | None:
        mesh, key = self._mesh(level, look), (level, look.front_only)
        new = key not in self._actors
        if new:
            self._actors[key] = SurfaceActor(mesh, self._picture)
            self._actors[key].paint(self._colours)
            scene.add(self._actors[key].actor)
        began = time.perf_counter()
        for other, actor in self._actors.items():
            actor.actor.SetVisibility(other == key)
        self._actors[key].prepare(top_m=look.top, front_only=look.front_only)
        scene.draw(size_px, look.sight)
        picture = scene.picture()
        if not new:
            self._budget.learn(len(mesh.vertices), time.perf_counter() - began)
        self._shown = level
        return picture

    def _mesh(self, level: int, look: Look) -> Mesh:
        return self._meshes[level].torn if look.front_only else self._meshes[level].closed
