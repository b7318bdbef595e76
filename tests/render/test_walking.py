"""An eye that walks: by time alone, on the level, with its head upright."""

import math

import numpy as np
import pytest

from depthview.ui.scene.momentum import Wish
from depthview.ui.scene.point_budget import PointBudget
from depthview.ui.scene.sight import axes
from depthview.ui.scene.walking import Standpoint, Walker

SIZE = (600, 400)


def walked(walker: Walker, wish: Wish, seconds: float, steps: int) -> np.ndarray:
    for _ in range(steps):
        walker.step(wish, seconds / steps)
    return walker.eye


def test_the_way_does_not_depend_on_how_often_it_is_drawn() -> None:
    ends = []
    for steps in (1, 7, 60):
        walker = Walker(reach=3.0)
        walked(walker, Wish(forward=1.0, right=0.5), 0.8, steps)
        ends.append(walked(walker, Wish(), 0.4, steps))
    np.testing.assert_allclose(ends[1], ends[0], atol=1e-2)
    np.testing.assert_allclose(ends[2], ends[1], atol=1e-2)
    assert np.linalg.norm(ends[0]) > 0.5


def test_speed_is_bound_to_the_room_and_shift_is_faster() -> None:
    def gone(reach: float, wish: Wish) -> float:
        return float(np.linalg.norm(walked(Walker(reach=reach), wish, 1.0, 20)))

    assert gone(10.0, Wish(forward=1)) == pytest.approx(10 * gone(1.0, Wish(forward=1)))
    assert gone(1.0, Wish(forward=1, fast=True)) > 2 * gone(1.0, Wish(forward=1))
    assert gone(1.0, Wish(forward=1, right=1)) == pytest.approx(gone(1.0, Wish(forward=1))), "slanting is not faster"


def test_walking_is_on_the_level_wherever_one_looks_and_comes_to_rest() -> None:
    walker = Walker(reach=2.0)
    walker.turn_to(90.0, 60.0)
    walked(walker, Wish(forward=1.0), 1.0, 30)
    assert walker.moving
    assert walker.state.y == 0.0
    assert walker.state.x > 0.5
    assert abs(walker.state.z) < 1e-6
    walked(walker, Wish(), 1.5, 30)
    assert not walker.moving
    walked(walker, Wish(up=1.0), 0.5, 10)
    assert walker.state.y < -0.1, "up is -y"


def test_the_hand_holds_what_it_took_and_the_horizon_stays_level() -> None:
    walker = Walker()
    start, end = (300.0, 200.0), (340.0, 180.0)
    held = walker.sight().ray(*start, SIZE)
    walker.look((end[0] - start[0]) / SIZE[1], (end[1] - start[1]) / SIZE[1])
    place = walker.sight().place_px(walker.eye + held, SIZE)
    assert place == (pytest.approx(end[0], abs=3), pytest.approx(end[1], abs=3))
    for _ in range(100):
        walker.look(0.3, 0.5)
        right, down, forward = axes(walker.state.yaw_deg, walker.state.pitch_deg)
        assert right[1] == 0.0, "no roll"
        assert down[1] > 0
        assert abs(walker.state.pitch_deg) <= 89.0
        assert np.linalg.norm(forward) == pytest.approx(1.0)


def test_going_to_a_point_stops_short_of_it_at_the_same_height() -> None:
    walker = Walker(reach=3.0)
    point = np.array([2.0, 1.0, 4.0])
    walker.go_near(point)
    assert walker.moving
    walked(walker, Wish(), 2.0, 50)
    assert not walker.moving
    left = math.hypot(point[0] - walker.state.x, point[2] - walker.state.z)
    assert 0.2 < left < 1.5
    assert walker.state.y == 0.0
    assert walker.state.x / walker.state.z == pytest.approx(0.5)
    walker.go_near(np.array([walker.state.x, 0.0, walker.state.z]))  # right here: nowhere to go
    walked(walker, Wish(), 0.1, 2)


def test_strides_add_up_and_a_step_by_key_ends_a_glide() -> None:
    one, three = Walker(reach=1.0), Walker(reach=1.0)
    one.stride(1)
    walked(one, Wish(), 2.0, 40)
    for _ in range(3):
        three.stride(1)
        three.step(Wish(), 0.02)
    walked(three, Wish(), 2.0, 40)
    assert three.state.z == pytest.approx(3 * one.state.z, rel=1e-2)
    three.stride(-100)
    three.step(Wish(forward=1.0), 0.1)
    assert walked(three, Wish(forward=1.0), 1.0, 10)[2] > 3 * one.state.z
    three.stand_still()
    assert not three.moving


def test_nobody_gets_lost() -> None:
    walker = Walker(reach=1.0)
    walked(walker, Wish(forward=1.0, fast=True), 600.0, 100)
    assert np.linalg.norm(walker.eye) < 20
    walker.state = Standpoint()
    for _ in range(100):
        walker.widen(5)
    assert walker.state.fov_deg < 120
    for _ in range(100):
        walker.widen(-5)
    assert walker.state.fov_deg > 10


@pytest.mark.parametrize(("base_s", "per_point_s"), [(4e-3, 50e-9), (20e-3, 400e-9), (1e-3, 1e-9)])
def test_the_budget_finds_how_many_points_a_machine_draws_in_time(base_s: float, per_point_s: float) -> None:
    budget = PointBudget()
    for round_ in range(200):
        points = budget.points_in(0.045 if round_ % 2 else 0.03)
        budget.learn(points, base_s + points * per_point_s)
    took = base_s + budget.points_in(0.045) * per_point_s
    assert took == pytest.approx(0.045, rel=0.15)


def test_one_hold_up_does_not_make_the_budget_timid() -> None:
    budget = PointBudget()
    for _ in range(30):
        budget.learn(400_000, 0.045)
    before = budget.points_in(0.045)
    budget.learn(400_000, 2.0)
    assert budget.points_in(0.045) > before / 3
