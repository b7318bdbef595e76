"""The three panes of the Live workspace and their arrangement."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from depthview.engine.stereo.views.compose import PictureMode
from depthview.ui.live.depth_view import DepthView
from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.pane import Pane
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.parts.sections import Choice

_LEAST_CHOICE_PX = 60
"""With both pictures, the inspector and the places the window still fits a screen of 800 pixels."""


class LivePanes(PaneArea):
    """Picture and depth above, the 3D view below."""

    picture_mode_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture_view = ImageView(self)
        self.depth_view = DepthView(self)
        self.picture_view.setAccessibleName(self.tr("Picture"))
        self.depth_view.image.setAccessibleName(self.tr("Depth in colour"))
        self.depth_view.image.lead(self.picture_view)
        self.picture_view.lead(self.depth_view.image)
        self.picture_view.pointed.connect(self._point_from_picture)
        self.depth_view.image.pointed.connect(self._point_from_depth)
        waiting = QLabel(self.tr("The 3D view comes with the first depth."), self)
        waiting.setProperty("faint", True)
        waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture_pane = Pane("pane_picture", self.tr("Picture"), self.picture_view, self)
        self.depth_pane = Pane("pane_depth", self.tr("Depth"), self.depth_view, self)
        self.depth_pane.watch(self.depth_view.image.viewport())
        self.picture_pane.watch(self.picture_view.viewport())
        self.cloud_pane = Pane("pane_cloud", self.tr("3D"), waiting, self)
        self.picture_mode = Choice(self)
        self.picture_mode.setMinimumWidth(_LEAST_CHOICE_PX)
        self.show_picture_mode(PictureMode.LEFT, eyes=2)
        self.picture_mode.setToolTip(self.tr("What this pane shows (1 to 4)"))
        self.picture_mode.setAccessibleName(self.tr("Picture shown"))
        self.picture_mode.chosen.connect(self.picture_mode_chosen)
        self.picture_pane.add_to_title(self.picture_mode)
        self.depth_pane.add_to_title(self.depth_view.readout, fills=True)
        self.hold((self.picture_pane, self.depth_pane, self.cloud_pane), self.depth_pane)

    def show_picture_mode(self, mode: PictureMode, *, eyes: int) -> None:
        """Offer what the picture pane can show, and choose `mode`; of one eye there is only the picture itself."""
        both = [
            (self.tr("left eye"), PictureMode.LEFT),
            (self.tr("right eye"), PictureMode.RIGHT),
            (self.tr("overlay"), PictureMode.OVERLAY),
            (self.tr("anaglyph"), PictureMode.ANAGLYPH),
        ]
        if eyes == 2:
            self.picture_mode.offer(both, mode)
        else:
            self.picture_mode.offer([(self.tr("picture"), PictureMode.LEFT)], PictureMode.LEFT)

    def show_untouched(self, on: bool) -> None:
        """Say on picture and depth whether they are of the eyes just as they come."""
        for image in (self.picture_view, self.depth_view.image):
            image.show_note(self.tr("Untouched: the eyes as they come (U)") if on else "")

    def offer(self, action: QAction) -> None:
        """Put a button for `action` into the line over the 3D view."""
        self.cloud_pane.add_button(action)

    @property
    def picture_shown(self) -> PictureMode:
        """What the picture pane shows."""
        return PictureMode(self.picture_mode.currentData())

    def _place_panes(self) -> None:
        area = Qt.DockWidgetArea.TopDockWidgetArea
        self.addDockWidget(area, self.picture_pane)
        self.addDockWidget(area, self.depth_pane)
        self.addDockWidget(area, self.cloud_pane)
        self.splitDockWidget(self.picture_pane, self.cloud_pane, Qt.Orientation.Vertical)
        self.splitDockWidget(self.picture_pane, self.depth_pane, Qt.Orientation.Horizontal)

    def _share_out(self) -> None:
        width, height = max(self.width(), 1), max(self.height(), 1)
        bar_px = self.depth_view.bar.width()
        picture_px = max(1, (width - bar_px) // 2)  # both pictures are as wide as each other
        columns = [picture_px, picture_px + bar_px]
        self.resizeDocks([self.picture_pane, self.depth_pane], columns, Qt.Orientation.Horizontal)
        rows = [round(0.5 * height), round(0.5 * height)]
        self.resizeDocks([self.picture_pane, self.cloud_pane], rows, Qt.Orientation.Vertical)

    def _point_from_picture(self, x: int, y: int) -> None:
        self.depth_view.point_at(x, y)
        self.depth_view.image.mark(x, y)

    def _point_from_depth(self, x: int, y: int) -> None:
        self.depth_view.point_at(x, y)
        self.picture_view.mark(x, y)
