"""Whether a job is really to be deleted: says what goes, and what does not."""

import os
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.ui.errands import Errands
from depthview.ui.figures import size_words


class DeleteQuestion(QMessageBox):
    """Open it with `open()`; `agreed()` when the person does. How much lies on the disk is added when it is known."""

    agreed = Signal()

    def __init__(self, job: Job, errands: Errands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWindowTitle(self.tr("Delete a job"))
        self.setText(self.tr("Delete “{name}”?").format(name=job.name))
        self._job, self._answered = job, False
        self._say(0)
        self.delete_button = self.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        self.keep_button = self.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(self.keep_button)
        self.setEscapeButton(self.keep_button)
        self.delete_button.clicked.connect(self.agreed)
        self.finished.connect(self._end)
        errands.run("job-size", lambda: folder_bytes(job.folder), self._say, lambda _error: None)

    def _say(self, count_bytes: int) -> None:
        if self._answered:
            return
        words = [self.tr("Its folder goes, with its checkpoints and all else in it.")]
        if count_bytes:
            size = size_words(count_bytes)
            words = [self.tr("Its folder goes, with its checkpoints and all else in it: {size}.").format(size=size)]
        if self._job.worker is not None:
            words.append(self.tr("It is stopped first."))
        words.append(self.tr("Your own photos are not touched."))
        self.setInformativeText(" ".join(words))

    def _end(self) -> None:
        self._answered = True


def folder_bytes(folder: Path) -> int:
    """Of all files in it; what cannot be seen, or goes meanwhile, is not counted."""
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:
                continue
    return total
