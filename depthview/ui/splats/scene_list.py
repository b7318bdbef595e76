"""The scenes and clouds that stand in the pane, each with its figures, an eye that hides it, and a way out."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from depthview.ui import theme
from depthview.ui.parts.buttons import icon_button
from depthview.ui.splats.items import Item
from depthview.ui.splats.words import item_line

_ROWS_SHOWN = 5


class SceneList(QListWidget):
    """`chosen(number)`, `visible_changed(number, bool)` and `removed(number)` when a person does so."""

    chosen = Signal(int)
    visible_changed = Signal(int, bool)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("scenes")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Scenes"))
        self.setToolTip(
            self.tr(
                "What stands in the pane; what is chosen here can be moved, turned and sized below; Delete takes it out"
            )
        )
        self.rows: dict[int, SceneRow] = {}
        self.currentRowChanged.connect(self._choose)

    def show_items(self, items: Sequence[Item], chosen: int) -> None:
        """List these; `chosen` is the number of the one that is worked on."""
        self.blockSignals(True)
        if [item.number for item in items] != list(self.rows):
            self.clear()
            self.rows = {item.number: self._add_row(item) for item in items}
        for place, item in enumerate(items):
            self.rows[item.number].show_item(item)
            if item.number == chosen:
                self.setCurrentRow(place)
        self.blockSignals(False)
        height = sum(self.sizeHintForRow(row) for row in range(min(_ROWS_SHOWN, self.count())))
        self.setFixedHeight(height + 2 * self.frameWidth())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes out what is chosen."""
        numbers, row = list(self.rows), self.currentRow()
        if event.key() == Qt.Key.Key_Delete and 0 <= row < len(numbers):
            self.removed.emit(numbers[row])
        else:
            super().keyPressEvent(event)

    def _add_row(self, item: Item) -> "SceneRow":
        row = SceneRow(item, self)
        number = item.number
        row.eye.clicked.connect(lambda on: self.visible_changed.emit(number, on))
        row.close_button.clicked.connect(lambda: self.removed.emit(number))
        holder = QListWidgetItem(self)
        holder.setSizeHint(QSize(0, row.sizeHint().height()))
        self.setItemWidget(holder, row)
        return row

    def _choose(self, place: int) -> None:
        numbers = list(self.rows)
        if 0 <= place < len(numbers):
            self.chosen.emit(numbers[place])


class SceneRow(QWidget):
    """One of them."""

    def __init__(self, item: Item, parent: QWidget) -> None:
        super().__init__(parent)
        self.eye = icon_button("eye", self.tr("Show or hide it"), self)
        self.eye.setCheckable(True)
        self.close_button = icon_button("close", self.tr("Take it out of the pane; the file stays"), self)
        self._name = QLabel(self)
        self._name.setTextFormat(Qt.TextFormat.PlainText)
        self._line = QLabel(self)
        self._line.setProperty("faint", True)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._name)
        column.addWidget(self._line)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 3, 2, 3)
        row.setSpacing(6)
        row.addWidget(self.eye)
        row.addLayout(column, 1)
        row.addWidget(self.close_button)
        self.show_item(item)

    def show_item(self, item: Item) -> None:
        self.eye.setChecked(item.visible)
        self.eye.setIcon(theme.icon("eye" if item.visible else "eye_off"))
        width = self._name.width() if self.isVisible() else 170
        self._name.setText(self.fontMetrics().elidedText(item.title, Qt.TextElideMode.ElideMiddle, width))
        self._line.setText(item_line(item))
        self.setToolTip("\n".join((*item.spec, item_line(item))))
