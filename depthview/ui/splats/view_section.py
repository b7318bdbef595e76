"""The inspector's section of saved views: kept with the scene, gone to by a click."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QWidget

from depthview.ui.parts.sections import Section
from depthview.ui.splats_memory import SavedView

_ROWS_SHOWN = 6


class ViewSection(Section):
    """`saved(name)`, `chosen(index)`, `renamed(index, name)` and `removed(index)` when a person does so."""

    saved = Signal(str)
    chosen = Signal(int)
    renamed = Signal(int, str)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("ViewSection", "Saved views"), parent)
        self.list = QListWidget(self)
        self.list.setObjectName("views")
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setAccessibleName(self.tr("Saved views"))
        self.list.setToolTip(self.tr("A click goes there, F2 or a double click gives another name"))
        self.list.setEditTriggers(QListWidget.EditTrigger.DoubleClicked | QListWidget.EditTrigger.EditKeyPressed)
        self.list.itemClicked.connect(lambda item: self.chosen.emit(self.list.row(item)))
        self.list.itemChanged.connect(lambda item: self.renamed.emit(self.list.row(item), item.text()))
        self.form.addRow(self.list)
        self.name = QLineEdit(self)
        self.name.setPlaceholderText(self.tr("Name of this view"))
        self.name.setToolTip(self.tr("What the view that is shown now is to be called"))
        self.name.setAccessibleName(self.tr("Name of this view"))
        self.name.returnPressed.connect(self._save)
        self.save = QPushButton(self.tr("Save"), self)
        self.save.setToolTip(self.tr("Keep the view as it is now, to come back to"))
        self.save.clicked.connect(self._save)
        self.remove = QPushButton(self.tr("Remove"), self)
        self.remove.setToolTip(self.tr("Forget the view that is chosen in the list"))
        self.remove.clicked.connect(lambda: self.removed.emit(self.list.currentRow()))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.name, 1)
        row.addWidget(self.save)
        row.addWidget(self.remove)
        self.form.addRow(row)
        self.show_views(())

    def show_views(self, views: Sequence[SavedView]) -> None:
        self.list.blockSignals(True)
        row = self.list.currentRow()
        self.list.clear()
        for view in views:
            item = QListWidgetItem(view.name, self.list)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.list.setCurrentRow(min(row, len(views) - 1))
        self.list.blockSignals(False)
        height = sum(self.list.sizeHintForRow(place) for place in range(min(_ROWS_SHOWN, len(views))))
        self.list.setFixedHeight(height)
        self.list.setVisible(bool(views))
        self.remove.setEnabled(bool(views))

    def _save(self) -> None:
        self.saved.emit(self.name.text().strip())
        self.name.clear()
        self.name.clearFocus()
