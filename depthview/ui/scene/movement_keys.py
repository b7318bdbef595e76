"""Which keys move the eye of a pane, and what those that are held mean."""

from collections.abc import Container

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from depthview.ui.scene.momentum import Wish

WALK_KEYS = {
    Qt.Key.Key_W: Wish(forward=1.0),
    Qt.Key.Key_S: Wish(forward=-1.0),
    Qt.Key.Key_D: Wish(right=1.0),
    Qt.Key.Key_A: Wish(right=-1.0),
    Qt.Key.Key_E: Wish(up=1.0),
    Qt.Key.Key_Q: Wish(up=-1.0),
    Qt.Key.Key_Shift: Wish(fast=True),
}
TURN_KEYS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}
ZOOM_KEYS = {Qt.Key.Key_Plus: 1.0, Qt.Key.Key_Equal: 1.0, Qt.Key.Key_Minus: -1.0}


class HeldKeys:
    """The keys that are held down to walk or to fly."""

    def __init__(self) -> None:
        self._held: set[Qt.Key] = set()

    def press(self, key: Qt.Key) -> None:
        self._held.add(key)

    def release(self, key: Qt.Key) -> None:
        self._held.discard(key)

    def clear(self) -> None:
        self._held.clear()

    def wish(self) -> Wish:
        """What all of them together mean."""
        wishes = [WALK_KEYS[key] for key in self._held]
        return Wish(
            sum(wish.right for wish in wishes),
            sum(wish.up for wish in wishes),
            sum(wish.forward for wish in wishes),
            fast=any(wish.fast for wish in wishes),
        )


def is_heard(event: QKeyEvent, commands: Container[Qt.Key]) -> bool:
    """Whether it is one of these keys, `commands` among them, alone or with Shift."""
    key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    known = key in WALK_KEYS or key in TURN_KEYS or key in ZOOM_KEYS or key in commands
    return known and not modifiers & ~Qt.KeyboardModifier.ShiftModifier
