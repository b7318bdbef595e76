"""The panes of the Panorama workspace: the room, and below it the photo and what is known of it, side by side."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QWidget

from depthview.ui.panorama.range_view import RangeView
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama.words import reading
from depthview.ui.panorama_memory import PanoramaLook, Picture
from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.pane import Pane
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.parts.readout import Readout
from depthview.ui.parts.sections import Choice

if TYPE_CHECKING:
    from depthview.ui.scene.panorama_pane import PanoramaPane

_ROOM_SHARE = 0.66
_CHOICE_PX = 120


class PanoramaPanes(PaneArea):
    """What is pointed at in one pane is marked in the others. `picture_chosen(Picture)` comes from the title line."""

    picture_chosen = Signal(object)

    def __init__(self, room_actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        """`room_actions` stand in the title line of the room."""
        super().__init__(parent)
        self.photo_view = ImageView(self)
        self.range_view = RangeView(self)
        self.room: PanoramaPane | None = None
        self._shown: Shown | None = None
        self.photo_view.setAccessibleName(self.tr("Photo"))
        self.range_view.image.setAccessibleName(self.tr("Range, normals or mask"))
        self.photo_view.lead(self.range_view.image)
        self.range_view.image.lead(self.photo_view)
        self.photo_view.pointed.connect(self._point)
        self.range_view.image.pointed.connect(self._point)
        self._waiting = QLabel(self.tr("The room appears here as soon as there is depth."), self)
        self._waiting.setProperty("faint", True)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.room_pane = Pane("pane_room", self.tr("Room"), self._waiting, self)
        self.photo_pane = Pane("pane_photo", self.tr("Photo"), self.photo_view, self)
        self.range_pane = Pane("pane_range", self.tr("Range"), self.range_view, self)
        self.photo_pane.watch(self.photo_view.viewport())
        self.range_pane.watch(self.range_view.image.viewport())
        self.readout = Readout(self)
        self.readout.setAccessibleName(self.tr("What is under the mouse"))
        self.room_pane.add_to_title(self.readout, fills=True)
        for action in room_actions:
            self.room_pane.add_button(action)
        self.picture = Choice(self)
        self.picture.offer(
            [
                (self.tr("range"), Picture.RANGE),
                (self.tr("normals"), Picture.NORMALS),
                (self.tr("mask"), Picture.MASK),
            ],
            Picture.RANGE,
        )
        self.picture.setMaximumWidth(_CHOICE_PX)
        self.picture.setToolTip(self.tr("What this pane shows (1 to 3)"))
        self.picture.setAccessibleName(self.tr("Shown beside the photo"))
        self.picture.chosen.connect(self.picture_chosen)
        self.range_pane.add_to_title(self.picture)
        self.hold((self.room_pane, self.photo_pane, self.range_pane), self.room_pane)

    def place_room(self, room: "PanoramaPane") -> None:
        """Let `room` be the 3D pane. Its double clicks are its own: they go somewhere."""
        self.room = room
        self.room_pane.set_view(room, maximises=False)
        room.pointed.connect(self._point)

    def show_shown(self, shown: Shown | None) -> None:
        """The photo, as it was put upright. What is beside it comes with `show_look`."""
        self._shown = shown
        if shown is None:
            self.photo_view.clear_image()
            self.range_view.clear()
        else:
            self.photo_view.show_image(shown.photo_rgb, shown.size_hw)
        self._point(-1, -1)

    def show_look(self, look: PanoramaLook, limits: tuple[float, float] | None) -> None:
        """`limits` (nearness) None are those that the range has by itself."""
        self.picture.select(look.picture)
        if self._shown is not None:
            self.range_view.show_picture(self._shown, look.picture, look.colour_map, limits)

    def fit(self) -> None:
        self.photo_view.fit()
        self.range_view.image.fit()

    def _place_panes(self) -> None:
        area = Qt.DockWidgetArea.TopDockWidgetArea
        for pane in self.panes:
            self.addDockWidget(area, pane)
        self.splitDockWidget(self.room_pane, self.photo_pane, Qt.Orientation.Vertical)
        self.splitDockWidget(self.photo_pane, self.range_pane, Qt.Orientation.Horizontal)

    def _share_out(self) -> None:
        height, width = max(self.height(), 1), max(self.width(), 1)
        room_px = round(_ROOM_SHARE * height)
        self.resizeDocks([self.room_pane, self.photo_pane], [room_px, height - room_px], Qt.Orientation.Vertical)
        bar_px = self.range_view.bar.width()
        photo_px = max(1, (width - bar_px) // 2)
        columns = [photo_px, photo_px + bar_px]
        self.resizeDocks([self.photo_pane, self.range_pane], columns, Qt.Orientation.Horizontal)

    def _point(self, x: int, y: int) -> None:
        """Mark one place of the range map everywhere, and say what is known of it."""
        self.photo_view.mark(x, y)
        self.range_view.image.mark(x, y)
        if self.room is not None:
            self.room.mark(x, y)
        inside = self._shown is not None and 0 <= y < self._shown.size_hw[0] and 0 <= x < self._shown.size_hw[1]
        self.readout.setText(reading(self._shown, y, x) if inside and self._shown is not None else "")
