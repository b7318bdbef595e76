"""The chart of a comparison in the window: it fills as the settings are tried, and its dots can be asked and used."""

import html
import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from depthview.engine.models.comparison.chart import front_corners, log_ticks, model_colours, radius_px, time_text
from depthview.engine.models.comparison.run import Trial, pareto
from depthview.ui import theme

_LIMITS = (-2.0, 7.0)
"""The powers of ten of milliseconds that a time can have: a zoom goes no farther."""


class _TimeAxis(pg.AxisItem):
    """Milliseconds, of which the chart knows the logarithm."""

    def tickValues(self, low: float, high: float, _size: float) -> list[tuple[float, list[float]]]:
        low, high = max(low, _LIMITS[0]), min(high, _LIMITS[1])
        if high <= low:
            return []
        return [(1.0, [math.log10(time_ms) for time_ms in log_ticks(10**low, 10**high)])]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        return [time_text(round(10**value, 6)) for value in values]


class CompareChart(pg.PlotWidget):
    """Time against difference. `pointed` carries the Trial under the mouse or None, `chosen` the one clicked."""

    pointed = Signal(object)
    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, axisItems={"bottom": _TimeAxis("bottom")})
        self._shown: tuple[Trial, ...] = ()
        self.setAccessibleName(self.tr("Time against difference"))
        self.setMinimumSize(360, 260)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.showGrid(x=True, y=True, alpha=0.6)
        self._legend = plot.addLegend(offset=(-12, 12))
        plot.setLabel("bottom", self.tr("time of one estimate, median"))
        plot.getViewBox().setLimits(xMin=_LIMITS[0], xMax=_LIMITS[1])
        self._line = pg.PlotDataItem(connect="all")
        self._dots = pg.ScatterPlotItem(hoverable=True, hoverSize=-1, tip=None, antialias=True)
        plot.addItem(self._line)
        plot.addItem(self._dots)
        self._dots.sigHovered.connect(self._tell_pointed)
        self._dots.sigClicked.connect(self._tell_chosen)
        self.follow_theme()

    def show_trials(self, trials: Sequence[Trial]) -> None:
        """Show what was tried so far; what failed has no dot."""
        self._shown = tuple(t for t in trials if t.difference is not None and math.isfinite(t.difference.mean))
        self._draw()

    def place_of(self, trial: Trial) -> tuple[float, float]:
        """Where its dot is: the logarithm of its milliseconds, and its difference."""
        assert trial.difference is not None
        return math.log10(max(trial.time_ms, 1e-2)), trial.difference.mean

    def follow_theme(self) -> None:
        colours = theme.colours()
        self.setBackground(colours["canvas"])
        for side in ("bottom", "left"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(pg.mkPen(colours["line"]))
            axis.setTextPen(pg.mkPen(colours["faint"]))
            axis.setZValue(-1000)  # its grid would else run over the dots
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self.getPlotItem() is not None:  # None while it is made
            self.follow_theme()
        super().changeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointed.emit(None)
        super().leaveEvent(event)

    def _draw(self) -> None:
        colours, own = theme.colours(), model_colours(self._shown)
        front = pareto(self._shown)
        on_front = {id(trial) for trial in front}
        spots = [
            {
                "pos": self.place_of(trial),
                "size": 2 * radius_px(trial.asked_iterations),
                "brush": QColor(*own[trial.setting.model_id]),
                "pen": pg.mkPen(colours["text"] if id(trial) in on_front else colours["canvas"], width=1.5),
                "data": trial,
            }
            for trial in sorted(self._shown, key=lambda t: -radius_px(t.asked_iterations))  # small ones stay visible
        ]
        self._dots.setData(spots)
        self._legend.clear()
        self._legend.setLabelTextColor(colours["text"])
        titles = {trial.setting.model_id: trial.title for trial in self._shown}
        for model_id, title in titles.items():
            sample = pg.ScatterPlotItem(size=11, brush=QColor(*own[model_id]), pen=pg.mkPen(None))
            self._legend.addItem(sample, html.escape(title))
        corners = front_corners([self.place_of(trial) for trial in front])
        self._line.setData([x for x, _y in corners], [y for _x, y in corners])
        self._line.setPen(pg.mkPen(colours["faint"], width=1.5))
        if self._shown:
            found = self._shown[0].difference
            unit = str(found.unit) if found else ""
            self.getPlotItem().setLabel("left", self.tr("mean difference, {unit}").format(unit=unit))

    def _tell_pointed(self, _dots: object, points: Sequence[pg.SpotItem], _event: object = None) -> None:
        self.pointed.emit(points[-1].data() if len(points) else None)

    def _tell_chosen(self, _dots: object, points: Sequence[pg.SpotItem], _event: object = None) -> None:
        if len(points):
            self.chosen.emit(points[-1].data())
