"""The jobs as rows, the newest first: one is chosen, any can be renamed in place."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.session import JobsNow
from depthview.ui.capture.job_row import PICTURE, JobRow
from depthview.ui.capture.thumbnails import Thumbnails
from depthview.ui.errands import Errands

_ROWS_SHOWN = 5


class JobList(QListWidget):
    """`chosen(number)`, `renamed(number, name)` and `delete_wanted(number)` when a person does so."""

    chosen = Signal(int)
    renamed = Signal(int, str)
    delete_wanted = Signal(int)

    def __init__(self, errands: Errands, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobRows")
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(self.tr("Jobs"))
        self.setToolTip(self.tr("F2 or a double click gives another name, Delete asks whether a job is to be deleted"))
        self._holders: dict[int, QListWidgetItem] = {}
        self.rows: dict[int, JobRow] = {}
        self._now = JobsNow()
        self._thumbnails = Thumbnails(errands, PICTURE * self.devicePixelRatio(), self)
        self._thumbnails.ready.connect(lambda _path: self._show_rows())
        self.currentRowChanged.connect(self._choose)
        self.itemDoubleClicked.connect(lambda _item: self.begin_rename())

    def show_jobs(self, now: JobsNow, chosen: Job | None) -> None:
        """List all of `now`; `chosen` is the one that is looked at."""
        self._now = now
        self.blockSignals(True)
        wanted = [job.id for job in reversed(now.jobs)]
        for number in self._holders.keys() - set(wanted):
            self.takeItem(self.row(self._holders.pop(number)))
            del self.rows[number]
        for place, number in enumerate(wanted):
            if number not in self._holders:
                self._insert_row(place, number)
        self._show_rows()
        if chosen is not None and chosen.id in self._holders:
            self.setCurrentItem(self._holders[chosen.id])
        self.blockSignals(False)
        height = sum(self.sizeHintForRow(row) for row in range(min(_ROWS_SHOWN, self.count())))
        self.setFixedHeight(height + 2 * self.frameWidth())

    def begin_rename(self) -> None:
        """Of the chosen one, in place."""
        number = self.number
        if number is not None:
            self.scrollToItem(self._holders[number])
            self.rows[number].begin_rename()

    @property
    def number(self) -> int | None:
        """Of the chosen one."""
        current = self.currentItem()
        return next((number for number, holder in self._holders.items() if holder is current), None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = self.number
        if event.key() == Qt.Key.Key_F2:
            self.begin_rename()
        elif event.key() == Qt.Key.Key_Delete and number is not None:
            self.delete_wanted.emit(number)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Rows are as wide as the list; Qt would lay them out anew for another height only."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _insert_row(self, place: int, number: int) -> None:
        row = JobRow(self)
        row.setFocusProxy(self)  # whoever ends a renaming goes on with the arrows
        row.renamed.connect(lambda name: self.renamed.emit(number, name))
        holder = QListWidgetItem()
        holder.setSizeHint(QSize(0, row.sizeHint().height()))
        self.insertItem(place, holder)
        self.setItemWidget(holder, row)
        self.rows[number], self._holders[number] = row, holder

    def _show_rows(self) -> None:
        for job in self._now.jobs:
            picture = self._thumbnails.of(self._now.thumbnails.get(job.id))
            self.rows[job.id].show_job(job, picture)
            self._holders[job.id].setData(Qt.ItemDataRole.AccessibleTextRole, self._spoken(job))

    def _spoken(self, job: Job) -> str:
        return ", ".join((job.name, self.rows[job.id].line.text()))

    def _choose(self, _place: int) -> None:
        number = self.number
        if number is not None:
            self.chosen.emit(number)
