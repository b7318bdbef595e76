"""Cameras over the pane of splats in pixels: with and without OpenGL, and in the pixels of any screen."""

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from depthview.engine.capture.poses.frustums import frustums_of
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.splat_pane import SplatPane
from tests.engine.capture.circling import circle, posed

SIZE = (160, 100)

ALONE = """
import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from depthview.engine.capture.poses.frustums import frustums_of
from depthview.engine.cloud import PointCloud
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.splat_pane import SplatPane
from tests.engine.capture.circling import circle, posed

app = QApplication([])
pane = SplatPane()
pane.resize(320, 200)
pane.set_background(QColor(0, 0, 0))
pane.add_cloud(PointCloud(np.float32([[0, 0, 0]]), np.uint8([[255, 0, 0]])))
pane.show_frustums(frustums_of(posed(circle(12, radius=2.0))))
pane.set_camera(CameraState(focus_m=(0.0, 0.0, 0.0), distance_m=9.0, pitch_deg=35.0))
pane.show()
while not pane.render_count:
    app.processEvents()
image = pane.grab_image()
places = [pane.sight().place_px(tip, (320, 200)) for tip in pane.frustums.tips]
seen = sum(QColor(image.pixel(round(x), round(y))).lightness() > 60 for x, y in places)
print("available", pane.available, "seen", seen)
pane.close()
"""


class Screen(SplatPane):
    """On a screen of `ratio` pixels to a point."""

    ratio = 1.0

    def devicePixelRatioF(self) -> float:
        return self.ratio


@pytest.fixture
def pane(qtbot: QtBot) -> Iterator[Screen]:
    found = Screen(drawing=lambda _scene: CpuSplatDrawing(threads=1))
    qtbot.addWidget(found)
    found.resize(*SIZE)
    found.set_background(QColor(0, 0, 0))
    qtbot.keyClick(found, Qt.Key.Key_Shift)  # who touched a key is told no more what to do
    found.show_frustums(frustums_of(posed(circle(6, radius=2.0))))
    found.set_camera(CameraState(focus_m=(0.0, 0.0, 0.0), distance_m=9.0, pitch_deg=35.0))
    yield found
    found.release()


def rows(image: QImage) -> np.ndarray:
    picture = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)[..., 2::-1]


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_tips_and_corners_are_in_their_place_in_the_screens_own_pixels(pane: Screen, ratio: float) -> None:
    pane.ratio = ratio
    image, found = rows(pane.grab_image()), pane.frustums
    assert found is not None
    assert image.shape[:2] == (round(ratio * SIZE[1]), round(ratio * SIZE[0]))
    for point in (*found.tips, *found.corners.reshape(-1, 3)):
        x, y = (round(ratio * part) for part in pane.sight().place_px(point, SIZE))
        assert image[y - 2 : y + 3, x - 2 : x + 3].max() > 60
    assert np.mean(image.max(axis=2) > 30) < 0.15, "lines, and nothing filled"


@pytest.mark.skipif(sys.platform != "linux", reason="the ways to OpenGL are Linux's here")
@pytest.mark.parametrize("without", [False, True])
def test_they_are_seen_without_opengl_too(without: bool) -> None:
    """The points are left out then, and a note says so."""
    missing = {"__EGL_VENDOR_LIBRARY_FILENAMES": "/nonexistent"} if without else {}
    child = subprocess.run(
        [sys.executable, "-c", ALONE],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen", "DISPLAY": ""} | missing,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    assert f"available {not without} seen 12" in child.stdout
