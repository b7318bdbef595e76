"""The last lines of what a job tells."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFontDatabase, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QPlainTextEdit, QWidget

from depthview.ui.capture.waiting import Waiting

_MOST_LINES = 5000
_WANTED_PX = (480, 200)
"""What its pane opens with, where there is room: a line of a log takes two rows at most."""


class LogView(Waiting):
    """Can be selected and copied. It follows the end, but not while the person reads further up."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.sentence.setText(self.tr("What the job tells of its work stands here, line by line."))
        self.text = _Lines(self)
        self.text.setReadOnly(True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setMaximumBlockCount(_MOST_LINES)
        self.text.setUndoRedoEnabled(False)
        self.text.document().setDocumentMargin(8)
        self.text.setAccessibleName(self.tr("Log of the job"))
        self.text.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.text.customContextMenuRequested.connect(self._offer)
        self.hold(self.text)
        self._lines: Sequence[str] = ()

    def show_lines(self, lines: Sequence[str]) -> None:
        """The last lines of a log that grows, the oldest first; what stood there before them stays above them.

        Lines that do not go on where the last ones ended are another log's and take their place; none show a sentence.
        """
        if lines is self._lines or list(lines) == list(self._lines):
            return
        added = _added(self._lines, lines)
        self._lines = lines
        at_end = self.text.is_at_end
        if added is None:
            self.text.setPlainText("\n".join(lines))
        else:
            self.text.appendPlainText("\n".join(added))
        self.show_view(bool(lines))
        if added is None or at_end:
            self.text.go_to_end()

    def sizeHint(self) -> QSize:
        return QSize(*_WANTED_PX)

    def copy(self) -> None:
        """What is selected, or else everything, to the clipboard."""
        if self.text.textCursor().hasSelection():
            self.text.copy()
            return
        before = self.text.textCursor()
        self.text.selectAll()
        self.text.copy()
        self.text.setTextCursor(before)

    def _offer(self, at: QPoint) -> None:
        self.menu().popup(self.text.viewport().mapToGlobal(at))

    def menu(self) -> QMenu:
        """What can be done with the lines; it deletes itself when it is closed."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        selected = self.text.textCursor().hasSelection()
        copy = menu.addAction(self.tr("Copy") if selected else self.tr("Copy everything"), self.copy)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        menu.addAction(self.tr("Select everything"), self.text.selectAll)
        return menu


class _Lines(QPlainTextEdit):
    """Stays at its end when it becomes another size: its pane is opened, or a splitter moved."""

    @property
    def is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum()

    def go_to_end(self) -> None:
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def resizeEvent(self, event: QResizeEvent) -> None:
        at_end = self.is_at_end
        super().resizeEvent(event)
        if at_end:
            self.go_to_end()


def _added(before: Sequence[str], now: Sequence[str]) -> Sequence[str] | None:
    """What `now` has after the end of `before`, of which the oldest may be gone; None where it is another log."""
    for gone in range(len(before)):
        kept = len(before) - gone
        if kept <= len(now) and list(before[gone:]) == list(now[:kept]):
            return now[kept:]
    return None
