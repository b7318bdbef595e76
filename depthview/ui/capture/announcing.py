"""Tells of jobs that ended to somebody who looks elsewhere: on the task bar, and by the desktop where it can."""

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.states import State
from depthview.ui.capture.job_words import ended_words

_SHOWN_MS = 10_000


class Announcer(QObject):
    """Says nothing while the window is in front: it tells by itself."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._tray: QSystemTrayIcon | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.close)

    def announce(self, job: Job) -> bool:
        """Whether there was somebody to be called."""
        if self._window.isActiveWindow():
            return False
        QApplication.alert(self._window)
        if QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages():
            tray = self._ensure_tray()
            kinds = QSystemTrayIcon.MessageIcon
            kind = kinds.Warning if job.state is State.FAILED else kinds.Information
            tray.show()
            tray.showMessage("DepthView", ended_words(job), kind, _SHOWN_MS)
            self._timer.start()
        return True

    def close(self) -> None:
        """Take the icon away: it is there for its messages alone."""
        self._timer.stop()
        if self._tray is not None:
            self._tray.hide()

    def _ensure_tray(self) -> QSystemTrayIcon:
        if self._tray is None:
            self._tray = QSystemTrayIcon(self._window.windowIcon(), self)
            self._tray.messageClicked.connect(self._bring_forward)
            self._tray.activated.connect(lambda _reason: self._bring_forward())
        return self._tray

    def _bring_forward(self) -> None:
        self._window.raise_()
        self._window.activateWindow()
        self.close()
