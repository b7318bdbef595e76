"""A pane that draws splat scenes, and what stands among them, as its eye sees them.

Importing this costs VTK (0.3 s): import it when a pane is wanted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.splats.framing import FirstLook
from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight
from depthview.ui.scene.solids import Clouds, corners
from depthview.ui.scene.splat_drawing import Ground, SplatDrawing, SplatLook
from depthview.ui.scene.splat_eye import SplatEye
from depthview.ui.scene.steered_pane import SteeredPane

_LEAST_TEXELS = 1 << 24
"""In a texture buffer: room for 16 million splats, three values each in up to seven of them. Most cards have 2^27."""

_NO_ROOM = "There was not enough memory to draw these scenes: thin them out, hide some, or close programs."


def drawing_for(scene: OffscreenScene) -> SplatDrawing:
    """By OpenGL where it is a graphics card's, else by the processor, which is faster at it than software OpenGL.

    It also helps out where a card's buffers are as small as OpenGL allows, and could not hold all splats.
    """
    if scene.software or scene.texels < _LEAST_TEXELS:
        return CpuSplatDrawing()
    from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing

    return GlSplatDrawing()


class SplatDisplay(SteeredPane):
    """Holds what is shown, the eye, and the drawing that suits this machine; says where the eye is."""

    camera_changed = Signal(object)
    """A CameraState, whenever the eye has moved."""
    failed = Signal(object)
    """A UserError: no picture could be drawn."""
    turntable_changed = Signal(bool)
    as_points_changed = Signal(bool)
    _eye: SplatEye

    def __init__(self, drawing: Callable[[OffscreenScene], SplatDrawing], parent: QWidget | None = None) -> None:
        super().__init__(SplatEye(), parent)
        self._make_drawing = drawing
        self._drawing: SplatDrawing | None = None
        self._splats: PreparedSplats | None = None
        self._kept: NDArray[np.int32] | None = None
        self._first: FirstLook | None = None
        self._clouds = Clouds()
        self._degree: int | None = None
        self._as_points = False
        self._only_beside = False
        self._aimed = False
        self._told = self._eye.state

    # What is shown

    def show_splats(
        self, splats: PreparedSplats | None, *, keep_view: bool = False, first: FirstLook | None = None
    ) -> None:
        """Show `splats` instead of those before, all of them; None shows nothing.

        `keep_view`: stay where one is. `first`: where to stand first, and after R; else it is guessed from the splats.
        """
        if self._released:
            return
        if first is not None or not keep_view:
            self._first = first
        if not keep_view:
            self._picture = None
        self._splats = splats if splats is not None and len(splats) else None
        self._kept = None
        self._hand_over()
        self._refit(anew=not keep_view)

    def set_kept(self, kept: NDArray[np.int32] | None) -> None:
        """Of the splats only those with these indices, which grow; None: all."""
        if kept is not self._kept:
            self._kept = kept
            self._hand_over()
            self.request_render()

    @property
    def kept(self) -> NDArray[np.int32] | None:
        """What `set_kept` said last."""
        return self._kept

    @property
    def splats(self) -> PreparedSplats | None:
        return self._splats

    @property
    def by_processor(self) -> bool:
        """Whether no graphics card draws the splats."""
        return self._drawing is None or isinstance(self._drawing, CpuSplatDrawing)

    @property
    def last_render_s(self) -> float:
        """What the last picture of splats took, in whatever thread."""
        return self._drawing.last_s if isinstance(self._drawing, CpuSplatDrawing) else super().last_render_s

    def add_cloud(self, cloud: PointCloud) -> None:
        """Show a cloud among the splats, where its points say; it hides what is behind it."""
        self.add_actor(self._clouds.add(cloud))

    def remove_cloud(self, cloud: PointCloud) -> None:
        self.remove_actor(self._clouds.remove(cloud))

    def add_actor(self, prop: vtkProp) -> None:
        """Add any opaque VTK prop. The first thing that is there to be seen is looked at."""
        with self._beside():
            super().add_actor(prop)
            self._refit(anew=False)

    def remove_actor(self, prop: vtkProp) -> None:
        with self._beside():
            super().remove_actor(prop)
            self._refit(anew=False)

    def set_degree(self, degree: int | None) -> None:
        """Of the spherical harmonics at most this; None: all there are."""
        self._degree = degree
        self.request_render()

    @property
    def as_points(self) -> bool:
        return self._as_points

    def set_as_points(self, on: bool) -> None:
        """Show where the splats are, as small dots."""
        if on != self._as_points:
            self._as_points = on
            self.as_points_changed.emit(on)
            self.request_render()

    # The view

    @property
    def camera(self) -> CameraState:
        """The view to come back to: frozen, small, plain numbers."""
        return self._eye.state

    def set_camera(self, state: CameraState) -> None:
        self._aimed = True
        if state != self._eye.state:
            self._eye.state = state
            self.request_render()

    def sight(self) -> Sight:
        """What the eye sees now, for pictures and films of the same look."""
        return self._eye.sight()

    def reset_view(self) -> None:
        """The first view: all of it that is not far out."""
        self._refit(anew=True)

    def stand_first(self, first: FirstLook | None) -> None:
        """Go there, now and after R."""
        self._first = first
        self.reset_view()

    def set_fov(self, fov_deg: float) -> None:
        """The vertical field of view."""
        self.set_camera(replace(self.camera, fov_deg=fov_deg))

    def set_parallel(self, on: bool) -> None:
        """Without perspective."""
        self.set_camera(replace(self.camera, parallel=on))

    @property
    def turntable(self) -> bool:
        return self._eye.turntable

    def set_turntable(self, on: bool) -> None:
        """Go slowly round what is looked at."""
        if on != self._eye.turntable:
            self._eye.turntable = on
            self.turntable_changed.emit(on)
            self.request_render()

    def _refit(self, *, anew: bool) -> None:
        points = np.concatenate([self._clouds.sample(), corners(self._props)])
        if self._splats is None and not len(points):
            self._aimed = False
        elif anew or not self._aimed:
            self._eye.aim(self._splats, points, self.width() / max(1, self.height()), self._first)
            self._aimed = True
        else:
            self._eye.fit(self._splats, points)
        self.request_render()

    def _sight_shown(self) -> Sight:
        """What the picture on the screen saw: it may be behind the hand, and what is written over it must fit it."""
        shown = self._drawing.shown if self._drawing is not None and self._splats is not None else None
        return shown if shown is not None else self._eye.sight()

    # Rendering

    def request_render(self) -> None:
        if self._drawing is not None and self._only_beside:
            self._drawing.begin_beside()
        elif self._drawing is not None:
            self._drawing.begin()
        super().request_render()

    @contextmanager
    def _beside(self) -> Iterator[None]:
        """Meanwhile only what is not made of splats changes, unless the eye is moved by it."""
        before, self._only_beside = self._eye.state, True
        try:
            yield
        finally:
            self._only_beside = False
        if self._eye.state != before:
            self.request_render()

    def _hand_over(self) -> None:
        if self._drawing is not None and self._splats is not None:
            self._drawing.show(self._splats, self._kept)
        else:
            self._leave_drawing()

    def _leave_drawing(self) -> None:
        """It holds the splats, and more made of them: where nothing is shown, nothing is kept."""
        if self._drawing is not None and self._scene is not None:
            self._drawing.leave(self._scene)
        self._drawing = None

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage | None:
        walking = self._walk()
        self._dirty = walking
        self._tell_camera()
        if self._splats is None:
            return self._draw_opaque(scene, size_px)
        drawing = self._drawing_in(scene)
        if walking:
            drawing.begin()
        if not self.by_processor:  # that makes them ready by itself, for smaller pictures
            self._fit(size_px)
        try:
            picture = drawing.draw_some(scene, size_px, self._look(self.ground_rgb()))
        except MemoryError as error:  # of a thread, perhaps: it is tried again when the eye moves
            self.failed.emit(UserError(_NO_ROOM, details=repr(error)))
            return None
        self._dirty = walking or not drawing.complete
        return picture

    def _draw_whole(
        self, scene: OffscreenScene, size_px: tuple[int, int], *, transparent: bool = False
    ) -> QImage | None:
        if self._splats is None:
            return self._draw_opaque(scene, size_px)
        if not self.by_processor:
            self._fit(size_px)
        look = self._look(None if transparent else self.ground_rgb())
        return self._drawing_in(scene).draw_all(scene, size_px, look)

    def _draw_opaque(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage:
        self._fit(size_px)
        picture = scene.render(size_px, self._eye.sight()) if self._props else None
        return picture if picture is not None else QImage()

    def _drawing_in(self, scene: OffscreenScene) -> SplatDrawing:
        if self._drawing is None:
            self._drawing = self._make_drawing(scene)
            self._hand_over()
        return self._drawing

    def _fit(self, size_px: tuple[int, int], step: int = 1) -> None:
        """Make the clouds ready for a picture of this size, of one in `step` of their points."""
        ratio = self.devicePixelRatioF() * size_px[1] / self._size_px()[1]
        self._clouds.prepare(focal_px=self._eye.sight().focal_px(size_px[1]), pixel_ratio=ratio, step=step)

    def _look(self, ground: Ground | None) -> SplatLook:
        return SplatLook(self._eye.sight(), self._degree, self._as_points, ground, self._fit)

    def ground_rgb(self) -> Ground:
        """What is behind everything."""
        top, bottom = self._ground()
        return (top.redF(), top.greenF(), top.blueF()), (bottom.redF(), bottom.greenF(), bottom.blueF())

    def _ground_changed(self) -> None:
        self.request_render()

    def _tell_camera(self) -> None:
        if self._eye.state != self._told:
            self._told = self._eye.state
            self.camera_changed.emit(self._told)

    def _without_opengl(self) -> str:
        return "" if self._splats is not None or not self._props else super()._without_opengl()

    def release(self) -> None:
        self._leave_drawing()
        self._splats = self._kept = None
        super().release()
        self._clouds.clear()
