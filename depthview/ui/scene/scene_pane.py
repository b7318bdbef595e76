"""A pane that shows an off-screen VTK scene: rendered when asked for, painted by an ordinary QWidget, given back.

Importing this costs VTK (0.3 s): import it when a pane is wanted.
"""

import time

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QHideEvent,
    QImage,
    QLinearGradient,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_sentence

_SHORTEST_PERIOD_S = 1 / 60
_NOTHING_YET_S = 1 / 200
"""Until one looks again whether there is a picture, where it is drawn elsewhere."""


class ScenePane(QWidget):
    """What all 3D panes share. A pane says what is drawn (`_draw`), what is written over it, and how long it rests.

    Renders on demand, never more than 60 times a second. Hidden, it renders nothing. Where there is no OpenGL it says
    so in a sentence.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(80, 60)
        self._scene: OffscreenScene | None = None
        self._released = False
        self._props: list[vtkProp] = []
        self._background: tuple[QColor, QColor] | None = None
        self._picture: QImage | None = None
        self._dirty = True
        self._rest_until = 0.0
        self._last_render_s = 0.0
        self._render_count = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._render_if_due)

    # What a pane is

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage | None:
        """The picture to show from now on; None keeps the one before."""
        raise NotImplementedError

    def _draw_whole(
        self, scene: OffscreenScene, size_px: tuple[int, int], *, transparent: bool = False
    ) -> QImage | None:
        """The picture with nothing left out, however long it takes; `transparent`: on no ground of its own."""
        return self._draw(scene, size_px)

    def _without_opengl(self) -> str:
        """What stands here where there is no OpenGL; empty where the pane can do without."""
        return self.tr("The 3D view needs OpenGL 3.2: install or update the graphics driver.")

    def _paint_over(self, painter: QPainter, area: QRectF, ink: QColor, paper: QColor) -> None:
        """Write over the picture what is to be read."""

    def _ground_changed(self) -> None:
        """Paint again; a pane whose pictures hold their ground draws again."""
        self.update()

    def _rest_s(self, took_s: float) -> float:
        """How long to rest after a rendering that took so long."""
        return 0.25 * took_s

    # What is shown

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

    def set_background(self, top: QColor | None, bottom: QColor | None = None) -> None:
        """Two colours that run into each other; None follows the palette."""
        self._background = None if top is None else (top, bottom if bottom is not None else top)
        self._ground_changed()

    # Pictures

    def grab_image(self) -> QImage:
        """The pane as it looks now, in its full resolution, with everything written over it."""
        if not self._released and self._dirty:
            scene = self._opened()
            self._picture = self._draw_whole(scene, self._size_px())
            self._dirty = False
        image = QImage(QSize(*self._size_px()), QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(image)
        self._paint(painter)
        painter.end()
        return image

    def screenshot(self, size_px: QSize, *, transparent: bool = False) -> QImage:
        """The scene alone, seen as now, in a picture of any size; nothing is written over it.

        `transparent`: on no ground, for what others put behind it.
        """
        image = QImage(
            size_px, QImage.Format.Format_ARGB32_Premultiplied if transparent else QImage.Format.Format_RGB32
        )
        area = QRectF(0, 0, size_px.width(), size_px.height())
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        if not transparent:
            painter.fillRect(area, self._gradient(area))
        if not self._released:
            if self._picture is not None:
                self._picture = self._picture.copy()  # what it shows is about to hold another picture
            drawn = self._draw_whole(self._opened(), (size_px.width(), size_px.height()), transparent=transparent)
            if drawn is not None:
                painter.drawImage(area, drawn)
            self.request_render()
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
        self._schedule()

    def _schedule(self) -> None:
        if self.isVisible() and not self._released and not self._timer.isActive():
            wait_s = self._rest_until - time.perf_counter()
            self._timer.start(max(0, round(wait_s * 1000)))

    def _render_if_due(self) -> None:
        if self._dirty and self.isVisible() and self._render():
            self.update()

    def _render(self) -> bool:
        """Whether there is something new to see."""
        if self._released:
            return False
        scene = self._opened()
        self._dirty = False
        started = time.perf_counter()
        picture = self._draw(scene, self._size_px())
        if picture is not None:
            self._picture = picture
        ended = time.perf_counter()
        self._last_render_s = ended - started
        self._render_count += 1
        least_s = _NOTHING_YET_S if picture is None else _SHORTEST_PERIOD_S
        self._rest_until = max(ended + self._rest_s(self._last_render_s), started + least_s)
        if self._dirty:  # there is more to draw
            self._schedule()
        return picture is not None or not self.available

    def _opened(self) -> OffscreenScene:
        if self._scene is None:
            self._scene = OffscreenScene()
            for prop in self._props:
                self._scene.add(prop)
        return self._scene

    def _render_sooner(self) -> None:
        """Hands do not like to wait: no rest."""
        self._rest_until = min(self._rest_until, time.perf_counter() + _SHORTEST_PERIOD_S)
        self._timer.stop()
        self.request_render()

    def _size_px(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def release(self) -> None:
        """Give VTK's and OpenGL's memory back. The pane stays empty from now on; a second call does nothing."""
        self._released = True
        self._timer.stop()
        self._picture = None
        if self._scene is not None:
            self._scene.release()
            self._scene = None
        self._props.clear()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint(painter)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        area = QRectF(self.rect())
        painter.fillRect(area, self._gradient(area))
        dark = self._ground()[1].lightness() < 128
        ink = QColor(255, 255, 255, 200) if dark else QColor(0, 0, 0, 205)
        paper = QColor(0, 0, 0, 110) if dark else QColor(255, 255, 255, 205)
        if not self.available and (sentence := self._without_opengl()):
            paint_sentence(painter, area, sentence, ink)
            return
        if self._picture is not None:
            # After a resize this is the old picture, stretched until the new one is there.
            painter.drawImage(area, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_over(painter, area, ink, paper)

    def _gradient(self, area: QRectF) -> QLinearGradient:
        gradient = QLinearGradient(area.topLeft(), area.bottomLeft())
        for place, colour in enumerate(self._ground()):
            gradient.setColorAt(place, colour)
        return gradient

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
            self._ground_changed()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.request_render()
        return super().event(event)
