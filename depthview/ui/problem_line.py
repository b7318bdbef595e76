"""One line under the address for what went wrong, or for news: a plain sentence, and Details for the curious."""

import time

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from depthview.engine.errors import UserError
from depthview.ui import theme
from depthview.ui.speech import sentence

_NEWS_S = 8.0


class ProblemLine(QWidget):
    """A problem stays until it is solved or dismissed; news goes by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problem")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._details = QPlainTextEdit(self)
        self._details.setReadOnly(True)
        self._details.setMaximumHeight(140)
        self._details.setVisible(False)
        self._more = QPushButton(self.tr("Details"), self)
        self._more.setCheckable(True)
        self._more.toggled.connect(self._details.setVisible)
        self._show_file = QPushButton(self.tr("Show in folder"), self)
        self._show_file.clicked.connect(self._open_folder)
        self._folder = ""
        dismiss = QToolButton(self)
        dismiss.setIcon(theme.icon("close"))
        dismiss.setToolTip(self.tr("Dismiss"))
        dismiss.setAccessibleName(self.tr("Dismiss"))
        dismiss.setAutoRaise(True)
        dismiss.clicked.connect(self._dismiss)
        row = QHBoxLayout()
        row.addWidget(self._text, 1)
        row.addWidget(self._more)
        row.addWidget(self._show_file)
        row.addWidget(dismiss)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 6)
        column.addLayout(row)
        column.addWidget(self._details)
        self._problem: UserError | None = None
        self._dismissed: UserError | None = None
        self._news_until = 0.0
        self.setVisible(False)

    @property
    def text(self) -> str:
        """What is said at the moment; empty when the line is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_problem(self, problem: UserError | None) -> None:
        """Show `problem` until None comes; one that was dismissed stays away."""
        if problem is self._problem:
            return
        self._problem = problem
        if problem is not None and problem is not self._dismissed:
            self._say(sentence(problem), details=problem.details, warn=True)
        elif problem is None and time.monotonic() > self._news_until:
            self.setVisible(False)

    def show_news(self, text: str, *, trouble: bool = False, folder: str = "") -> None:
        """Show something that needs no answer, for a few seconds."""
        if self._problem is not None and self._problem is not self._dismissed:
            return
        self._news_until = time.monotonic() + _NEWS_S
        self._say(text, folder=folder, warn=trouble)

    def tick(self) -> None:
        """Called now and then: lets news go."""
        if self._problem is None and not self.isHidden() and time.monotonic() > self._news_until:
            self.setVisible(False)

    def _say(self, text: str, *, details: str = "", folder: str = "", warn: bool) -> None:
        self._text.setText(text)
        self._text.setProperty("warn", warn)
        self._text.style().polish(self._text)
        self._details.setPlainText(details)
        self._more.setChecked(False)
        self._more.setVisible(bool(details))
        self._folder = folder
        self._show_file.setVisible(bool(folder))
        self.setVisible(True)

    def _dismiss(self) -> None:
        self._dismissed = self._problem
        self.setVisible(False)

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._folder))
