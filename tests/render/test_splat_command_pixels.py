"""`depthview splats render` draws what the window's pane shows, by whichever drawing."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from depthview.engine.splats.formats.inria_ply import write
from depthview.engine.splats.prepared import Placed, prepared
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.sight import axes
from depthview.ui.scene.splat_drawing import SplatDrawing
from depthview.ui.scene.splat_pane import SplatPane
from tests.commands.runner import run
from tests.engine.splats.drawn_splats import random_scene
from tests.render.test_splat_pane_pixels import rows

SIZE = (210, 130)
GROUND = (20, 40, 60)


@pytest.mark.parametrize(("drawing", "most_off"), [(lambda: CpuSplatDrawing(1), 0), (GlSplatDrawing, 1)])
def test_the_command_draws_the_pixels_of_the_pane(
    qtbot: QtBot, tmp_path: Path, drawing: Callable[[], SplatDrawing], most_off: int
) -> None:
    scene = random_scene(1500, 7, 2)
    write(scene, tmp_path / "a.ply")
    pane = SplatPane(drawing=lambda _scene: drawing())
    qtbot.addWidget(pane)
    pane.set_background(QColor(*GROUND))
    pane.show_splats(prepared([Placed(scene)]))
    pane.set_camera(CameraState((0.1, -0.2, 4.0), 4.5, 25.0, -10.0, 42.0))
    shown = np.rint(255 * rows(pane.screenshot(QSize(*SIZE))))
    sight = pane.sight()
    target = sight.eye_m + 4.5 * axes(sight.yaw_deg, sight.pitch_deg)[2]
    pane.release()
    eye, at = (",".join(repr(float(v)) for v in place) for place in (sight.eye_m, target))
    outcome = run(
        *("splats", "render", tmp_path / "a.ply", "-o", tmp_path / "o.png", "--eye", eye, "--target", at),
        *("--fov", 42, "--size", "x".join(map(str, SIZE)), "--background", ",".join(map(str, GROUND))),
    )
    assert outcome.code == 0, outcome
    drawn = np.asarray(Pillow.open(tmp_path / "o.png").convert("RGB"), np.float64)
    assert np.abs(drawn - shown).max() <= most_off
    assert np.abs(drawn - GROUND).max() > 100, "there is something to see"
