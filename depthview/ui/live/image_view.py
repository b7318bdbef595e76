"""A picture that one can zoom, shift and point at. Coordinates are the source's own pixels, whatever is painted."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Signal, Slot
from PySide6.QtWidgets import QWidget

from depthview.ui import theme

pg.setConfigOptions(imageAxisOrder="row-major", antialias=False)


class ImageView(pg.GraphicsView):
    """Shows (h, w, 3) uint8 RGB stretched over the source's size; the wheel zooms, dragging shifts.

    `pointed` is emitted with the pixel under the mouse as (x, y), or (-1, -1) when the mouse left the picture.
    """

    pointed = Signal(int, int)

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
        self.setMinimumSize(120, 90)
        self.setMouseTracking(True)
        self.scene().sigMouseMoved.connect(self._on_moved)
        self.follow_theme()

    def show_image(self, image: NDArray[np.uint8], size_hw: tuple[int, int]) -> None:
        """Paint `image` over a picture of `size_hw`; another size than before is fitted into the view."""
        self._item.setImage(image, autoLevels=False, levels=None)
        if size_hw != self._size_hw:
            self._size_hw = size_hw
            self._item.setRect(QRectF(0, 0, size_hw[1], size_hw[0]))
            self.fit()

    def clear_image(self) -> None:
        self._item.clear()
        self._mark.clear()
        self._size_hw = (0, 0)

    def fit(self) -> None:
        """Show the whole picture."""
        height, width = self._size_hw
        if height and width:
            self.box.setRange(QRectF(0, 0, width, height), padding=0)

    @property
    def magnification(self) -> float:
        """Source pixels are painted this many device pixels wide."""
        shown = self.box.viewRect().width()
        return self.width() * self.devicePixelRatioF() / shown if shown > 0 else 1.0

    def link_to(self, other: "ImageView") -> None:
        """Zoom and shift together with `other`."""
        self.box.setXLink(other.box)
        self.box.setYLink(other.box)

    @Slot(int, int)
    def mark(self, x: int, y: int) -> None:
        """Mark the pixel that is pointed at in another view; (-1, -1) removes the mark."""
        if x < 0 or y < 0:
            self._mark.clear()
        else:
            self._mark.setData([x + 0.5], [y + 0.5])

    def follow_theme(self) -> None:
        self.setBackground(theme.colours()["base"])

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
