"""Buttons, each with its tooltip and its name."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from depthview.ui import theme

_ICON_BESIDE_WORDS = QSize(14, 14)


def push_button(text: str, tip: str, parent: QWidget) -> QPushButton:
    """One that Return in a field beside it does not press."""
    button = QPushButton(text, parent)
    button.setToolTip(tip)
    button.setAutoDefault(False)
    return button


def icon_button(icon: str, tip: str, parent: QWidget) -> QToolButton:
    """A small one that shows only an icon."""
    button = QToolButton(parent)
    button.setIcon(theme.icon(icon))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    return button


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """A small one that shows an action, as that is now."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    return button


def with_words(button: QToolButton) -> QToolButton:
    """The same, which shows its words beside its icon, smaller for that."""
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(_ICON_BESIDE_WORDS)
    return button
