"""What was brought, in small: one row of pictures."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from depthview.engine.frames import Image
from depthview.ui import theme

HEIGHT_PX = 58
_GAP_PX = 4
_RADIUS_PX = 5
_LEAST_SHAPE = 0.75
"""Of a picture's height."""


class PhotoStrip(QWidget):
    """As many pictures as the width holds, at one height; an empty one asks for photos."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(HEIGHT_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("The photos"))
        self._images: list[QImage] = []
        self._invites = False

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return len(self._images)

    def show_pictures(self, pictures: Sequence[Image]) -> None:
        """(H, W, 3) uint8 RGB each, `HEIGHT_PX` times the screen's scale high."""
        ratio = self.devicePixelRatioF()
        self._images = []
        for picture in pictures:
            height, width = picture.shape[:2]
            image = QImage(picture.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
            image.setDevicePixelRatio(ratio)
            self._images.append(image)
        self._invites = False
        self.update()

    def invite(self) -> None:
        """There is nothing yet: say what can be dropped here."""
        self._images, self._invites = [], True
        self.update()

    @property
    def _slot_px(self) -> float:
        """How wide a picture may be for all to have room, but not so narrow that nothing is to be seen."""
        count = max(1, len(self._images))
        return max((self.width() + _GAP_PX) / count - _GAP_PX, _LEAST_SHAPE * HEIGHT_PX)

    def sizeHint(self) -> QSize:
        return QSize(0, HEIGHT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        left, slot = 0.0, self._slot_px
        for image in self._images:
            size = image.deviceIndependentSize()
            frame = QRectF(left, 0, min(size.width(), slot), HEIGHT_PX)
            if frame.right() > self.width() + 0.5:
                break
            rounded = QPainterPath()
            rounded.addRoundedRect(frame, _RADIUS_PX, _RADIUS_PX)
            painter.setClipPath(rounded)
            # What the frame does not hold is left out on both sides.
            whole = QRectF(frame.center().x() - size.width() / 2, 0, size.width(), HEIGHT_PX)
            painter.drawImage(whole, image)
            left = frame.right() + _GAP_PX
        painter.setClipping(False)
        if self._invites:
            colours = theme.colours()
            painter.setPen(QColor(colours["line"]))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
            painter.setPen(QColor(colours["faint"]))
            words = self.tr("Drop photos, a folder of photos or a video here")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, words)
        painter.end()
