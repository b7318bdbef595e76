"""The narrow bar on the left: the window's places, and below them what belongs to all of them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from depthview.ui.parts.buttons import action_button

_ICON = QSize(22, 22)
_HEIGHT_PX = 54


class PlaceBar(QWidget):
    """One button for each place; each is an action with its key."""

    def __init__(self, places: list[QAction], shared: list[tuple[QAction, str]], parent: QWidget | None = None) -> None:
        """`shared` are actions and the short word below their icon."""
        super().__init__(parent)
        self.setObjectName("placeBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(self)
        column.setContentsMargins(3, 6, 3, 6)
        column.setSpacing(4)
        for action in places:
            column.addWidget(self._button(action))
        column.addStretch(1)
        for action, word in shared:
            button = self._button(action)
            button.setText(word)
            column.addWidget(button)

    def _button(self, action: QAction) -> QToolButton:
        button = action_button(action, self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(_ICON)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)  # as wide as the longest word
        button.setFixedHeight(_HEIGHT_PX)
        return button
