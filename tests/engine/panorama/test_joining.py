"""Several models, shown views or the whole, joined into one range."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import Meaning, Values
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate, resized
from depthview.engine.panorama.merging.joining import Joined, joined
from depthview.engine.panorama.merging.layout import drawn_to_layout, layout_log_range
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Ball, Room, inverse_z

HW = (128, 256)
SIDE = 96
TRUTH = np.log(Room().range_m(directions(HW)))


def views(
    spread: float = 0.0, *, seed: int = 0, factor: float = 1.0, meaning: Meaning = Meaning.METRIC_DEPTH
) -> ViewEstimates:
    """What a model says of the room's fast views, each bent at random."""
    rng = np.random.default_rng(seed)
    error = [np.exp(rng.normal(0, spread, (8, 8))) for _view in views_of(ViewSet.FAST)]
    depths = tuple(
        ViewDepth(view, (inverse_z(Room(), view, SIDE) / factor * np.kron(one, np.ones((12, 12)))).astype(np.float32))
        for view, one in zip(views_of(ViewSet.FAST), error, strict=True)
    )
    return ViewEstimates(depths, meaning, "views", "CPU", 1.0)


def whole(spread: float = 0.0, *, factor: float = 1.0, meaning: Meaning = Meaning.RANGE) -> WholeEstimate:
    """What a network says of all of it, with waves."""
    wave = spread * np.sin(np.arange(HW[1]) * (6 * np.pi / HW[1]))
    return WholeEstimate((factor * np.exp(TRUTH + wave)).astype(np.float32), meaning, "whole", "CPU", 1.0)


def off(found: Joined) -> float:
    difference = found.log_range - TRUTH
    return float(np.abs(difference - np.median(difference)).mean())


def level(found: Joined) -> float:
    return float(np.exp(np.median(found.log_range - TRUTH)))


@pytest.mark.parametrize("solid", [Ball(), Room()])
@pytest.mark.parametrize("view_set", ViewSet)
def test_with_all_that_helps_switched_on_what_is_exact_stays_exact(view_set: ViewSet, solid: Ball | Room) -> None:
    depths = tuple(ViewDepth(view, inverse_z(solid, view, SIDE)) for view in views_of(view_set))
    found = joined([ViewEstimates(depths, Meaning.METRIC_DEPTH, "m", "CPU", 1.0)], HW)
    assert np.abs(np.exp(found.log_range) / solid.range_m(directions(HW)) - 1).mean() < 0.001
    assert found.known.all()


def test_two_models_are_better_than_either_and_the_weight_counts() -> None:
    one, other = views(0.15, seed=1), views(0.15, seed=2)
    alone, both = off(joined([one], HW)), off(joined([one, other], HW))
    assert both < 0.9 * min(alone, off(joined([other], HW)))
    exact = views()
    errors = [off(joined([exact, other], HW, weights=[count, 1.0])) for count in (0.1, 1.0, 10.0)]
    assert errors[0] > errors[1] > errors[2]


def test_models_in_different_units_are_brought_together_and_metres_win() -> None:
    relative = views(factor=7.0, meaning=Meaning.RELATIVE_INVERSE_DEPTH)
    pairs: list[list[ViewEstimates | WholeEstimate]] = [
        [relative, views()],
        [views(), relative],
        [relative, whole()],
        [views(), whole(factor=9.0, meaning=Meaning.RELATIVE_RANGE)],
    ]
    for given in pairs:
        found = joined(given, HW)
        assert off(found) < 0.01
        assert level(found) == pytest.approx(1.0, rel=0.01)


def test_views_and_the_whole_are_better_than_the_whole_alone() -> None:
    assert off(joined([views(0.1), whole(0.1)], HW)) < 0.8 * off(joined([whole(0.1)], HW))


def test_views_that_contradict_each_other_do_not_ruin_the_whole() -> None:
    bad = off(joined([views(1.0)], HW, layout_prior=False))
    together = off(joined([views(1.0), whole(0.05)], HW))
    assert bad > 0.15
    assert together < off(joined([whole(0.05)], HW)) + 0.2 * bad


def test_the_whole_alone_is_taken_as_it_is() -> None:
    found = joined([whole()], (256, 512))
    np.testing.assert_allclose(found.log_range, np.log(Room().range_m(directions((256, 512)))), atol=0.05)
    assert np.abs(found.log_range - np.log(Room().range_m(directions((256, 512))))).mean() < 1e-3
    gap = whole().range.copy()
    gap[20:40, 50:90] = np.nan
    holed = joined([WholeEstimate(gap, Meaning.RANGE, "whole", "CPU", 1.0)], HW)
    assert not holed.known[30, 70]
    assert np.isfinite(holed.log_range).all()


def test_a_map_is_enlarged_past_its_borders() -> None:
    """A plane wave on the sphere, which has neither a wrap nor poles."""

    def wave(size_hw: tuple[int, int]) -> NDArray[np.float32]:
        x, y, z = np.moveaxis(directions(size_hw), -1, 0)
        return np.asarray(2 * x + y - 3 * z, np.float32)

    np.testing.assert_allclose(resized(wave((64, 128)), (200, 400)), wave((200, 400)), atol=0.01)


def test_an_empty_room_suggests_itself() -> None:
    truth = TRUTH.astype(np.float32)
    np.testing.assert_allclose(layout_log_range(truth), truth, atol=0.08)
    assert np.abs(layout_log_range(truth) - truth).mean() < 0.01


def test_unevenness_is_flattened_and_what_is_unknown_suggests_nothing() -> None:
    rng = np.random.default_rng(1)
    uneven = (TRUTH + np.kron(rng.normal(0, 0.1, (16, 16)), np.ones((8, 16)))).astype(np.float32)
    known: NDArray[np.bool_] = np.ones(HW, bool)

    def error(values: Values) -> float:
        return float(np.abs(values - TRUTH).mean())

    assert error(drawn_to_layout(uneven, known, 0.5)) < 0.8 * error(uneven)
    known[-50:] = False
    without = drawn_to_layout(uneven, known, 0.5)
    assert np.isfinite(without).all()
    np.testing.assert_array_equal(drawn_to_layout(uneven, np.zeros(HW, bool), 0.5), uneven)
