"""Two points of a scene and the straight line between them, written over the picture."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from depthview.ui.parts.plates import paint_marks, paint_measured_line
from depthview.ui.scene.placing import line_of, place_of
from depthview.ui.scene.sight import Sight, Vector


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The points that were clicked, none to two, in the scene's unit; `metres_per_unit`: None where nobody knows.
    `said`: what stands beside the line where more is known of it than its length."""

    points: tuple[Vector, ...] = ()
    metres_per_unit: float | None = None
    said: str = ""

    def with_point(self, point: Vector) -> "Measure":
        """A third point begins anew."""
        return Measure((*self.points, point) if len(self.points) < 2 else (point,), self.metres_per_unit)

    @property
    def length(self) -> float:
        """In the scene's unit."""
        return float(np.linalg.norm(self.points[1] - self.points[0]))

    def length_text(self) -> str:
        if self.said:
            return self.said
        if self.metres_per_unit is None:
            return QCoreApplication.translate("Measure", "{length} units").format(length=length_figure(self.length))
        return f"{self.length * self.metres_per_unit:.2f} m"


def length_figure(length: float, *, digits: int = 3) -> str:
    """With so many digits that count, and without an exponent where it is large."""
    return f"{length:.{digits}g}" if abs(length) < 10**digits else f"{length:,.0f}".replace(",", "\u202f")


def paint_measure(
    painter: QPainter, area: QRectF, sight: Sight, measure: Measure, accent: QColor, ink: QColor, paper: QColor
) -> None:
    """The points, and between two of them the line with its length. What is behind the eye is left out."""
    size = (area.width(), area.height())
    seen = [place for point in measure.points if (place := place_of(point, sight, size)) is not None]
    if len(measure.points) == 2 and (line := line_of(measure.points[0], measure.points[1], sight, size)) is not None:
        paint_measured_line(painter, *line, measure.length_text(), accent, ink, paper)
    paint_marks(painter, seen, accent)


def paint_ring(painter: QPainter, area: QRectF, sight: Sight, point: Vector) -> None:
    """Where a point is that is pointed at elsewhere."""
    place = place_of(point, sight, (area.width(), area.height()))
    if place is None:
        return
    painter.setBrush(QColor(0, 0, 0, 0))
    for colour, width in ((QColor(0, 0, 0, 150), 3.5), (QColor(255, 255, 255), 1.5)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(place, 8.0, 8.0)
