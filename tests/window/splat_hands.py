"""A person in the pane of splats, and scenes to look at whose answers are known."""

from collections.abc import Callable

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.splat_pane import SplatPane
from tests.engine.splats.planted_splats import round_splats
from tests.window.driver import put_on_screen

PATIENCE_MS = 30_000
SIZE = (320, 200)
RED, GREEN, BLUE = np.array([-1.0, 0, 4]), np.array([1.0, 0, 4]), np.array([0.0, 0, 6])
"""The middles of three balls."""
_NONE = Qt.MouseButton.NoButton


def three_balls() -> PreparedSplats:
    """One of each colour, solid in their middle, as large as 0.1."""
    colours = np.array([[0.9, 0.1, 0.1], [0.1, 0.9, 0.1], [0.1, 0.1, 0.9]])
    return prepared([Placed(round_splats(np.stack([RED, GREEN, BLUE]), size=0.1, opacity=0.98, colour=colours))])


class Hands:
    """Moves mouse and keys over a pane as a person does, and waits for what is to be seen."""

    def __init__(self, qtbot: QtBot, pane: SplatPane) -> None:
        self.qtbot, self.pane = qtbot, pane

    def leave(self) -> None:
        """Close and delete the pane, now."""
        if "pane" in vars(self):
            pane = vars(self).pop("pane")
            pane.close()
            shiboken6.delete(pane)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    # Waiting and looking

    def until(self, condition: Callable[[], bool], what: str) -> None:
        def check() -> None:
            assert condition(), f"waited in vain for {what}"

        self.qtbot.waitUntil(check, timeout=PATIENCE_MS)

    def until_drawn(self) -> NDArray[np.uint8]:
        """Wait for the whole picture; what is on the screen then, (H, W, 3)."""
        self.until(lambda: self.pane._picture is not None and not self.pane._dirty, "the whole picture")
        return pixels(self.pane.grab_image())

    def place_of(self, point: NDArray[np.float64]) -> QPointF:
        x, y = self.pane.sight().place_px(point, (self.pane.width(), self.pane.height()))
        return QPointF(x, y)

    # Hands

    def drag(
        self, start: QPointF, end: QPointF, *, button: Qt.MouseButton = Qt.MouseButton.LeftButton, shift: bool = False
    ) -> None:
        modifiers = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        self._mouse(QEvent.Type.MouseButtonPress, start, button, button, modifiers)
        for part in (0.3, 0.7, 1.0):
            self._mouse(QEvent.Type.MouseMove, start + part * (end - start), _NONE, button, modifiers)
        self._mouse(QEvent.Type.MouseButtonRelease, end, button, _NONE, modifiers)

    def click(self, at: QPointF) -> None:
        left = Qt.MouseButton.LeftButton
        self._mouse(QEvent.Type.MouseButtonPress, at, left, left)
        self._mouse(QEvent.Type.MouseButtonRelease, at, left, _NONE)

    def double_click(self, at: QPointF) -> None:
        left = Qt.MouseButton.LeftButton
        self.click(at)
        self._mouse(QEvent.Type.MouseButtonDblClick, at, left, left)
        self._mouse(QEvent.Type.MouseButtonRelease, at, left, _NONE)

    def wheel(self, at: QPointF, notches: float, *, control: bool = False) -> None:
        modifiers = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        event = QWheelEvent(
            at, self.pane.mapToGlobal(at), QPoint(), QPoint(0, round(120 * notches)), _NONE, modifiers,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.pane, event)

    def press(self, key: Qt.Key) -> None:
        QTest.keyPress(self.pane, key)

    def release(self, key: Qt.Key) -> None:
        QTest.keyRelease(self.pane, key)

    def tap(self, key: Qt.Key) -> None:
        QTest.keyClick(self.pane, key)

    def _mouse(
        self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton, buttons: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:  # fmt: skip
        QApplication.sendEvent(self.pane, QMouseEvent(kind, at, self.pane.mapToGlobal(at), button, buttons, modifiers))


def processor_pane(qtbot: QtBot, splats: PreparedSplats | None) -> Hands:
    """A pane on the screen that the processor draws, with the focus."""
    pane = SplatPane(drawing=lambda _scene: CpuSplatDrawing(threads=1))
    pane.resize(*SIZE)
    pane.show_splats(splats)
    put_on_screen(pane)
    pane.activateWindow()
    pane.setFocus()
    hands = Hands(qtbot, pane)
    hands.until(lambda: pane.hasFocus(), "the focus")
    return hands


def pixels(image: QImage) -> NDArray[np.uint8]:
    """(H, W, 3) of a picture."""
    converted = image.convertToFormat(QImage.Format.Format_RGBX8888)
    shape = (converted.height(), converted.bytesPerLine() // 4, 4)
    return np.frombuffer(converted.constBits(), np.uint8).reshape(shape)[:, : converted.width(), :3].copy()
