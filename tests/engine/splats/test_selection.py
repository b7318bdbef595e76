"""Filters hide what they say, and say how much they hide."""

from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.errors import Stopped
from depthview.engine.progress import StopToken
from depthview.engine.splats.editing.floaters import floaters
from depthview.engine.splats.editing.neighbours import neighbours
from depthview.engine.splats.editing.selection import Box, Filters, kept, sizes
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from tests.engine.splats.planted_splats import ball, round_splats, turn

LINE = np.stack([np.arange(10.0), np.zeros(10), np.zeros(10)], 1)


def test_each_filter_hides_its_own_and_counts_it() -> None:
    opacity = np.full(10, 0.9)
    opacity[[1, 4]] = 0.05
    size = np.full(10, 0.1)
    size[[4, 6]], size[7] = 2.0, 0.001
    splats = prepared([Placed(round_splats(LINE, size=size, opacity=opacity))])
    box = Box.between(np.array([-1, -1, -1]), np.array([8.5, 1, 1]))
    found = kept(splats, Filters(0.1, 0.01, 1.0, box))
    assert found.indices.dtype == np.int32
    assert found.indices.tolist() == [0, 2, 3, 5, 8]
    assert (found.faint, found.small, found.large, found.cut, found.floating) == (2, 1, 2, 1, 0)
    assert (found.total, found.hidden) == (10, 5)
    assert kept(splats, Filters(box=replace(box), outside_box=True)).indices.tolist() == [9]
    assert kept(splats, Filters()).indices.tolist() == list(range(10))


def test_what_has_no_sense_is_hidden_and_not_counted_twice() -> None:
    scene = round_splats(LINE)
    scene.opacity_logit[3] = np.nan
    scene.xyz[5] = np.inf
    found = kept(prepared([Placed(scene)]), Filters(least_opacity=0.5))
    assert (found.unsound, found.faint) == (2, 0)
    assert found.indices.tolist() == [0, 1, 2, 4, 6, 7, 8, 9]


def test_sizes_are_the_worlds() -> None:
    scene = round_splats(LINE, size=0.1)
    splats = prepared([Placed(scene), Placed(scene, Placement(scale=30.0))])
    assert sizes(splats) == pytest.approx([0.1] * 10 + [3.0] * 10, rel=1e-5)


def test_a_turned_box() -> None:
    box = Box(np.array([5.0, 1, 0]), np.array([2.0, 1.0, 0.5]), turn((0, 0, 1), 30))
    rng = np.random.default_rng(1)
    own = rng.uniform(-2, 2, (20_000, 3))
    truth = (np.abs(own) <= [2.0, 1.0, 0.5]).all(axis=1)
    assert np.array_equal(box.inside(own @ box.turn.T + box.middle), truth)
    assert np.allclose(np.linalg.norm(box.corners - box.middle, axis=1), np.linalg.norm(box.half))
    assert box.inside(0.999 * (box.corners - box.middle) + box.middle).all()
    assert not box.inside(1.001 * (box.corners - box.middle) + box.middle).any()


def test_neighbours_are_the_nearest_however_uneven() -> None:
    rng = np.random.default_rng(2)
    xyz = np.concatenate([rng.normal(size=(1500, 3)), 1e4 * rng.normal(size=(40, 3)), np.ones((20, 3))])
    xyz = xyz.astype(np.float32)
    distance, index = neighbours(xyz, 6)
    apart = np.linalg.norm(xyz[:, None].astype(np.float64) - xyz[None], axis=2)
    assert np.allclose(np.take_along_axis(apart, index.astype(int), 1), distance, rtol=1e-5)
    np.fill_diagonal(apart, np.inf)
    assert np.allclose(np.sort(apart, axis=1)[:, :6], distance, rtol=1e-5)
    assert not (index == np.arange(len(xyz))[:, None]).any()


def test_who_does_not_want_to_know_floaters_does_not_wait() -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        floaters(ball(100, 1.0), np.full(100, 0.01, np.float32), stop)


def test_with_too_few_points_some_neighbours_are_missing() -> None:
    distance, index = neighbours(np.array([[0, 0, 0], [0, 0, 2]], np.float32), 3)
    assert distance.tolist() == [[2, np.inf, np.inf]] * 2
    assert index.tolist() == [[1, -1, -1], [0, -1, -1]]
    assert not floaters(np.zeros((3, 3), np.float32), np.ones(3, np.float32)).any()


def test_floaters_are_found_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    surface = ball(8000, 1.0) + rng.normal(size=(8000, 3)) * 0.004
    background = ball(600, 40.0) + rng.normal(size=(600, 3)) * 0.5
    planted = rng.uniform(1.5, 3, (200, 1)) * ball(200, 1.0)
    planted = np.concatenate([planted, planted[:40:8] + 0.01])  # some hang together
    xyz = np.concatenate([surface, background, planted]).astype(np.float32)
    size = np.repeat([0.02, 3.0, 0.03], [len(surface), len(background), len(planted)])
    truth = np.arange(len(xyz)) >= len(xyz) - len(planted)
    splats = prepared([Placed(round_splats(xyz, size=size))])
    assert np.array_equal(floaters(splats.xyz, sizes(splats)), truth)
    found = kept(splats, Filters(without_floaters=True))
    assert found.floating == len(planted)
    assert np.array_equal(found.indices, np.flatnonzero(~truth))


def test_what_is_large_enough_to_reach_its_neighbours_does_not_float() -> None:
    xyz = np.concatenate([ball(5000, 1.0), [[0, 0, 1.5]]]).astype(np.float32)
    size = np.full(len(xyz), 0.02, np.float32)
    assert floaters(xyz, size)[-1]
    size[-1] = 0.3
    assert not floaters(xyz, size)[-1]
