"""What eyes at other places would have seen: new pictures of a scene from the taken ones and their disparity.

Forward warping with a z-buffer, what is hidden from one taken eye filled from the other: S. E. Chen and L. Williams,
"View interpolation for image synthesis", 1993; what neither has seen is filled from behind: C. Fehn, "Depth-image-based
rendering (DIBR), compression, and transmission for a new approach on 3D-TV", 2004. Each picture is made from its own
frame alone by rule, so that a still scene gives still pictures.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from depthview.engine.frames import Disparity, Image


@dataclass(frozen=True, slots=True)
class _Eye:
    """A taken eye: its picture, its disparity everywhere, and where it was: 0 the left eye's place, 1 the right's."""

    picture: Image
    disparity_px: Disparity
    at: float


def rerender(
    left: Image, right: Image | None, disparity_px: Disparity, distance_share: float, *, screen_px: float = 0.0
) -> tuple[Image, Image]:
    """The new left and right eye, (H, W, 3) uint8 RGB like `left`.

    `disparity_px`: (H, W) float32 of the left eye, NaN unknown. `right`: what the right eye saw, None for one eye.
    `distance_share`: of the new eyes, as a share of the taken ones'; 0 is none, 2 is twice as far. They lie evenly
    around the middle of the taken eyes (around the one eye). What has a disparity of `screen_px` lies on the screen: at
    the same place in both. With both eyes, a distance of 1 and a screen at 0 the pictures are as taken.

    Raises ValueError for a distance that is none, and where sizes differ.
    """
    if not (math.isfinite(distance_share) and distance_share >= 0 and math.isfinite(screen_px)):
        raise ValueError(f"a distance of {distance_share} eye distances, a screen at {screen_px} px")
    if disparity_px.shape != left.shape[:2] or (right is not None and right.shape != left.shape):
        raise ValueError(f"disparity {disparity_px.shape} of a picture {left.shape}")
    taken = _taken(left, right, disparity_px, screen_px)
    middle = 0.0 if right is None else 0.5
    places = (middle - distance_share / 2, middle + distance_share / 2)
    with ThreadPoolExecutor(2, "depthview-eyes") as both:
        one, other = both.map(lambda at: _seen_from(at, taken, (at - middle) * screen_px), places)
    return one, other


def _taken(left: Image, right: Image | None, disparity_px: Disparity, screen_px: float) -> tuple[_Eye, ...]:
    from depthview.engine.stereo.views.warp_kernels import completed, seen_by_other

    blank_px = np.float32(screen_px)  # rows that nothing is known of, such as black bars, stay where the screen is
    left = np.ascontiguousarray(left)
    of_left = completed(np.ascontiguousarray(disparity_px, np.float32), left, blank_px)
    if right is None:
        return (_Eye(left, of_left, 0.0),)
    return _Eye(left, of_left, 0.0), _Eye(np.ascontiguousarray(right), seen_by_other(of_left, blank_px), 1.0)


def _seen_from(at: float, taken: tuple[_Eye, ...], shift_px: float) -> Image:
    """The picture of an eye at a place, all of it moved to the right by `shift_px`; what is nearest by comes first."""
    from depthview.engine.stereo.views.warp_kernels import fill_holes, new_eye

    first, *others = sorted(taken, key=lambda eye: abs(eye.at - at))
    if at == first.at and shift_px == 0:
        return first.picture
    nobody = _Eye(first.picture[:0], first.disparity_px[:0], 0.0)
    other = others[0] if others else nobody
    found = np.zeros_like(first.picture)
    seen_px = np.empty(first.disparity_px.shape, np.float32)
    new_eye(
        first.picture,
        first.disparity_px,
        np.float32(first.at - at),
        other.picture,
        other.disparity_px,
        np.float32(other.at - at),
        np.float32(shift_px),
        found,
        seen_px,
    )
    fill_holes(found, seen_px)
    return found
