"""The eye that moves around splats, and the fewer splats that are drawn meanwhile."""

import math
from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.ui.scene.momentum import Momentum, Wish
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.splat_eye import SplatEye
from depthview.ui.scene.splat_thinning import Thinned
from tests.engine.splats.planted_splats import ball, round_splats

NO_POINTS = np.zeros((0, 3), np.float32)


def test_momentum_does_not_depend_on_how_often_it_is_asked() -> None:
    ends = []
    for steps in (1, 8, 90):
        momentum, way = Momentum(), np.zeros(3)
        for wanted in (np.array([1.0, 0, 0.5]), np.zeros(3)):
            for _ in range(steps):
                way += momentum.step(wanted, 0.6 / steps)
        ends.append(way)
    np.testing.assert_allclose(ends[1:], [ends[0]] * 2, atol=1e-9)
    assert ends[0] == pytest.approx(np.array([0.6, 0, 0.3]), abs=0.01)


@pytest.mark.parametrize("aspect", [0.5, 2.0])
def test_the_first_look_holds_what_is_solid_whatever_flies_far_out(aspect: float) -> None:
    xyz = np.concatenate([ball(5000, 2.0, (3, 1, 7)), [[0, 0, 9000], [0, -9000, 0]]])
    splats = prepared([Placed(round_splats(xyz))])
    eye = SplatEye()
    eye.aim(splats, NO_POINTS, aspect)
    size = (round(400 * aspect), 400)
    places = np.array([eye.sight().place_px(point, size) for point in xyz[:5000]])
    assert (places > 0).all()
    assert (places < size).all()
    extent = (places.max(0) - places.min(0)) / size
    assert extent.max() > 0.4, "and it is large"
    assert eye.sight().far_m > 7000, "what is far out is seen too"


def test_zooming_keeps_a_point_where_it_is_in_both_projections() -> None:
    for parallel in (False, True):
        eye = SplatEye()
        eye.fit(prepared([Placed(round_splats(ball(100, 2.0, (0, 0, 4))))]), NO_POINTS)
        eye.state = CameraState((0.0, 0.0, 4.0), 5.0, 20.0, 10.0, 50.0, parallel)
        point = np.array([0.7, -0.4, 3.0])
        before = eye.sight().place_px(point, (300, 200))
        eye.approach(3, point)
        assert eye.sight().place_px(point, (300, 200)) == pytest.approx(before, abs=1e-6)
        assert eye.state.distance_m == pytest.approx(5 * 0.88**3)


def test_both_projections_agree_on_what_is_as_far_as_the_focus() -> None:
    eye = SplatEye()
    eye.fit(prepared([Placed(round_splats(ball(100, 2.0, (0, 0, 4))))]), NO_POINTS)
    eye.state = CameraState((0.0, 0.0, 4.0), 5.0, 0.0, 0.0, 50.0)
    at_focus = np.array([1.0, 0.5, 4.0])
    places = []
    for parallel in (False, True):
        eye.state = replace(eye.state, parallel=parallel)
        places.append(eye.sight().place_px(at_focus, (300, 200)))
    assert places[1] == pytest.approx(places[0])
    sight = eye.sight()
    x, y = places[1]
    along = sight.ray(x, y, (300, 200))
    met = sight.ray_from(x, y, (300, 200)) + sight.depth_m(at_focus) * along
    np.testing.assert_allclose(met, at_focus, atol=1e-9)
    np.testing.assert_allclose(sight.point_at(x, y, (300, 200), sight.depth_m(at_focus)), at_focus, atol=1e-9)


def test_flying_follows_the_look_also_upwards_and_stands_still_when_told() -> None:
    eye = SplatEye()
    eye.state = CameraState((0.0, 0.0, 0.0), 2.0, 0.0, -30.0)
    start = eye.sight().eye_m
    eye.walk(Wish(forward=1.0))
    for _ in range(50):
        eye.walk(Wish(forward=1.0))
    way = eye.sight().eye_m - start
    assert np.linalg.norm(way) > 0
    assert way / np.linalg.norm(way) == pytest.approx([0, -math.sin(math.pi / 6), math.cos(math.pi / 6)])
    eye.stand_still()
    assert not eye.walk(Wish())


def test_fewer_splats_are_an_even_sample_of_each_scene_and_of_what_is_kept() -> None:
    first = Placed(round_splats(ball(101, 1.0), size=0.1))
    second = Placed(round_splats(ball(50, 1.0), size=0.2), Placement(shift=np.array([5.0, 0, 0]), scale=2.0))
    whole = prepared([first, second])
    thinned = Thinned(whole, 4)
    from_first, from_second = np.arange(0, 101, 4), 101 + np.arange(0, 50, 4)
    which = np.concatenate([from_first, from_second])
    np.testing.assert_array_equal(thinned.splats.xyz, whole.xyz[which])
    np.testing.assert_allclose(thinned.splats.covariance, 2 * whole.covariance[which])
    eye = np.array([0.3, 0.2, -3.0])
    np.testing.assert_array_equal(thinned.splats.colours(eye), whole.colours(eye)[which])
    assert thinned.kept(None) is None
    kept = np.flatnonzero(whole.xyz[:, 1] > 0).astype(np.int32)
    found = thinned.kept(kept)
    assert found is not None
    np.testing.assert_array_equal(which[found], np.intersect1d(which, kept))
    assert found.dtype == np.int32
    assert Thinned(whole, 1).splats is whole
