"""The inner corners of a board in one picture: their numbers and places, to a fraction of a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
"""(H, W) uint8."""
Points = NDArray[np.float64]
"""(N, 2): x, y in pixels, the first pixel's centre at 0."""

_LEAST_WINDOW_PX = 2
_LARGEST_WINDOW_SHARE = 1 / 80
"""Of the picture's width. Windows of 15 px of 640 in place of 8 left 0.50 px in place of 0.20 on OpenCV's set."""
_MOST_LOOKED_AT = 48
_BLURRED_SHARE = 1 / 100
_BLURRED_PX = 5.0
"""Width of an edge: 2.1 to 3.4 px in the pictures of the real sets; a drawn board that moves by 9 px has 8.5."""


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """`ids` (N,): the corners' numbers on the board; `places` (N, 2) float64: where they are in the picture, pixels.

    `edge_px` is how wide the edges between black and white are: the median over the corners.
    """

    ids: NDArray[np.intp]
    places: Points
    edge_px: float

    def __len__(self) -> int:
        return len(self.ids)

    def is_sharp(self, width_px: int) -> bool:
        """Whether the edges are sharp enough to be measured, in a picture so wide."""
        return self.edge_px <= max(_BLURRED_PX, _BLURRED_SHARE * width_px)


def refined(grey: Grey, near: Points, board_places: Points, *, reach: float) -> Points | None:
    """Corners at the saddle of their black and white, (N, 2), from places that are right to about a pixel.

    `board_places` (N, 2): column and row of each. `reach`: how much of a square may be looked at around a corner, as a
    share of its side, so that nothing but the corner's own two edges is seen. None where these are no flat board's
    corners. Method: Foerstner and Guelch 1987, as in cv2.cornerSubPix, the window as large as each corner allows.
    """
    steps = _steps(near, board_places)
    if steps is None:
        return None
    with np.errstate(divide="ignore", invalid="ignore"):
        room = reach / np.abs(steps).sum(axis=2).max(axis=1)
    largest = max(_LEAST_WINDOW_PX, round(_LARGEST_WINDOW_SHARE * grey.shape[1]))
    windows = np.clip(np.nan_to_num(room), _LEAST_WINDOW_PX, largest).astype(np.intp)
    places = near.astype(np.float32).reshape(-1, 1, 2)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-3)
    for window in np.unique(windows):
        of_it = np.flatnonzero(windows == window)
        size = (int(window), int(window))
        places[of_it] = cv2.cornerSubPix(grey, places[of_it].copy(), size, (-1, -1), criteria)
    return places.reshape(-1, 2).astype(np.float64)


def edge_width_px(grey: Grey, places: Points, board_places: Points) -> float:
    """How many pixels black takes to become white around the corners, the median: contrast over steepness, across the
    edges that are less steep, since a hand that moves blurs one way only."""
    steps = _steps(places, board_places)
    if steps is None:
        return float("inf")
    spacing = 1 / np.abs(steps).sum(axis=2).max(axis=1)
    widths = []
    for index in range(0, len(places), max(1, len(places) // _MOST_LOOKED_AT)):
        radius = int(np.clip(0.35 * spacing[index], 3, 12))
        x, y = np.rint(places[index]).astype(int)
        patch = grey[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        if min(patch.shape) < 5:
            continue
        soft = patch.astype(np.float32)
        slopes = np.stack([cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)]) / 8
        across = steps[index] / np.linalg.norm(steps[index], axis=1, keepdims=True)
        steep = _ranked(np.abs(np.tensordot(across, slopes, 1)).reshape(2, -1), 0.98)
        low, high = _ranked(soft.ravel(), 0.05), _ranked(soft.ravel(), 0.95)
        widths.append(float((high - low) / max(1e-3, steep.min())))
    return float(np.median(widths)) if widths else float("inf")


def _ranked(values: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """The value of the last axis below which this share lies; np.percentile takes ten times as long for so few."""
    return np.asarray(np.sort(values, axis=-1)[..., round(share * (values.shape[-1] - 1))])


def shrunk(grey: Grey, longest_px: int) -> tuple[Grey, float]:
    """The picture at most so long, and by how much it was made smaller."""
    scale = max(1.0, max(grey.shape) / longest_px)
    if scale == 1.0:
        return grey, 1.0
    size = round(grey.shape[1] / scale), round(grey.shape[0] / scale)
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def flat_map(here: Points, there: Points, *, most_off: float | None = None) -> NDArray[np.float64] | None:
    """(3, 3): from places on one plane to those on another, by least squares, or, with `most_off`, by those that fit so
    well (RANSAC). None where the places are on one line."""
    method, allowed = (0, 3.0) if most_off is None else (cv2.RANSAC, most_off)
    found: object = cv2.findHomography(here, there, method, allowed)[0]  # None for some, whatever its type says
    homography = np.zeros((3, 3)) if found is None else np.asarray(found, np.float64)
    return homography if np.isfinite(homography).all() and homography.any() else None


def _steps(places: Points, board_places: Points) -> NDArray[np.float64] | None:
    """(N, 2, 2): from pixels beside each corner to squares of the board; None where the corners are on one line."""
    homography = flat_map(board_places, places)
    if homography is None:
        return None
    along = [cv2.perspectiveTransform((board_places + d)[None], homography)[0] for d in ((-0.5, 0), (0.5, 0))]
    down = [cv2.perspectiveTransform((board_places + d)[None], homography)[0] for d in ((0, -0.5), (0, 0.5))]
    squares = np.stack([along[1] - along[0], down[1] - down[0]], axis=2)
    if not (np.isfinite(squares).all() and (np.abs(np.linalg.det(squares)) > 1.0).all()):
        return None
    return np.asarray(np.linalg.inv(squares), np.float64)
