"""What is asked before the picture on the screen is kept as other eyes would see it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from depthview.ui.live.eyes_fields import EyesFields
from depthview.ui.parts.wrapped_label import WrappedLabel

_WIDTH_PX = 420


class OtherEyesDialog(QDialog):
    """A small window that keeps nobody waiting; `wanted(EyesChoice)`."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Seen by other eyes"))
        self.fields = EyesFields(self)
        self.save = QPushButton(self.tr("Save…"), self)
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.close)
        says = WrappedLabel(self, "faint")
        says.setText(self.tr("How far apart the new eyes are, 1 × as taken, and how both become one picture."))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(says)
        column.addWidget(self.fields)
        column.addLayout(buttons)
        self.resize(_WIDTH_PX, self.sizeHint().height())

    def _save(self) -> None:
        self.close()
        self.wanted.emit(self.fields.choice)
