"""The engine's sentences in the person's language."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.errors import UserError


def sentence(error: UserError) -> str:
    """The error's sentence: its template translated in the context `Engine`, then filled."""
    return QCoreApplication.translate("Engine", error.template).format(**error.values)
