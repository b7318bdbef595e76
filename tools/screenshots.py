"""Takes the README's pictures from the real window.

Without a display: `xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python tools/screenshots.py`.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SIZE = (1440, 900)
_PATIENCE_S = 60.0


def main() -> None:
    os.environ["DEPTHVIEW_HOME"] = tempfile.mkdtemp(prefix="depthview-pictures-")
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtTest import QTest

    from depthview.engine.resources import sample
    from depthview.ui.app import start
    from depthview.ui.main_window import MainWindow

    def wait(seconds: float) -> None:
        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    start([])
    window = MainWindow()
    window.resize(*SIZE)
    window.show()
    wait(0.5)
    window.grab().save(str(ROOT / "docs/welcome.png"))
    for theme, name in (("dark", "window.png"), ("light", "window-light.png")):
        window.actions_by_name[f"theme_{theme}"].trigger()
        window.open((str(sample().clip),))
        deadline = time.monotonic() + _PATIENCE_S
        while window.workspace is None or window.workspace.viewport is None or window.workspace.view is None:
            if time.monotonic() > deadline:
                sys.exit("no depth appeared in the window")
            wait(0.1)
        wait(3.0)
        workspace = window.workspace
        workspace.session.playback.set_paused(True)  # type: ignore[union-attr]
        image = workspace.panes.depth_view.image
        QTest.mouseMove(image.viewport(), image.rect().center())
        wait(1.5)
        window.grab().save(str(ROOT / "docs" / name))
    window.close()


if __name__ == "__main__":
    main()
