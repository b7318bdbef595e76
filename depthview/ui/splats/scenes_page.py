"""The inspector's page of what stands in the pane."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depthview.ui.parts.buttons import action_button, with_words
from depthview.ui.splats.items import Item
from depthview.ui.splats.scene_list import SceneList
from depthview.ui.splats.stand_section import StandSection


class ScenesPage(QWidget):
    """The list, what can be brought in, and where the chosen one stands."""

    chosen = Signal(int)

    def __init__(self, bring_in: Sequence[tuple[QAction, str]], parent: QWidget | None = None) -> None:
        """`bring_in`: actions that bring something beside, and the short words on their buttons."""
        super().__init__(parent)
        self.list = SceneList(self)
        self.list.chosen.connect(self.chosen)
        self.stand = StandSection(self)
        row = QHBoxLayout()
        row.setSpacing(4)
        for action, word in bring_in:
            action.setIconText(word)  # not the button's own text: it would be the action's again at its next change
            row.addWidget(with_words(action_button(action, self)))
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        column.addWidget(self.list)
        column.addLayout(row)
        column.addWidget(self.stand)
        column.addStretch(1)

    def show_items(self, items: Sequence[Item], chosen: Item | None) -> None:
        self.list.show_items(items, chosen.number if chosen is not None else 0)
        self.stand.show_item(chosen)
