"""What a panorama becomes: the range of everything around, the surface that this makes, and how both came about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.depth import MEASURED
from depthview.engine.frames import Meaning, Values
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.surface.doubts import Doubts


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What one model had to do with it. `views`: how many it was shown, 0 where it took the whole panorama at once."""

    model: str
    provider: str
    meaning: Meaning
    views: int
    weight: float
    estimate_s: float

    @property
    def has_metres(self) -> bool:
        """Whether the model says metres; nobody has measured them."""
        return self.meaning in MEASURED


@dataclass(frozen=True, slots=True)
class RangeMap:
    """How far everything around a photo's camera is, and the surface that this makes. No array is written again.

    `range`: (H, W) float32 along the ray, in metres where `has_metres` says so, else in a unit that nobody knows; NaN
    unknown. `normals`: (H, W, 3) float32 unit vectors towards the eye, x right, y down, z forward. `valid`: (H, W)
    bool, where both can be believed; `doubts`: (H, W) uint8, why elsewhere not (doubts.py). `photo` is the upright one,
    `tilt` how the camera was held, None where nobody could tell or asked.
    """

    range: Values
    normals: NDArray[np.float32]
    valid: NDArray[np.bool_]
    doubts: Doubts
    photo: Photo
    models: tuple[ModelShare, ...]
    scale: RangeScale
    notices: tuple[str, ...] = ()
    tilt: Tilt | None = None

    @property
    def has_metres(self) -> bool:
        """Whether the range is in metres; `scale` says how they came about."""
        return self.scale is not RangeScale.UNKNOWN
