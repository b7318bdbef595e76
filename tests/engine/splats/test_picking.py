"""A click meets the surface that is seen there."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.splat_reference import reference
from depthview.engine.splats.picking import picked
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.view import View
from tests.engine.splats.drawn_splats import front, random_scene
from tests.engine.splats.planted_splats import ball, logit, round_splats, turn

SIZE = (320, 240)
EYE, UP = np.array([0.0, -1.0, -4.0]), np.array([0.0, -1, 0])
VIEW = View.looking(EYE, np.zeros(3), UP, 40, SIZE)
BALL = round_splats(ball(20_000, 1.0), size=0.012)


def ray_of(view: View, x_px: float, y_px: float) -> np.ndarray:
    along = np.array([(x_px - view.width_px / 2) / view.focal_px, (y_px - view.height_px / 2) / view.focal_px, 1])
    return np.asarray(along @ view.axes) / np.linalg.norm(along)


@pytest.mark.parametrize("place", [(160.0, 120.0), (131.3, 140.8), (200.5, 80.5)])
def test_the_near_side_of_a_ball(place: tuple[float, float]) -> None:
    ray = ray_of(VIEW, *place)
    half = float(ray @ EYE)
    truth = EYE + ray * (-half - np.sqrt(half * half - EYE @ EYE + 1.0))
    found = picked(prepared([Placed(BALL)]), VIEW, *place)
    assert found is not None
    assert np.linalg.norm(found - truth) < 0.03
    assert VIEW.to_camera(found)[:2] / VIEW.to_camera(found)[2] * VIEW.focal_px == pytest.approx(
        np.array(place) - np.array(SIZE) / 2, abs=1e-6
    )


@pytest.mark.parametrize("antialiased", [False, True])
@pytest.mark.parametrize("parallel", [False, True])
def test_something_is_met_just_where_the_exact_picture_is_half_opaque(antialiased: bool, parallel: bool) -> None:
    splats = prepared([Placed(random_scene(400, 3, spread=0.6, antialiased=antialiased))])
    view = front((24, 18), 20.0 if not parallel else 6.0, parallel=parallel)
    alpha = reference(splats, view, np.zeros((len(splats), 3))).alpha
    assert 0.1 < np.mean(alpha > 0.5) < 0.9
    for row, column in np.ndindex(alpha.shape):
        if abs(alpha[row, column] - 0.5) > 1e-4:
            found = picked(splats, view, column + 0.5, row + 0.5)
            assert (found is not None) == (alpha[row, column] > 0.5)


def test_past_the_ball_is_nothing() -> None:
    assert picked(prepared([Placed(BALL)]), VIEW, 5.0, 5.0) is None


def test_only_what_is_kept_is_met() -> None:
    splats = prepared([Placed(BALL)])
    far_half = np.flatnonzero(VIEW.to_camera(splats.xyz)[:, 2] > np.linalg.norm(EYE)).astype(np.int32)
    found = picked(splats, VIEW, 160, 120, far_half)
    assert found is not None
    assert np.linalg.norm(found) == pytest.approx(1, abs=0.03)
    assert VIEW.to_camera(found)[2] > np.linalg.norm(EYE)
    assert picked(splats, VIEW, 160, 120, np.zeros(0, np.int32)) is None


def test_what_is_half_seen_through_is_met_behind() -> None:
    """Three veils, each lets 70 % through: the light is half used up in the second."""
    depths = np.array([2.0, 3.0, 4.0])
    veils = round_splats(np.stack([depths * 0, depths * 0, depths], 1), size=0.05, opacity=0.3)
    view = View.looking(np.zeros(3), np.array([0, 0, 1.0]), UP, 40, SIZE)
    found = picked(prepared([Placed(veils)]), view, 160, 120)
    assert found is not None
    assert found == pytest.approx([0, 0, 3.0], abs=1e-6)
    fainter = replace(veils, opacity_logit=np.full(3, logit(0.2), np.float32))
    assert picked(prepared([Placed(fainter)]), view, 160, 120) is None


def test_a_slanting_sheet_is_met_where_it_is_not_in_its_middle() -> None:
    """One large flat splat as a floor: the ray meets the floor's plane."""
    floor = round_splats(np.array([[0.0, 1.0, 4.0]]), opacity=0.999)
    floor = replace(floor, log_scale=np.log(np.array([[0.6, 1e-4, 0.6]], np.float32)))
    view = View.looking(np.zeros(3), np.array([0, 0.3, 1.0]), UP, 50, SIZE)
    truth = np.array([0.2, 1.0, 4.4])
    own = view.to_camera(truth)
    place = own[:2] / own[2] * view.focal_px + np.array(SIZE) / 2
    found = picked(prepared([Placed(floor)]), view, *place)
    assert found is not None
    assert np.linalg.norm(found - truth) < 0.05


def test_without_perspective() -> None:
    view = replace(VIEW, focal_px=60.0, parallel=True)
    found = picked(prepared([Placed(BALL)]), view, 160 + 30, 120)
    assert found is not None
    own = view.to_camera(found)
    assert own[:2] == pytest.approx([0.5, 0.0], abs=1e-6)
    assert own[2] == pytest.approx(np.linalg.norm(EYE) - np.sqrt(0.75), abs=0.03)


def test_in_the_world_where_the_scene_stands() -> None:
    placement = Placement(turn((0, 1, 0), 60), 3.0, np.array([100.0, -40, 20]))
    view = View.looking(placement.to_world(EYE), placement.shift, placement.rotation @ UP, 40, SIZE)
    found = picked(prepared([Placed(BALL, placement)]), view, 160, 120)
    assert found is not None
    assert np.linalg.norm(found - placement.shift) == pytest.approx(3.0, abs=0.1)
    nearer = replace(view, near=float(np.linalg.norm(placement.shift - view.eye)))
    behind = picked(prepared([Placed(BALL, placement)]), nearer, 160, 120)
    assert behind is not None
    assert view.to_camera(behind)[2] > nearer.near
