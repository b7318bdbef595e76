"""A pane: a dock with a slim title line that can be dragged, maximised by a double click, and hidden."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QWidget

from depthview.ui.parts.buttons import action_button, icon_button


class Pane(QDockWidget):
    """Holds one view. `maximise_wanted` is emitted on a double click on the title or on the view itself."""

    maximise_wanted = Signal()

    def __init__(self, name: str, title: str, view: QWidget, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setObjectName(name)
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self._maximises = True
        self._title = _PaneTitle(self, title)
        self.setTitleBarWidget(self._title)
        self.setWidget(view)
        self.watch(view)

    def set_view(self, view: QWidget, *, maximises: bool = True) -> None:
        """Put `view` in the place of the present one; whether a double click on it `maximises` the pane."""
        old = self.widget()
        self.setWidget(view)
        if maximises:
            self.watch(view)
        if old is not None:
            old.deleteLater()

    def watch(self, widget: QWidget) -> None:
        widget.installEventFilter(self)

    def set_maximises(self, on: bool) -> None:
        """Whether a double click on the view does; on the title it always does."""
        self._maximises = on

    def add_to_title(self, widget: QWidget, *, fills: bool = False) -> None:
        """Put `widget` into the line; one that `fills` it takes all the room there is, and asks for none."""
        self._title.add(widget, fills)

    def add_button(self, action: QAction) -> None:
        """Put a button for `action` into the line; the keys stay with the view."""
        button = action_button(action, self._title)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title.add(button, fills=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick and self._maximises:
            self.maximise_wanted.emit()
            return True
        return super().eventFilter(watched, event)


class _PaneTitle(QWidget):
    """The line above a view: its name, what belongs to it, and two buttons."""

    def __init__(self, pane: Pane, title: str) -> None:
        super().__init__(pane)
        self.setObjectName("paneTitle")
        self._pane = pane
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(8, 2, 4, 2)
        self._row.setSpacing(4)
        label = QLabel(title, self)
        label.setProperty("faint", True)
        label.setToolTip(self.tr("Drag to move this pane, double click to fill the window with it"))
        self._row.addWidget(label)
        self._row.addStretch(0)
        maximise = icon_button("maximise", self.tr("Fill the window with this pane, and back (double click)"), self)
        maximise.clicked.connect(pane.maximise_wanted)
        hide = icon_button("close", self.tr("Hide this pane; the View menu brings it back"), self)
        hide.clicked.connect(pane.close)
        for button in (maximise, hide):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._row.addWidget(button)

    def add(self, widget: QWidget, fills: bool) -> None:
        self._row.insertWidget(self._row.count() - 2, widget, int(fills))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pane.maximise_wanted.emit()
