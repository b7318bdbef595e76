"""One job in the list: its picture, its name, what it does, and how far it is."""

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import ENDED
from depthview.ui import theme
from depthview.ui.capture.job_words import Mood, fault_words, mood_of, percent_words, row_words
from depthview.ui.parts.elided_label import ElidedLabel
from depthview.ui.parts.thin_bar import ThinBar

PICTURE = QSize(56, 42)
_BAR_PX = 4
_ROUND_PX = 4
_LONGEST_NAME = 120


class JobRow(QWidget):
    """`renamed(name)` when a person gave it another name, in place."""

    renamed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = _Picture(self)
        self.name = ElidedLabel(self)
        self.editor = QLineEdit(self)
        self.editor.setObjectName("inPlace")
        self.editor.setMaxLength(_LONGEST_NAME)
        self.editor.setAccessibleName(self.tr("Name of this job"))
        self.editor.setToolTip(self.tr("Return gives it this name, Esc leaves it as it was"))
        self.editor.setVisible(False)
        self.editor.editingFinished.connect(self._take_name)
        self.editor.installEventFilter(self)
        self.line = ElidedLabel(self)
        self.bar = ThinBar(self, height_px=_BAR_PX)
        self.bar.setObjectName("thin")
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # rows stay as high as they are
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
        self.bar.setSizePolicy(policy)
        column = QVBoxLayout()
        column.setSpacing(2)
        column.addStretch(1)
        for widget in (self.name, self.editor, self.line, self.bar):
            column.addWidget(widget)
        column.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(5, 5, 8, 5)
        row.setSpacing(10)
        row.addWidget(self.picture)
        row.addLayout(column, 1)
        self._job: Job | None = None

    def show_job(self, job: Job, picture: QPixmap | None) -> None:
        self.picture.show_picture(picture)
        if job == self._job:
            return
        self._job = job
        self.name.setText(job.name)
        self.line.setText(row_words(job))
        self.bar.setVisible(job.state not in ENDED)
        self.bar.show_share(job.progress / 100)
        self.bar.setAccessibleName(self.tr("Progress of {name}").format(name=job.name))
        mood = mood_of(job)
        for widget, quality, on in (
            (self.bar, "quiet", mood is Mood.QUIET),
            (self.line, "warn", mood is Mood.FAILED),
            (self.line, "faint", mood is not Mood.FAILED),
        ):
            if widget.property(quality) != on:
                widget.setProperty(quality, on)
                widget.style().polish(widget)
        lines = [job.name, row_words(job), percent_words(job) if job.state not in ENDED else "", fault_words(job)]
        self.setToolTip("\n".join(line for line in lines if line))

    def begin_rename(self) -> None:
        """Let the person type another name where the name stands."""
        if self._job is not None:
            self.editor.setText(self._job.name)
            self.name.setVisible(False)
            self.editor.setVisible(True)
            self.editor.setFocus()
            self.editor.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc leaves the name as it was; it is the editor's, not the window's."""
        is_esc = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if is_esc and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if is_esc and event.type() == QEvent.Type.KeyPress:
            self._end_rename()
            return True
        return super().eventFilter(watched, event)

    def _take_name(self) -> None:
        if self.editor.isHidden() or self._job is None:
            return
        name = self.editor.text().strip()
        self._end_rename()
        if name and name != self._job.name:
            self.name.setText(name)
            self.renamed.emit(name)

    def _end_rename(self) -> None:
        had_focus = self.editor.hasFocus()
        self.editor.setVisible(False)
        self.name.setVisible(True)
        if had_focus:
            self.setFocus()


class _Picture(QLabel):
    """With round corners; a quiet sheet until there is one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(PICTURE)
        self._picture: QPixmap | None = None

    def show_picture(self, picture: QPixmap | None) -> None:
        if picture is not self._picture:
            self._picture = picture
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = QPainterPath()
        sheet.addRoundedRect(QRectF(self.rect()), _ROUND_PX, _ROUND_PX)
        painter.setClipPath(sheet)
        if self._picture is None or self._picture.isNull():
            painter.fillRect(self.rect(), QColor(theme.colours()["line"]))
        else:
            painter.drawPixmap(self.rect(), self._picture)
        painter.end()
