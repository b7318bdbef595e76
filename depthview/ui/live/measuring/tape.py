"""The tape measure of Live: two places of the picture, set in any pane, and the length between what they show."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from depthview.engine.depth import DepthScale
from depthview.engine.live.presenter import LiveView
from depthview.engine.measuring import CLICK_PX, Pixel, measure, pixel_of, spot_at
from depthview.ui.live.measuring.words import hint, length_words
from depthview.ui.live.panes import LivePanes
from depthview.ui.parts.image_view import DrawnLine
from depthview.ui.scene.sight import Vector

if TYPE_CHECKING:
    from depthview.ui.scene.viewport import Viewport


class TapeMeasure(QObject):
    """What is measured are places of the picture: the length follows when the film goes on or the camera is told.

    `changed(bool)` when measuring begins or ends.
    """

    changed = Signal(bool)

    def __init__(self, panes: LivePanes, begin: Callable[[], None], around: QWidget) -> None:
        """`begin` is called before it begins; keys are heard in `around`."""
        super().__init__(around)
        self._panes, self._begin = panes, begin
        self._viewport: Viewport | None = None
        self._view: LiveView | None = None
        self._points: tuple[Pixel, ...] = ()
        self._clicks_px: tuple[float, ...] = ()
        self._on = False
        self.said = ""
        """What stands beside the line; empty while there is none."""
        self._images = (panes.picture_view, panes.depth_view.image)
        for image in self._images:
            image.clicked.connect(lambda x, y, image=image: self._add((x, y), image.magnification))
        for widget in (around, *self._images):
            widget.installEventFilter(self)

    @property
    def on(self) -> bool:
        return self._on

    @property
    def points(self) -> tuple[Pixel, ...]:
        """None to two, in pixels of the picture, the first pixel's centre is 0."""
        return self._points

    def set_on(self, on: bool) -> None:
        """Whether clicks set the ends of the line; off removes it."""
        if on == self._on:
            return
        if on:
            self._begin()
        self._on, self._points = on, ()
        for pane in self._panes.panes:
            pane.set_maximises(not on)  # a quick second click is no wish for that
        for image in self._images:
            image.set_pointing(on)
        if self._viewport is not None:
            self._viewport.set_picking(on)
        self._draw()
        self.changed.emit(on)

    def join(self, viewport: "Viewport") -> None:
        """There is a 3D view from now on."""
        self._viewport = viewport
        viewport.picked.connect(self._add_point)
        viewport.installEventFilter(self)
        viewport.set_picking(self._on)
        self._draw()

    def show(self, view: LiveView) -> None:
        """`view` is on the screen from now on."""
        if self._view is not None and view.depth.pair.size_hw != self._view.depth.pair.size_hw:
            self._points = ()  # another picture
        self._view = view
        if self._on:
            self._draw()

    def start_over(self) -> None:
        """Something else is opened."""
        self.set_on(False)
        self._view = None

    def _add(self, at: Pixel, magnification: float = 1.0) -> None:
        """A third point begins anew. In a picture that is shown smaller than it is, a place is hit less well."""
        if self._on and self._view is not None:
            kept = len(self._points) if len(self._points) < 2 else 0
            self._points = (*self._points[:kept], at)
            self._clicks_px = (*self._clicks_px[:kept], CLICK_PX * max(1.0, 1 / magnification))
            self._draw()

    def _add_point(self, point: Vector) -> None:
        if self._view is not None:
            x, y, z = (float(value) for value in point)
            at = pixel_of(self._view.rig, (x, y, z))
            if at is not None:
                self._add(at)

    def _draw(self) -> None:
        view = self._view
        line = None
        spots: list[Vector] = []
        self.said = ""
        if self._on and view is not None:
            scale = DepthScale.of(view.depth, view.rig)
            found = [spot_at(view.depth, view.rig, point) for point in self._points]
            spots = [spot.xyz_m for spot in found if spot is not None]
            if len(self._points) == 2:
                (a, b), (of_a, of_b) = self._points, self._clicks_px
                self.said = length_words(measure(view.depth, view.rig, a, b, clicks_px=(of_a, of_b)), scale)
            line = DrawnLine(self._points, self.said, hint(len(self._points), scale))
        picture, depth = self._images
        picture.draw_line(line)
        hinted = picture.isVisible()
        depth.draw_line(line if line is None or not hinted else DrawnLine(line.ends, line.text))
        if self._viewport is not None:
            self._viewport.show_measure(tuple(spots), self.said)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc ends it, before it is the window's."""
        if self._on and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.set_on(False)
                return True
        return super().eventFilter(watched, event)
