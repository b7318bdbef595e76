"""The dialog that makes a job from photos, and the hands on it."""

from collections.abc import Callable
from pathlib import Path

import shiboken6
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.capture.jobs.asked import Asked
from depthview.ui.capture.new_job_dialog import NewJobDialog
from depthview.ui.capture_memory import CaptureChoice
from depthview.ui.errands import Errands
from depthview.ui.parts.sections import Choice, Number
from tests.window.driver import PATIENCE_MS, put_on_screen

AS_EVER = CaptureChoice()


class Hands:
    """The dialog, and the hands on it."""

    def __init__(self, qtbot: QtBot, inputs: list[Path], choice: CaptureChoice = AS_EVER) -> None:
        self.qtbot = qtbot
        self.owner = QWidget()
        self.errands = Errands(self.owner)
        self.wanted: list[tuple[str, Asked, CaptureChoice]] = []
        self.dialog = NewJobDialog(inputs, choice, self.errands, self.owner)
        self.dialog.wanted.connect(lambda *wish: self.wanted.append(wish))
        put_on_screen(self.dialog)
        self.dialog.activateWindow()
        self.until(self.dialog.isActiveWindow, "the keyboard")

    def until(self, condition: Callable[[], object], what: str) -> None:
        def check() -> None:
            assert condition(), f"waited in vain for {what}; {self._said()}"

        self.qtbot.waitUntil(check, timeout=PATIENCE_MS)

    def _said(self) -> str:
        if not shiboken6.isValid(self.dialog):
            return "it is gone"
        return f"it says {self.fault!r}, {self.dialog.room.text()!r}"

    def until_startable(self) -> None:
        self.until(self.dialog.start_button.isEnabled, "a start")
        self.until(lambda: self.dialog.strip.count, "pictures")

    def until_refused(self, words: str) -> None:
        self.until(lambda: words in self.fault, words)
        assert not self.dialog.start_button.isEnabled()
        QTest.keyClick(self.dialog, Qt.Key.Key_Return)
        assert not self.wanted

    @property
    def fault(self) -> str:
        label = self.dialog.findings.fault
        return plain(label.text()) if not label.isHidden() else ""

    @property
    def hints(self) -> list[str]:
        return list(map(plain, self.dialog.findings.sentences))

    def start(self) -> Asked:
        """Press Enter, wherever the keyboard is; what was asked for."""
        self.until_startable()
        QTest.keyClick(self.dialog, Qt.Key.Key_Return)
        [(_name, asked, _choice)] = self.wanted
        return asked

    def enter(self, field: Number, text: str) -> None:
        field.setFocus()
        field.lineEdit().selectAll()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, Qt.Key.Key_Tab)

    def pick(self, box: Choice, value: object) -> None:
        index = next(i for i in range(box.count()) if box.itemData(i) == value)
        box.setCurrentIndex(index)
        box.activated.emit(index)

    def drop(self, *urls: QUrl) -> bool:
        """Whether it takes them."""
        mime = QMimeData()
        mime.setUrls(urls)
        keys = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(self.dialog.rect().center(), *keys)
        enter.ignore()
        self.dialog.dragEnterEvent(enter)
        if enter.isAccepted():
            self.dialog.dropEvent(QDropEvent(QPointF(self.dialog.rect().center()), *keys))
        return enter.isAccepted()

    def leave(self) -> None:
        if shiboken6.isValid(self.dialog):
            self.dialog.reject()
        self.errands.close(0.0)
        shiboken6.delete(self.owner)


def plain(text: str) -> str:
    """Without the places where a line may end."""
    return text.replace("\u200b", "")
