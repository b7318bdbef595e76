"""Where things of a scene are in the picture of it."""

from PySide6.QtCore import QPointF

from depthview.ui.scene.sight import Sight, Vector


def place_of(point: Vector, sight: Sight, size: tuple[float, float]) -> QPointF | None:
    """Where a point is in a picture of (width, height); None where it is not before the eye."""
    return QPointF(*sight.place_px(point, size)) if sight.depth_m(point) > sight.near_m else None


def line_of(start: Vector, end: Vector, sight: Sight, size: tuple[float, float]) -> tuple[QPointF, QPointF] | None:
    """The part of a straight line that is before the eye; None where nothing of it is."""
    depths = [sight.depth_m(start) - sight.near_m, sight.depth_m(end) - sight.near_m]
    if max(depths) <= 0:
        return None
    if min(depths) <= 0:
        meets = start + (end - start) * (depths[0] / (depths[0] - depths[1])) * (1 + 1e-9)
        start, end = (start, meets) if depths[0] > 0 else (meets, end)
    return QPointF(*sight.place_px(start, size)), QPointF(*sight.place_px(end, size))
