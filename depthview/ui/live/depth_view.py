"""The depth pane: depth in colour, its colour bar, and what lies under the mouse."""

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from depthview.engine.colour import lookup_table
from depthview.engine.live.presenter import LiveView
from depthview.ui.parts.barred_image import BarredImage
from depthview.ui.parts.depth_words import reading
from depthview.ui.parts.readout import Readout


class DepthView(BarredImage):
    """Shows the depth of a LiveView."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.readout = Readout(self)
        """What lies under the mouse; whoever arranges the pane places it."""
        self.readout.setAccessibleName(self.tr("Value under the mouse"))
        self._view: LiveView | None = None
        self._pointed = (-1, -1)
        self._table = ""

    def show_view(self, view: LiveView, *, colour_map: str, locked: bool) -> None:
        self._view = view
        self.image.show_image(view.depth_rgb, view.depth.pair.size_hw)
        if colour_map != self._table:
            self._table = colour_map
            self.bar.set_table(lookup_table(colour_map))
        self.bar.set_locked(locked)
        self.bar.show_range(view.limits, view.scale, view.histogram)
        self._write_readout()

    def clear(self) -> None:
        self._view = None
        self.image.clear_image()
        self._write_readout()

    @Slot(int, int)
    def point_at(self, x: int, y: int) -> None:
        """Read out the source's pixel (x, y); (-1, -1) reads nothing."""
        self._pointed = (x, y)
        self._write_readout()

    def _write_readout(self) -> None:
        x, y = self._pointed
        if self._view is None or x < 0 or y < 0:
            self.readout.setText("")
            return
        depth = self._view.depth
        height, width = depth.values.shape
        if x >= width or y >= height:
            self.readout.setText("")
            return
        found = float(depth.values[y, x])
        red, green, blue = depth.pair.left[y, x]
        if not math.isfinite(found):
            value = self.tr("unknown")
        else:
            value = reading(self._view.scale, found)
            if depth.confidence is not None:
                value += f"    {100 * float(depth.confidence[y, x]):.0f} %"
        self.readout.setText(f"x {x}  y {y}    {value}    RGB {red} {green} {blue}")
