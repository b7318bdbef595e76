"""What the panes below the scene show of the job that is looked at: its curves, a photo beside its drawing, its log."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from depthview.engine.capture.jobs.watched import Watched
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.splats.panes import SplatPanes

if TYPE_CHECKING:
    from depthview.ui.capture.beside_view import BesideView
    from depthview.ui.capture.curves_view import CurvesView
    from depthview.ui.capture.log_view import LogView

_NOTHING = Watched(0)


class JobPanes(QObject):
    """Makes the views when there is a first job to look at: they load pyqtgraph."""

    def __init__(self, desk: CaptureDesk, panes: SplatPanes, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._panes = desk, panes
        self._shown = _NOTHING
        self.curves: CurvesView | None = None
        self.beside: BesideView | None = None
        self.log: LogView | None = None
        desk.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        watched = self._desk.now.watched or _NOTHING
        self._panes.offer_job_panes(bool(self._desk.now.jobs))
        if watched is self._shown or (watched is _NOTHING and self.curves is None):
            return
        self._shown = watched
        curves, beside, log = self._ensure_views()
        iterations = watched.asked.training.iterations if watched.asked is not None else 0
        curves.show_curve(watched.curve, iterations, tuple(found.iteration for found in watched.checkpoints))
        beside.show_picture(watched.beside)
        beside.show_point(watched.curve[-1] if watched.curve else None)
        log.show_lines(watched.log)

    def _ensure_views(self) -> "tuple[CurvesView, BesideView, LogView]":
        if self.curves is None or self.beside is None or self.log is None:
            from depthview.ui.capture.beside_view import BesideView
            from depthview.ui.capture.curves_view import CurvesView
            from depthview.ui.capture.log_view import LogView

            self.curves, self.log = CurvesView(self._panes), LogView(self._panes)
            self.beside = BesideView(self._desk.errands, self._panes)
            self._panes.place_job_views(self.curves, self.beside, self.log)
        return self.curves, self.beside, self.log
