"""The panes of the Splats workspace: the scene, and below it, while there are jobs, how the chosen one goes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from depthview.ui.parts.pane import Pane
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.parts.readout import Readout

if TYPE_CHECKING:
    from depthview.ui.capture.beside_view import BesideView
    from depthview.ui.capture.curves_view import CurvesView
    from depthview.ui.capture.log_view import LogView
    from depthview.ui.scene.splat_pane import SplatPane

_SCENE_SHARE = 0.66


class SplatPanes(PaneArea):
    """Holds the 3D view, and the views of a job; until there is something to see, a sentence in each."""

    _STATE_VERSION = 2
    """In the first there was one pane and nothing to arrange: it is not brought back."""

    def __init__(self, title_actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sentence = self.tr(
            "A scene appears here as soon as it is read, or its photos are placed.\n"
            "The very first one on a computer takes longer."
        )
        self.view_pane = Pane("pane_splats", self.tr("Scene"), self._waiting(sentence), self)
        self.readout = Readout(self)
        self.readout.setAccessibleName(self.tr("What was measured"))
        self.view_pane.add_to_title(self.readout, fills=True)
        for action in title_actions:
            self.view_pane.add_button(action)
        choose = self.tr("Choose a job to see how it goes.")
        self.training_pane = Pane("pane_training", self.tr("Training"), self._waiting(choose), self)
        self.held_out_pane = Pane("pane_held_out", self.tr("Held-out photo"), self._waiting(choose), self)
        self.log_pane = Pane("pane_log", self.tr("Log"), self._waiting(choose), self)
        self._job_panes = (self.training_pane, self.held_out_pane, self.log_pane)
        self._offers_job_panes = False
        self._with_jobs = QByteArray()
        """How the panes are to stand as soon as there are jobs; empty: as at first."""
        self._offer_toggles()
        self.hold((self.view_pane, *self._job_panes), self.view_pane)

    def place_view(self, view: "SplatPane") -> None:
        """Let `view` be the 3D pane. Its double clicks are its own: they look at something."""
        self.view_pane.set_view(view, maximises=False)

    def place_job_views(self, curves: "CurvesView", beside: "BesideView", log: "LogView") -> None:
        """Let these show the chosen job. A double click into the log is its own: it selects a word."""
        self.training_pane.set_view(curves)
        self.training_pane.watch(curves.plot.viewport())
        self.training_pane.add_to_title(curves.readout, fills=True)
        self.held_out_pane.set_view(beside)
        self.held_out_pane.watch(beside.image.viewport())
        self.held_out_pane.add_to_title(beside.readout, fills=True)
        self.log_pane.set_view(log, maximises=False)

    def offer_job_panes(self, there: bool) -> None:
        """Whether there are jobs at all: without any, their panes are neither there nor in the menu."""
        if there == self._offers_job_panes:
            return
        if there:
            self._offers_job_panes = True
            if self.restoreState(self._with_jobs, self._STATE_VERSION):
                self._sized = True
            else:
                self.arrange()
        else:
            self._with_jobs = self.save_state()
            self._offers_job_panes = False
            self.arrange()
        self._offer_toggles()

    def save_state(self) -> QByteArray:
        """How it is with jobs: without any there is nothing to arrange."""
        return super().save_state() if self._offers_job_panes else self._with_jobs

    def restore_state(self, state: QByteArray) -> None:
        if self._offers_job_panes:
            super().restore_state(state)
        else:
            self._with_jobs = state

    def _place_panes(self) -> None:
        area = Qt.DockWidgetArea.TopDockWidgetArea
        for pane in self.panes:
            self.addDockWidget(area, pane)
        self.splitDockWidget(self.view_pane, self.training_pane, Qt.Orientation.Vertical)
        self.splitDockWidget(self.training_pane, self.held_out_pane, Qt.Orientation.Horizontal)
        self.splitDockWidget(self.held_out_pane, self.log_pane, Qt.Orientation.Horizontal)

    def _opens(self, pane: Pane) -> bool:
        """The log is for those who ask for it."""
        return pane is self.view_pane or (self._offers_job_panes and pane is not self.log_pane)

    def _share_out(self) -> None:
        """The scene takes the most; without jobs, everything."""
        below = [pane for pane in self._job_panes if not pane.isHidden()]
        if below:
            height, width = max(self.height(), 1), max(self.width(), 1)
            scene_px = round(_SCENE_SHARE * height)
            self.resizeDocks([self.view_pane, below[0]], [scene_px, height - scene_px], Qt.Orientation.Vertical)
            self.resizeDocks(below, [max(1, width // len(below))] * len(below), Qt.Orientation.Horizontal)

    def _offer_toggles(self) -> None:
        for pane in self._job_panes:
            pane.toggleViewAction().setVisible(self._offers_job_panes)

    def _waiting(self, sentence: str) -> QLabel:
        label = QLabel(sentence, self)
        label.setProperty("faint", True)
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        return label
