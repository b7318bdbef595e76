"""Points that two eyes see alike: what order, rows, colours and shift are judged by."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.stereo.matching.features import Features, same_features
from depthview.engine.stereo.matching.refinement import refined

Points = NDArray[np.float64]
"""(N, 2): x, y in pixels of an eye, the first pixel's centre at 0."""

Grey = NDArray[np.uint8]
"""(H, W)."""

_REFINED_AT = 2
"""Times the size that they are found at, where the pair is as large: of photos a tenth of a pixel more is to be had."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """`left[i]` and `right[i]` show the same thing; `size_hw` is the eyes' size that both are measured in."""

    left: Points
    right: Points
    size_hw: tuple[int, int]

    def __len__(self) -> int:
        return len(self.left)

    @property
    def swapped(self) -> "Matches":
        """The same with the eyes the other way round."""
        return Matches(self.right, self.left, self.size_hw)


def find_matches(pair: StereoPair, *, largest_px: int = 640) -> Matches:
    """Matches of the eyes as they are: not rectified, in either order, of unequal exposure; wrong ones among them.

    Found on pictures at most `largest_px` long, to a fraction of a pixel on larger ones; told in pixels of the pair's
    own size. None where there is nothing to see.
    """
    larger = small_grey(pair.left, _REFINED_AT * largest_px), small_grey(pair.right, _REFINED_AT * largest_px)
    left, right = _small(larger[0], largest_px), _small(larger[1], largest_px)
    features = Features.of(left), Features.of(right)
    first, second = same_features(*features)
    left_at = resized(features[0].places[first], left.shape, larger[0].shape)
    right_at = resized(features[1].places[second], right.shape, larger[1].shape)
    found, good = refined(*larger, left_at.astype(np.float32), right_at.astype(np.float32))
    return Matches(
        resized(left_at[good], larger[0].shape, pair.size_hw),
        resized(found[good], larger[1].shape, pair.size_hw),
        pair.size_hw,
    )


def small_grey(image: Image, largest_px: int) -> Grey:
    """The picture in grey, at most so long."""
    return np.asarray(cv2.cvtColor(_small(image, largest_px), cv2.COLOR_RGB2GRAY), np.uint8)


def _small(image: NDArray[np.uint8], largest_px: int) -> NDArray[np.uint8]:
    """The picture, or where it is longer than that, a smaller one."""
    height, width = image.shape[:2]
    scale = largest_px / max(height, width)
    if scale >= 1:
        return image
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def resized(places: NDArray[np.floating], from_hw: tuple[int, ...], to_hw: tuple[int, ...]) -> Points:
    """Places in a picture of one size as places in the same picture of another size."""
    scale = np.array([to_hw[1] / from_hw[1], to_hw[0] / from_hw[0]])
    return np.asarray((places.astype(np.float64) + 0.5) * scale - 0.5, np.float64)
