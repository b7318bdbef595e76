"""What one eye sees and the other does not: exact, from the depth of both."""

import numpy as np
from numpy.typing import NDArray

from training.room.cameras import StereoCamera
from training.room.render import Renderer

FINE_COLUMNS = 4
"""The right eye's depth is drawn with so many columns a pixel, because a left pixel's match falls between columns."""

TOLERANCE_PX = 0.25
"""A surface in the right eye that is nearer by more than this hides the point."""


def stereo_truth(renderer: Renderer, camera: StereoCamera) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Disparity of the left eye, (H, W) float64 pixels, and (H, W) bool where the right eye sees the same point."""
    disparity = camera.disparity_px(renderer.depth_m(camera.left))
    fine = camera.right.resampled(FINE_COLUMNS, 1)
    right = camera.disparity_px(renderer.depth_m(fine))
    x = np.arange(camera.left.width_px)[None, :] - disparity
    inside = x >= 0
    column = np.rint((x + 0.5) * FINE_COLUMNS - 0.5).astype(int)
    nearest = np.take_along_axis(right, np.clip(column, 0, right.shape[1] - 1), axis=1)
    return disparity, inside & (disparity >= nearest - TOLERANCE_PX)
