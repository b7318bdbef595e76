"""What stands beside splats moves on while they are drawn by the processor: they stay sharp."""

import time

import numpy as np
import pytest
from PySide6.QtGui import QImage

from depthview.engine.cloud import PointCloud
from depthview.engine.splats.prepared import Placed, prepared
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight
from depthview.ui.scene.splat_drawing import SplatLook
from tests.engine.splats.planted_splats import ball, round_splats

SIZE_PX = (160, 120)
PATIENCE_S = 60


def whole_pictures(drawing: CpuSplatDrawing, scene: OffscreenScene, look: SplatLook) -> list[QImage]:
    """All pictures until everything is shown."""
    seen, until = [], time.monotonic() + PATIENCE_S
    while not drawing.complete:
        assert time.monotonic() < until
        picture = drawing.draw_some(scene, SIZE_PX, look)
        seen += [] if picture is None else [picture]
        time.sleep(0.005)
    return seen


def test_splats_stay_sharp_while_a_cloud_beside_them_moves_on() -> None:
    scene = OffscreenScene()
    if not scene.available:
        pytest.skip("no OpenGL here")
    drawing = CpuSplatDrawing(1)
    look = SplatLook(Sight(np.zeros(3), 0.0, 0.0, 50.0, 0.01, 100.0), fit=lambda _size_px, _step: None)
    drawing.show(prepared([Placed(round_splats(ball(3000, 1.0, (0, 0, 4))))]))
    alone = whole_pictures(drawing, scene, look)[-1]
    xyz = np.stack(np.meshgrid(np.linspace(-1, 0, 60), np.linspace(-1, 1, 120), [2.0]), -1).reshape(-1, 3)
    cloud = CloudActor()
    cloud.update(PointCloud(xyz.astype(np.float32), np.full((len(xyz), 3), (255, 0, 0), np.uint8)))
    cloud.prepare(focal_px=look.sight.focal_px(SIZE_PX[1]), pixel_ratio=1.0)
    scene.add(cloud.actor)
    drawing.begin_beside()
    assert not drawing.complete
    (both,) = whole_pictures(drawing, scene, look)
    assert both != alone
    assert both == drawing.draw_all(scene, SIZE_PX, look), "nothing coarse was shown before"
    drawing.leave(scene)
    scene.release()
