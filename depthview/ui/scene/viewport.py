"""The 3D pane of a cloud that is replaced while one looks at it, steered from outside.

Importing this costs VTK (0.3 s): import it when the pane is wanted.
"""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPalette, QWheelEvent
from PySide6.QtWidgets import QWidget

from depthview.engine.cloud import PointCloud
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.measuring import Measure, paint_measure
from depthview.ui.scene.movement_keys import TURN_KEYS, ZOOM_KEYS
from depthview.ui.scene.navigation import CameraState, Navigation
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_note, paint_scale_bar, paint_sentence
from depthview.ui.scene.picking import point_seen
from depthview.ui.scene.scene_pane import ScenePane
from depthview.ui.scene.sight import Sight, Vector

# Share of the time that rendering may take: software OpenGL would else eat the cores that the estimator needs.
_REST_PER_RENDER = 6.0
_REST_WHILE_DRAGGING = 0.25
_WHEEL_NOTCH = 120.0
_CLICK_PX = 4.0
_NOTHING_M = (1.0, -1.0, 1.0, -1.0, 1.0, -1.0)
"""VTK's way to say that there is nothing."""
_KEY_ORBIT = 5.0 / 180.0


class Viewport(ScenePane):
    """Shows a point cloud, and whatever else is added, and lets the person walk around it.

    Left drag turns, middle or Shift+left drag shifts, the wheel zooms; R, the arrows, + and - do the same. The view
    stays as it is when the cloud changes; only the first cloud is looked at by itself. Rests six times as long as a
    rendering took. While points are picked, a click gives the one that is seen there.
    """

    picked = Signal(object)
    """A point of the cloud, (3,) float64, in the cloud's unit."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("3D view"))
        self._navigation = Navigation()
        self._cloud_actor = CloudActor()
        self._props.append(self._cloud_actor.actor)
        self._empty = self.tr("The point cloud appears here as soon as there is depth.")
        self._aimed = False
        self._drag_from: QPointF | None = None
        self._pressed_at: QPointF | None = None
        self._picking = False
        self._measure = Measure()
        self._bounds_m: tuple[float, ...] = _NOTHING_M

    # What is shown

    def set_cloud(self, cloud: PointCloud | None) -> None:
        """Show `cloud` instead of the one before; None shows nothing."""
        if self._released:
            return
        self._cloud_actor.update(cloud if cloud is not None else PointCloud.empty())
        if cloud is not None and len(cloud) and not self._aimed:
            self.reset_view()
        self.request_render()

    def say_when_empty(self, sentence: str) -> None:
        """What stands here while there is no point to show: why, and what to do."""
        if sentence != self._empty:
            self._empty = sentence
            self.update()

    @property
    def cloud(self) -> PointCloud:
        return self._cloud_actor.cloud

    def set_point_size(self, factor: float) -> None:
        """1 = points just close the surface."""
        self._cloud_actor.set_point_size(factor)
        self.request_render()

    def set_crop_distance_m(self, farthest_m: float | None) -> None:
        """Hide what is farther than this from the camera that took it; None shows everything."""
        self._cloud_actor.set_crop_distance_m(farthest_m)
        self.request_render()

    # The view

    def reset_view(self) -> None:
        """Stand where the picture was taken from, a little behind and above."""
        if len(self.cloud):
            self._navigation.look_at(self.cloud.xyz_m, self.width() / max(1, self.height()))
            self._aimed = True
        self.request_render()

    def camera_state(self) -> CameraState:
        return self._navigation.state

    def set_camera_state(self, state: CameraState) -> None:
        self._navigation.state = state
        self._aimed = True
        self.request_render()

    # Measuring

    def set_picking(self, on: bool) -> None:
        """Whether a click picks a point."""
        self._picking = on
        self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def show_measure(self, points: tuple[Vector, ...], said: str) -> None:
        """Mark so many points, none to two; between two of them there is a line, of which this is `said`."""
        self._measure = Measure(points, said=said)
        self.update()

    def _pick(self, at: QPointF) -> None:
        size = (self.width(), self.height())
        point = point_seen(self.cloud.xyz_m, self._sight(), (at.x(), at.y()), size)
        if point is not None:
            self.picked.emit(point)

    def _sight(self) -> Sight:
        return self._navigation.sight(self._bounds_m)

    # Rendering

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage | None:
        self._bounds_m = scene.bounds_m()
        sight = self._sight()
        self._cloud_actor.prepare(focal_px=sight.focal_px(size_px[1]), pixel_ratio=self.devicePixelRatioF())
        return scene.render(size_px, sight)

    def _rest_s(self, took_s: float) -> float:
        return took_s * (_REST_PER_RENDER if self._drag_from is None else _REST_WHILE_DRAGGING)

    def release(self) -> None:
        super().release()
        self._cloud_actor.update(PointCloud.empty())

    def _paint_over(self, painter: QPainter, area: QRectF, ink: QColor, paper: QColor) -> None:
        if not len(self.cloud):
            if len(self._props) <= 1:
                paint_sentence(painter, area, self._empty, ink)
        elif self.cloud.unitless:
            paint_note(painter, area, self.tr("relative (no unit): the shape may be bent"), ink, paper)
        elif self.cloud.relative:
            paint_note(painter, area, self.tr("relative: distances are a guess"), ink, paper)
        else:
            metres_per_px = self._navigation.state.distance_m / self._navigation.focal_px(self.height())
            paint_scale_bar(painter, area, metres_per_px, ink)
        if self._measure.points:
            accent = self.palette().color(QPalette.ColorRole.Highlight)
            paint_measure(painter, area, self._sight(), self._measure, accent, ink, paper)

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag_from = self._pressed_at = event.position()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is None:
            event.ignore()
            return
        if self._pressed_at is not None and (event.position() - self._pressed_at).manhattanLength() < _CLICK_PX:
            return  # a click, so far
        self._pressed_at = None
        moved = event.position() - self._drag_from
        self._drag_from = event.position()
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.buttons() & Qt.MouseButton.MiddleButton
        self._navigation.drag(moved.x(), moved.y(), (self.width(), self.height()), shift=bool(shifted))
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._picking and self._pressed_at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pick(event.position())
        if not event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
            self._drag_from = self._pressed_at = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self._picking:  # its first half was a point already
            event.ignore()  # the window's: it maximises the pane

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._navigation.zoom(event.angleDelta().y() / _WHEEL_NOTCH)
        self._moved()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_R and not event.modifiers():
            self.reset_view()
        elif key in TURN_KEYS:
            right, down = TURN_KEYS[key]
            self._navigation.orbit(right * _KEY_ORBIT, down * _KEY_ORBIT)
            self._moved()
        elif key in ZOOM_KEYS:
            self._navigation.zoom(ZOOM_KEYS[key])
            self._moved()
        else:
            event.ignore()

    def _moved(self) -> None:
        """The person chose this view, so no first cloud may take it away."""
        self._aimed = True
        self._render_sooner()
