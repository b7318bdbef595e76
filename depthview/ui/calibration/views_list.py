"""The views that count: a small picture of each, its errors once they are known, and why one does not count."""

from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QKeyEvent, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from depthview.engine.frames import Image

_ROW_ROLE = Qt.ItemDataRole.UserRole
_GAP_PX = 12
_LEAST_NAME_SHARE = 0.4
"""Of a line: with less room for the view's name, what is said of it gets a line of its own."""
_SHORT = 16
"""Letters of a name that there is always room for."""
_LEAST_LINES = 6


@dataclass(frozen=True, slots=True, eq=False)
class ViewRow:
    """`words` say what is known of the view; with `reason` it does not count."""

    name: str
    words: str
    reason: str = ""
    thumbnail: Image | None = None


class _RowDelegate(QStyledItemDelegate):
    """A view's name gives way in its middle; what is said of it is never cut, as long as a line can hold it."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: ViewRow = index.data(_ROW_ROLE)
        item = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        style = item.widget.style()
        area = style.subElementRect(QStyle.SubElement.SE_ItemViewItemText, item, item.widget).adjusted(3, 0, -3, 0)
        item.text = ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, item, painter, item.widget)
        selected = bool(item.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setPen(item.palette.color(QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text))
        metrics, left, right = item.fontMetrics, Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        middle = Qt.AlignmentFlag.AlignVCenter
        if self._takes_two_lines(item, area.width(), row):
            upper = QRect(area.left(), area.center().y() - metrics.height() + 1, area.width(), metrics.height())
            name, words = row.name, metrics.elidedText(row.words, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(upper, left, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width()))
            painter.drawText(upper.translated(0, metrics.height()), left, words)
        else:
            room = area.width() - (metrics.horizontalAdvance(row.words) + _GAP_PX if row.words else 0)
            painter.drawText(area, left | middle, metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, room))
            painter.drawText(area, right | middle, row.words)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        hint = super().sizeHint(option, index)
        item = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        two = self._takes_two_lines(item, option.rect.width(), index.data(_ROW_ROLE))
        least = 2 * item.fontMetrics.height() + 8 if two else 0
        return QSize(0, max(hint.height(), least))

    def _takes_two_lines(self, item: QStyleOptionViewItem, width: int, row: ViewRow) -> bool:
        metrics = item.fontMetrics
        words, name = metrics.horizontalAdvance(row.words), metrics.horizontalAdvance(row.name)
        return words + _GAP_PX + min(name, int(_LEAST_NAME_SHARE * width)) > width


class ViewsList(QListWidget):
    """`drop_wanted(name)`: the person presses Delete on a view."""

    drop_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("views")
        self.setIconSize(QSize(56, 42))
        self.setAccessibleName(self.tr("Views"))
        self.setItemDelegate(_RowDelegate(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(_LEAST_LINES * self.fontMetrics().lineSpacing())
        self._shown: tuple[ViewRow, ...] = ()

    def show_rows(self, rows: tuple[ViewRow, ...]) -> None:
        """Show these and no others; the newest stays in sight."""
        # Pictures of a folder come all at once, and are read from the first one on.
        added = len(rows) > len(self._shown) and rows[-1].thumbnail is not None
        self._shown = rows
        chosen = self.currentRow()
        self.clear()
        for row in rows:
            item = QListWidgetItem(f"{row.name}    {row.words}" if row.words else row.name)
            if row.thumbnail is not None:
                height, width = row.thumbnail.shape[:2]
                picture = QImage(row.thumbnail.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
                item.setIcon(QIcon(QPixmap.fromImage(picture)))
            item.setData(_ROW_ROLE, row)
            if len(row.name) > _SHORT:
                item.setToolTip(f"{row.name}\n{row.words}")
            if row.reason:
                item.setForeground(self.palette().placeholderText())
            self.addItem(item)
        if added:
            self.scrollToBottom()
        elif chosen >= 0:
            self.setCurrentRow(min(chosen, self.count() - 1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.currentRow()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and 0 <= row < len(self._shown):
            self.drop_wanted.emit(self._shown[row].name)
        else:
            super().keyPressEvent(event)
