"""A calibration as it goes on before a camera: what is kept, what is said, what has been covered."""

from dataclasses import replace

import numpy as np

from depthview.engine.stereo.boards.coverage import Coverage
from depthview.engine.stereo.boards.drawing import coverage_picture, with_corners
from depthview.engine.stereo.boards.session import CalibrationSession
from depthview.engine.stereo.boards.view import Advice, BoardView, Held
from tests.engine.boards.drawn_boards import CHESSBOARD, Pose, drawn, measured, measured_views, poses

HELD = Pose((0.1, 0.1, 0.0), (0.03, 0.0, 0.5))
SIZE_HW = (360, 480)


def test_the_same_view_twice_is_not_fresh() -> None:
    session = CalibrationSession(CHESSBOARD)
    pair = drawn(CHESSBOARD, HELD)
    first = session.look(pair, "one")
    assert first.usable
    assert first.fresh
    session.keep(first)
    again = session.look(pair)
    assert again.usable
    assert not again.fresh
    moved = session.look(drawn(CHESSBOARD, replace(HELD, at_m=(0.09, 0.02, 0.5))))
    assert moved.fresh
    session.drop(0)
    assert session.views == ()
    assert session.look(pair).fresh


def test_what_is_not_seen_is_said() -> None:
    session = CalibrationSession(CHESSBOARD)
    pair = drawn(CHESSBOARD, HELD)
    nothing = np.full_like(pair.left, 120)
    assert session.look(replace(pair, right=nothing)).advice is Advice.SHOW_RIGHT
    assert session.look(replace(pair, left=nothing)).advice is Advice.SHOW_LEFT
    blind = session.look(replace(pair, left=nothing, right=nothing))
    assert (blind.advice, blind.usable, blind.held) == (Advice.SHOW, False, None)


def test_how_the_board_is_held_is_told() -> None:
    def held(turned: tuple[float, float, float]) -> Held:
        view = measured(CHESSBOARD, Pose(turned, (0.02, 0.0, 0.5)), "")
        assert view.held is not None
        return view.held

    turned, tipped = held((0, np.radians(30), 0)), held((np.radians(25), 0, 0))
    assert abs(abs(turned.turn_deg) - 30) < 5
    assert abs(turned.tip_deg) < 5
    assert abs(abs(tipped.tip_deg) - 25) < 5
    assert held((0, np.radians(-30), 0)).turn_deg * turned.turn_deg < 0


def test_bare_corners_of_the_picture_are_asked_for() -> None:
    on_the_left = [
        measured(
            CHESSBOARD, Pose((0.3 * (i % 3 - 1), 0.4 * (i % 2) - 0.2, 0), (-0.07, 0.06 * (i % 3 - 1), 0.5)), f"{i}"
        )
        for i in range(8)
    ]
    coverage = Coverage.of(tuple(on_the_left), SIZE_HW)
    assert coverage.left.shape == (9, 12)
    assert coverage.left[:, 9:].max() == 0
    assert coverage.left.max() == 1
    assert Advice.RIGHT in coverage.missing
    assert Advice.LEFT not in coverage.missing
    assert not coverage.is_enough


def test_views_of_every_kind_are_enough() -> None:
    views: list[BoardView] = measured_views(14)
    wide = [
        measured(CHESSBOARD, Pose((0.3 * s, -0.35 * s, 0.0), (0.03 + 0.13 * x, 0.11 * y, z)), "")
        for s, x, y, z in (
            (1, -1, -1, 0.45),
            (-1, 1, 1, 0.45),
            (1, 1, -1, 0.45),
            (-1, -1, 1, 0.45),
            (1, 0, 0, 0.3),
            (-1, 0, 0, 0.9),
        )
    ]
    coverage = Coverage.of((*views, *wide), SIZE_HW)
    assert coverage.missing == ()
    assert coverage.is_enough
    few = Coverage.of(tuple(wide), SIZE_HW)
    assert not few.is_enough


def test_flat_boards_are_told_to_turn_and_tip() -> None:
    flat = [
        measured(CHESSBOARD, Pose((0, 0, 0), (0.03 * x, 0.03 * y, 0.45)), "") for x in (-2, 0, 2) for y in (-2, 0, 2)
    ]
    missing = Coverage.of(tuple(flat), SIZE_HW).missing
    assert Advice.TURN in missing
    assert Advice.TIP in missing


def test_a_session_calibrates_from_what_it_kept() -> None:
    session = CalibrationSession(CHESSBOARD)
    assert session.coverage() is None
    for index, pose in enumerate(poses(6)):
        session.keep(session.look(drawn(CHESSBOARD, pose), f"{index}"))
    result = session.solve(name="mine")
    assert len(result.errors) + len(result.dropped) == 6
    assert result.rms_px < 0.2
    coverage = session.coverage()
    assert coverage is not None
    assert 0.2 < coverage.share < 1


def test_pictures_show_the_corners() -> None:
    view = measured_views(1)[0]
    picture = np.zeros((*SIZE_HW, 3), np.uint8)
    shown = with_corners(picture, view.left, CHESSBOARD.columns)
    assert not picture.any()
    assert view.left is not None
    for x, y in np.rint(view.left.places).astype(int):
        assert shown[max(0, y - 4) : y + 5, max(0, x - 4) : x + 5].any()
    assert (with_corners(picture, None, 8) == picture).all()
    covered = coverage_picture((view,), SIZE_HW)
    assert covered.shape == (480, 1280, 3)
    assert covered.dtype == np.uint8
    assert len(np.unique(covered.reshape(-1, 3), axis=0)) > 2
