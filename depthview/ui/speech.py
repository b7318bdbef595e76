"""The engine's sentences in the person's language."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.errors import UserError
from depthview.engine.sentence import Sentence


def sentence(said: UserError | str) -> str:
    """What the engine says: its template translated in the context `Engine`, then filled; plain text has no values."""
    if not isinstance(said, UserError | Sentence):
        return QCoreApplication.translate("Engine", said)
    values = {name: sentence(v) if isinstance(v, UserError | Sentence) else v for name, v in said.values.items()}
    return QCoreApplication.translate("Engine", said.template).format(**values)
