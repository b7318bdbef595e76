"""What one view says of how far things are, and how to ask it for any direction."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.sphere import Directions
from depthview.engine.panorama.views import View


@dataclass(frozen=True, slots=True)
class ViewDepth:
    """A view and 1 / z of each of its pixels: (n, n) float32, z along the view's axis, NaN unknown.

    The inverse, since between two pixels on a plane 1 / z is linear, and so is what lies between them exact.
    """

    view: View
    inverse_z: Values

    def log_range(self, towards: Directions) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The natural logarithm of the range in directions (h, w, 3), and a weight of 0..1, which falls to the edges.

        (h, w) float32 each; where the view sees or knows nothing, the logarithm is NaN and the weight 0.
        """
        right, down, along = self.view.place(towards)
        side = self.inverse_z.shape[0]
        sampled = cv2.remap(
            self.inverse_z,
            (right + 1) * np.float32(side / 2) - np.float32(0.5),
            (down + 1) * np.float32(side / 2) - np.float32(0.5),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(float("nan"),),
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            found = -np.log(sampled * along)
            weight = 1 - np.maximum(np.abs(right), np.abs(down))
            known = np.isfinite(found) & (weight > 0)
        return np.where(known, found, np.float32(np.nan)), np.where(known, weight, np.float32(0))
