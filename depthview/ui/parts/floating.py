"""Something that lies over what is below, since panes that move whenever something is said would lose the sizes that a
person gave them."""

from PySide6.QtCore import QEvent, QObject, QRect, Qt
from PySide6.QtWidgets import QWidget

MARGIN_PX = 8
_KEPT_FREE_PX = 296
"""On the right, where the inspector is: what is said to be done is often done there."""


class Floating(QWidget):
    """As wide as a sibling, but for the inspector, and as high as it has to be."""

    def __init__(self, name: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._below: QWidget | None = None
        self.setVisible(False)

    def top_px(self, below: QRect, height_px: int) -> int:
        """Where its upper edge is."""
        raise NotImplementedError

    def float_over(self, below: QWidget) -> None:
        """Lie over `below`, a sibling, whatever size it takes."""
        self._below = below
        below.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.place()
        return super().eventFilter(watched, event)

    def place(self) -> None:
        """What it says is of another size now."""
        layout = self.layout()
        if self._below is None or self.isHidden() or layout is None:
            return
        below = self._below.geometry()
        width = below.width() - 2 * MARGIN_PX
        if width > 2 * _KEPT_FREE_PX:
            width -= _KEPT_FREE_PX
        height = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        self.setGeometry(below.x() + MARGIN_PX, self.top_px(below, height), width, height)
        self.raise_()
