"""The 3D pane of splat scenes: one circles and flies around them, looks closer, measures and crops.

Importing this costs VTK (0.3 s): import it when the pane is wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.engine.cloud import PointCloud
from depthview.engine.splats.editing.selection import Box
from depthview.engine.splats.picking import picked
from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.crop_box import CropBox
from depthview.ui.scene.measuring import paint_measure
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_hint, paint_note, paint_scale_bar, paint_sentence
from depthview.ui.scene.sight import Sight, Vector
from depthview.ui.scene.solids import Clouds, corners, opaque_at
from depthview.ui.scene.splat_drawing import Ground, SplatDrawing, SplatLook
from depthview.ui.scene.splat_eye import SplatEye
from depthview.ui.scene.steered_pane import SteeredPane

_LEAST_TEXELS = 1 << 24
"""In a texture buffer: room for 16 million splats, three values each in up to seven of them. Most cards have 2^27."""
_WHEEL_PICKS = 1_000_000
"""With more splats than this it would take too long to find out what is under the pointer at each turn of the wheel."""


def drawing_for(scene: OffscreenScene) -> SplatDrawing:
    """By OpenGL where it is a graphics card's, else by the processor, which is faster at it than software OpenGL.

    It also helps out where a card's buffers are as small as OpenGL allows, and could not hold all splats.
    """
    if scene.software or scene.texels < _LEAST_TEXELS:
        return CpuSplatDrawing()
    from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing

    return GlSplatDrawing()


class SplatPane(SteeredPane):
    """Shows PreparedSplats, and point clouds and props among them, and lets the person move around.

    Left drag turns, Shift or the middle button shifts, the wheel goes nearer to what is under the pointer, a double
    click looks at it; W A S D E Q fly (Shift: faster), the arrows turn, + and - go nearer and away, Ctrl+wheel changes
    the field of view. R goes back, T turns slowly, M measures, P shows points, Esc ends measuring. Keys are heard only
    while the pane has the focus.
    """

    picked = Signal(object)
    """A click, not while measuring: the point, (3,) float64 in the world, or None."""
    camera_changed = Signal(object)
    """A CameraState, whenever the eye has moved."""
    crop_box_changed = Signal(object)
    """The Box as the hand has made it."""
    turntable_changed = Signal(bool)
    as_points_changed = Signal(bool)
    _eye: SplatEye

    def __init__(
        self, parent: QWidget | None = None, *, drawing: Callable[[OffscreenScene], SplatDrawing] = drawing_for
    ) -> None:
        super().__init__(SplatEye(), parent)
        self.setAccessibleName(self.tr("3D view of the scene"))
        self._make_drawing = drawing
        self._drawing: SplatDrawing | None = None
        self._splats: PreparedSplats | None = None
        self._kept: NDArray[np.int32] | None = None
        self._clouds = Clouds()
        self._degree: int | None = None
        self._as_points = False
        self._crop = CropBox()
        self._aimed = False
        self._told = self._eye.state
        self._zoomed_at: tuple[QPointF, Vector | None] | None = None
        self._empty = self.tr("Open a splat scene, or drop one here.")

    # What is shown

    def show_splats(self, splats: PreparedSplats | None, *, keep_view: bool = False) -> None:
        """Show `splats` instead of those before, all of them; None shows nothing. `keep_view`: stay where one is."""
        if self._released:
            return
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
        super().add_actor(prop)
        self._refit(anew=False)

    def remove_actor(self, prop: vtkProp) -> None:
        super().remove_actor(prop)
        self._refit(anew=False)

    def say_when_empty(self, sentence: str) -> None:
        """What stands here while there is nothing to show."""
        self._empty = sentence
        self.update()

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

    def set_metres_per_unit(self, metres: float | None) -> None:
        """What one unit of the world is, if anybody knows: then lengths are metres, and a scale is shown."""
        self._measure = replace(self._measure, metres_per_unit=metres)
        self.update()

    def set_crop_box(self, box: Box | None) -> None:
        """Show a box whose faces can be dragged; None removes it. What is cut is for `set_kept` to say.

        While a face is held it is the hand's: what comes back meanwhile is behind it.
        """
        if not self._crop.held:
            self._crop.box = box
            self.update()

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
        """The first view: all of it, from the left and a little above."""
        self._refit(anew=True)

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
            self._eye.aim(self._splats, points, self.width() / max(1, self.height()))
            self._aimed = True
        else:
            self._eye.fit(self._splats, points)
        self.request_render()

    # Rendering

    def request_render(self) -> None:
        if self._drawing is not None:
            self._drawing.begin()
        super().request_render()

    def _hand_over(self) -> None:
        if self._drawing is not None and self._splats is not None:
            self._drawing.show(self._splats, self._kept)

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage | None:
        walking = self._walk()
        self._dirty = walking
        self._tell_camera()
        if self._splats is None:
            return self._draw_opaque(scene, size_px)
        drawing = self._drawing_in(scene)
        if walking:
            drawing.begin()
        self._prepare_clouds(size_px)
        picture = drawing.draw_some(scene, size_px, self._look(self._ground_rgb()))
        self._dirty = walking or not drawing.complete
        return picture

    def _draw_whole(
        self, scene: OffscreenScene, size_px: tuple[int, int], *, transparent: bool = False
    ) -> QImage | None:
        if self._splats is None:
            return self._draw_opaque(scene, size_px)
        self._prepare_clouds(size_px)
        look = self._look(None if transparent else self._ground_rgb())
        return self._drawing_in(scene).draw_all(scene, size_px, look)

    def _draw_opaque(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage:
        self._prepare_clouds(size_px)
        picture = scene.render(size_px, self._eye.sight()) if self._props else None
        return picture if picture is not None else QImage()

    def _drawing_in(self, scene: OffscreenScene) -> SplatDrawing:
        if self._drawing is None:
            self._drawing = self._make_drawing(scene)
            self._hand_over()
        return self._drawing

    def _prepare_clouds(self, size_px: tuple[int, int]) -> None:
        self._clouds.prepare(focal_px=self._eye.sight().focal_px(size_px[1]), pixel_ratio=self.devicePixelRatioF())

    def _look(self, ground: Ground | None) -> SplatLook:
        return SplatLook(self._eye.sight(), self._degree, self._as_points, ground)

    def _ground_rgb(self) -> Ground:
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
        if self._drawing is not None and self._scene is not None:
            self._drawing.leave(self._scene)
        self._drawing = self._splats = self._kept = None
        super().release()
        self._clouds.clear()

    # What is written over it

    def _paint_over(self, painter: QPainter, area: QRectF, ink: QColor, paper: QColor) -> None:
        if self._splats is None and not self._props:
            paint_sentence(painter, area, self._empty, ink)
            return
        sight = self._sight_shown()
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        self._crop.paint(painter, area, sight, accent)
        paint_measure(painter, area, sight, self._measure, accent, ink, paper)
        if self._picture is None:
            paint_sentence(painter, area, self.tr("One moment: the first picture is being drawn."), ink)
        if not self.available and self._props:
            paint_note(painter, area, self.tr("without OpenGL: clouds and meshes are left out"), ink, paper)
        if self._measure.metres_per_unit is not None:
            per_px = self.camera.distance_m / self._eye.focal_px(area.height()) * self._measure.metres_per_unit
            paint_scale_bar(painter, area, per_px, ink)
        if self._new_here:
            paint_hint(painter, area, self._what_to_do(), ink, paper)

    def _what_to_do(self) -> str:
        return self.tr("Drag to turn, the wheel to go nearer, a double click to look at something, W A S D to fly")

    def _sight_shown(self) -> Sight:
        """What the picture on the screen saw: it may be behind the hand, and what is written over it must fit it."""
        shown = self._drawing.shown if self._drawing is not None and self._splats is not None else None
        return shown if shown is not None else self._eye.sight()

    # Hands

    def _commands(self) -> Mapping[Qt.Key, Callable[[], None]]:
        return {
            Qt.Key.Key_R: self.reset_view,
            Qt.Key.Key_T: lambda: self.set_turntable(not self.turntable),
            Qt.Key.Key_M: lambda: self.set_measuring(not self.measuring),
            Qt.Key.Key_P: lambda: self.set_as_points(not self.as_points),
        }

    def _size(self) -> tuple[int, int]:
        return max(1, self.width()), max(1, self.height())

    def _point_at(self, at: QPointF) -> Vector | None:
        sight, size = self._eye.sight(), self._size()
        found = []
        if self._splats is not None:
            found.append(picked(self._splats, sight.view(size), at.x(), at.y(), self._kept))
        if self._props:
            found.append(opaque_at(self._opened(), at, sight, size))
            self.request_render()
        return min((point for point in found if point is not None), key=sight.depth_m, default=None)

    def _towards(self, at: QPointF) -> Vector | None:
        """What is under the pointer; while it rests there, that stays under it, so it is looked for once."""
        if self._zoomed_at is None or self._zoomed_at[0] != at:
            many = self._splats is not None and len(self._splats) > _WHEEL_PICKS
            point = None if many else self._point_at(at)
            self._zoomed_at = (at, point)
        point = self._zoomed_at[1]
        if point is None:
            point = self._eye.sight().point_at(at.x(), at.y(), self._size(), self._eye.focus_depth)
        return point

    def _click(self, at: QPointF) -> None:
        if self._measuring:
            super()._click(at)
        else:
            self.picked.emit(self._point_at(at))

    def _hover(self, at: QPointF | None) -> None:
        self._zoomed_at = None if at is None or self._zoomed_at is None or self._zoomed_at[0] != at else self._zoomed_at
        if at is not None and not self._measuring:
            over_handle = self._crop.face_at(at, self._sight_shown(), self._size()) is not None
            self.setCursor(Qt.CursorShape.SizeAllCursor if over_handle else Qt.CursorShape.ArrowCursor)

    def _grab(self, at: QPointF) -> bool:
        return self._crop.grab(at, self._sight_shown(), self._size())

    def _let_go(self) -> None:
        self._crop.let_go()

    def _pull(self, at: QPointF) -> None:
        box = self._crop.pull(at, self._sight_shown(), self._size())
        if box is not None:
            self.crop_box_changed.emit(box)
            self.update()

    def _moved(self) -> None:
        super()._moved()
        self._aimed = True
