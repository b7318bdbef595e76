"""Takes the README's pictures from the real window.

Without a display: `xvfb-run -a -s "-screen 0 1600x1000x24" .venv/bin/python tools/screenshots.py`. The names of
places (`live`, `panorama`, `splats`, and `capture`, which trains for some minutes) as arguments take only theirs.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from depthview.ui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SIZE = (1440, 900)
_PATIENCE_S = 180.0
_PHOTOS, _PHOTO_PX, _FOV_DEG, _ITERATIONS = 48, (480, 360), 75.0, 3000


def main(places: list[str]) -> None:
    os.environ["DEPTHVIEW_HOME"] = tempfile.mkdtemp(prefix="depthview-pictures-")
    sys.path.insert(0, str(ROOT))
    from depthview.ui import settings
    from depthview.ui.app import start
    from depthview.ui.board_memory import BoardMemory
    from depthview.ui.main_window import MainWindow
    from tests.engine.boards.drawn_boards import CHESSBOARD

    settings.save(settings.Preferences(board=BoardMemory(CHESSBOARD, CHESSBOARD.square_m)))
    start([])
    window = MainWindow()
    window.resize(*SIZE)
    window.show()
    _wait(0.5)
    if not places:
        window.grab().save(str(DOCS / "welcome.png"))
    taken = {
        "live": _live,
        "calibration": _calibration,
        "panorama": _panorama,
        "splats": _splats,
        "capture": _capture,
    }
    for name, pictures in taken.items():
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
    _measured(window)
    _asked_for_movie(window)


def _measured(window: "MainWindow") -> None:
    """Two clicks on the film that is paused."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    window.actions_by_name["theme_dark"].trigger()
    workspace = window.live.workspace
    assert workspace is not None
    assert workspace.view is not None
    window.actions_by_name["measure_depth"].trigger()
    height, width = workspace.view.depth.pair.size_hw
    picture = workspace.panes.picture_view
    for across, down in ((0.25, 0.6), (0.6, 0.55)):
        at = picture.place_of((across * width, down * height)).toPoint()
        QTest.mouseClick(picture.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    _wait(1.5)
    window.grab().save(str(DOCS / "measuring.png"))
    window.actions_by_name["measure_depth"].trigger()


def _asked_for_movie(window: "MainWindow") -> None:
    window.actions_by_name["export_movie"].trigger()
    assert window.live.movies is not None
    dialog = window.live.movies.dialog
    assert dialog is not None
    dialog.choices.eyes.setChecked(True)
    _until(dialog.start.isEnabled, "what lies in the folder")
    dialog.grab().save(str(DOCS / "movie-export.png"))
    dialog.close()


def _calibration(window: "MainWindow") -> None:
    """Of a board that is drawn: photos of others may not be shown."""
    import numpy as np

    from depthview.engine.exports import write_image
    from tests.engine.boards.drawn_boards import CHESSBOARD, drawn, poses

    folder = Path(tempfile.mkdtemp(prefix="depthview-boards-")) / "board_sbs"
    folder.mkdir()
    for number, pose in enumerate(poses(8)):
        pair = drawn(CHESSBOARD, pose)
        write_image(folder / f"board{number}_sbs.png", np.concatenate([pair.left, pair.right], axis=1))
    window.open((str(folder),))
    _until(lambda: window.actions_by_name["calibrate"].isEnabled(), "two eyes")
    window.actions_by_name["calibrate"].trigger()
    panel = window.live.calibrating.window
    assert panel is not None
    _until(lambda: panel.views.count() >= 6, "views")
    panel.solve.click()
    _until(lambda: panel.solved is not None, "a rig")
    _wait(1.0)
    panel.grab().save(str(DOCS / "calibration.png"))
    panel.close()


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


def _capture(window: "MainWindow") -> None:
    """A job that trains, from photos drawn of the bundled room: every other photo set is somebody's."""
    from depthview.engine.capture.jobs.asked import Asked
    from depthview.engine.capture.poses.settings import PoseSettings
    from depthview.engine.capture.training.presets import Preset, settings_for

    with tempfile.TemporaryDirectory() as scratch:
        photos = Path(scratch) / "Living room"
        _draw_photos(photos)
        training = settings_for(Preset.PREVIEW, cuda=False, iterations=_ITERATIONS)
        asked = Asked(PoseSettings((photos,), training.max_size_px, max_splats=training.max_splats), training)
        window.actions_by_name["theme_dark"].trigger()
        window.actions_by_name["show_jobs"].trigger()
        workspace, desk = window.splats.workspace, window.splats.capturing.desk
        assert workspace is not None
        desk.add(photos.name, asked)
        _until(lambda: workspace.trained.shown is not None, "a checkpoint", patience_s=1200.0)
        _until(lambda: workspace.pane is not None and workspace.stage.settled, "its splats")
        pane = workspace.pane
        assert pane is not None
        # From behind the photos' cameras, so that they are seen.
        pane.set_camera(replace(pane.camera, distance_m=2.2 * pane.camera.distance_m, pitch_deg=30.0))
        _wait(20.0)
        window.grab().save(str(DOCS / "capture.png"))
        job = desk.chosen
        assert job is not None
        desk.cancel(job.id)
        _until(lambda: desk.chosen is not None and desk.chosen.worker is None, "its end")


def _draw_photos(folder: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from benchmarks.rendered_ring import ROOM_RING, drawn_ring, room

    folder.mkdir()
    ring = replace(ROOM_RING, fov_deg=_FOV_DEG)
    for number, (_camera, picture) in enumerate(drawn_ring(room(), ring, _PHOTOS, _PHOTO_PX)):
        cv2.imwrite(str(folder / f"{number:04d}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])


def _until(condition: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
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
