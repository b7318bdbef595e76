"""A pane whose eye is moved by mouse and keys, and in which one can measure.

Importing this costs VTK (0.3 s): import it when a pane is wanted.
"""

import time
from collections.abc import Callable, Mapping
from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from depthview.ui.scene.measuring import Measure
from depthview.ui.scene.momentum import Wish
from depthview.ui.scene.movement_keys import TURN_KEYS, WALK_KEYS, ZOOM_KEYS, HeldKeys, is_heard
from depthview.ui.scene.scene_pane import ScenePane
from depthview.ui.scene.sight import Sight, Vector

_WHEEL_NOTCH = 120.0
_CLICK_PX = 4.0
_HANDS_OFF_S = 0.15
"""Who has not moved for so long looks, and wants to see everything."""


class Eye(Protocol):
    """What hands do to an eye."""

    def sight(self) -> Sight: ...

    def drag(self, right_px: float, down_px: float, size_px: tuple[int, int], *, shift: bool) -> None: ...

    def turn(self, right: float, down: float) -> None:
        """By so many presses of an arrow."""

    def approach(self, steps: float, towards: Vector | None = None) -> None:
        """Go nearer by notches of the wheel, to a point that stays where it is in the picture."""

    def narrow(self, steps: float) -> None:
        """See less, and that larger."""

    def enlarge(self, steps: float) -> None:
        """By so many presses of + or -."""

    def go_near(self, point: Vector) -> None: ...

    def walk(self, wish: Wish) -> bool:
        """Go on as far as there was time for since the last call; whether one is still on the way."""

    def stand_still(self) -> None: ...


class SteeredPane(ScenePane):
    """Drags, wheel, clicks and keys go to the pane's eye. A pane says what is under a place, and what its keys do."""

    measured = Signal(object, object, float)
    """Two points, (3,) float64 in the scene's unit, and the distance between them, in that unit too."""
    measuring_changed = Signal(bool)

    def __init__(self, eye: Eye, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMouseTracking(True)
        self._eye = eye
        self._keys = HeldKeys()
        self._pressed_at: QPointF | None = None
        self._drag_from: QPointF | None = None
        self._grabbed = False
        self._hands_on_until = 0.0
        self._walking = False
        self._new_here = True
        self._measuring = False
        self._measure = Measure()

    # What a pane is

    def _commands(self) -> Mapping[Qt.Key, Callable[[], None]]:
        """What single keys do, beside those that move."""
        raise NotImplementedError

    def _point_at(self, at: QPointF) -> Vector | None:
        """The point of the scene that is seen at a place of the pane."""
        raise NotImplementedError

    def _hover(self, at: QPointF | None) -> None:
        """The mouse is there, no button held; None: it left."""

    def _grab(self, at: QPointF) -> bool:
        """Whether there is something at a place that follows the mouse from now on, instead of the eye."""
        return False

    def _pull(self, at: QPointF) -> None:
        """What was grabbed is pulled there."""

    def _let_go(self) -> None:
        """What was grabbed stays where it is."""

    def _click(self, at: QPointF) -> None:
        """The left button was pressed and let go without moving."""
        point = self._point_at(at) if self._measuring else None
        if point is not None:
            self._measure = self._measure.with_point(point)
            if len(self._measure.points) == 2:
                self.measured.emit(*self._measure.points, self._measure.length)
            self.update()

    def _towards(self, at: QPointF) -> Vector | None:
        """What the wheel goes nearer to."""
        return None

    # Measuring

    @property
    def measuring(self) -> bool:
        return self._measuring

    def set_measuring(self, on: bool) -> None:
        """Whether clicks set the ends of a line whose length is told; off removes it."""
        if on != self._measuring:
            self._measuring = on
            self._measure = Measure(metres_per_unit=self._measure.metres_per_unit)
            self.setCursor(Qt.CursorShape.CrossCursor if on else Qt.CursorShape.ArrowCursor)
            self.measuring_changed.emit(on)
            self.update()

    # Moving

    def _walk(self) -> bool:
        """Move on for as long as there was time; whether one is on the way."""
        self._walking = self._eye.walk(self._keys.wish())
        if self._walking:
            self._hands_on_until = time.perf_counter() + _HANDS_OFF_S
        return self._walking

    def _until_hands_off_s(self) -> float:
        return 0.0 if self._walking else self._hands_on_until - time.perf_counter()

    def _moved(self) -> None:
        """The person found out how to move."""
        self._new_here = False
        self._draw_soon()

    def _draw_soon(self) -> None:
        """The look changes by hand: a quick picture now, the whole one when the hand is at rest."""
        self._hands_on_until = time.perf_counter() + _HANDS_OFF_S
        self._render_sooner()

    # Events

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            event.ignore()
            return
        self._drag_from = self._pressed_at = event.position()
        self._grabbed = event.button() == Qt.MouseButton.LeftButton and self._grab(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        if self._drag_from is None:
            self._hover(at)
            return
        if self._pressed_at is not None and (at - self._pressed_at).manhattanLength() < _CLICK_PX:
            return  # a click, so far
        self._pressed_at = None
        if self._grabbed:
            self._pull(at)
            return
        moved, self._drag_from = at - self._drag_from, at
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.buttons() & Qt.MouseButton.MiddleButton
        self._eye.drag(moved.x(), moved.y(), (self.width(), self.height()), shift=bool(shift))
        self._moved()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None and not self._grabbed and event.button() == Qt.MouseButton.LeftButton:
            self._click(event.position())
        if not event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.MiddleButton):
            self._drag_from = self._pressed_at = None
            if self._grabbed:
                self._grabbed = False
                self._let_go()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._measuring:
            self.mousePressEvent(event)
        elif (point := self._point_at(event.position())) is not None:
            self._eye.go_near(point)
            self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        steps = event.angleDelta().y() / _WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._eye.narrow(steps)
        else:
            self._eye.approach(steps, self._towards(event.position()))
        self._moved()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def event(self, event: QEvent) -> bool:
        # The window's shortcuts use some of these keys too; here they are the pane's.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._hears(event):
            event.accept()
            return True
        return super().event(event)

    def _hears(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return self._measuring
        return is_heard(event, self._commands().keys())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not self._hears(event):
            event.ignore()
        elif key in TURN_KEYS:
            self._eye.turn(*TURN_KEYS[key])
            self._moved()
        elif key in ZOOM_KEYS:
            self._eye.enlarge(ZOOM_KEYS[key])
            self._moved()
        elif key in WALK_KEYS:
            self._keys.press(key)
            self._moved()
        elif event.isAutoRepeat():
            pass
        elif key == Qt.Key.Key_Escape:
            self.set_measuring(False)
        else:
            self._commands()[key]()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not event.isAutoRepeat():
            self._keys.release(Qt.Key(event.key()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._keys.clear()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._keys.clear()
        self._eye.stand_still()
        super().hideEvent(event)
