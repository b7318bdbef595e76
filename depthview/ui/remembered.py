"""What is remembered from one day to the next: held here while the window is open, written once the hand has rested."""

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.ui import settings
from depthview.ui.places import Spec

_SAVE_AFTER_MS = 800


class Remembered(QObject):
    """`recents_changed(recents)`: what was opened stands in another order, or is another one."""

    recents_changed = Signal(object)

    def __init__(self, preferences: settings.Preferences, parent: QObject) -> None:
        super().__init__(parent)
        self.preferences = preferences
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)

    def change(self, preferences: settings.Preferences) -> None:
        fresh, self.preferences = preferences.recents != self.preferences.recents, preferences
        if fresh:  # each look at whether they are still there waits for their disks
            self.recents_changed.emit(preferences.recents)
        self._timer.start()

    def add_opened(self, spec: Spec) -> None:
        """It could be opened, and is offered again."""
        preferences = self.preferences.with_recent(spec)
        local = "://" not in spec[0] and not spec[0].startswith("camera:")
        folder = str(Path(spec[0]).absolute().parent) if local else preferences.last_folder
        self.change(replace(preferences, last_folder=folder))

    def save(self) -> None:
        self._timer.stop()
        settings.save_quietly(self.preferences)
