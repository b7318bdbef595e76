"""The whole road: a photo in, a range map out, through networks that are perfect in what they can see."""

import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Estimate, Estimator
from depthview.engine.execution.failure import EngineBroken
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.panorama.keeping.points import cloud_of
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.recipe import Levelling, Mask, ModelScale, ModelUse, Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.views import ViewSet
from depthview.engine.progress import Progress, StopToken
from depthview.engine.sphere import directions
from tests.engine.panorama.readers import OpenedReaders, Reader, saved
from tests.engine.panorama.solids import Ball, Room, painted

HW = (256, 512)
PLAIN = Recipe(
    (ModelUse("one"),), ViewSet.FAST, level=Levelling.OFF, layout_prior=False, refine=False, scale=ModelScale()
)
"""What does nothing but look and join."""
BOTH = replace(PLAIN, models=(ModelUse("one"), ModelUse("two")))


@pytest.fixture
def room(tmp_path: Path) -> Path:
    return saved(tmp_path, painted(Room(), HW))


def found_in(photo: Path, reader: Estimator, recipe: Recipe = PLAIN) -> RangeMap:
    return PanoramaRoad(photo, OpenedReaders({"one": reader})).run(recipe)


@pytest.mark.parametrize("view_set", ViewSet)
@pytest.mark.parametrize("meaning", [Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_depth_and_range_of_views_become_the_range_of_the_room(room: Path, view_set: ViewSet, meaning: Meaning) -> None:
    found = found_in(room, Reader(meaning), replace(PLAIN, views=view_set))
    off = np.abs(found.range / Room().range_m(directions(HW)) - 1)
    assert off.mean() < 0.005
    assert np.percentile(off, 99) < 0.02, "grey has steps of 0.8 %"
    assert found.scale is RangeScale.MODEL
    assert found.valid.mean() > 0.99


def test_views_that_are_each_wrong_by_a_factor_keep_the_shape(room: Path) -> None:
    ratio = found_in(room, Reader(wrong=True)).range / Room().range_m(directions(HW))
    assert np.abs(ratio / np.median(ratio) - 1).mean() < 0.005


@pytest.mark.parametrize("columns", [1, 100, 333])
def test_a_rolled_photo_gives_a_rolled_range(room: Path, tmp_path: Path, columns: int) -> None:
    (tmp_path / "rolled").mkdir()
    rolled = saved(tmp_path / "rolled", np.roll(painted(Room(), HW), columns, axis=1))
    off = np.abs(
        found_in(rolled, Reader(wrong=True)).range / np.roll(found_in(room, Reader(wrong=True)).range, columns, 1)
    )
    off = np.abs(off / np.median(off) - 1)
    assert off.mean() < 0.003
    assert np.percentile(off, 99) < 0.01


def test_a_model_for_two_eyes_and_one_that_sees_nothing_are_told(room: Path) -> None:
    with pytest.raises(UserError, match="needs two eyes"):
        found_in(room, Reader(eyes=2))

    class Blind(Reader):
        def estimate(self, pair: StereoPair) -> Estimate:
            return replace(super().estimate(pair), values=np.full(pair.size_hw, np.nan, np.float32))

    with pytest.raises(UserError, match="sees any depth in this panorama"):
        found_in(room, Blind())


@pytest.mark.parametrize("meaning", [Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH])
def test_what_has_no_metres_says_so(room: Path, meaning: Meaning) -> None:
    found = found_in(room, Reader(meaning))
    assert found.scale is RangeScale.UNKNOWN
    assert not found.has_metres
    assert np.isfinite(found.range).all()
    assert cloud_of(found).unitless


def test_where_the_photo_shows_nothing_nothing_is_known(tmp_path: Path) -> None:
    image = painted(Room(), HW)
    image[:60] = image[-40:] = 0
    found = found_in(saved(tmp_path, image), Reader())
    black = image.max(axis=-1) == 0
    assert np.isnan(found.range[black]).all()
    assert np.isfinite(found.range[~black]).all()
    assert not found.valid[black].any()


def test_points_lie_on_the_walls_evenly_and_bear_the_photos_colours(tmp_path: Path) -> None:
    image = painted(Ball(2.0), HW)
    image[..., 1] = np.arange(HW[1]) % 251  # only red is read; and of one colour only it would be no photo
    found = found_in(saved(tmp_path, image), Reader())
    cloud = cloud_of(found)
    assert np.median(np.linalg.norm(cloud.xyz_m, axis=1)) == pytest.approx(2.0, rel=0.01)
    for axis in range(3):  # Archimedes: equal slices of a sphere are equal in area
        shares = np.histogram(cloud.xyz_m[:, axis], 8, (-2, 2))[0] / len(cloud)
        np.testing.assert_allclose(shares, 1 / 8, atol=0.015)
    longitude = np.arctan2(cloud.xyz_m[:, 0], cloud.xyz_m[:, 2])
    column = np.rint((longitude / (2 * np.pi) + 0.5) * HW[1] - 0.5).astype(np.intp) % HW[1]
    np.testing.assert_array_equal(cloud.rgb[:, 1], image[0, column, 1])
    assert cloud.relative, "nobody has measured it"
    assert not cloud.unitless


# What is run again, and what is not.


def views_run(room: Path, first: Recipe, then: Recipe) -> dict[str, int]:
    """How many views each model is shown for the second recipe, after the first."""
    readers = {"one": Reader(), "two": Reader(wrong=True)}
    road = PanoramaRoad(room, OpenedReaders(readers))
    before = road.run(first)
    shown = {name: len(reader.pairs) for name, reader in readers.items()}
    after = road.run(then)
    same = first == then
    assert (after is before) is same
    return {name: len(reader.pairs) - shown[name] for name, reader in readers.items()}


@pytest.mark.parametrize(
    ("then", "one", "two"),
    [
        (BOTH, 0, 0),
        (replace(BOTH, masks=(Mask.SKY,)), 0, 0),
        (replace(BOTH, models=(ModelUse("one"), ModelUse("two", 0.2))), 0, 0),
        (PLAIN, 0, 0),
        (replace(BOTH, models=(ModelUse("one"), ModelUse("two", views=ViewSet.FINE))), 0, 26),
        (replace(BOTH, models=(ModelUse("one", size_hw=(64, 64)), ModelUse("two"))), 6, 0),
        (replace(BOTH, views=ViewSet.FACES), 20, 20),
        (replace(BOTH, working_width=256), 6, 6),
        (replace(BOTH, level=Tilt(0.1, 0.0)), 0, 0),  # not worth turning
        (replace(BOTH, level=Tilt(3.0, 0.0)), 6, 6),
    ],
)
def test_only_what_depends_on_what_changed_is_run_again(room: Path, then: Recipe, one: int, two: int) -> None:
    assert views_run(room, BOTH, then) == {"one": one, "two": two}


def test_one_more_model_is_the_only_one_that_runs(room: Path) -> None:
    assert views_run(room, PLAIN, BOTH) == {"one": 0, "two": 6}


def test_a_second_run_gives_what_a_first_one_would(room: Path) -> None:
    first, then = BOTH, replace(BOTH, models=(ModelUse("two", 0.3),), views=ViewSet.FINE, masks=())
    road = PanoramaRoad(room, OpenedReaders({"one": Reader(), "two": Reader(wrong=True)}))
    road.run(first)
    fresh = PanoramaRoad(room, OpenedReaders({"two": Reader(wrong=True)})).run(then)
    np.testing.assert_array_equal(road.run(then).range, fresh.range)


def test_only_the_last_result_is_kept(room: Path) -> None:
    readers = {"one": Reader(), "two": Reader()}
    road = PanoramaRoad(room, OpenedReaders(readers))
    old = weakref.ref(road.run(BOTH).range)
    road.run(replace(BOTH, models=(ModelUse("two"),)))
    assert old() is None
    assert readers["one"].closed, "nobody wants it any more"
    assert not readers["two"].closed
    readers["one"].closed = False
    road.run(BOTH)
    assert len(readers["one"].pairs) == 12, "and it was forgotten what it had said"
    assert len(readers["two"].pairs) == 6


def test_progress_runs_once_from_nothing_to_all_of_it(room: Path) -> None:
    road, seen = PanoramaRoad(room, OpenedReaders({"one": Reader(), "two": Reader()})), list[Progress]()
    for recipe in (BOTH, replace(BOTH, views=ViewSet.FINE), BOTH, BOTH):
        seen.clear()
        road.run(recipe, report=seen.append)
        assert seen[0].done == 0
        assert all(one.done < other.done for one, other in pairwise(seen))
        assert seen[-1].done == seen[-1].total
        assert len({progress.total for progress in seen}) == 1
        assert {"Opening the photo", "Estimating depth", "Joining the views"} <= {progress.label for progress in seen}


def test_what_was_done_before_it_was_stopped_is_kept(room: Path) -> None:
    readers, stop = {"one": Reader(), "two": Reader()}, StopToken()
    road = PanoramaRoad(room, OpenedReaders(readers))

    def stop_in_the_second(_progress: Progress) -> None:
        if len(readers["two"].pairs) == 2:
            stop.stop()

    with pytest.raises(Stopped):
        road.run(BOTH, report=stop_in_the_second, stop=stop)
    assert (len(readers["one"].pairs), len(readers["two"].pairs)) == (6, 2), "it stops between two views"
    road.run(BOTH)
    assert (len(readers["one"].pairs), len(readers["two"].pairs)) == (6, 8)


@pytest.mark.parametrize("label", ["Opening the photo", "Estimating depth", "Joining the views", "Finding the surface"])
def test_it_can_be_stopped_at_every_stage(room: Path, label: str) -> None:
    stop = StopToken()

    def stop_there(progress: Progress) -> None:
        if progress.label == label:
            stop.stop()

    road = PanoramaRoad(room, OpenedReaders({"one": Reader()}))
    with pytest.raises(Stopped):
        road.run(PLAIN, report=stop_there, stop=stop)
    assert road.run(PLAIN).valid.any()


class Broken(Reader):
    def estimate(self, pair: StereoPair) -> Estimate:
        raise EngineBroken("a card")

    def close(self) -> None:
        raise AssertionError("what is broken must not be freed")


class Restarted(OpenedReaders):
    """What is opened after the engine was started anew, in a process of its own, is another one."""

    def __init__(self, before: Estimator, after: Callable[[], Estimator]) -> None:
        super().__init__({"one": before})
        self._after = after

    def run_apart(self) -> bool:
        done = super().run_apart()
        self._readers = {"one": self._after()}
        return done


def test_an_engine_that_broke_is_started_anew_once(room: Path) -> None:
    well = Reader()
    road = PanoramaRoad(room, Restarted(Broken(), lambda: well))
    assert road.run(PLAIN).valid.any()
    assert len(well.pairs) == 6
    with pytest.raises(EngineBroken):
        PanoramaRoad(room, Restarted(Broken(), Broken)).run(PLAIN)
