"""A scene moved, joined or made to fit looks as it should."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.editing.fitting import drawn_bytes_each, fitting, importance, most_important
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.editing.moved import harmonics_turn, moved
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.quaternions import quaternions, rotations
from tests.engine.splats.drawn_splats import random_scene
from tests.engine.splats.planted_splats import ball, round_splats, turn

SOMEWHERE = Placement(turn((1, -2, 0.5), 117), 2.5, np.array([3.0, -1, 7]))
EYES = (np.array([9.0, -4, 2]), np.array([2.5, -1, 6]), np.array([-30.0, 60, 10]))


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_a_moved_scene_looks_the_same_from_everywhere(degree: int) -> None:
    scene = random_scene(500, 0, degree)
    placed, alone = prepared([Placed(scene, SOMEWHERE)]), prepared([Placed(moved(scene, SOMEWHERE))])
    assert np.allclose(alone.xyz, placed.xyz, atol=1e-5)
    assert np.allclose(alone.covariance, placed.covariance, rtol=1e-4, atol=1e-6)
    for eye in EYES:
        assert np.allclose(alone.colours(eye), placed.colours(eye), atol=2e-5)


def test_turned_harmonics_turn_back_exactly() -> None:
    there, back = harmonics_turn(SOMEWHERE.rotation, 4), harmonics_turn(SOMEWHERE.rotation.T, 4)
    assert np.allclose(there @ back, np.eye(24), atol=1e-12)
    twice = harmonics_turn(SOMEWHERE.rotation @ SOMEWHERE.rotation, 4)
    assert np.allclose(there @ there, twice, atol=1e-12)


def test_a_scene_that_is_not_moved_stays_what_it_is() -> None:
    scene = random_scene(10, 0, 3)
    assert moved(scene, Placement()) is scene


def test_quaternions_of_every_turn() -> None:
    rng = np.random.default_rng(0)
    turns = [turn((1, 0, 0), 180), turn((0, 1, 0), 180), turn((1, 1, 0), 180), np.eye(3)]
    turns += [turn(tuple(rng.normal(size=3)), rng.uniform(0, 360)) for _ in range(200)]
    found = quaternions(np.stack(turns))
    assert np.allclose(rotations(found), turns, atol=1e-12)
    assert (found[:, 0] >= 0).all()


def test_joined_scenes_look_as_they_stood_beside_each_other() -> None:
    placed = [Placed(random_scene(70, 0, 1), SOMEWHERE), Placed(replace(random_scene(50, 1, 3), comments=("a",)))]
    one = joined(placed)
    assert (len(one), one.degree, one.comments) == (120, 3, ("a",))
    beside, alone = prepared(placed), prepared([Placed(one)])
    assert np.allclose(alone.covariance, beside.covariance, rtol=1e-4, atol=1e-6)
    for eye in EYES:
        assert np.allclose(alone.colours(eye), beside.colours(eye), atol=2e-5)


def test_antialiased_and_other_scenes_cannot_be_one() -> None:
    with pytest.raises(UserError, match="one by one"):
        joined([Placed(random_scene(3, 0, 3)), Placed(replace(random_scene(3, 0, 3), antialiased=True))])


def test_what_fits_is_left_alone() -> None:
    scene = random_scene(100, 0, 3)
    assert fitting(scene, 100 * drawn_bytes_each(3)) == (scene, None)


def test_harmonics_go_first() -> None:
    scene = random_scene(100, 0, 3)
    found, said = fitting(scene, most_bytes=100 * drawn_bytes_each(3) - 1)
    assert (len(found), found.degree) == (100, 2)
    assert said is not None
    assert "degree 2 instead of 3" in said


def test_then_the_least_important_splats() -> None:
    size = np.geomspace(0.01, 1.0, 50)
    opacity = np.where(np.arange(50) == 49, 0.001, 0.5)  # the largest is nearly nothing
    scene = round_splats(ball(50, 3.0), size=size, opacity=opacity, degree=2)
    found, said = fitting(scene, most_bytes=20 * drawn_bytes_each(0))
    assert (len(found), found.degree) == (20, 0)
    assert np.array_equal(found.xyz, scene.xyz[29:49])
    assert said is not None
    assert "the 20 of its 50 splats" in said


def test_what_has_no_sense_is_of_no_importance() -> None:
    scene = random_scene(5, 0, 3)
    scene.log_scale[1] = np.nan
    scene.opacity_logit[2] = np.nan
    assert importance(scene)[[1, 2]].tolist() == [0, 0]
    assert np.array_equal(most_important(scene, 3), [0, 3, 4])
