"""A place's first page: what can be opened there at one click, and what was open lately."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

_RECENTS_SHOWN = 6


class WelcomePage(QWidget):
    """Stands where the pictures will be. `recent_chosen` carries a spec."""

    recent_chosen = Signal(object)

    def __init__(
        self, title: str, words: str, buttons: Sequence[tuple[QAction, str]], parent: QWidget | None = None
    ) -> None:
        """`buttons` are actions and what is written on them; the first is the one that is meant."""
        super().__init__(parent)
        heading = QLabel(title, self)
        heading.setProperty("title", True)
        below = QLabel(words, self)
        below.setProperty("faint", True)
        below.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for number, (action, text) in enumerate(buttons):
            row.addWidget(self._button(action, text, primary=number == 0))
        row.addStretch(1)
        self._recents = QVBoxLayout()
        self._recents.setSpacing(2)
        column = QVBoxLayout(self)
        column.addStretch(3)
        column.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(6)
        column.addWidget(below, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(22)
        column.addLayout(row)
        column.addSpacing(26)
        column.addLayout(self._recents)
        column.addStretch(4)

    def show_recents(self, recents: tuple[tuple[str, ...], ...]) -> None:
        """List what was open lately; what is gone is greyed."""
        while self._recents.count():
            item = self._recents.takeAt(0)
            widget = item.widget() if item else None
            if widget is not None:
                widget.deleteLater()
        if not recents:
            return
        heading = QLabel(self.tr("Lately"), self)
        heading.setProperty("faint", True)
        self._recents.addWidget(heading, 0, Qt.AlignmentFlag.AlignHCenter)
        for spec in recents[:_RECENTS_SHOWN]:
            button = QPushButton(literal(spec_title(spec)), self)
            button.setFlat(True)
            button.setToolTip("\n".join(spec))
            button.setEnabled(still_there(spec))
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            button.clicked.connect(lambda _on=False, s=spec: self.recent_chosen.emit(s))
            self._recents.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)

    def _button(self, action: QAction, text: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text, self)
        if primary:
            button.setObjectName("primary")
        else:
            button.setIcon(action.icon())
        button.setToolTip(action.toolTip())
        button.clicked.connect(action.trigger)
        return button


def spec_title(spec: tuple[str, ...]) -> str:
    """A spec's name for menus: file names, whole addresses."""
    return " + ".join(item if _is_no_path(item) else Path(item).name or item for item in spec)


def literal(title: str) -> str:
    """Qt underlines the letter behind an ampersand; the names of files and cameras mean it as it stands."""
    return title.replace("&", "&&")


def lasting_spec(spec: Iterable[str]) -> tuple[str, ...]:
    """The same with paths from the root, so that it can be opened again from another working folder."""
    return tuple(
        item if _is_no_path(item) or not _exists(Path(item).expanduser()) else str(Path(item).expanduser().absolute())
        for item in spec
    )


def still_there(spec: tuple[str, ...]) -> bool:
    """False for files that are gone; addresses and cameras are taken at their word."""
    return all(_is_no_path(item) or _exists(Path(item)) for item in spec)


def _is_no_path(item: str) -> bool:
    return "://" in item or item.startswith("camera:")


def _exists(path: Path) -> bool:
    """What may not be looked at, or is no path at all (too long, say), is not there for this person."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
