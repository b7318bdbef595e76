"""A range map made ready for the screen, beside the window: it takes a moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.colour import Limits, measure_limits
from depthview.engine.depth import DepthScale
from depthview.engine.frames import Image, Meaning, Values
from depthview.engine.panorama.keeping.folder import normals_picture
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.scene.scene import PanoramaScene, scene_of

_WIDEST_PX = 2048
"""More pixels than that a pane does not show."""
_BINS = 64
_WHOLE_DEG = 90.0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the panes show. Pictures are at most so wide as a screen: `photo_rgb`, `normals_rgb`, `mask_rgb` (h, w, 3)
    uint8, `nearness` (h, w) float32, NaN where nothing is believed; `limits` are of nearness, `histogram` counts it
    between them. `scene` is for the 3D pane.
    """

    found: RangeMap
    scene: PanoramaScene
    scale: DepthScale
    photo_rgb: Image
    nearness: Values
    limits: Limits
    histogram: NDArray[np.int64]
    normals_rgb: Image
    mask_rgb: Image

    @property
    def size_hw(self) -> tuple[int, int]:
        """Of the range map."""
        return self.found.range.shape[0], self.found.range.shape[1]


def shown_of(found: RangeMap) -> Shown:
    """Takes a second where there are millions of points: not for the window's thread."""
    step = max(1, found.range.shape[1] // _WIDEST_PX)
    part = (slice(None, None, step), slice(None, None, step))
    believed = np.where(found.valid, found.range, np.float32(np.nan))[part]
    # Of a range, how the lens was made says nothing.
    rig = StereoRig.from_fov((found.range.shape[0], found.range.shape[1]), fov_deg=_WHOLE_DEG)
    scale = DepthScale(Meaning.RANGE if found.has_metres else Meaning.RELATIVE_RANGE, rig)
    nearness = scale.nearness(believed)
    limits = measure_limits(nearness) or (0.0, 1.0)
    counts, _edges = np.histogram(nearness[np.isfinite(nearness)], bins=_BINS, range=limits)
    photo = np.ascontiguousarray(found.photo.image[part])
    valid = found.valid[part]
    dimmed = (photo >> 2).astype(np.uint8)
    return Shown(
        found=found,
        scene=scene_of(found),
        scale=scale,
        photo_rgb=photo,
        nearness=nearness,
        limits=limits,
        histogram=counts.astype(np.int64),
        normals_rgb=np.ascontiguousarray(normals_picture(found)[part]),
        mask_rgb=np.where(valid[..., None], photo, dimmed),
    )
