"""The drawing of a training's curves: loss faintly, likeness in the accent colour, and what is under the mouse."""

import html
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from depthview.engine.capture.training.curve import CurvePoint
from depthview.ui import theme
from depthview.ui.capture.curve_scale import loss_logs, loss_scale, outline, psnr_scale
from depthview.ui.capture.curve_words import point_rows
from depthview.ui.figures import counted

_GRID_ALPHA = 150
"""Of 255."""
_END_PX = 22
"""For the half of the last iteration's figure that reaches beyond the axis."""
_GAP_PX = 12
_BEYOND_X, _BEYOND_Y = 0.015, 0.05
"""Of an axis, so that what is at its very end, and the figure beside it, is drawn whole."""
_MANY = 400


class _IterationAxis(pg.AxisItem):
    """Whole numbers in groups of three."""

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        return [counted(round(value)) if float(value).is_integer() else "" for value in values]


class CurvePlot(pg.PlotWidget):
    """Loss and PSNR against iterations, on a height of 1: what it means stands at the axes.

    The mouse reads out the nearest point, and so do the arrow keys.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, axisItems={"bottom": _IterationAxis("bottom")})
        self._points: Sequence[CurvePoint] = ()
        self._checkpoints: tuple[int, ...] = ()
        self._iterations = 0
        self._xs = self._loss_ys = self._psnr_ys = np.empty(0)
        self._pointed: int | None = None
        """Which point is read out, counted from the first."""
        self._marks: list[pg.InfiniteLine] = []
        self.setAccessibleName(self.tr("Loss and PSNR against iterations"))
        self.setMinimumSize(160, 100)
        plot = self.getPlotItem()
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setContentsMargins(4, 10, _END_PX, 2)
        plot.showAxis("right")
        plot.getViewBox().setDefaultPadding(0.0)
        for side in ("left", "right", "bottom"):
            plot.getAxis(side).setStyle(tickLength=0, hideOverlappingLabels=False)
        self._loss, self._psnr = (
            pg.PlotCurveItem(antialias=True, connect="finite", skipFiniteCheck=True) for _curve in range(2)
        )
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._dots = pg.ScatterPlotItem(size=7, pen=None, antialias=True)
        for item in (self._line, self._loss, self._psnr, self._dots):
            plot.addItem(item, ignoreBounds=True)
        self.box = QLabel(self)
        """What is known of the point that is read out."""
        self.box.setTextFormat(Qt.TextFormat.RichText)
        self.box.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.box.setAccessibleName(self.tr("What is known of this point"))
        self.box.hide()
        self.scene().sigMouseMoved.connect(self._on_moved)
        self.follow_theme()

    def show_points(self, points: Sequence[CurvePoint], iterations: int, checkpoints: tuple[int, ...]) -> None:
        """At least one point."""
        self._points, self._iterations, self._checkpoints = points, iterations, checkpoints
        if self._pointed is not None and self._pointed >= len(points):
            self._pointed = None
        self._xs = np.array([point.iteration for point in points], np.float64)
        self._draw()

    def follow_theme(self) -> None:
        colours = theme.colours()
        self.setBackground(colours["base"])
        plot = self.getPlotItem()
        titles = {"bottom": self.tr("iterations"), "left": self.tr("loss"), "right": self.tr("PSNR, dB")}
        for side, title in titles.items():
            axis, colour = plot.getAxis(side), theme.ACCENT if side == "right" else colours["faint"]
            axis.setPen(pg.mkPen(colours["line"]))
            axis.setTextPen(pg.mkPen(colour))
            axis.setLabel(title, color=colour)
            axis.setZValue(-1000)  # its grid would else run over the curves
        self._loss.setPen(pg.mkPen(colours["faint"], width=1.2))
        self._psnr.setPen(pg.mkPen(theme.ACCENT, width=2))
        self._line.setPen(pg.mkPen(colours["faint"], width=1))
        self.box.setStyleSheet(
            f"background: {colours['raised']}; border: 1px solid {colours['line']}; border-radius: 5px; padding: 4px;"
        )
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self.getPlotItem() is not None:  # None while it is made
            self.follow_theme()
        super().changeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is not None and self._points:
            last = len(self._points) - 1
            self._point_at(last if self._pointed is None else min(max(self._pointed + step, 0), last))
        elif event.key() == Qt.Key.Key_Escape and self._pointed is not None:
            self._point_at(None)
        else:
            super().keyPressEvent(event)

    def _draw(self) -> None:
        if not self._points:
            return
        plot, colours = self.getPlotItem(), theme.colours()
        last = max(float(self._iterations), self._xs[-1])
        plot.setRange(xRange=(0.0, (1 + _BEYOND_X) * last), yRange=(-_BEYOND_Y, 1 + _BEYOND_Y), padding=0)
        logs = loss_logs(np.array([point.loss for point in self._points], np.float64))
        loss = loss_scale(logs)
        self._loss_ys = loss.shares(logs)
        plot.getAxis("left").setTicks([loss.ticks])
        self._draw_curve(self._loss, self._loss_ys)
        psnr_db = np.array([np.nan if p.psnr is None else p.psnr for p in self._points], np.float64)
        has_psnr = bool(np.isfinite(psnr_db).any())
        plot.showAxis("right", has_psnr)
        if has_psnr:
            psnr = psnr_scale(psnr_db[np.isfinite(psnr_db)])
            self._psnr_ys = psnr.shares(psnr_db)
            plot.getAxis("right").setTicks([psnr.ticks])
            self._draw_curve(self._psnr, self._psnr_ys)
        else:
            self._psnr_ys = np.full(len(self._xs), np.nan)
            self._psnr.clear()
        plot.getAxis("right").setGrid(_GRID_ALPHA if has_psnr else False)
        plot.getAxis("left").setGrid(False if has_psnr else _GRID_ALPHA)
        for mark in self._marks:
            plot.removeItem(mark)
        pen = pg.mkPen(colours["faint"], width=1, style=Qt.PenStyle.DotLine)
        self._marks = [pg.InfiniteLine(x, angle=90, pen=pen, movable=False) for x in self._checkpoints]
        for mark in self._marks:
            mark.setZValue(-10)
            plot.addItem(mark, ignoreBounds=True)
        self._point_at(self._pointed)

    def _draw_curve(self, curve: pg.PlotCurveItem, ys: NDArray[np.float64]) -> None:
        xs, ys = outline(self._xs, ys)
        # As one path a thick line of many corners takes seconds; in pieces, the joints of few show.
        curve.setSegmentedLineMode("on" if len(xs) > _MANY else "off")
        curve.setData(xs, ys)

    def _on_moved(self, at: QPointF) -> None:
        view = self.getPlotItem().getViewBox()
        if not self._points or not view.sceneBoundingRect().contains(at):
            self._point_at(None)
            return
        self._point_at(int(np.abs(self._xs - view.mapSceneToView(at).x()).argmin()))

    def _point_at(self, index: int | None) -> None:
        """Read out the point `index`; None: mark where the training is."""
        self._pointed = index
        self._line.setVisible(index is not None)
        self.box.setVisible(index is not None)
        if not self._points:
            return
        which = len(self._points) - 1 if index is None else index
        x, colours = float(self._xs[which]), theme.colours()
        spots = ((self._loss_ys[which], colours["faint"]), (self._psnr_ys[which], theme.ACCENT))
        self._dots.setData([{"pos": (x, y), "brush": pg.mkBrush(colour)} for y, colour in spots if np.isfinite(y)])
        if index is not None:
            self._line.setValue(x)
            point = self._points[which]
            rows = point_rows(point, checkpoint=point.iteration in self._checkpoints)
            cells = "".join(
                f"<tr><td style='color:{colours['faint']}; padding-right:10px'>{html.escape(name)}</td>"
                f"<td align='right'>{html.escape(figure)}</td></tr>"
                for name, figure in rows
            )
            self.box.setText(f"<table cellspacing='0'>{cells}</table>")
            self.box.adjustSize()
            self._place_box(x)

    def _place_box(self, x: float) -> None:
        """Beside the line, on the side where there is room."""
        at = self.mapFromScene(self.getPlotItem().getViewBox().mapViewToScene(QPointF(x, 0.5)))
        left = at.x() + _GAP_PX
        if left + self.box.width() > self.width():
            left = max(0, at.x() - _GAP_PX - self.box.width())
        self.box.move(left, max(0, at.y() - self.box.height() // 2))
