"""The application: Qt is started, the window shown, what was named on the command line opened in it."""

import os
import re
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from depthview.engine.resources import resource
from depthview.ui import theme
from depthview.ui.main_window import MainWindow

_SIGNAL_POLL_MS = 200
_EXIT_BAD_INPUT = 2


def run(arguments: list[str]) -> int:
    """Show the window until it is closed; `arguments` are one or two files, addresses or cameras."""
    refusal = why_no_window(arguments)
    if refusal:
        print(refusal, file=sys.stderr)
        return _EXIT_BAD_INPUT
    application = start(arguments)
    window = MainWindow()
    window.show()
    if arguments:
        QTimer.singleShot(0, lambda: window.open_many(arguments))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    signal.signal(signal.SIGTERM, lambda *_: window.close())
    # Python looks at signals only when it runs: let it run now and then.
    heartbeat = QTimer()
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(_SIGNAL_POLL_MS)
    code = application.exec()
    heartbeat.stop()
    return code


def why_no_window(arguments: list[str]) -> str:
    """Empty where the window can open, else the sentence: Qt would only abort."""
    for word in arguments:
        if re.fullmatch(r"[A-Za-z][A-Za-z-]*", word) and not Path(word).exists():
            return f"There is no command and no file called {word}: `depthview --help` lists the commands."
    displays = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in displays):
        return "There is no display for a window: `depthview live` and `depthview depth` do the work without one."
    return ""


def start(arguments: list[str]) -> QApplication:
    """The one QApplication of the process, dressed and speaking the person's language."""
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0], *arguments])
    application.setApplicationName("DepthView")
    application.setOrganizationName("DepthView")
    application.setWindowIcon(QIcon(str(resource("icons/depthview.svg"))))
    _translate(application)
    theme.apply(application)
    return application


def _translate(application: QApplication) -> None:
    """Qt's own words and ours, where there is a translation; English elsewhere."""
    locale = QLocale(os.environ["DEPTHVIEW_LANG"]) if "DEPTHVIEW_LANG" in os.environ else QLocale.system()
    folders = (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        ("depthview", str(resource("translations"))),
    )
    for name, folder in folders:
        translator = QTranslator(application)
        if translator.load(locale, name, "_", folder):
            application.installTranslator(translator)
