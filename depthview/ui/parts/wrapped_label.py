"""Plain words over several lines."""

import os
import re

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

_BREAK = "\u200b"
"""Where a line may end: a path has no spaces."""
_LONG_RUN = re.compile(rf"[^\s{_BREAK}]{{24}}")


class WrappedLabel(QLabel):
    """No markup: a name may be <b>. Belongs into a box layout: a form takes too little height for it."""

    def __init__(self, parent: QWidget, look: str = "") -> None:
        """`look`: a property that the theme knows, such as "faint"."""
        super().__init__(parent)
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        if look:
            self.setProperty(look, True)


def breakable(text: str) -> str:
    """With places where a line may end within a path."""
    text = text.replace(os.sep, os.sep + _BREAK).replace("_", "_" + _BREAK)
    return _LONG_RUN.sub(lambda run: run[0] + _BREAK, text)
