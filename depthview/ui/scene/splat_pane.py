"""The 3D pane of splat scenes: one circles and flies around them, looks closer, measures and crops.

Importing this costs VTK (0.3 s): import it when the pane is wanted.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QWheelEvent
from PySide6.QtWidgets import QWidget

from depthview.engine.capture.poses.frustums import Frustums
from depthview.engine.splats.editing.selection import Box
from depthview.engine.splats.picking import picked
from depthview.ui.scene.crop_box import CropBox
from depthview.ui.scene.measuring import paint_measure
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_hint, paint_note, paint_scale_bar, paint_sentence
from depthview.ui.scene.photo_cameras import PhotoCameras
from depthview.ui.scene.sight import Vector
from depthview.ui.scene.solids import opaque_at
from depthview.ui.scene.splat_display import SplatDisplay, drawing_for
from depthview.ui.scene.splat_drawing import SplatDrawing

_WHEEL_PICKS = 1_000_000
"""With more splats than this it would take too long to find out what is under the pointer at each turn of the wheel."""


class SplatPane(SplatDisplay):
    """Shows PreparedSplats, and point clouds and props among them, and lets the person move around.

    Left drag turns, Shift or the middle button shifts, the wheel goes nearer to what is under the pointer, a double
    click looks at it, or as a photo's camera looked; W A S D E Q fly (Shift: faster), the arrows turn, + and - go
    nearer and away, Ctrl+wheel changes the field of view. R goes back, T turns slowly, M measures, P shows points, Esc
    ends measuring. Keys are heard only while the pane has the focus.
    """

    picked = Signal(object)
    """A click, not while measuring: the point, (3,) float64 in the world, or None."""
    crop_box_changed = Signal(object)
    """The Box as the hand has made it."""

    def __init__(
        self, parent: QWidget | None = None, *, drawing: Callable[[OffscreenScene], SplatDrawing] = drawing_for
    ) -> None:
        super().__init__(drawing, parent)
        self.setAccessibleName(self.tr("3D view of the scene"))
        self._crop = CropBox()
        self._photos = PhotoCameras()
        self._zoomed_at: tuple[QPointF, Vector | None] | None = None
        self._zoomed_to = self.camera
        self.empty_sentence = self.tr("Open a splat scene, or drop one here.")

    def say_when_empty(self, sentence: str) -> None:
        """What stands here while there is nothing to show."""
        if sentence != self.empty_sentence:
            self.empty_sentence = sentence
            self.update()

    def set_metres_per_unit(self, metres: float | None) -> None:
        """What one unit of the world is, if anybody knows: then lengths are metres, and a scale is shown."""
        self._measure = replace(self._measure, metres_per_unit=metres)
        self.update()

    def grow_with(self, moved: Callable[[Vector], Vector], factor: float) -> None:
        """What is looked at becomes `factor` times as large, each point of it where `moved` says: the eye and the line
        that was measured stay where they were on it."""
        self._measure = replace(self._measure, points=tuple(map(moved, self._measure.points)))
        x, y, z = (float(part) for part in moved(np.array(self.camera.focus_m)))
        self.set_camera(replace(self.camera, focus_m=(x, y, z), distance_m=factor * self.camera.distance_m))
        self.update()

    def set_crop_box(self, box: Box | None) -> None:
        """Show a box whose faces can be dragged; None removes it. What is cut is for `set_kept` to say.

        While a face is held it is the hand's: what comes back meanwhile is behind it.
        """
        if not self._crop.held:
            self._crop.box = box
            self.update()

    def show_frustums(self, frustums: Frustums | None) -> None:
        """The cameras of photos, in the world, over the picture; None: no more.

        A tip tells its photo's name, and a double click on it looks as that camera did.
        """
        if frustums is not self._photos.frustums:
            self._photos.show(frustums)
            self.update()

    @property
    def frustums(self) -> Frustums | None:
        """What `show_frustums` said last."""
        return self._photos.frustums

    def _without_opengl(self) -> str:
        return "" if self._photos.frustums is not None else super()._without_opengl()

    # What is written over it

    def _paint_over(self, painter: QPainter, area: QRectF, ink: QColor, paper: QColor) -> None:
        if self._splats is None and not self._props and self._photos.frustums is None:
            paint_sentence(painter, area, self.empty_sentence, ink)
            return
        sight = self._sight_shown()
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        self._photos.paint(painter, area, sight, accent, ink, paper)
        self._crop.paint(painter, area, sight, accent)
        paint_measure(painter, area, sight, self._measure, accent, ink, paper)
        if self._picture is None:
            paint_sentence(painter, area, self.tr("One moment: the first picture is being drawn."), ink)
        if not self.available and self._props:
            paint_note(painter, area, self.tr("without OpenGL: clouds and meshes are left out"), ink, paper)
        if self._measure.metres_per_unit is not None:
            per_px = self.camera.distance_m / self._eye.focal_px(area.height()) * self._measure.metres_per_unit
            paint_scale_bar(painter, area, per_px, ink)
        if self._new_here or self._photos.pointed_at is not None or (self._measuring and len(self._measure.points) < 2):
            paint_hint(painter, area, self._what_to_do(), ink, paper)

    def _what_to_do(self) -> str:
        if self._measuring:
            return self.tr("Click two points of the scene to measure between them; Esc ends it")
        if self._photos.pointed_at is not None:
            return self.tr("A double click looks from where this photo was taken")
        return self.tr("Drag to turn, the wheel to go nearer, a double click to look at something, W A S D to fly")

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
            self._fit(size)
            found.append(opaque_at(self._opened(), at, sight, size))
            self.request_render()
        return min((point for point in found if point is not None), key=sight.depth_m, default=None)

    def wheelEvent(self, event: QWheelEvent) -> None:
        super().wheelEvent(event)
        self._zoomed_to = self.camera

    def _towards(self, at: QPointF) -> Vector | None:
        """What is under the pointer. While only the wheel turns it stays there, so it is looked for once."""
        if self._zoomed_at is None or self._zoomed_at[0] != at or self.camera != self._zoomed_to:
            many = self._splats is not None and len(self._splats) > _WHEEL_PICKS
            self._zoomed_at = (at, None if many else self._point_at(at))
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
        over_handle = over_camera = None
        if at is not None and not self._measuring:
            sight, size = self._sight_shown(), self._size()
            over_handle = self._crop.face_at(at, sight, size)
            over_camera = self._photos.at(at, sight, size) if over_handle is None else None
            shape = Qt.CursorShape.SizeAllCursor if over_handle is not None else Qt.CursorShape.ArrowCursor
            self.setCursor(Qt.CursorShape.PointingHandCursor if over_camera is not None else shape)
        if over_camera != self._photos.pointed_at:
            self._photos.pointed_at = over_camera
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        width, height = self._size()
        through = self._photos.at(event.position(), self._sight_shown(), (width, height))
        if self._measuring or through is None:
            super().mouseDoubleClickEvent(event)
            return
        self._photos.pointed_at = None
        self.set_camera(self._photos.view_through(through, width / height, self.camera.parallel))
        self._moved()

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
