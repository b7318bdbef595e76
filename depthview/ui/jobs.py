"""Long work: each piece is a row with what it does, how far it is, how long it will take, and a way to end it."""

import time
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, QRect, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from depthview.engine.errors import UserError
from depthview.engine.progress import PauseToken, Report, StopToken
from depthview.ui import theme
from depthview.ui.errands import Errands
from depthview.ui.parts.buttons import icon_button
from depthview.ui.parts.floating import Floating
from depthview.ui.parts.thin_bar import ThinBar
from depthview.ui.work import Work

T = TypeVar("T")

_LOOK_MS = 100
_QUIET_S = 0.4
"""What is done sooner needs no row."""
_BAR_PX = 220
_FREE_BELOW_PX = 44
"""At the lower edge, where what plays is steered: a movie is made for hours."""
_LEAST_SHARE, _LEAST_S = 0.02, 1.0
"""Before that there is nothing to judge by how long the rest takes."""


class Job(Work):
    """Work with a row of its own. `pause` has what can rest."""

    def __init__(self, title: str, pause: PauseToken | None = None) -> None:
        super().__init__()
        self.title, self.pause = title, pause
        self.ended = False
        self.started_s = time.monotonic()


class Jobs(Floating):
    """Lies over the lower edge of what is below; not there while there is nothing to tell."""

    def __init__(self, errands: Errands, parent: QWidget | None = None) -> None:
        super().__init__("jobs", parent)
        self._errands = errands
        self._rows: dict[Job, _Row | None] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def top_px(self, below: QRect, height_px: int) -> int:
        return below.bottom() - height_px - _FREE_BELOW_PX

    def run(
        self,
        title: str,
        work: Callable[[Report, StopToken], T],
        done: Callable[[T], None],
        failed: Callable[[UserError], None],
        stopped: Callable[[], None] = lambda: None,
        *,
        pause: PauseToken | None = None,
    ) -> Job:
        """Do `work` in a thread, then call `done`, `failed` or `stopped` in the window's thread. Work that heeds a
        `pause` can be let rest."""
        job = Job(title, pause)
        self._rows[job] = None
        self._timer.start()

        def end(tell: Callable[[], None]) -> None:
            self._remove(job)
            tell()

        self._errands.run(
            "job",
            lambda: work(job.report, job.stop),
            lambda outcome: end(lambda: done(outcome)),
            lambda error: end(lambda: failed(error)),
            lambda: end(stopped),
        )
        return job

    @property
    def running(self) -> tuple[Job, ...]:
        """The oldest first."""
        return tuple(self._rows)

    def cancel(self) -> None:
        """Tell all to end."""
        for job in self._rows:
            job.cancel()

    def close_down(self) -> None:
        """Tell all to end, and look at them no more; the errands wait for them."""
        self.cancel()
        self._timer.stop()

    def _look(self) -> None:
        for job, row in list(self._rows.items()):
            if row is None and time.monotonic() - job.started_s > _QUIET_S:
                self._rows[job] = row = _Row(job, self)
                self._column.addWidget(row)
                row.show()
                self._show_rows()
            if row is not None:
                row.refresh()

    def _remove(self, job: Job) -> None:
        job.ended = True
        row = self._rows.pop(job, None)
        if row is not None:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
            self._show_rows()
        if not self._rows:
            self._timer.stop()

    def _show_rows(self) -> None:
        self.setVisible(self._column.count() > 0)
        self.place()


class _Row(QWidget):
    """One job: its name, what it is at, how far it is, the time that is left, and a button that ends it."""

    def __init__(self, job: Job, parent: QWidget) -> None:
        super().__init__(parent)
        self._job = job
        title = QLabel(job.title, self)
        self._label = QLabel(self)
        self._label.setProperty("faint", True)
        self._left = QLabel(self)
        self._left.setProperty("faint", True)
        self._left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._left.setMinimumWidth(self._left.fontMetrics().horizontalAdvance(self._time_left(59 * 60 + 59)))
        self._left.setToolTip(self.tr("How long the rest will take, judged by what is done"))
        self._bar = ThinBar(self)
        self._bar.setFixedWidth(_BAR_PX)
        self._bar.setAccessibleName(job.title)
        self._pause = icon_button("pause", "", self)
        self._pause.setVisible(job.pause is not None)
        self._pause.clicked.connect(self._rest_or_go_on)
        self._rests: bool | None = None
        self._dress_pause()
        self._cancel = icon_button("close", self.tr("End this; what is done so far is kept"), self)
        self._cancel.setAccessibleName(self.tr("Cancel"))
        self._cancel.clicked.connect(job.cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 8, 2)
        row.setSpacing(12)
        row.addWidget(title)
        row.addWidget(self._label)
        row.addStretch(1)
        row.addWidget(self._left)
        row.addWidget(self._bar)
        row.addWidget(self._pause)
        row.addWidget(self._cancel)
        self.refresh()

    def refresh(self) -> None:
        progress = self._job.progress
        self._dress_pause()
        if self._job.stop.stopped:
            self._label.setText(self.tr("ending…"))
            self._left.setText("")
            self._cancel.setEnabled(False)
            self._pause.setEnabled(False)
            return
        if progress is None:
            return
        self._label.setText(QCoreApplication.translate("Engine", progress.label))
        self._bar.show_progress(progress)
        if progress.total:
            self._left.setText(self._remaining(min(1.0, progress.done / progress.total), progress.left_s))

    def _rest_or_go_on(self) -> None:
        if self._job.pause is not None:
            if self._job.pause.paused:
                self._job.pause.resume()
            else:
                self._job.pause.pause()
            self._dress_pause()

    def _dress_pause(self) -> None:
        rests = self._job.pause is not None and self._job.pause.paused
        if rests is self._rests:
            return
        self._rests = rests
        words = self.tr("Go on") if rests else self.tr("Let this rest; it goes on from here")
        self._pause.setIcon(theme.icon("play" if rests else "pause"))
        self._pause.setToolTip(words)
        self._pause.setAccessibleName(words)

    def _remaining(self, share: float, left_s: float | None) -> str:
        if self._job.pause is not None:  # what rested meanwhile tells nothing by the clock
            return "" if left_s is None or self._job.pause.paused else self._time_left(round(left_s))
        taken_s = time.monotonic() - self._job.started_s
        if share < _LEAST_SHARE or taken_s < _LEAST_S:
            return ""
        return self._time_left(round(taken_s * (1 - share) / share))

    def _time_left(self, seconds: int) -> str:
        if seconds >= 3600:
            return self.tr("{hours} h {minutes} min left").format(hours=seconds // 3600, minutes=seconds // 60 % 60)
        if seconds >= 60:
            return self.tr("{minutes} min {seconds} s left").format(minutes=seconds // 60, seconds=seconds % 60)
        return self.tr("{seconds} s left").format(seconds=seconds)
