"""The splats that a training left on its way, to be looked at and to be kept."""

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from depthview.engine.capture.jobs.checkpoints import Checkpoint
from depthview.ui.figures import counted
from depthview.ui.parts.buttons import icon_button, with_words
from depthview.ui.parts.sections import Section


class CheckpointsSection(Section):
    """The newest first. `shown(Checkpoint)` and `save_wanted(Checkpoint)` when a person wants so. Hidden if empty."""

    shown = Signal(object)
    save_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("CheckpointsSection", "Checkpoints"), parent)
        self.form.setVerticalSpacing(0)
        self.rows: tuple[CheckpointRow, ...] = ()
        self._checkpoints: tuple[Checkpoint, ...] = ()
        self._in_pane: Checkpoint | None = None
        self.setVisible(False)

    def show_checkpoints(self, checkpoints: tuple[Checkpoint, ...]) -> None:
        self.setVisible(bool(checkpoints))
        if checkpoints == self._checkpoints:
            return
        self._checkpoints = checkpoints
        for row in self.rows:
            self.form.removeRow(row)
        self.rows = tuple(CheckpointRow(checkpoint, self) for checkpoint in reversed(checkpoints))
        for row in self.rows:
            row.show_button.clicked.connect(lambda _on, c=row.checkpoint: self.shown.emit(c))
            row.save_button.clicked.connect(lambda _on, c=row.checkpoint: self.save_wanted.emit(c))
            count = counted(row.checkpoint.iteration)
            self.add(count, row, self.tr("The splats as they were after {count} iterations").format(count=count))
        self.mark(self._in_pane)

    def mark(self, in_pane: Checkpoint | None) -> None:
        """Say of this one that it is what the pane shows."""
        self._in_pane = in_pane
        for row in self.rows:
            row.mark(row.checkpoint == in_pane)


class CheckpointRow(QWidget):
    """What can be done with what was learnt after so many iterations."""

    def __init__(self, checkpoint: Checkpoint, parent: QWidget) -> None:
        super().__init__(parent)
        self.checkpoint = checkpoint
        self.show_button = self._button("eye", self.tr("Show"), self.tr("Show these splats in the pane"))
        tip = self.tr("Keep these splats as a file of their own")
        self.save_button = self._button("export", self.tr("Save…"), tip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.show_button)
        row.addWidget(self.save_button)
        row.addStretch(1)

    def mark(self, is_in_pane: bool) -> None:
        self.show_button.setEnabled(not is_in_pane)
        self.show_button.setText(self.tr("Shown") if is_in_pane else self.tr("Show"))

    def _button(self, icon: str, text: str, tip: str) -> QToolButton:
        button = with_words(icon_button(icon, tip, self))
        button.setText(text)
        button.setAccessibleName(f"{text} {counted(self.checkpoint.iteration)}")
        return button
