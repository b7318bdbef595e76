"""The cameras of photos in the picture: pyramids of thin lines, each with a tip that can be pointed at.

Painted over the picture, not drawn among the splats: so they are the same where OpenGL is missing, sharp at any size,
and in no exported picture or film. Nothing hides them; those that are farther off are fainter.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from depthview.engine.capture.poses.frustums import Frustums
from depthview.ui.parts.plates import paint_plate
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.sight import Sight, axes

_MOST = 400
"""Painted at once; of more photos one in so many, evenly."""
_LINE_PX, _POINTED_PX = 1.0, 2.0
"""Qt paints lines wider than a pixel a tenth as fast: only the one that is pointed at is."""
_TIP_PX = 4.5
_GRAB_PX = 9.0
_NAME_PX = 26.0
"""From a tip up to its photo's name."""
_SHADES = 4
_FAINTEST = 0.3
_WITHIN = 0.2
"""Of its size: an eye that is so near to a tip looks through that camera, and sees the photo's frame and no other."""
_NEAREST = 0.02
_MARGIN = 1.04
"""Around a photo that is looked through."""
_FOV_RANGE_DEG = (10.0, 120.0)
_PITCH_DEG = 89.0
_EDGES = np.array([(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1)])
_FRAME = slice(4, None)


class PhotoCameras:
    """`frustums` in the world, None without any; `pointed_at`: which of them the mouse is at."""

    def __init__(self) -> None:
        self.frustums: Frustums | None = None
        self.pointed_at: int | None = None

    def show(self, frustums: Frustums | None) -> None:
        self.frustums = frustums
        self.pointed_at = None

    def at(self, place: QPointF, sight: Sight, size: tuple[float, float]) -> int | None:
        """Whose tip is at a place of the picture; of several the nearest to the eye."""
        found = self.frustums
        if found is None:
            return None
        which = _painted(found)
        seen = _seen(found.tips[which], sight)
        before = seen[:, 2] > _NEAREST * found.depth
        places = _places(seen, sight, size)
        near = before & (np.hypot(places[:, 0] - place.x(), places[:, 1] - place.y()) <= _GRAB_PX)
        near &= ~_looked_through(found, which, sight)
        return int(which[near][np.argmin(seen[near, 2])]) if near.any() else None

    def view_through(self, which: int, aspect: float, parallel: bool) -> CameraState:
        """The look of camera `which`, upright, so that all of its photo is in a picture of that width by its height."""
        found = self.frustums
        assert found is not None
        tip, forward, reach = found.tips[which], found.forward(which), float(found.reach[which])
        yaw_deg = math.degrees(math.atan2(forward[0], forward[2]))
        pitch_deg = math.degrees(math.asin(min(1.0, max(-1.0, float(forward[1])))))
        pitch_deg = min(_PITCH_DEG, max(-_PITCH_DEG, pitch_deg))
        # The eye is upright, the photo perhaps not: its corners say how much there is to see.
        seen = (found.corners[which] - tip) @ np.stack(axes(yaw_deg, pitch_deg)).T
        tangent = _MARGIN * float((np.abs(seen[:, :2]) / (aspect, 1.0) / seen[:, 2:]).max())
        fov_deg = min(_FOV_RANGE_DEG[1], max(_FOV_RANGE_DEG[0], 2 * math.degrees(math.atan(tangent))))
        x, y, z = (float(part) for part in tip + reach * forward)
        return CameraState((x, y, z), reach, yaw_deg, pitch_deg, fov_deg, parallel)

    def paint(self, painter: QPainter, area: QRectF, sight: Sight, accent: QColor, ink: QColor, paper: QColor) -> None:
        """All of them; those that were held out in `ink`, the others in `accent`; the name of the one pointed at."""
        found = self.frustums
        if found is None or not len(found):
            return
        size, which = (area.width(), area.height()), _painted(found)
        seen = _seen(np.concatenate([found.tips[which, None], found.corners[which]], axis=1), sight)
        lines, is_there = _lines(seen, sight, size, _NEAREST * found.depth)
        through = np.flatnonzero(_looked_through(found, which, sight))
        tips, before = _places(seen[:, 0], sight, size), is_there[:, 0].copy()
        if len(through):
            is_there[np.arange(len(which)) != through[0]] = False
            is_there[:, : _FRAME.start] = False
            before[:] = False
        shade = _shades(seen[:, 0, 2])
        for is_held_out, colour in ((False, accent), (True, ink)):
            its = found.held_out[which] == is_held_out
            for level in range(_SHADES):
                rows = its & (shade == level)
                _paint_lines(painter, lines[rows][is_there[rows]], _fainter(colour, level), _LINE_PX)
            _paint_tips(painter, tips[its & before], colour, _TIP_PX)
        if len(through):
            middle = QPointF(area.center().x(), area.top() + _NAME_PX)
            paint_plate(painter, middle, found.names[which[through[0]]], ink, paper)
        for row in np.flatnonzero((which == self.pointed_at) & before):
            _paint_lines(painter, lines[row][is_there[row]], accent, _POINTED_PX)
            _paint_tips(painter, tips[row, None], accent, 2 * _TIP_PX)
            paint_plate(painter, QPointF(*tips[row]) - QPointF(0, _NAME_PX), found.names[which[row]], ink, paper)


def _painted(frustums: Frustums) -> NDArray[np.intp]:
    return np.arange(0, len(frustums), 1 + (len(frustums) - 1) // _MOST)


def _looked_through(frustums: Frustums, which: NDArray[np.intp], sight: Sight) -> NDArray[np.bool_]:
    """(len(which),): in whose tip the eye is."""
    if sight.parallel_height_m is not None:
        return np.zeros(len(which), np.bool_)
    away = np.linalg.norm(frustums.tips[which] - sight.eye_m, axis=1)
    return np.asarray(away < _WITHIN * frustums.depth)


def _seen(xyz: NDArray[np.float64], sight: Sight) -> NDArray[np.float64]:
    """(..., 3) in the eye's own x right, y down, z forward."""
    return np.asarray((xyz - sight.eye_m) @ np.stack(axes(sight.yaw_deg, sight.pitch_deg)).T)


def _places(seen: NDArray[np.float64], sight: Sight, size: tuple[float, float]) -> NDArray[np.float64]:
    """(..., 2) where in a picture of (width, height) such points are."""
    focal = sight.focal_px(size[1])
    by = 1.0 if sight.parallel_height_m is not None else np.maximum(seen[..., 2:], 1e-12)
    return np.asarray(np.array(size) / 2 + focal * seen[..., :2] / by)


def _lines(
    seen: NDArray[np.float64], sight: Sight, size: tuple[float, float], near: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N, 8, 4) x, y, x, y of the edges of (N, 5, 3) pyramids, as far as they are before the eye; (N, 8) whether
    anything of it is in the picture."""
    start, end = seen[:, _EDGES[:, 0]], seen[:, _EDGES[:, 1]]
    depths = start[..., 2:] - near, end[..., 2:] - near
    with np.errstate(divide="ignore", invalid="ignore"):
        share = depths[0] / (depths[0] - depths[1])
        meets = start + share * (end - start)
    found = np.concatenate(
        [
            _places(np.where(depths[0] > 0, start, meets), sight, size),
            _places(np.where(depths[1] > 0, end, meets), sight, size),
        ],
        axis=-1,
    )
    is_there = ((depths[0] > 0) | (depths[1] > 0))[..., 0] & np.isfinite(found).all(axis=-1)
    for axis, most in enumerate(size):  # what is off one side of the picture need not be painted
        both = found[..., (axis, axis + 2)]
        is_there &= (both.max(axis=-1, initial=-np.inf) >= 0) & (both.min(axis=-1, initial=np.inf) <= most)
    return found, is_there


def _shades(depths: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) 0, the nearest quarter of the way through them, to 3, the farthest."""
    low, high = float(depths.min()), float(depths.max())
    share = (depths - low) / (high - low) if high > low else np.zeros(len(depths))
    return np.minimum((share * _SHADES).astype(np.int64), _SHADES - 1)


def _fainter(colour: QColor, level: int) -> QColor:
    fainter = QColor(colour)
    fainter.setAlphaF(colour.alphaF() * (1 - (1 - _FAINTEST) * level / (_SHADES - 1)))
    return fainter


def _paint_lines(painter: QPainter, lines: NDArray[np.float64], colour: QColor, width_px: float) -> None:
    if len(lines):
        painter.setPen(QPen(colour, width_px))
        painter.drawLines([QLineF(*line) for line in lines.tolist()])


def _paint_tips(painter: QPainter, places: NDArray[np.float64], colour: QColor, width_px: float) -> None:
    if len(places):
        painter.setPen(QPen(colour, width_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints([QPointF(x, y) for x, y in places.tolist()])
