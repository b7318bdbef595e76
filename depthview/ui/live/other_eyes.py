"""What is asked before the picture on the screen is kept as other eyes would see it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from depthview.engine.errors import UserError
from depthview.ui.live.eyes_fields import EyesFields
from depthview.ui.parts.wrapped_label import WrappedLabel, breakable
from depthview.ui.speech import sentence

_WIDTH_PX = 420


class OtherEyesDialog(QDialog):
    """A small window that keeps nobody waiting; `wanted(EyesChoice)`. It stays until what is wanted can be written."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Seen by other eyes"))
        self.fields = EyesFields(self)
        self.save = QPushButton(self.tr("Save…"), self)
        self.save.setObjectName("primary")
        self.save.setDefault(True)
        self.save.clicked.connect(lambda _on: self.wanted.emit(self.fields.choice))
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.close)
        self.says = WrappedLabel(self, "faint")
        self.ask()
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.save)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.says)
        column.addWidget(self.fields)
        column.addLayout(buttons)
        self.resize(_WIDTH_PX, self.sizeHint().height())

    def ask(self) -> None:
        """Say what is to be chosen, in the place of what was said before."""
        self.says.setText(self.tr("How far apart the new eyes are, 1 × as taken, and how both become one picture."))

    def show_refusal(self, error: UserError) -> None:
        """Why it could not be written; what was chosen is still there."""
        self.says.setText(breakable(sentence(error)))
        self.resize(self.width(), max(self.height(), self._column.heightForWidth(self.width())))
