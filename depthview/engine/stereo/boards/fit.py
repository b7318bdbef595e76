"""Both lenses and how they stand to each other, from views of a board; and how wrong that is elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.corners import Corners
from depthview.engine.stereo.boards.lenses import Lens
from depthview.engine.stereo.boards.view import FEWEST_SHARED, BoardView
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rigs.rig import CalibratedRig

_CRITERIA = (cv2.TERM_CRITERIA_COUNT + cv2.TERM_CRITERIA_EPS, 100, 1e-7)
_JUDGED_PX = 320
"""Rows are compared in rectified pictures so wide, and told at the full size: the same, and sooner."""

NONSENSE = (
    "The views of the board do not fit together: check that it is flat and is held differently in each, that its "
    "corners were counted rightly, and that left and right pictures are of the same moments"
)


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """`rms_px`: reprojection error over all corners of both eyes. `errors_px`: (views, 2), the same for each view's
    left and right eye. `focal_doubt`: the left focal length's standard deviation as a share of it."""

    rig: CalibratedRig
    rms_px: float
    errors_px: NDArray[np.float64]
    focal_doubt: float


def fit(views: Sequence[BoardView], board: Board, lens: Lens) -> Fit:
    """Calibrate each eye for itself, then both together (Zhang 2000; cv2.stereoCalibrate).

    All views have one size and six or more corners that both eyes see. Raises UserError where they lead nowhere.
    """
    height, width = views[0].size_hw
    shared = [view.shared() for view in views]
    points = [board.points_m(ids) for ids, _left, _right in shared]
    left, right = _as_seen([eyes[1] for eyes in shared]), _as_seen([eyes[2] for eyes in shared])
    try:
        first, doubt = _eye([v.left for v in views], board, (width, height), lens)
        second, _doubt = _eye([v.right for v in views], board, (width, height), lens)
        rms, k1, d1, k2, d2, rotation, translation, *_rest, errors = cv2.stereoCalibrateExtended(
            points,
            left,
            right,
            *first,
            *second,
            (width, height),
            np.eye(3),
            np.zeros((3, 1)),
            flags=lens.flags | cv2.CALIB_USE_INTRINSIC_GUESS,
            criteria=_CRITERIA,
        )
    except cv2.error as error:
        raise UserError(NONSENSE, details=str(error)) from error
    numbers = [np.asarray(n, np.float64) for n in (k1, d1, k2, d2, rotation, translation)]
    if not (np.isfinite(rms) and all(np.isfinite(n).all() for n in numbers)):
        raise UserError(NONSENSE)
    rig = CalibratedRig(
        views[0].size_hw,
        left_matrix=numbers[0],
        left_distortion=numbers[1].reshape(-1),
        right_matrix=numbers[2],
        right_distortion=numbers[3].reshape(-1),
        rotation=numbers[4],
        translation_m=numbers[5].reshape(3),
    )
    return Fit(rig, float(rms), np.asarray(errors, np.float64).reshape(len(views), 2), doubt)


def rows_off_px(rig: CalibratedRig, views: Sequence[BoardView]) -> NDArray[np.float64]:
    """By how many rows each shared corner of `views` misses itself in the rectified eyes, (N,), at the eyes' size.

    Honest where the views had no part in the fit. Raises UserError where the rig rectifies nothing.
    """
    if rig.translation_m[0] > 0:
        rig, sides = rig.exchanged, (2, 1)
    else:
        sides = (1, 2)
    height, width = rig.size_hw
    small_hw = max(1, round(_JUDGED_PX * height / width)), _JUDGED_PX
    warp = rig.warp(small_hw)
    scale = np.array([small_hw[1] / width, small_hw[0] / height])
    shared = [view.shared() for view in views]
    left, right = ((np.concatenate([eyes[side] for eyes in shared]) + 0.5) * scale - 0.5 for side in sides)
    moved = warp.points(Matches(left, right, small_hw))
    return np.asarray((moved.left[:, 1] - moved.right[:, 1]) / scale[1], np.float64)


def eye_matrix(seen: Sequence[Corners | None], board: Board, size_hw: tuple[int, int]) -> NDArray[np.float64] | None:
    """(3, 3): roughly the camera of one eye, whatever the shape of its pixels; None where the views do not tell."""
    try:
        (matrix, _distortion), _doubt = _eye(list(seen), board, (size_hw[1], size_hw[0]), Lens.BROWN)
    except cv2.error:
        return None
    return matrix if np.isfinite(matrix).all() else None


def _eye(
    seen: list[Corners | None], board: Board, size_wh: tuple[int, int], lens: Lens
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], float]:
    """One eye's matrix and distortion from all that it sees, and how doubtful its focal length is."""
    corners = [c for c in seen if c is not None and len(c) >= FEWEST_SHARED]
    points = [board.points_m(c.ids) for c in corners]
    start = np.array([[size_wh[0], 0, (size_wh[0] - 1) / 2], [0, size_wh[0], (size_wh[1] - 1) / 2], [0, 0, 1.0]])
    # Of the start, OpenCV takes nothing but the shape of a pixel, and that only where it is told to keep it.
    _rms, matrix, distortion, _turns, _moves, deviations, *_rest = cv2.calibrateCameraExtended(
        points,
        _as_seen([c.places for c in corners]),
        size_wh,
        start,
        np.zeros(8 if lens is Lens.RATIONAL else 5),
        flags=lens.flags,
        criteria=_CRITERIA,
    )
    doubt = float(np.asarray(deviations).reshape(-1)[1]) / float(matrix[1, 1])
    return (np.asarray(matrix, np.float64), np.asarray(distortion, np.float64)), doubt


def _as_seen(places: list[NDArray[np.float64]]) -> list[NDArray[np.float32]]:
    return [p.astype(np.float32).reshape(-1, 1, 2) for p in places]
