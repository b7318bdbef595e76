"""Views that are wrong in ways that are known, and what is put right of it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import Meaning, Values
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.merging.alignment import NODES, aligned
from depthview.engine.panorama.merging.deformation import bending, grid_hats, hats, level, on_pixels
from depthview.engine.panorama.merging.merge import merged_log_range
from depthview.engine.panorama.views import View, ViewSet, views_of
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Ball, Room, inverse_z

HW = (128, 256)
SIDE = 96


def off(depths: list[ViewDepth], nodes: int = NODES) -> float:
    """How far the shape is off on average, whatever its size."""
    log_range, _known = merged_log_range(aligned(depths, nodes=nodes).depths, HW)
    difference = log_range - np.log(Room().range_m(directions(HW)))
    return float(np.abs(difference - np.median(difference)).mean())


def bent(strength: float, nodes: int) -> list[NDArray[np.float32]]:
    """For each fine view a smooth factor: random at so many nodes a side."""
    rng = np.random.default_rng(2)
    return [on_pixels(rng.normal(0, strength, nodes**2), SIDE) for _view in views_of(ViewSet.FINE)]


def views_with(errors: list[NDArray[np.float32]]) -> list[ViewDepth]:
    return [
        ViewDepth(view, inverse_z(Room(), view, SIDE) * np.exp(error))
        for view, error in zip(views_of(ViewSet.FINE), errors, strict=True)
    ]


@pytest.mark.parametrize("view_set", ViewSet)
def test_scale_and_shift_of_relative_views_are_found(view_set: ViewSet) -> None:
    """Inverse depth of which each view knows neither: the room comes back, straight."""
    rng = np.random.default_rng(3)

    def said(view: View) -> Values:
        factor, shift = rng.uniform(0.3, 3), rng.uniform(-0.05, 0.3)
        return (inverse_z(Room(), view, SIDE) * factor + shift).astype(np.float32)

    depths = [ViewDepth(view, said(view), Meaning.RELATIVE_INVERSE_DEPTH) for view in views_of(view_set)]
    assert off(depths) < 0.003
    unshifted = [ViewDepth(depth.view, depth.inverse_z) for depth in depths]
    assert off(unshifted) > 0.03, "scales alone do not straighten it"


def test_the_shift_of_affine_depth_is_found() -> None:
    rng = np.random.default_rng(4)
    depths = [
        ViewDepth(
            view,
            (1 / (rng.uniform(0.5, 2) / inverse_z(Room(), view, SIDE) + 1.0)).astype(np.float32),
            Meaning.AFFINE_DEPTH,
        )
        for view in views_of(ViewSet.FAST)
    ]
    assert off(depths) < 0.003


def test_a_shift_never_turns_anything_inside_out() -> None:
    """Noise for depth: whatever is found, every range is above 0 and finite."""
    rng = np.random.default_rng(5)
    depths = [
        ViewDepth(view, rng.uniform(0.1, 1, (SIDE, SIDE)).astype(np.float32), Meaning.RELATIVE_INVERSE_DEPTH)
        for view in views_of(ViewSet.FAST)
    ]
    for depth in aligned(depths).depths:
        assert np.isfinite(depth.inverse_z).all()
        assert (depth.inverse_z > 0).all()


def test_tilted_views_are_put_right() -> None:
    depths = views_with(bent(0.15, 2))
    merged, _known = merged_log_range(depths, HW)
    truth = np.log(Room().range_m(directions(HW)))
    before = np.abs(merged - truth - np.median(merged - truth)).mean()
    assert off(depths) < 0.25 * before


def test_views_that_are_bent_more_need_more_nodes() -> None:
    depths = views_with(bent(0.15, 4))
    assert off(depths, nodes=4) < 0.6 * off(depths, nodes=2)


def test_what_views_contradict_each_other_by_is_told() -> None:
    exact = [ViewDepth(view, inverse_z(Ball(), view, SIDE)) for view in views_of(ViewSet.FINE)]
    assert aligned(exact).contradiction < 0.002
    rng = np.random.default_rng(6)
    for spread in (0.05, 0.2):
        noise = [np.exp(rng.normal(0, spread, (SIDE, SIDE))).astype(np.float32) for _one in exact]
        noisy = [ViewDepth(one.view, one.inverse_z * more) for one, more in zip(exact, noise, strict=True)]
        assert aligned(noisy).contradiction == pytest.approx(spread, rel=0.6)


def test_a_grid_says_between_its_nodes_what_lies_between() -> None:
    values = np.array([0.0, 1.0, 2.0, 3.0])  # x + 2 y on 0..1
    places = np.array([-1.0, 0.0, 0.5, 1.0])
    np.testing.assert_allclose(grid_hats(places, places, 2) @ values, 3 * (places + 1) / 2)
    np.testing.assert_allclose(hats(np.array([-3.0, 0.0, 9.0]), 3), np.eye(3))
    np.testing.assert_allclose(on_pixels(values, 4)[0], 2 / 8 + (np.arange(4) + 0.5) / 4, rtol=1e-6)
    assert level(values) == pytest.approx(1.5)


@pytest.mark.parametrize("nodes", [2, 3, 7])
def test_a_tilt_costs_the_same_on_every_grid_and_a_level_nothing(nodes: int) -> None:
    right = np.tile(np.linspace(-1, 1, nodes), nodes)
    cost = bending(nodes)
    assert right @ cost @ right == pytest.approx(4)
    np.testing.assert_allclose(cost @ np.ones(nodes**2), 0, atol=1e-12)
