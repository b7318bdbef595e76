"""The inspector's section of pictures of any size."""

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget

from depthview.ui.parts.sections import Number, Section

_SIDES_PX = (16, 16384)
_USUAL_PX = (3840, 2160)


class PictureSection(Section):
    """Says how large a picture is to be; `save` is the action that makes it."""

    def __init__(self, save: QAction, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("PictureSection", "Picture"), parent)
        self.width_px, self.height_px = (
            Number(lowest=_SIDES_PX[0], highest=_SIDES_PX[1], step=10, decimals=0, suffix=" px") for _side in range(2)
        )
        self.width_px.show_number(_USUAL_PX[0])
        self.height_px.show_number(_USUAL_PX[1])
        self.add(self.tr("Width"), self.width_px, self.tr("Of the picture, pixels"))
        self.add(self.tr("Height"), self.height_px, self.tr("Of the picture, pixels"))
        self.transparent = QCheckBox(self.tr("Without background"), self)
        self.transparent.setToolTip(self.tr("What nothing covers is transparent, in a PNG"))
        self.transparent.setAccessibleName(self.tr("Without background"))
        self.form.addRow(self.transparent)
        button = QPushButton(self.tr("Save the picture…"), self)
        button.setToolTip(save.toolTip())
        button.clicked.connect(save.trigger)
        self.form.addRow(button)

    @property
    def size_px(self) -> QSize:
        return QSize(round(self.width_px.value()), round(self.height_px.value()))
