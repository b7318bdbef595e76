"""The pane beside the photo: its range in colour with a colour bar, its normals, or what is believed of it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.engine.colour import Limits, colourise, lookup_table
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama_memory import Picture
from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.range_bar import RangeBar


class RangeView(QWidget):
    """`limits_dragged(low, high)` (nearness) and `limits_freed` come from its bar."""

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

    def show_picture(self, shown: Shown, picture: Picture, colour_map: str, limits: Limits | None) -> None:
        """`limits` None are those that the range has by itself."""
        self.bar.setVisible(picture is Picture.RANGE)
        if picture is Picture.RANGE:
            table = lookup_table(colour_map)
            self.bar.set_table(table)
            self.bar.set_locked(limits is not None)
            self.bar.show_range(limits or shown.limits, shown.scale, shown.histogram)
            image = colourise(shown.nearness, limits or shown.limits, table)
        else:
            image = shown.normals_rgb if picture is Picture.NORMALS else shown.mask_rgb
        self.image.show_image(image, shown.size_hw)

    def clear(self) -> None:
        self.image.clear_image()
