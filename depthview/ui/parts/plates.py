"""What is written over a picture: short texts on plates, and lines with their length."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

PADDING_PX = 7.0
_MARGIN_PX = 12.0
_MARK_PX = 4.5
_LINE_PX = 2.0


def paint_plate(painter: QPainter, middle: QPointF, text: str, ink: QColor, paper: QColor) -> None:
    """A short text on a plate around `middle`."""
    metrics = QFontMetricsF(painter.font())
    plate = QRectF(0, 0, metrics.horizontalAdvance(text) + 2 * PADDING_PX, metrics.height() + PADDING_PX)
    plate.moveCenter(middle)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paper)
    painter.drawRoundedRect(plate, plate.height() / 2, plate.height() / 2)
    painter.setPen(ink)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def paint_sentence_plate(
    painter: QPainter, area: QRectF, text: str, ink: QColor, paper: QColor, *, at_top: bool = False
) -> None:
    """A sentence on a plate at the lower or the upper edge of `area`, on as many lines as it takes there."""
    room = area.adjusted(*(_MARGIN_PX + PADDING_PX,) * 2, *(-_MARGIN_PX - PADDING_PX,) * 2)
    flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
    plate = painter.boundingRect(room, flags, text)
    if at_top:
        plate.moveTop(room.top())
    else:
        plate.moveBottom(room.bottom())
    half = (QFontMetricsF(painter.font()).height() + PADDING_PX) / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(paper)
    painter.drawRoundedRect(plate.adjusted(-PADDING_PX, -PADDING_PX / 2, PADDING_PX, PADDING_PX / 2), half, half)
    painter.setPen(ink)
    painter.drawText(plate, flags, text)


def paint_measured_line(
    painter: QPainter, start: QPointF, end: QPointF, text: str, accent: QColor, ink: QColor, paper: QColor
) -> None:
    """A line that stands out from any picture, with what is said of it in its middle."""
    for colour, width in ((QColor(0, 0, 0, 140), _LINE_PX + 2), (accent, _LINE_PX)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(start, end)
    if text:
        paint_plate(painter, (start + end) / 2, text, ink, paper)


def paint_marks(painter: QPainter, places: Sequence[QPointF], accent: QColor) -> None:
    """Points that were clicked."""
    painter.setPen(QPen(QColor(0, 0, 0, 170), 1.5))
    painter.setBrush(accent)
    for place in places:
        painter.drawEllipse(place, _MARK_PX, _MARK_PX)
