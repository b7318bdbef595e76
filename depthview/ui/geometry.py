"""Where the window and its panes were the last time, in a file that only Qt can read."""

from PySide6.QtCore import QByteArray, QSettings

from depthview.engine.folders import settings_folder


def kept(key: str) -> QByteArray:
    """What was kept under `key`; empty on the first day, which Qt takes for nothing to restore."""
    value = _settings().value(key)
    return value if isinstance(value, QByteArray) else QByteArray()


def keep(key: str, value: QByteArray) -> None:
    _settings().setValue(key, value)


def _settings() -> QSettings:
    return QSettings(str(settings_folder() / "window.ini"), QSettings.Format.IniFormat)
