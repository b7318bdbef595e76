"""The 3D pane: an off-screen VTK scene, painted and steered by an ordinary QWidget.

Importing this costs VTK (0.3 s): import it when the pane is wanted.
"""

import time

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QHideEvent,
    QImage,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.engine.cloud import PointCloud
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.navigation import CameraState, Navigation
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_note, paint_scale_bar, paint_sentence

_SHORTEST_PERIOD_S = 1 / 60
# Share of the time that rendering may take: software OpenGL would else eat the cores that the estimator needs.
_REST_PER_RENDER = 6.0
_REST_WHILE_DRAGGING = 0.25
_WHEEL_NOTCH = 120.0
_KEY_ORBIT = 5.0 / 180.0

_ORBIT_KEYS = {
    Qt.Key.Key_Left: (-_KEY_ORBIT, 0.0),
    Qt.Key.Key_Right: (_KEY_ORBIT, 0.0),
    Qt.Key.Key_Up: (0.0, -_KEY_ORBIT),
    Qt.Key.Key_Down: (0.0, _KEY_ORBIT),
}
_ZOOM_KEYS = {Qt.Key.Key_Plus: 1.0, Qt.Key.Key_Equal: 1.0, Qt.Key.Key_Minus: -1.0}


class Viewport(QWidget):
    """Shows a point cloud, and whatever else is added, and lets the person walk around it.

    Left drag turns, middle or Shift+left drag shifts, the wheel zooms; R, the arrows, + and - do the same. The view
    stays as it is when the cloud changes; only the first cloud is looked at by itself.
    Renders on demand, never more than 60 times a second, and rests six times as long as a rendering took.
    Hidden, it renders nothing. Where there is no OpenGL it says so in a sentence.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(80, 60)
        self.setAccessibleName(self.tr("3D view"))
        self._navigation = Navigation()
        self._scene: OffscreenScene | None = None
        self._released = False
        self._cloud_actor = CloudActor()
        self._props: list[vtkProp] = [self._cloud_actor.actor]
        self._background: tuple[QColor, QColor] | None = None
        self._picture: QImage | None = None
        self._empty = self.tr("The point cloud appears here as soon as there is depth.")
        self._aimed = False
        self._dirty = True
        self._drag_from: QPointF | None = None
        self._rest_until = 0.0
        self._last_render_s = 0.0
        self._render_count = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._render_if_due)

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

    def add_actor(self, prop: vtkProp) -> None:
        """Add any VTK prop to the scene."""
        self._props.append(prop)
        if self._scene is not None:
            self._scene.add(prop)
        self.request_render()

    def remove_actor(self, prop: vtkProp) -> None:
        self._props.remove(prop)
        if self._scene is not None:
            self._scene.remove(prop)
        self.request_render()

    def set_point_size(self, factor: float) -> None:
        """1 = points just close the surface."""
        self._cloud_actor.set_point_size(factor)
        self.request_render()

    def set_crop_distance_m(self, farthest_m: float | None) -> None:
        """Hide what is farther than this from the camera that took it; None shows everything."""
        self._cloud_actor.set_crop_distance_m(farthest_m)
        self.request_render()

    def set_background(self, top: QColor | None, bottom: QColor | None = None) -> None:
        """Two colours that run into each other; None follows the palette."""
        self._background = None if top is None else (top, bottom if bottom is not None else top)
        self.update()

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

    # Pictures

    def grab_image(self) -> QImage:
        """The pane as it looks now, in its full resolution, with everything written over it."""
        if self._dirty:
            self._render()
        image = QImage(self._size_px(), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    @property
    def available(self) -> bool:
        """False once it is known that there is no OpenGL."""
        return self._scene is None or self._scene.available

    @property
    def last_render_s(self) -> float:
        return self._last_render_s

    @property
    def render_count(self) -> int:
        return self._render_count

    # Rendering

    def request_render(self) -> None:
        """Render soon; any number of requests before that are one."""
        self._dirty = True
        if self.isVisible() and not self._released and not self._timer.isActive():
            wait_s = self._rest_until - time.perf_counter()
            self._timer.start(max(0, round(wait_s * 1000)))

    def _render_if_due(self) -> None:
        if self._dirty and self.isVisible():
            self._render()
            self.update()

    def _render(self) -> None:
        if self._released:
            return
        if self._scene is None:
            self._scene = OffscreenScene()
            for prop in self._props:
                self._scene.add(prop)
        self._dirty = False
        size = self._size_px()
        started = time.perf_counter()
        self._cloud_actor.prepare(
            focal_px=self._navigation.focal_px(size.height()), pixel_ratio=self.devicePixelRatioF()
        )
        self._picture = self._scene.render((size.width(), size.height()), self._navigation)
        ended = time.perf_counter()
        self._last_render_s = ended - started
        self._render_count += 1
        rest = _REST_PER_RENDER if self._drag_from is None else _REST_WHILE_DRAGGING
        self._rest_until = max(ended + rest * self._last_render_s, started + _SHORTEST_PERIOD_S)

    def _size_px(self) -> QSize:
        ratio = self.devicePixelRatioF()
        return QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def release(self) -> None:
        """Give VTK's and OpenGL's memory back. The pane stays empty from now on; a second call does nothing."""
        self._released = True
        self._timer.stop()
        self._picture = None
        if self._scene is not None:
            self._scene.release()
            self._scene = None
        self._props.clear()
        self._cloud_actor.update(PointCloud.empty())

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        area = QRectF(self.rect())
        top, bottom = self._ground()
        gradient = QLinearGradient(area.topLeft(), area.bottomLeft())
        gradient.setColorAt(0, top)
        gradient.setColorAt(1, bottom)
        painter.fillRect(area, gradient)
        ink = QColor(255, 255, 255, 200) if bottom.lightness() < 128 else QColor(0, 0, 0, 205)
        paper = QColor(0, 0, 0, 110) if bottom.lightness() < 128 else QColor(255, 255, 255, 205)
        if not self.available:
            sentence = self.tr("The 3D view needs OpenGL 3.2: install or update the graphics driver.")
            paint_sentence(painter, area, sentence, ink)
            return
        if self._picture is not None:
            # After a resize this is the old picture, stretched until the new one is there.
            painter.drawImage(area, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
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

    def _ground(self) -> tuple[QColor, QColor]:
        if self._background is not None:
            return self._background
        base = self.palette().color(QPalette.ColorRole.Window)
        if base.lightness() < 128:
            return base.lighter(135), base.darker(150)
        return base.lighter(104), base.darker(112)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.request_render()

    def showEvent(self, event: QShowEvent) -> None:
        if self._dirty:
            self.request_render()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.release()
        super().closeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.LanguageChange):
            self.update()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.request_render()
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._drag_from = event.position()
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is None:
            event.ignore()
            return
        moved = event.position() - self._drag_from
        self._drag_from = event.position()
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shifted or event.buttons() & Qt.MouseButton.MiddleButton:
            moved /= max(1, self.height())
            self._navigation.pan(moved.x(), moved.y())
        else:
            moved /= max(1, self.width(), self.height())  # panes are wide: by their height, the scene would spin
            self._navigation.orbit(moved.x(), moved.y())
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
            self._drag_from = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The window's: it maximises the pane.
        event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._navigation.zoom(event.angleDelta().y() / _WHEEL_NOTCH)
        self._moved()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_R and not event.modifiers():
            self.reset_view()
        elif key in _ORBIT_KEYS:
            self._navigation.orbit(*_ORBIT_KEYS[key])
            self._moved()
        elif key in _ZOOM_KEYS:
            self._navigation.zoom(_ZOOM_KEYS[key])
            self._moved()
        else:
            event.ignore()

    def _moved(self) -> None:
        """The person chose this view, so no first cloud may take it away; and hands do not like to wait."""
        self._aimed = True
        self._rest_until = min(self._rest_until, time.perf_counter() + _SHORTEST_PERIOD_S)
        self._timer.stop()
        self.request_render()
