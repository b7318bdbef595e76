"""Which photos of a job found their place, which did not and why, and what may find it for more of them."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import ENDED
from depthview.engine.capture.jobs.watched import Watched
from depthview.engine.capture.poses.outcome import Outcome, Retry
from depthview.engine.capture.poses.posed import Missing
from depthview.ui.capture.fold import Fold
from depthview.ui.capture.job_words import placed_words
from depthview.ui.parts.sections import say
from depthview.ui.parts.wrapped_label import WrappedLabel

_MOST_NAMED = 40
_ROOM_PX = 30
"""Of a button, beside its text."""


class PhotosSection(QWidget):
    """`retry_wanted(Retry)` when a person wants the way that is offered. Hidden until something is known."""

    retry_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(self.tr("Photos"), self)
        heading.setProperty("section", True)
        heading.setIndent(0)
        self.placed = WrappedLabel(self)
        self.missing = WrappedLabel(self)
        self.missing.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.missing.setAccessibleName(self.tr("Photos that were not placed"))
        self.more = Fold(self.missing, self.tr("Show which photos found no place, and why"), self)
        self.offer = WrappedLabel(self, "faint")
        self.offer.setVisible(False)
        self.retry = QPushButton(self)
        self.retry.setToolTip(self.tr("Try again in this way; the photos that are there are used again"))
        self.retry.clicked.connect(self._want_retry)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 6)
        column.setSpacing(6)
        for widget in (heading, self.placed, self.more, self.missing, self.offer, self.retry):
            column.addWidget(widget)
        self._outcome: Outcome | None = None
        self._retry: Retry | None = None
        self._number: int | None = None
        self.setVisible(False)

    def show_job(self, job: Job, watched: Watched | None) -> None:
        outcome = None if watched is None else watched.outcome
        self.setVisible(outcome is not None)
        if job.id != self._number:
            self._number = job.id
            self.more.setChecked(False)
        if outcome is not self._outcome:
            self._outcome = outcome
            self._show_outcome(outcome)
        self._show_retry(job, None if watched is None else watched.retry)

    def _show_outcome(self, outcome: Outcome | None) -> None:
        missing = () if outcome is None else outcome.missing
        words = [] if outcome is None else [placed_words(outcome)]
        if outcome is not None and len(outcome.parts) > 1:
            words.append(QCoreApplication.translate("Engine", outcome.sentence))
        say(self.placed, ". ".join(words))
        count = len(missing)
        text = self.tr("1 was not: why?") if count == 1 else self.tr("{count} were not: why?").format(count=count)
        self.more.say(text)
        self.more.setVisible(bool(missing))
        self.missing.setText("\n\n".join(self._reasons(missing)))
        if not missing:
            self.more.setChecked(False)

    def _reasons(self, missing: Sequence[Missing]) -> list[str]:
        """Each once, with the photos that it holds for."""
        names: dict[str, list[str]] = {}
        for one in missing:
            names.setdefault(QCoreApplication.translate("Engine", one.reason), []).append(one.name)
        return [f"{reason}:\n{self._listed(found)}" for reason, found in names.items()]

    def _listed(self, names: Sequence[str]) -> str:
        listed = ", ".join(names[:_MOST_NAMED])
        more = len(names) - _MOST_NAMED
        return listed if more <= 0 else self.tr("{names} and {count} more").format(names=listed, count=more)

    def _show_retry(self, job: Job, retry: Retry | None) -> None:
        has_ended = job.state in ENDED
        if retry is None:
            say(self.offer, "")
        elif has_ended:
            say(self.offer, self.tr("Another way may find a place for more of them:"))
        else:
            say(self.offer, self.tr("Another way may find a place for more of them, once this job is stopped:"))
        self.retry.setVisible(retry is not None)
        self.retry.setEnabled(has_ended)
        if retry is not None and retry != self._retry:
            words = QCoreApplication.translate("Engine", retry.sentence)
            self.retry.setText(self._in_two_lines(words))
            self.retry.setAccessibleName(words)
        self._retry = retry

    def _in_two_lines(self, words: str) -> str:
        """A button breaks no lines by itself."""
        metrics, width = self.retry.fontMetrics(), self.width() - _ROOM_PX
        if metrics.horizontalAdvance(words) <= width:
            return words
        breaks = [place for place, sign in enumerate(words) if sign == " "]
        place = min(breaks, key=lambda place: abs(place - len(words) / 2), default=None)
        return words if place is None else f"{words[:place]}\n{words[place + 1 :]}"

    def _want_retry(self) -> None:
        if self._retry is not None:
            self.retry_wanted.emit(self._retry)
