"""What one view says of how far things are, and how to ask it for any direction."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Meaning, Values
from depthview.engine.panorama.views import View
from depthview.engine.sphere import Directions

Part = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a view says of directions, (...) float32 each: 1 / z (NaN unknown), the share of a ray along the view's axis
    (z / range), how much that counts (0..1, which falls to the edges, 0 unknown), and where it is in the view, -1 to 1.
    """

    inverse_z: Part
    along: Part
    weight: Part
    right: Part
    down: Part


@dataclass(frozen=True, slots=True)
class ViewDepth:
    """A view and 1 / z of each of its pixels: (n, n) float32, z along the view's axis, above 0, NaN unknown.

    The inverse, since between two pixels on a plane 1 / z is linear, and so is what lies between them exact. By its
    `meaning` one knows what may still be wrong with it: of RELATIVE_INVERSE_DEPTH a shift of 1 / z, of AFFINE_DEPTH one
    of z, beside the factor that may be wrong with all.
    """

    view: View
    inverse_z: Values
    meaning: Meaning = Meaning.METRIC_DEPTH

    def sample(self, towards: Directions) -> Sample:
        """What it says of directions (h, w, 3)."""
        right, down, along = self.view.place(towards)
        side = self.inverse_z.shape[0]
        inverse_z = cv2.remap(
            self.inverse_z,
            (right + 1) * np.float32(side / 2) - np.float32(0.5),
            (down + 1) * np.float32(side / 2) - np.float32(0.5),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(float("nan"),),
        )
        with np.errstate(invalid="ignore"):
            weight = 1 - np.maximum(np.abs(right), np.abs(down))
            known = (inverse_z > 0) & (weight > 0)
        nothing = np.float32(np.nan)
        return Sample(np.where(known, inverse_z, nothing), along, np.where(known, weight, np.float32(0)), right, down)
