"""The crop box in the picture: its edges, and a small square on each face to drag it by."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from depthview.engine.splats.editing.selection import Box
from depthview.ui.scene.placing import line_of, place_of
from depthview.ui.scene.sight import Sight, Vector

_HANDLE_PX = 5.0
_GRAB_PX = 9.0
_LEAST_SHARE = 0.01
"""Of its length when it was grabbed: a box cannot be pulled inside out."""
_ALONG = 0.995
"""A face that is pulled straight towards the eye, or away, cannot be seen to move (the cosine)."""
_EDGES = tuple((a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4))

Face = tuple[int, int]
"""The axis of the box, 0 to 2, and the side, -1 or 1."""


class CropBox:
    """Holds one face while it is dragged. `box`: as it is now."""

    def __init__(self) -> None:
        self.box: Box | None = None
        self._held: tuple[Face, Box, float] | None = None
        """The face, the box when it was grabbed, and where on its axis the hand is then."""

    def face_at(self, at: QPointF, sight: Sight, size: tuple[float, float]) -> Face | None:
        """Whose handle is at a place of the picture; of several the nearest to the eye."""
        if self.box is None:
            return None
        found = []
        for face in _faces():
            middle = _middle(self.box, face)
            place = place_of(middle, sight, size)
            if place is not None and (place - at).manhattanLength() <= 2 * _GRAB_PX:
                found.append((sight.depth_m(middle), face))
        return min(found)[1] if found else None

    def grab(self, at: QPointF, sight: Sight, size: tuple[float, float]) -> bool:
        """Whether there is a handle at that place; `pull` moves its face from now on."""
        face = self.face_at(at, sight, size)
        self._held = None
        if face is None or self.box is None:
            return False
        along = _along(self.box, face, at, sight, size)
        self._held = (face, self.box, along) if along is not None else None
        return self._held is not None

    def pull(self, at: QPointF, sight: Sight, size: tuple[float, float]) -> Box | None:
        """The box with the held face where the hand is now; the opposite face stays."""
        if self._held is None:
            return None
        face, before, start = self._held
        now = _along(before, face, at, sight, size)
        if now is None:
            return None
        axis, side = face
        length = max(2 * before.half[axis] + now - start, 2 * _LEAST_SHARE * before.half[axis])
        half = before.half.copy()
        half[axis] = length / 2
        shift = side * (half[axis] - before.half[axis]) * before.turn[:, axis]
        self.box = replace(before, middle=before.middle + shift, half=half)
        return self.box

    @property
    def held(self) -> bool:
        return self._held is not None

    def let_go(self) -> None:
        self._held = None

    def paint(self, painter: QPainter, area: QRectF, sight: Sight, accent: QColor) -> None:
        if self.box is None:
            return
        size = (area.width(), area.height())
        corners = self.box.corners
        for colour, width in ((QColor(0, 0, 0, 110), 2.5), (accent, 1.2)):
            painter.setPen(QPen(colour, width))
            for a, b in _EDGES:
                line = line_of(corners[a], corners[b], sight, size)
                if line is not None:
                    painter.drawLine(*line)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 1.2))
        painter.setBrush(accent)
        for face in _faces():
            place = place_of(_middle(self.box, face), sight, size)
            if place is not None:
                corner = QPointF(_HANDLE_PX, _HANDLE_PX)
                painter.drawRect(QRectF(place - corner, place + corner))


def _faces() -> list[Face]:
    return [(axis, side) for axis in range(3) for side in (-1, 1)]


def _middle(box: Box, face: Face) -> Vector:
    axis, side = face
    return np.asarray(box.middle + side * box.half[axis] * box.turn[:, axis])


def _along(box: Box, face: Face, at: QPointF, sight: Sight, size: tuple[float, float]) -> float | None:
    """How far out, from the face's middle, its axis comes nearest to the ray of a place in the picture."""
    axis, side = face
    outwards = side * box.turn[:, axis]
    ray = sight.ray(at.x(), at.y(), size)
    leaning = float(outwards @ ray)
    if abs(leaning) > _ALONG:
        return None
    between = sight.ray_from(at.x(), at.y(), size) - _middle(box, face)
    return float((outwards @ between - leaning * (ray @ between)) / (1 - leaning * leaning))
