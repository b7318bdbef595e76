"""A picture of depth in colour, with the bar that says what its colours mean."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.range_bar import RangeBar


class BarredImage(QWidget):
    """`image` and `bar` side by side. `limits_dragged(low, high)` (nearness) and `limits_freed` come from the bar."""

    limits_dragged = Signal(float, float)
    limits_freed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = ImageView(self)
        self.bar = RangeBar(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.image, 1)
        row.addWidget(self.bar)
        self.bar.limits_dragged.connect(self.limits_dragged)
        self.bar.freed.connect(self.limits_freed)
