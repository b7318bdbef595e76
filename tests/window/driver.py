"""A person at the window: opens, presses, chooses, looks. Waits for what has to happen, never for a time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.live.playback import PlaybackStatus
from depthview.engine.live.presenter import LiveView
from depthview.engine.live.status import SessionStatus
from depthview.engine.models.library import BUILT_INS
from depthview.ui import main_window
from depthview.ui.live.workspace import LiveWorkspace
from depthview.ui.main_window import MainWindow
from depthview.ui.parts.sections import Choice

PATIENCE_MS = 60_000
"""A busy machine is slow; a broken window is for ever."""


class Driver:
    """One window and the hands on it."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    # Doing

    def open(self, *spec: str | Path) -> None:
        self.window.open(tuple(str(item) for item in spec))

    def do(self, action: str) -> None:
        """Choose an action as from its menu, as soon as it can be chosen."""
        chosen = self.window.actions_by_name[action]
        self.until(chosen.isEnabled, f"{action} to be offered")
        chosen.trigger()

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press a key where the keyboard is, once it is heard."""
        self.until_keys_are_heard()
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def until_keys_are_heard(self) -> None:
        """Wait until the window knows what can be done, and is the one that keys go to."""
        if self.window.live.workspace is not None:
            with self.qtbot.waitSignal(self.workspace.status_changed, timeout=PATIENCE_MS):
                pass
        # Shortcuts are heard in the active window only, and a display without a window manager may take it away.
        if QApplication.activeWindow() is None:
            self.window.activateWindow()
        self.until(lambda: QApplication.activeWindow() is not None, "an active window")

    def choose(self, box: QComboBox, text: str) -> None:
        """Pick an entry by the words a person reads."""
        index = box.findText(text)
        entries = [box.itemText(i) for i in range(box.count())]
        assert index >= 0, f"{text!r} is not among {entries}"
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def close(self) -> None:
        self.window.close()

    def close_in_time(self) -> None:
        """Close, which waits for nothing longer than it gives itself. A crowded machine adds what is its own; to wait
        for one thing after another would take twice as long."""
        started = time.monotonic()
        self.close()
        assert time.monotonic() - started < 2 * main_window.QUIT_S
        assert not self.window.isVisible()

    def leave(self) -> None:
        """Close and delete the window and everything in it, now; pytest keeps this object for longer."""
        if "window" in vars(self):
            window = vars(self).pop("window")
            window.close()
            shiboken6.delete(window)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    # Waiting

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def check() -> None:
            assert condition(), f"waited in vain for {what}; the window says {self.said!r}"

        self.qtbot.waitUntil(check, timeout=PATIENCE_MS)

    def until_depth(self) -> LiveView:
        """Wait for depth of what is open now."""
        self.until(lambda: self.workspace.view is not None, "depth")
        return self.view

    def until_view(self, wanted: Callable[[LiveView], bool], what: str) -> LiveView:
        """Wait until what is on the screen is as wanted."""
        self.until(lambda: self.workspace.view is not None and wanted(self.view), what)
        return self.view

    def until_said(self, words: str) -> str:
        """Wait until the line under the address says something with these words."""
        self.until(lambda: words.lower() in self.said.lower(), f"the words {words!r}")
        return self.said

    def until_phase(self, phase: str) -> PlaybackStatus:
        self.until(lambda: self.playback.phase == phase, phase)
        return self.playback

    def until_models_are_listed(self) -> None:
        # The built-in ones are offered from the start.
        self.until(lambda: self.workspace.inspector.models._families is not BUILT_INS, "the list of models")

    # Looking

    @property
    def workspace(self) -> LiveWorkspace:
        assert self.window.live.workspace is not None, "nothing was opened yet"
        return self.window.live.workspace

    @property
    def view(self) -> LiveView:
        view = self.workspace.view
        assert view is not None, "no depth yet"
        return view

    @property
    def status(self) -> SessionStatus:
        return self.workspace.session.status

    @property
    def playback(self) -> PlaybackStatus:
        playback = self.status.playback
        assert playback is not None, "nothing was opened"
        return playback

    @property
    def said(self) -> str:
        """What the line under the address says; empty when there is no line."""
        return self.window.problem.text

    def median_px(self) -> float:
        """The middle of the disparities on the screen, source pixels."""
        return float(np.nanmedian(self.view.depth.values))

    def entries(self, box: Choice) -> list[str]:
        return [box.itemText(i) for i in range(box.count())]


def put_on_screen(window: QWidget) -> None:
    """Show it, and wait until it is on the screen."""
    window.show()
    assert QTest.qWaitForWindowExposed(window, PATIENCE_MS), "it never came"


def hover(widget: QWidget, at: QPointF) -> None:
    """Move the mouse over `widget`, without a button pressed."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        QPointF(widget.mapToGlobal(at.toPoint())),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def double_click(widget: QWidget, at: QPoint | None = None) -> None:
    QTest.mouseDClick(
        widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at if at is not None else QPoint(12, 12)
    )


def pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows: Any = image.constBits()
    flat = np.frombuffer(rows, np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def drop(window: QWidget, mime: QMimeData, over: QWidget) -> bool:
    """Drag `mime` over the middle of `over` and let go, as the desktop tells Qt; True when it was taken."""
    handle = window.windowHandle()
    at = over.mapTo(window, over.rect().center())
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    entered = QDragEnterEvent(at, *how)
    QApplication.sendEvent(handle, entered)
    moved = QDragMoveEvent(at, *how)
    if entered.isAccepted():
        moved.setDropAction(entered.dropAction())  # as QGuiApplication does: entering suffices
        moved.accept()
    QApplication.sendEvent(handle, moved)
    if not moved.isAccepted():
        QApplication.sendEvent(handle, QDragLeaveEvent())  # a forbidden sign is shown, and no drop comes
        return False
    dropped = QDropEvent(QPointF(at), *how)
    QApplication.sendEvent(handle, dropped)
    return dropped.isAccepted()


def files(*paths: Path) -> QMimeData:
    """What a file manager puts on the clipboard or into a drag."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def address(url: str) -> QMimeData:
    """What a browser puts into a drag of a link."""
    mime = QMimeData()
    mime.setUrls([QUrl(url)])
    mime.setText(url)
    return mime
