"""Takes the README's pictures from the real window.

Without a display: `xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python tools/screenshots.py`. The names of
places (`live`, `panorama`, `splats`) as arguments take only theirs.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depthview.ui.main_window import MainWindow

DOCS = Path(__file__).resolve().parents[1] / "docs"
SIZE = (1440, 900)
_PATIENCE_S = 180.0


def main(places: list[str]) -> None:
    os.environ["DEPTHVIEW_HOME"] = tempfile.mkdtemp(prefix="depthview-pictures-")
    from depthview.ui.app import start
    from depthview.ui.main_window import MainWindow

    start([])
    window = MainWindow()
    window.resize(*SIZE)
    window.show()
    _wait(0.5)
    if not places:
        window.grab().save(str(DOCS / "welcome.png"))
    for name, pictures in (("live", _live), ("panorama", _panorama), ("splats", _splats)):
        if not places or name in places:
            pictures(window)
    window.close()


def _live(window: "MainWindow") -> None:
    from PySide6.QtTest import QTest

    for theme, name in (("dark", "window.png"), ("light", "window-light.png")):
        window.actions_by_name[f"theme_{theme}"].trigger()
        window.actions_by_name["go_live"].trigger()
        window.actions_by_name["open_sample"].trigger()
        workspace = window.live.workspace
        assert workspace is not None
        _until(lambda w=workspace: w.viewport is not None and w.view is not None, "depth")  # type: ignore[misc]
        _wait(3.0)
        assert workspace.session.playback is not None
        workspace.session.playback.set_paused(True)
        image = workspace.panes.depth_view.image
        QTest.mouseMove(image.viewport(), image.rect().center())
        _wait(1.5)
        window.grab().save(str(DOCS / name))


def _panorama(window: "MainWindow") -> None:
    window.actions_by_name["theme_dark"].trigger()
    window.actions_by_name["go_panorama"].trigger()
    window.actions_by_name["open_sample"].trigger()
    workspace = window.panorama.workspace
    assert workspace is not None
    _until(lambda: workspace.shown is not None and not window.jobs.running, "the room")
    _wait(10.0)  # coarse at first where the machine is slow
    window.grab().save(str(DOCS / "panorama.png"))
    window.actions_by_name["outside"].trigger()
    workspace.inspector.kept_height.slider.setValue(80)
    _wait(10.0)
    window.grab().save(str(DOCS / "panorama-outside.png"))


def _splats(window: "MainWindow") -> None:
    window.actions_by_name["theme_dark"].trigger()
    window.actions_by_name["go_splats"].trigger()
    window.actions_by_name["open_sample"].trigger()
    workspace = window.splats.workspace
    assert workspace is not None
    _until(lambda: workspace.pane is not None and workspace.stage.settled and not window.jobs.running, "the scene")
    _wait(8.0)  # coarse at first where the machine is slow
    window.grab().save(str(DOCS / "splats.png"))


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"waited in vain for {what}")
        _wait(0.1)


def _wait(seconds: float) -> None:
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


if __name__ == "__main__":
    main(sys.argv[1:])
