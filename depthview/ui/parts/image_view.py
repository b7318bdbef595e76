"""A picture that one can zoom, shift and point at. Coordinates are the source's own pixels, whatever is painted."""

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QWidget

from depthview.ui import theme
from depthview.ui.parts.plates import paint_marks, paint_measured_line, paint_sentence_plate

# Without a limit on the mouse: pyqtgraph would drop the last of quick moves, and the read-out be of another pixel.
pg.setConfigOptions(imageAxisOrder="row-major", antialias=False, mouseRateLimit=0)


_PAPER_ALPHA = 215


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """`ends`: none to two points, in the source's pixels, the first pixel's centre is 0. `text` stands in the line's
    middle, `hint` at the picture's lower edge."""

    ends: tuple[tuple[float, float], ...] = ()
    text: str = ""
    hint: str = ""


class ImageView(pg.GraphicsView):
    """Shows (h, w, 3) uint8 RGB stretched over the source's size; the wheel zooms, dragging shifts.

    `pointed` is emitted with the pixel under the mouse as (x, y), or (-1, -1) when the mouse left the picture;
    `clicked` with the place that was clicked, as the ends of a `DrawnLine`.
    """

    pointed = Signal(int, int)
    clicked = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0.0)
        self.setCentralItem(self.box)
        self._item = pg.ImageItem()
        self.box.addItem(self._item)
        self._mark = pg.ScatterPlotItem(symbol="+", size=15, pen=pg.mkPen("w", width=1.5), brush=None)
        self._mark.setZValue(10)
        self.box.addItem(self._mark, ignoreBounds=True)
        self._size_hw = (0, 0)
        self._fitted = True
        self._followers: list[ImageView] = []
        self.box.sigRangeChangedManually.connect(self._on_turned)
        self.box.sigResized.connect(self._on_resized)
        self.setMinimumSize(120, 90)
        self.setMouseTracking(True)
        self.scene().sigMouseMoved.connect(self._on_moved)
        self.scene().sigMouseClicked.connect(self._on_clicked)
        self._line: DrawnLine | None = None
        self._note = ""
        self.box.sigRangeChanged.connect(lambda *_args: self.viewport().update() if self._line or self._note else None)
        self.follow_theme()

    def show_image(self, image: NDArray[np.uint8], size_hw: tuple[int, int]) -> None:
        """Paint `image` over a picture of `size_hw`; another size than before is fitted into the view."""
        reshaped = self._item.image is None or self._item.image.shape != image.shape or size_hw != self._size_hw
        self._item.setImage(image, autoLevels=False, levels=None)
        if reshaped:
            self._item.setRect(QRectF(0, 0, size_hw[1], size_hw[0]))
        if size_hw != self._size_hw:
            self._size_hw = size_hw
            self.fit()

    def clear_image(self) -> None:
        self._item.clear()
        self._mark.clear()
        self._size_hw = (0, 0)

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the view changes its size."""
        self._fitted = True
        height, width = self._size_hw
        if height and width:
            self.box.setRange(QRectF(0, 0, width, height), padding=0)

    @property
    def magnification(self) -> float:
        """Source pixels are painted this many device pixels wide."""
        shown = self.box.viewRect().width()
        return self.width() * self.devicePixelRatioF() / shown if shown > 0 else 1.0

    def lead(self, other: "ImageView") -> None:
        """Let `other` show the same part of the picture whenever this one is zoomed or shifted by hand.

        Not pyqtgraph's axis links: these align views of unequal size on the screen, not in the picture.
        """
        self._followers.append(other)

    def _on_turned(self, _axes: object = None) -> None:
        self._fitted = False
        part = self.box.viewRect()
        for other in self._followers:
            other._fitted = False
            other.box.setRange(part, padding=0)

    def _on_resized(self, _box: object = None) -> None:
        if self._fitted:
            self.fit()

    @Slot(int, int)
    def mark(self, x: int, y: int) -> None:
        """Mark the pixel that is pointed at in another view; (-1, -1) removes the mark."""
        if x < 0 or y < 0:
            self._mark.clear()
        else:
            self._mark.setData([x + 0.5], [y + 0.5])

    def set_pointing(self, on: bool) -> None:
        """Whether the mouse says that places are to be clicked."""
        self.viewport().setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)

    def draw_line(self, line: DrawnLine | None) -> None:
        """Draw `line` over the picture from now on; None draws none."""
        if line != self._line:
            self._line = line
            self.viewport().update()

    @property
    def note(self) -> str:
        """What stands at the picture's upper edge; may be empty."""
        return self._note

    def show_note(self, note: str) -> None:
        """Say this of the picture from now on."""
        if note != self._note:
            self._note = note
            self.viewport().update()

    def place_of(self, at: tuple[float, float]) -> QPointF:
        """Where a place of the source's picture is in this widget."""
        return QPointF(self.mapFromScene(self.box.mapViewToScene(QPointF(at[0] + 0.5, at[1] + 0.5))))

    def drawForeground(self, painter: QPainter, _rect: QRectF | QRect) -> None:
        line = self._line
        if (line is None and not self._note) or not self._size_hw[0]:
            return
        painter.save()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        accent, ink = palette.color(QPalette.ColorRole.Highlight), palette.color(QPalette.ColorRole.Text)
        paper = palette.color(QPalette.ColorRole.Base)
        paper.setAlpha(_PAPER_ALPHA)
        area = QRectF(self.viewport().rect())
        if line is not None:
            places = [self.place_of(end) for end in line.ends]
            if len(places) == 2:
                paint_measured_line(painter, places[0], places[1], line.text, accent, ink, paper)
            paint_marks(painter, places, accent)
            if line.hint:
                paint_sentence_plate(painter, area, line.hint, ink, paper)
        if self._note:
            paint_sentence_plate(painter, area, self._note, ink, paper, at_top=True)
        painter.restore()

    def follow_theme(self) -> None:
        self.setBackground(theme.colours()["canvas"])

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(-1, -1)
        super().leaveEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self.follow_theme()
        super().changeEvent(event)

    def _on_moved(self, at: QPointF) -> None:
        point = self.box.mapSceneToView(at)
        x, y = int(np.floor(point.x())), int(np.floor(point.y()))
        inside = 0 <= x < self._size_hw[1] and 0 <= y < self._size_hw[0]
        self.pointed.emit(x if inside else -1, y if inside else -1)

    def _on_clicked(self, event: MouseClickEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = self.box.mapSceneToView(event.scenePos())
        if 0 <= point.x() < self._size_hw[1] and 0 <= point.y() < self._size_hw[0]:
            self.clicked.emit(point.x() - 0.5, point.y() - 0.5)
