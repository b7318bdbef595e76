"""Rigs from measured corners, held against the cameras that the corners were made by."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, StopToken, ignore_progress
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.fit import fit, rows_off_px
from depthview.engine.stereo.boards.lenses import Lens
from depthview.engine.stereo.boards.solving import CalibrationResult, solve
from depthview.engine.stereo.boards.view import BoardView
from depthview.engine.stereo.rigs.rig import CalibratedRig
from tests.engine.boards.drawn_boards import (
    BASELINE_M,
    CHESSBOARD,
    Pose,
    eyes,
    measured,
    measured_views,
    poses,
    seen_at,
    spoilt,
)


def solved(views: list[BoardView], board: Board = CHESSBOARD) -> CalibrationResult:
    return solve(views, board, name="drawn", report=ignore_progress, stop=StopToken())


def angle_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    return float(np.degrees(np.linalg.norm(cv2.Rodrigues(one @ other.T)[0])))


def rows_off(rig: CalibratedRig, pose: Pose) -> float:
    """By how many rows the exact corners miss each other: the truth that `rows_px` is an estimate of."""
    from depthview.engine.stereo.matching.matches import Matches

    left, right = (seen_at(eye, CHESSBOARD, pose) for eye in eyes())
    moved = rig.warp(rig.size_hw).points(Matches(left, right, rig.size_hw))
    return float(np.abs(moved.left[:, 1] - moved.right[:, 1]).max())


def test_the_cameras_are_found_again() -> None:
    result = solved(measured_views(14))
    left, right = eyes()
    rig = result.rig
    assert rig.baseline_m == pytest.approx(BASELINE_M, rel=0.005)
    assert rig.left_matrix[0, 0] == pytest.approx(left.matrix[0, 0], rel=0.005)
    assert rig.right_matrix[1, 1] == pytest.approx(right.matrix[1, 1], rel=0.005)
    assert rig.left_matrix[:2, 2] == pytest.approx(left.matrix[:2, 2], abs=2.5)
    assert angle_deg(rig.rotation, right.turn) < 0.2
    assert result.rms_px == pytest.approx(0.1 * np.sqrt(2), rel=0.15)
    # Two eyes of 0.1 px of noise in a row each.
    assert result.rows_px == pytest.approx(0.1 * np.sqrt(2), rel=0.25)
    assert max(rows_off(rig, pose) for pose in poses(6, seed=9)) < 0.25
    assert (result.swapped, result.dropped, result.doubts) == (False, (), ())
    assert (rig.name, rig.views, rig.rows_px, rig.baseline_known) == ("drawn", 14, result.rows_px, True)


def test_each_views_rows_are_measured_by_a_rig_that_never_saw_it() -> None:
    views = measured_views(11)
    result = solved(views)
    assert np.sqrt(np.mean([view.rows_px**2 for view in result.errors])) == pytest.approx(result.rows_px, rel=1e-6)
    # All that share a fold with the sixth view are held back together with it.
    fitted = [view for index, view in enumerate(views) if index % 5 != 0]
    off = rows_off_px(fit(fitted, CHESSBOARD, result.lens).rig, [views[5]])
    assert result.errors[5].rows_px == pytest.approx(float(np.sqrt(np.mean(off**2))), rel=1e-6)


def test_without_noise_the_cameras_are_exact() -> None:
    rig = solved(measured_views(12, noise_px=0)).rig
    left, right = eyes()
    assert rig.left_matrix == pytest.approx(left.matrix, abs=0.05)
    assert rig.right_distortion[:4] == pytest.approx(right.distortion[:4], abs=1e-3)
    assert rig.translation_m == pytest.approx(right.move_m, abs=2e-5)


def test_bad_views_are_dropped_and_named() -> None:
    views = measured_views(14)
    views[4], views[9] = spoilt(views[4], 6), spoilt(views[9], 3)
    result = solved(views)
    assert {view.name for view in result.dropped} == {"view 4", "view 9"}
    assert all("px off" in view.reason for view in result.dropped)
    assert result.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.01)
    assert len(result.errors) == 12
    assert max(max(view.left_px, view.right_px) for view in result.errors) < 0.3


def test_no_more_than_a_quarter_is_dropped() -> None:
    views = measured_views(12)
    views = [spoilt(view, 4) if index % 2 else view for index, view in enumerate(views)]
    result = solved(views)
    assert len(result.dropped) <= 3
    assert any("error is large" in doubt for doubt in result.doubts)


def test_what_cannot_be_used_is_told_with_its_reason() -> None:
    views = measured_views(11)
    assert views[1].left is not None
    views[0] = replace(views[0], right=None)
    views[1] = replace(views[1], left=replace(views[1].left, edge_px=30.0), sharp=False)
    views[2] = replace(views[2], left=None, right=None)
    views[3] = replace(views[3], size_hw=(720, 960))
    reasons = {view.name: view.reason for view in solved(views).dropped}
    assert reasons == {
        "view 0": "only the left eye sees the board",
        "view 1": "the picture is blurred",
        "view 2": "no board is seen",
        "view 3": "the picture has another size than most",
    }


def test_eyes_in_the_wrong_order_are_noticed_and_exchanged() -> None:
    views = [replace(view, left=view.right, right=view.left) for view in measured_views(10)]
    result = solved(views)
    assert result.swapped
    assert result.rig.translation_m[0] == pytest.approx(-BASELINE_M, rel=0.01)
    assert result.rig.left_matrix[0, 0] == pytest.approx(eyes()[0].matrix[0, 0], rel=0.01)
    assert result.rows_px < 0.3


def test_few_views_get_a_simple_lens_and_many_may_have_more() -> None:
    assert solved(measured_views(6)).lens is Lens.RADIAL
    # Lenses that are not centred need the tangential terms, once there are views that show it.
    assert solved(measured_views(14, noise_px=0.02)).lens is not Lens.RADIAL


def test_too_few_views_are_refused() -> None:
    with pytest.raises(UserError, match="Only 4 of 4 pictures show the board sharply to both eyes, and at least 5"):
        solved(measured_views(4))
    with pytest.raises(UserError, match="Only 0 of 0"):
        solved([])


def test_boards_that_all_face_the_camera_leave_a_doubt() -> None:
    def held(tilt: float) -> list[BoardView]:
        return [
            measured(
                CHESSBOARD,
                Pose((tilt * (i % 3 - 1), 0, 0.1 * i), (0.02 * i - 0.06, 0.01 * i - 0.03, 0.5)),
                f"{i}",
                seed=i,
            )
            for i in range(6)
        ]

    assert any("focal length is in doubt" in doubt for doubt in solved(held(0.1)).doubts)
    with pytest.raises(UserError, match="do not fit together: check that it is flat and is held differently"):
        solved(held(0.0))


def test_a_square_nobody_measured_leaves_a_doubt() -> None:
    board = replace(CHESSBOARD, square_assumed=True)
    result = solved(measured_views(8, board), board)
    assert not result.rig.baseline_known
    assert any("30 mm were assumed" in doubt for doubt in result.doubts)


def test_it_says_how_far_it_is_and_stops() -> None:
    said: list[Progress] = []
    solve(measured_views(8), CHESSBOARD, name="", report=said.append, stop=StopToken())
    assert [p.done for p in said] == list(range(len(said)))
    assert said[-1].done == said[-1].total
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        solve(measured_views(8), CHESSBOARD, name="", report=ignore_progress, stop=stop)
