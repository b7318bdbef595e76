"""The line at the top: open, type or paste an address, go; and the few buttons that are always wanted."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from depthview.ui.parts.buttons import action_button, icon_button

SEPARATOR = "|"


class AddressBar(QWidget):
    """`items_entered` carries one or two files, addresses or cameras, as typed."""

    items_entered = Signal(object)

    def __init__(self, open_file: QAction, always: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QLineEdit(self)
        self.line.setPlaceholderText(self.tr("Paste a web address, or drop a file anywhere"))
        self.line.setAccessibleName(self.tr("Address"))
        self.line.setToolTip(
            self.tr("A file, a folder, a web address or camera:NAME; two with | between them are the two eyes")
        )
        self.line.setClearButtonEnabled(True)
        self.line.returnPressed.connect(self._enter)
        go = icon_button("go", self.tr("Open this address (Return)"), self)
        go.clicked.connect(self._enter)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        open_button = self._button(open_file)
        open_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row.addWidget(open_button)
        row.addWidget(self.line, 1)
        row.addWidget(go)
        for action in always:
            row.addWidget(self._button(action))

    def show_spec(self, spec: tuple[str, ...]) -> None:
        self.line.setText(f" {SEPARATOR} ".join(spec))

    def focus(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.line.selectAll()

    def _enter(self) -> None:
        items = [part.strip().strip('"') for part in self.line.text().split(SEPARATOR)]
        if any(items):
            self.items_entered.emit([item for item in items if item])

    def _button(self, action: QAction) -> QToolButton:
        button = action_button(action, self)
        action.changed.connect(lambda: button.setVisible(action.isVisible()))
        return button
