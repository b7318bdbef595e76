"""The colour bar of the depth pane: which colour means which depth, how often it occurs, and two ends to drag."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from depthview.engine.colour import Limits
from depthview.engine.depth import DepthScale
from depthview.ui import theme
from depthview.ui.parts.depth_words import explanation, title

_BAR_PX = 14
_EDGE_PX = 14
_TITLE_PX = 32
_LEAST_SHARE = 0.01
"""Of the range: how near one end may be dragged to the other."""
_TICKS = 5
_REPAINT_S = 0.15


class RangeBar(QWidget):
    """Near is up. Dragging an end sets the range by hand (`limits_dragged`); a double click frees it (`freed`)."""

    limits_dragged = Signal(float, float)
    freed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._limits: Limits = (0.0, 1.0)
        self._scale: DepthScale | None = None
        self._gradient = QImage()
        self._histogram: NDArray[np.int64] = np.zeros(0, np.int64)
        self._painted_at = 0.0
        self._locked = False
        self._dragged: int | None = None
        self._from_y = 0.0
        self._from_limits = self._limits
        self.setFixedWidth(112)
        self.setMinimumHeight(120)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setAccessibleName(self.tr("Colour bar"))

    def set_table(self, table: NDArray[np.uint8]) -> None:
        near_first = np.ascontiguousarray(table[::-1][:, None])
        self._gradient = QImage(near_first.data, 1, len(table), 3, QImage.Format.Format_RGB888).copy()
        self.update()

    def set_locked(self, locked: bool) -> None:
        self._locked = locked
        self.update()

    def show_range(self, limits: Limits, scale: DepthScale, histogram: NDArray[np.int64]) -> None:
        """Show these limits (nearness), with figures as `scale` reads them."""
        if self._scale is None or scale.meaning is not self._scale.meaning:
            how = self.tr("Drag the upper or lower half to set the range, double click to let it follow the picture.")
            self.setToolTip(f"{explanation(scale)}\n{how}")
            self._painted_at = 0.0
        self._limits, self._scale, self._histogram = limits, scale, histogram
        now = time.monotonic()
        if now - self._painted_at >= _REPAINT_S:  # figures that change with every frame cannot be read
            self._painted_at = now
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(112, 240)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        c = theme.colours()
        painter.fillRect(self.rect(), QColor(c["canvas"]))
        bar = self._bar()
        painter.drawImage(bar, self._gradient)
        self._paint_histogram(painter, bar, QColor(c["faint"]))
        self._paint_ticks(painter, bar, QColor(c["text"]))
        if self._locked:
            painter.setPen(QPen(QColor(theme.ACCENT), 2))
            for y in (bar.top(), bar.bottom()):
                painter.drawLine(QPointF(bar.left() - 3, y), QPointF(bar.right() + 3, y))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = 1 if event.position().y() < self.height() / 2 else 0
            self._from_y, self._from_limits = event.position().y(), self._limits

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged is None:
            return
        low, high = self._from_limits
        least = _LEAST_SHARE * (high - low)
        moved = (self._from_y - event.position().y()) / max(1.0, self._bar().height()) * (high - low)
        if self._dragged == 1:
            high = max(low + least, high + moved)
        else:
            low = min(high - least, low + moved)
        self._limits = (low, high)
        self.limits_dragged.emit(low, high)
        self.update()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        self._dragged = None
        self.freed.emit()

    def _bar(self) -> QRectF:
        top = _TITLE_PX + _EDGE_PX
        return QRectF(26, top, _BAR_PX, max(1, self.height() - top - _EDGE_PX))

    def _paint_histogram(self, painter: QPainter, bar: QRectF, colour: QColor) -> None:
        if self._histogram.size == 0 or not self._histogram.any():
            return
        # The square root lets small things be seen beside a wall.
        shares = np.sqrt(self._histogram / self._histogram.max())
        step = bar.height() / len(shares)
        points = [QPointF(bar.left() - 3, bar.bottom())]
        points += [
            QPointF(bar.left() - 3 - 20 * float(share), bar.bottom() - (i + 0.5) * step)
            for i, share in enumerate(shares)
        ]
        points.append(QPointF(bar.left() - 3, bar.top()))
        colour.setAlpha(140)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF(points))

    def _paint_ticks(self, painter: QPainter, bar: QRectF, colour: QColor) -> None:
        if self._scale is None:
            return
        font = painter.font()
        font.setPointSizeF(max(7.0, font.pointSizeF() - 1.5))
        painter.setFont(font)
        painter.setPen(colour)
        head = QRectF(4, 2, self.width() - 8, _TITLE_PX)
        painter.drawText(head, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, title(self._scale))
        low, high = self._limits
        for tick in range(_TICKS):
            share = tick / (_TICKS - 1)
            value = self._scale.value_at(low + share * (high - low))
            y = bar.bottom() - share * bar.height()
            area = QRectF(bar.right() + 5, y - 14, self.width() - bar.right() - 5, 28)
            label = "\n".join(self._scale.figures(value, decimals=1))
            painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, label)
