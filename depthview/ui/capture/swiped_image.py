"""Two pictures of the same thing, one over the other, and a divider that is dragged between them."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem, QWidget

from depthview.ui import theme
from depthview.ui.parts.image_view import ImageView

_KEY_SHARE = 0.02
"""Of the part that is seen, with one press of an arrow key."""
_LABELS_AT = 0.94
_LINE_PX = 2


class SwipedImage(ImageView):
    """Left of the divider one picture, right of it the other; both are zoomed and shifted as one."""

    def __init__(self, left_word: str, right_word: str, parent: QWidget | None = None) -> None:
        # What the base's own making calls already (follow_theme) finds nothing of ours yet.
        self._labels: tuple[pg.InfLineLabel, ...] = ()
        super().__init__(parent)
        self._window = QGraphicsRectItem()
        self._window.setPen(pg.mkPen(None))
        self._window.setFlag(QGraphicsItem.GraphicsItemFlag.ItemClipsChildrenToShape)
        self._right = pg.ImageItem()
        self._right.setParentItem(self._window)
        self.box.addItem(self._window, ignoreBounds=True)
        pen, hovered = pg.mkPen(theme.ACCENT, width=_LINE_PX), pg.mkPen(theme.ACCENT, width=2 * _LINE_PX)
        self.divider = pg.InfiniteLine(0.0, angle=90, movable=True, pen=pen, hoverPen=hovered)
        self.divider.addMarker("<|>", position=0.5, size=16)
        self.divider.setCursor(Qt.CursorShape.SplitHCursor)
        self.divider.setZValue(20)
        self.box.addItem(self.divider, ignoreBounds=True)
        # Anchored to the line: whichever way it is dragged, one sees which side is which.
        self._labels = tuple(
            pg.InfLineLabel(self.divider, word, position=_LABELS_AT, anchors=[anchor, anchor])
            for word, anchor in ((left_word, (1.15, 0.5)), (right_word, (-0.15, 0.5)))
        )
        self.divider.sigPositionChanged.connect(self._uncover)
        self.box.sigRangeChanged.connect(self._keep_in_sight)
        self.follow_theme()

    def show_pair(self, left: NDArray[np.uint8], right: NDArray[np.uint8]) -> None:
        """Two (h, w, 3) uint8 RGB pictures of one size. The divider stays where it is while the size does."""
        fresh = self._size_hw != left.shape[:2]
        self._right.setImage(right, autoLevels=False, levels=None)
        self.show_image(left, (left.shape[0], left.shape[1]))
        if fresh:
            self._keep_in_sight()
            self.divider.setValue(left.shape[1] / 2)
        self._uncover()

    def clear_image(self) -> None:
        super().clear_image()
        self._right.clear()

    def follow_theme(self) -> None:
        super().follow_theme()
        colours = theme.colours()
        ground = QColor(colours["canvas"])
        ground.setAlpha(190)
        for label in self._labels:
            label.setColor(colours["text"])
            label.fill = pg.mkBrush(ground)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        else:
            self.divider.setValue(self.divider.value() + way * _KEY_SHARE * self.box.viewRect().width())

    def _uncover(self, _divider: object = None) -> None:
        height, width = self._size_hw
        at = self.divider.value()
        self._window.setRect(QRectF(at, 0, max(0.0, width - at), height))

    def _keep_in_sight(self, *_range: object) -> None:
        """A divider that a zoom has left outside could not be dragged."""
        seen, width = self.box.viewRect(), self._size_hw[1]
        low, high = max(0.0, seen.left()), min(float(width), seen.right())
        if low < high:
            self.divider.setBounds((low, high))
