"""The pane of the Splats workspace: one view, and in its title line what is done with it at one click."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from depthview.ui.parts.pane import Pane
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.parts.readout import Readout

if TYPE_CHECKING:
    from depthview.ui.scene.splat_pane import SplatPane


class SplatPanes(PaneArea):
    """Holds the 3D view; until there is something to see, a sentence."""

    def __init__(self, title_actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        sentence = self.tr(
            "The scene appears here as soon as it is read.\nThe very first one on a computer takes longer."
        )
        waiting = QLabel(sentence, self)
        waiting.setProperty("faint", True)
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.view_pane = Pane("pane_splats", self.tr("Scene"), waiting, self)
        self.readout = Readout(self)
        self.readout.setAccessibleName(self.tr("What was measured"))
        self.view_pane.add_to_title(self.readout, fills=True)
        for action in title_actions:
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self.view_pane.add_to_title(button)
        self.hold((self.view_pane,), self.view_pane)

    def place_view(self, view: "SplatPane") -> None:
        """Let `view` be the 3D pane. Its double clicks are its own: they look at something."""
        self.view_pane.set_view(view, maximises=False)

    def _place_panes(self) -> None:
        self.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, self.view_pane)

    def _share_out(self) -> None:
        """One pane takes everything."""
