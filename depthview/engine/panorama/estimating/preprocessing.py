"""What can be done to a photo before a model is shown it; the points keep the photo's own colours.

ImmersiveDepth's README says that it helps. On six photos (`python -m benchmarks.panorama_quality --preprocess STEP`) it
rather does not, so none is done unless asked for. AbsRel and delta 1, median-scaled: as it is .145/.809 by the bundled
network and .180/.713 by six views of FastDepth; Gaussian .146/.807 and .186/.692; CLAHE .146/.800 and .214/.594;
dehazing .205/.689 and .178/.725. All of it goes on past the wrap.
"""

from collections.abc import Callable, Collection
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.recipe import Preprocess
from depthview.engine.sphere import surrounded

_BLUR_DEG = 0.1
_LEAST_BLUR_PX = 0.5
"""The width of noise, not of things."""
_TILES = 8
_CLIP = 2.0
_HAZE_PATCH_DEG = 2.5
_HAZE_KEPT = 0.05
_HAZIEST = 0.999
_LEAST_THROUGH = 0.2
_SMOOTH = 1e-3


def preprocessed(photo: Photo, steps: Collection[Preprocess]) -> Photo:
    """The photo as models are to see it, at the same size; where it shows nothing it stays black."""
    image = photo.image
    for step, done in _STEPS.items():
        if step in steps:
            image = done(image)
    if image is photo.image:
        return photo
    return replace(photo, image=np.where(photo.covered[..., None], image, np.uint8(0)))


def _without_noise(image: Image) -> Image:
    sigma_px = max(_LEAST_BLUR_PX, _BLUR_DEG / 360 * image.shape[1])
    margin = 2 + round(4 * sigma_px)
    blurred = cv2.GaussianBlur(surrounded(image, margin), (0, 0), sigma_px)
    return np.asarray(blurred[margin:-margin, margin:-margin], np.uint8)


def _evened(image: Image) -> Image:
    """Contrast limited adaptive histogram equalisation of lightness (Zuiderveld, Graphics Gems IV, 1994)."""
    tile = image.shape[1] // _TILES // 2 * 2
    # One tile more at either end of a row, so that what is left and right of the wrap is evened alike.
    wide = np.concatenate([image[:, -tile:], image, image[:, :tile]], axis=1)
    lab = cv2.cvtColor(wide, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(_CLIP, (_TILES + 2, _TILES // 2)).apply(lab[..., 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[:, tile:-tile], np.uint8)


def _without_haze(image: Image) -> Image:
    """By the dark channel (He, Sun, Tang, CVPR 2009), its veil made to follow the picture by a guided filter (2010)."""
    patch_px = max(3, round(_HAZE_PATCH_DEG / 360 * image.shape[1]) | 1)
    margin = min(5 * patch_px, image.shape[0] // 2)  # as far as the filters below reach
    inside = slice(margin, -margin)
    colours = surrounded(image, margin).astype(np.float32) / np.float32(255)
    dark = _darkest(colours, patch_px)[inside, inside]
    haziest = dark >= np.quantile(dark, _HAZIEST)
    air = np.maximum(colours[inside, inside][haziest].mean(axis=0, dtype=np.float64), 0.1).astype(np.float32)
    veil = _like(colours.mean(axis=-1), _darkest(colours / air, patch_px), 2 * patch_px)
    through = np.clip(1 - (1 - _HAZE_KEPT) * veil, _LEAST_THROUGH, 1)[..., None]
    clear = (colours - air) / through + air
    return np.asarray(np.clip(clear * 255 + 0.5, 0, 255)[inside, inside], np.uint8)


def _darkest(colours: NDArray[np.float32], patch_px: int) -> NDArray[np.float32]:
    return np.asarray(cv2.erode(colours.min(axis=-1), np.ones((patch_px, patch_px), np.uint8)), np.float32)


def _like(guide: NDArray[np.float32], values: NDArray[np.float32], reach_px: int) -> NDArray[np.float32]:
    """`values` as a local linear function of `guide`, so that its edges are where those of the guide are."""

    def mean(grid: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(grid, (2 * reach_px + 1, 2 * reach_px + 1)), np.float32)

    guide_mean, values_mean = mean(guide), mean(values)
    slope = (mean(guide * values) - guide_mean * values_mean) / (mean(guide * guide) - guide_mean**2 + _SMOOTH)
    return mean(slope) * guide + mean(values_mean - slope * guide_mean)


_STEPS: dict[Preprocess, Callable[[Image], Image]] = {
    Preprocess.GAUSSIAN: _without_noise,
    Preprocess.DEHAZE: _without_haze,
    Preprocess.CLAHE: _evened,
}
"""In the order in which they are done, whatever the order in which they are named."""
