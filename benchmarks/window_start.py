"""`python -m benchmarks.window_start`: process time until the window has painted itself, and what it had to import."""

import json
import os
import sys
import tempfile
import time

HEAVY = ("torch", "vtkmodules", "yt_dlp", "onnxruntime", "pyqtgraph")


def main() -> None:
    os.environ.setdefault("DEPTHVIEW_HOME", tempfile.mkdtemp(prefix="depthview-bench-"))
    from PySide6.QtCore import QTimer

    from depthview.ui.app import start
    from depthview.ui.main_window import MainWindow

    application = start([])
    window = MainWindow()
    window.show()

    def report() -> None:
        if not window.isVisible() or not window.windowHandle().isExposed():
            QTimer.singleShot(1, report)
            return
        imported = [name for name in HEAVY if name in sys.modules]
        print(json.dumps({"process_s": time.process_time(), "imported": imported}), flush=True)
        window.close()
        application.quit()

    QTimer.singleShot(0, report)
    application.exec()


if __name__ == "__main__":
    main()
