"""The panoramas that are open, as small pictures in a row: one is looked at, any can be closed."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QIcon, QImage, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from depthview.engine.frames import Image
from depthview.ui.panorama.studio import Panorama

_PICTURE = QSize(104, 52)
_ROOM_PX = 34
"""For the name below, and the scroll bar."""


class Shelf(QListWidget):
    """`chosen(Panorama)` when a person picks one. Hidden while there is nothing to choose between."""

    chosen = Signal(object)

    def __init__(self, close: QAction, parent: QWidget | None = None) -> None:
        """`close` is offered on each by a right click."""
        super().__init__(parent)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(_PICTURE)
        self.setSpacing(4)
        self.setFixedHeight(_PICTURE.height() + _ROOM_PX)
        self.setObjectName("shelf")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Open panoramas"))
        self.setToolTip(self.tr("The panoramas that are open; Ctrl+PgUp and Ctrl+PgDown go through them"))
        self.addAction(close)
        self._panoramas: list[Panorama] = []
        self._pictures: dict[int, QIcon] = {}
        self.currentRowChanged.connect(self._pick)
        self.setVisible(False)

    def show_panoramas(self, panoramas: Sequence[Panorama], current: Panorama | None) -> None:
        self.blockSignals(True)
        if list(panoramas) != self._panoramas:
            self._panoramas = list(panoramas)
            self._pictures = {key: icon for key, icon in self._pictures.items() if key in map(id, panoramas)}
            self.clear()
            for panorama in panoramas:
                item = QListWidgetItem(panorama.title, self)
                item.setToolTip("\n".join(panorama.spec))
                item.setSizeHint(QSize(_PICTURE.width() + 12, _PICTURE.height() + 24))
        for row, panorama in enumerate(self._panoramas):
            if panorama.shown is not None:
                self._pictures.setdefault(id(panorama), _small(panorama.shown.photo_rgb))
            self.item(row).setIcon(self._pictures.get(id(panorama), QIcon()))
            if panorama is current:
                self.setCurrentRow(row)
        self.blockSignals(False)
        self.setVisible(len(self._panoramas) > 1)

    def _pick(self, row: int) -> None:
        if 0 <= row < len(self._panoramas):
            self.chosen.emit(self._panoramas[row])


def _small(photo_rgb: Image) -> QIcon:
    step = max(1, photo_rgb.shape[1] // (2 * _PICTURE.width()))
    part = np.ascontiguousarray(photo_rgb[::step, ::step])
    height, width = part.shape[:2]
    image = QImage(part.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    picture = QPixmap.fromImage(image.copy())
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)  # else Qt would tint the one that is looked at
    return icon
