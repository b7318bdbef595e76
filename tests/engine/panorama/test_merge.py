"""Views whose depth is exact, each up to its own factor, against rooms whose range is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.merging.alignment import aligned
from depthview.engine.panorama.merging.merge import merged_log_range
from depthview.engine.panorama.views import View, ViewSet, views_of
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Ball, Room, Solid, inverse_z

HW = (256, 512)
SIDE = 256


def factors(count: int) -> NDArray[np.float64]:
    """From a third to three, with a mean of 1 in the logarithm, which is what no alignment can know."""
    logs = np.random.default_rng(7).uniform(-1.1, 1.1, count)
    return np.exp(logs - logs.mean())


def depths_of(solid: Solid, views: tuple[View, ...]) -> list[ViewDepth]:
    wrong = factors(len(views))
    return [ViewDepth(view, inverse_z(solid, view, SIDE) / np.float32(k)) for view, k in zip(views, wrong, strict=True)]


def merged(solid: Solid, view_set: ViewSet) -> NDArray[np.float32]:
    depths = depths_of(solid, views_of(view_set))
    log_range, known = merged_log_range(aligned(depths).depths, HW)
    assert known.all()
    return np.exp(log_range)


@pytest.mark.parametrize("view_set", ViewSet)
@pytest.mark.parametrize("solid", [Ball(), Room(), Room((0.6, 2.0, 3.0), (5.0, 1.5, 0.9), yaw_deg=-71)])
def test_what_is_exact_up_to_a_factor_for_each_view_comes_back(view_set: ViewSet, solid: Solid) -> None:
    off = np.abs(merged(solid, view_set) / solid.range_m(directions(HW)) - 1)
    assert off.mean() < 2e-4
    assert np.percentile(off, 99.5) < 0.005
    assert off.max() < 0.03, "in a corner, between two pixels"


@pytest.mark.parametrize("view_set", ViewSet)
def test_the_factors_are_found_together(view_set: ViewSet) -> None:
    views = views_of(view_set)
    depths = depths_of(Room(), views)
    np.testing.assert_allclose(aligned(depths).log_scales, -np.log(factors(len(views))), atol=1e-3)
    order = np.random.default_rng(1).permutation(len(views))
    shuffled = aligned([depths[place] for place in order]).log_scales
    np.testing.assert_allclose(shuffled, aligned(depths).log_scales[order], atol=1e-6)


def test_one_liar_does_not_bend_the_rest() -> None:
    """A view that is wrong in a part of what it shares: the median does not follow it."""
    views = views_of(ViewSet.FINE)
    depths = depths_of(Room(), views)
    lying = depths[0].inverse_z.copy()
    lying[SIDE // 3 : SIDE // 2, : SIDE // 3] *= 4
    found = aligned([ViewDepth(views[0], lying), *depths[1:]]).log_scales
    np.testing.assert_allclose(found, -np.log(factors(len(views))), atol=0.02)


def test_a_view_that_knows_nothing_changes_nothing() -> None:
    views = views_of(ViewSet.FINE)
    depths = depths_of(Ball(), views)
    blind = [*depths[:-1], ViewDepth(views[-1], np.full((SIDE, SIDE), np.nan, np.float32))]
    log_range, known = merged_log_range(aligned(blind).depths, HW)
    assert known.all()
    assert np.exp(log_range).std() < 1e-3


def test_where_no_view_knows_anything_it_says_so_and_goes_on_smoothly() -> None:
    depths = []
    for view in views_of(ViewSet.FAST):
        values = inverse_z(Ball(2.0), view, SIDE)
        values[
            np.linalg.norm(
                view.rays(SIDE) / np.linalg.norm(view.rays(SIDE), axis=-1, keepdims=True) - (0, 0, 1), axis=-1
            )
            < 0.3
        ] = np.nan
        depths.append(ViewDepth(view, values))
    log_range, known = merged_log_range(aligned(depths).depths, HW)
    assert not known[HW[0] // 2, HW[1] // 2]
    assert 0.01 < 1 - known.mean() < 0.06
    np.testing.assert_allclose(np.exp(log_range), 2.0, rtol=1e-3)


def test_there_is_no_seam_at_the_wrap() -> None:
    """The step over the wrap, against the true one: no larger an error than anywhere else."""
    found = np.log(merged(Room(), ViewSet.FAST))
    truth = np.log(Room().range_m(directions(HW)))
    over = np.abs((found[:, 0] - found[:, -1]) - (truth[:, 0] - truth[:, -1]))
    inside = np.abs(np.diff(found, axis=1) - np.diff(truth, axis=1))
    assert over.max() <= inside.max()
    assert over.mean() < 1e-3


@pytest.mark.parametrize("columns", [1, 77, 256, 450])
def test_a_room_that_is_turned_gives_a_range_that_is_turned(columns: int) -> None:
    turned = Room(yaw_deg=Room().yaw_deg + 360 * columns / HW[1])
    found, expected = merged(turned, ViewSet.FAST), np.roll(merged(Room(), ViewSet.FAST), columns, axis=1)
    off = np.abs(found / expected - 1)
    assert np.percentile(off, 99.5) < 0.005
    assert off.max() < 0.02
