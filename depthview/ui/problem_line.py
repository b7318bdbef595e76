"""One line under the address for what went wrong, or for news: a plain sentence, and Details for the curious."""

import math
import time
from dataclasses import dataclass

from PySide6.QtCore import QRect, Qt, QUrl
from PySide6.QtGui import QAction, QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from depthview.engine.errors import UserError
from depthview.ui.parts.buttons import icon_button
from depthview.ui.parts.floating import MARGIN_PX, Floating
from depthview.ui.speech import sentence

_NEWS_S, _OFFER_S = 8.0, 20.0


@dataclass(frozen=True, slots=True)
class _Word:
    """Something to say; `until` is of time.monotonic(). `remedy` is what can be done about it at one click."""

    text: str
    details: str = ""
    folder: str = ""
    warn: bool = False
    remedy: QAction | None = None
    until: float = math.inf


class ProblemLine(Floating):
    """A problem stays until it is solved or dismissed; news goes by itself, but for that of long work that is done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("problem", parent)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>: names are no markup
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPlainTextEdit(self)
        self._details.setReadOnly(True)
        self._details.setMaximumHeight(140)
        self._details.setVisible(False)
        self._more = QPushButton(self.tr("Details"), self)
        self._more.setCheckable(True)
        self._more.setToolTip(self.tr("Show the technical text behind this sentence"))
        self._more.setAccessibleName(self.tr("Details"))
        self._details.setToolTip(self.tr("The technical text, to be copied into a report"))
        self._details.setAccessibleName(self.tr("Technical details"))
        self._more.toggled.connect(self._show_details)
        self._show_file = QPushButton(self.tr("Show in folder"), self)
        self._show_file.setToolTip(self.tr("Open the folder that holds the file"))
        self._show_file.clicked.connect(self._open_folder)
        self._remedy = QPushButton(self)
        self._remedy.setVisible(False)
        self._remedy.clicked.connect(self._do_remedy)
        self._folder = ""
        dismiss = icon_button("close", self.tr("Dismiss"), self)
        dismiss.clicked.connect(self._dismiss)
        row = QHBoxLayout()
        row.addWidget(self._text, 1)
        row.addWidget(self._remedy)
        row.addWidget(self._more)
        row.addWidget(self._show_file)
        row.addWidget(dismiss)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 6)
        column.addLayout(row)
        column.addWidget(self._details)
        self._problem: UserError | None = None
        self._problem_remedy: QAction | None = None
        self._dismissed = ""
        self._word: _Word | None = None
        self._done: _Word | None = None
        self._said: _Word | None = None

    def top_px(self, below: QRect, _height_px: int) -> int:
        return below.y() + MARGIN_PX

    @property
    def text(self) -> str:
        """What is said at the moment; empty when the line is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_problem(self, problem: UserError | None, remedy: QAction | None = None) -> None:
        """Show `problem` until None comes; one that was dismissed stays away. Its `remedy` is offered beside it.

        A model that fails says the same anew for every frame: that is one problem, not many.
        """
        is_new = problem is not None and (self._problem is None or str(problem) != str(self._problem))
        if is_new and self._word is not None and not self._word.warn:
            self._word = None  # news of what is now known to be wrong
        self._problem, self._problem_remedy = problem, remedy
        if problem is None or str(problem) != self._dismissed:
            self._dismissed = ""
        self._refresh()

    def show_error(self, error: UserError) -> None:
        """Show what came of something the person did, until they dismiss it or do something else."""
        self._word = _Word(sentence(error), error.details, warn=True)
        self._refresh()

    def show_news(self, text: str, *, trouble: bool = False, folder: str = "", remedy: QAction | None = None) -> None:
        """Show something that needs no answer, for a few seconds; then a problem that still stands comes back.

        Whoever may want the `remedy` gets more time.
        """
        lasts_s = _NEWS_S if remedy is None else _OFFER_S
        self._word = _Word(text, folder=folder, warn=trouble, remedy=remedy, until=time.monotonic() + lasts_s)
        self._refresh()

    def show_done(self, text: str, *, folder: str) -> None:
        """Show what came of work that nobody sat and waited for, until they dismiss it: whatever else is to be said
        meanwhile, it comes back."""
        self._done = _Word(text, folder=folder)
        self._refresh()

    def clear(self) -> None:
        """Something new begins: nothing of the old is said any more, but for what is done."""
        self._problem, self._dismissed, self._word = None, "", None
        self._refresh()

    def tick(self) -> None:
        """Called now and then: lets news go."""
        self._refresh()

    def _refresh(self) -> None:
        if self._word is not None and time.monotonic() > self._word.until:
            self._word = None
        word, problem = self._word, self._problem
        if word is None and problem is not None and str(problem) != self._dismissed:
            word = _Word(sentence(problem), problem.details, warn=True, remedy=self._problem_remedy)
        word = word or self._done
        said, self._said = self._said, word
        if word is None:
            self.setVisible(False)
        elif said is None or (said.text, said.folder, said.remedy) != (word.text, word.folder, word.remedy):
            self._say(word)

    def _say(self, word: "_Word") -> None:
        self._text.setText(word.text)
        self._text.setProperty("warn", word.warn)
        self._text.style().polish(self._text)
        self._details.setPlainText(word.details)
        self._more.setChecked(False)
        self._more.setVisible(bool(word.details))
        self._remedy.setVisible(word.remedy is not None)
        if word.remedy is not None:
            self._remedy.setText(word.remedy.text())
            self._remedy.setToolTip(word.remedy.toolTip())
        self._folder = word.folder
        self._show_file.setVisible(bool(word.folder))
        self.setVisible(True)
        self.place()

    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)
        self.place()

    def _do_remedy(self) -> None:
        if self._said is not None and self._said.remedy is not None:
            self._said.remedy.trigger()

    def _dismiss(self) -> None:
        if self._said is self._done:
            self._done = None
        elif self._word is not None:
            self._word = None
        elif self._problem is not None:
            self._dismissed = str(self._problem)
        self._refresh()

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))
