"""Straight edges of a panorama: found in perspective views, where what is straight in the world is straight, and laid
on the sphere, where each is a piece of a great circle.

The detector is OpenCV's LSD: von Gioi, Jakubowicz, Morel and Randall, "LSD: a line segment detector" (IPOL 2012).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.panorama.views import View, ViewSet, draw_view, views_of
from depthview.engine.sphere import surrounded

_MOST_WIDTH = 1280
_LEAST_LENGTH = 0.03
"""Of a view's side: what is shorter says little of where it points, and there is much of it."""


@dataclass(frozen=True, slots=True)
class Segments:
    """N straight pieces, all in the panorama's own axes, unit vectors.

    `normal`: (N, 3) float64 of the great circle that it lies on, of either sign. `middle`: (N, 3) float64, where it is.
    `length_rad`: (N,) float64, the angle it spans.
    """

    normal: NDArray[np.float64]
    middle: NDArray[np.float64]
    length_rad: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.length_rad)

    def taken(self, places: NDArray[np.intp]) -> "Segments":
        return Segments(self.normal[places], self.middle[places], self.length_rad[places])


def segments_of(image: Image) -> Segments:
    """The straight edges of a panorama, (H, W, 3) uint8 RGB, each once."""
    if image.shape[1] > _MOST_WIDTH:
        image = np.asarray(cv2.resize(image, (_MOST_WIDTH, _MOST_WIDTH // 2), interpolation=cv2.INTER_AREA), np.uint8)
    around = surrounded(image)
    views = views_of(ViewSet.FAST)
    axes = np.stack([view.rotation[2] for view in views])
    ends = []
    for number, view in enumerate(views):
        found = _ends_in(view, around)
        # Views overlap so that an edge is not cut at their borders; it belongs to the one that looks straightest at it.
        nearest = (found.sum(axis=1) @ axes.T).argmax(axis=1)
        ends.append(found[nearest == number])
    first, second = np.moveaxis(np.concatenate(ends), 1, 0)
    normal, middle = np.cross(first, second), first + second
    sine = np.linalg.norm(normal, axis=1)
    return Segments(
        normal / sine[:, None],
        middle / np.linalg.norm(middle, axis=1, keepdims=True),
        np.arctan2(sine, (first * second).sum(axis=1)),
    )


def _ends_in(view: View, around: Image) -> NDArray[np.float64]:
    """(N, 2, 3): the ends of the straight edges that a view shows, unit vectors in the panorama's axes."""
    side = max(64, round((around.shape[1] - 2) * view.fov_deg / 360))
    grey = cv2.cvtColor(draw_view(view, around, side), cv2.COLOR_RGB2GRAY)
    lines: Any = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if lines is None:
        return np.empty((0, 2, 3))
    at_px = np.asarray(lines, np.float64).reshape(-1, 2, 2)
    at_px = at_px[np.linalg.norm(at_px[:, 1] - at_px[:, 0], axis=-1) >= _LEAST_LENGTH * side]
    at = ((at_px + 0.5) / side * 2 - 1) * view.reach
    rays = np.concatenate([at, np.ones((*at.shape[:2], 1))], axis=-1) @ view.rotation
    return np.asarray(rays / np.linalg.norm(rays, axis=-1, keepdims=True))
