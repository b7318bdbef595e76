"""What OpenGL should have drawn of splats, and what it has drawn, as plain arrays."""

import time

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from benchmarks.splat_reference import Truth, reference
from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight, axes
from depthview.ui.scene.splat_drawing import Ground, SplatLook

BLACK: Ground = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
SIX = ((0, 0), (65, 25), (130, -20), (180, 5), (250, 50), (320, -60))
"""Yaw and pitch in degrees, all around."""
_PATIENCE_S = 60.0


def sight_at(middle: object, distance: float, yaw_deg: float, pitch_deg: float, **more: float) -> Sight:
    """From so far away towards a place of the scene."""
    eye = np.asarray(middle, np.float64) - distance * axes(yaw_deg, pitch_deg)[2]
    known = {"fov_deg": 50.0, "near_m": 0.01 * distance, "far_m": 20 * distance, **more}
    return Sight(eye, yaw_deg, pitch_deg, **known)


def rgba(picture: QImage | None) -> NDArray[np.float64]:
    """(H, W, 4), premultiplied, 0 to 1."""
    assert picture is not None
    assert picture.format() == QImage.Format.Format_RGBA8888_Premultiplied
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)
    return rows / 255


def truth(
    splats: PreparedSplats,
    sight: Sight,
    size_px: tuple[int, int],
    *,
    degree: int | None = None,
    kept: NDArray[np.int32] | None = None,
    behind_m: NDArray[np.float32] | None = None,
) -> Truth:
    view = sight.view(size_px)
    return reference(splats, view, splats.colours(view.eye, degree), kept=kept, behind_m=behind_m)


def on_ground(exact: Truth, ground: Ground, behind: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """(H, W, 3), 0 to 1: splats over what is `behind` (H, W, 4, premultiplied) over the ground."""
    height = len(exact.alpha)
    down = ((np.arange(height) + 0.5) / height)[:, None, None]
    below = np.asarray(ground[0]) + down * (np.asarray(ground[1]) - np.asarray(ground[0]))
    if behind is not None:
        below = behind[..., :3] + (1 - behind[..., 3:]) * below
    return np.clip(exact.rgb + (1 - exact.alpha[..., None]) * below, 0, 1)


def until_complete(
    drawing: GlSplatDrawing, scene: OffscreenScene, size_px: tuple[int, int], look: SplatLook
) -> NDArray[np.float64]:
    """The picture that stands at the end, when one looks long enough."""
    last, ends_s = None, time.monotonic() + _PATIENCE_S
    while not drawing.complete:
        assert time.monotonic() < ends_s, "it never comes to an end"
        picture = drawing.draw_some(scene, size_px, look)
        last = rgba(picture).copy() if picture is not None else last
        time.sleep(0.001)
    assert last is not None
    return last
