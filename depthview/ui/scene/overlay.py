"""What is written over a 3D view: notes, and a bar that says how long a metre is."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from depthview.ui.parts.plates import PADDING_PX, paint_plate

_MARGIN_PX = 12.0


def paint_sentence(painter: QPainter, area: QRectF, text: str, ink: QColor) -> None:
    """A sentence in the middle of an empty view."""
    painter.setPen(ink)
    painter.drawText(area.adjusted(24, 24, -24, -24), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)


def paint_note(painter: QPainter, area: QRectF, text: str, ink: QColor, paper: QColor) -> None:
    """A short note on a plate, at the top left."""
    text, half = _fitted(painter, area, text)
    paint_plate(painter, area.topLeft() + QPointF(_MARGIN_PX, _MARGIN_PX) + half, text, ink, paper)


def paint_hint(painter: QPainter, area: QRectF, text: str, ink: QColor, paper: QColor) -> None:
    """What one can do here, on a plate at the bottom."""
    text, half = _fitted(painter, area, text)
    paint_plate(painter, QPointF(area.center().x(), area.bottom() - _MARGIN_PX - half.y()), text, ink, paper)


def _fitted(painter: QPainter, area: QRectF, text: str) -> tuple[str, QPointF]:
    """As much of a text as fits, and half the size of its plate."""
    metrics = QFontMetricsF(painter.font())
    text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width() - 2 * (_MARGIN_PX + PADDING_PX))
    return text, QPointF(metrics.horizontalAdvance(text) / 2 + PADDING_PX, (metrics.height() + PADDING_PX) / 2)


def round_length_m(longest_m: float) -> float:
    """The longest of 1, 2, 5, 10, ... (and 0.5, 0.2, 0.1, ...) metres that is not above `longest_m`."""
    power = 10.0 ** math.floor(math.log10(longest_m))
    return max(step * power for step in (1, 2, 5) if step == 1 or step * power <= longest_m)


def length_text(length_m: float) -> str:
    if length_m >= 1000:
        return f"{length_m / 1000:g} km"
    if length_m >= 1:
        return f"{length_m:g} m"
    return f"{length_m * 100:g} cm" if length_m >= 0.01 else f"{length_m * 1000:g} mm"


def paint_scale_bar(painter: QPainter, area: QRectF, metres_per_px: float, ink: QColor) -> None:
    """A bar of a round length, at the bottom left; it holds at the distance that `metres_per_px` belongs to."""
    length_m = round_length_m(metres_per_px * min(140.0, area.width() / 3))
    length_px = length_m / metres_per_px
    left, y = area.left() + _MARGIN_PX + 2, area.bottom() - _MARGIN_PX - 2
    painter.setPen(QPen(ink, 1.5))
    painter.drawLine(QPointF(left, y), QPointF(left + length_px, y))
    for x in (left, left + length_px):
        painter.drawLine(QPointF(x, y - 4), QPointF(x, y))
    height = QFontMetricsF(painter.font()).height()
    painter.drawText(QPointF(left + 4, y - height * 0.35), length_text(length_m))
