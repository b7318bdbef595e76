"""Where scenes stand: to the world and back, one after the other, and the shortest turn."""

import numpy as np
import pytest

from depthview.engine.splats.placement import Placement, turn_between


def test_to_the_world_and_back_and_one_after_the_other() -> None:
    draw = np.random.default_rng(1)
    first = Placement(turn_between(draw.normal(size=3), draw.normal(size=3)), 2.5, draw.normal(size=3))
    second = Placement(turn_between(draw.normal(size=3), draw.normal(size=3)), 0.3, draw.normal(size=3))
    places = draw.normal(size=(20, 3))
    assert first.to_local(first.to_world(places)) == pytest.approx(places)
    assert first.then(second).to_world(places) == pytest.approx(second.to_world(first.to_world(places)))


@pytest.mark.parametrize(
    ("one", "other"), [((0, -2, 0), (0, -1, 0)), ((0, 3, 0), (0, -1, 0)), ((1, 2, 3), (-4, 1, 0.5))]
)
def test_the_shortest_turn_takes_one_direction_into_the_other(one: tuple[float, ...], other: tuple[float, ...]) -> None:
    a, b = np.array(one, np.float64), np.array(other, np.float64)
    turn = turn_between(a, b)
    assert turn @ a / np.linalg.norm(a) == pytest.approx(b / np.linalg.norm(b))
    assert turn @ turn.T == pytest.approx(np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    cosine = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert np.trace(turn) == pytest.approx(1 + 2 * cosine), "turned no farther than they are apart"
