"""What is found, to look at: corners on an eye's picture, and where corners have been in both eyes."""

import cv2
import numpy as np

from depthview.engine.frames import Image
from depthview.engine.stereo.boards.corners import Corners
from depthview.engine.stereo.boards.coverage import Coverage
from depthview.engine.stereo.boards.view import BoardView

_GREEN = np.array((64, 192, 96), np.float32)
_PLAIN = np.array((40, 44, 52), np.float32)
_RED = (232, 72, 72)
_SHOWN_PX = 640


def coverage_picture(views: tuple[BoardView, ...], size_hw: tuple[int, int]) -> Image:
    """Both eyes side by side, (h, w, 3): green where corners have been, with a dot for each corner."""
    coverage = Coverage.of(views, size_hw)
    eyes = []
    for grid, of_views in ((coverage.left, [v.left for v in views]), (coverage.right, [v.right for v in views])):
        scale = _SHOWN_PX / size_hw[1]
        size = _SHOWN_PX, max(1, round(size_hw[0] * scale))
        shade = cv2.resize(grid, size, interpolation=cv2.INTER_NEAREST)[..., None]
        picture = (_PLAIN + shade * 0.6 * (_GREEN - _PLAIN)).astype(np.uint8)
        for corners in of_views:
            for x, y in corners.places if corners is not None else ():
                at = round((x + 0.5) * scale), round((y + 0.5) * scale)
                cv2.circle(picture, at, 2, (235, 235, 235), cv2.FILLED, cv2.LINE_AA)
        picture[:, -2:] = _PLAIN
        eyes.append(picture)
    return np.ascontiguousarray(np.concatenate(eyes, axis=1))


def with_corners(image: Image, corners: Corners | None, columns: int) -> Image:
    """A copy of an eye's picture, (H, W, 3), with the corners on it, the first one ringed, rows joined by lines."""
    picture = image.copy()
    if corners is None:
        return picture
    thick = max(1, round(image.shape[1] / 640))
    places = np.rint(corners.places).astype(int)
    for index, (x, y) in enumerate(places):
        follows = index + 1 < len(places) and corners.ids[index + 1] == corners.ids[index] + 1
        if follows and corners.ids[index] // columns == corners.ids[index + 1] // columns:
            cv2.line(picture, (x, y), tuple(int(v) for v in places[index + 1]), (64, 192, 96), thick, cv2.LINE_AA)
    for index, (x, y) in enumerate(places):
        cv2.circle(picture, (int(x), int(y)), (6 if index == 0 else 3) * thick, _RED, thick, cv2.LINE_AA)
    return picture
