"""The whole road: a photo in, a range map out, through a network that is perfect in what it can see."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.panorama.keeping import cloud_of
from depthview.engine.panorama.photo import Photo
from depthview.engine.panorama.reconstruct import RangeMap, reconstruct
from depthview.engine.panorama.sphere import directions
from depthview.engine.panorama.views import View, ViewSet
from depthview.engine.progress import Progress, StopToken, ignore_progress
from tests.engine.panorama.solids import Ball, Room, painted, read_off

HW = (256, 512)


class Reader:
    """Reads off the painted range what a network would have to know, and says it in its own way."""

    def __init__(self, meaning: Meaning = Meaning.METRIC_DEPTH, *, wrong: bool = False, eyes: int = 1) -> None:
        self.info = EstimatorInfo("reader", Selection("reader"), "CPU", eyes=eyes, meaning=meaning)
        self.pairs: list[StereoPair] = []
        self._wrong = wrong

    def estimate(self, pair: StereoPair) -> Estimate:
        self.pairs.append(pair)
        assert pair.fov_deg is not None
        range_m = read_off(pair.left)
        if self._wrong:
            range_m *= 1 + 0.5 * np.sin(9.0 * pair.seq)
        values = range_m
        if self.info.meaning is not Meaning.RANGE:
            rays = View(0, 0, pair.fov_deg).rays(pair.left.shape[0])
            values = range_m / np.linalg.norm(rays, axis=-1)
        return Estimate(values.astype(np.float32), meaning=self.info.meaning)

    def close(self) -> None:
        pass


def photo_of(solid: Ball | Room, **how: NDArray[np.bool_]) -> Photo:
    return replace(Photo(painted(solid, HW), np.ones(HW, bool), HW[::-1], "room.png"), **how)


def found_in(photo: Photo, reader: Reader, view_set: ViewSet = ViewSet.FAST) -> RangeMap:
    return reconstruct(photo, view_set, reader, report=ignore_progress, stop=StopToken())


@pytest.mark.parametrize("view_set", ViewSet)
@pytest.mark.parametrize("meaning", [Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_depth_and_range_of_views_become_the_range_of_the_room(view_set: ViewSet, meaning: Meaning) -> None:
    found = found_in(photo_of(Room()), Reader(meaning), view_set)
    off = np.abs(found.range / Room().range_m(directions(HW)) - 1)
    assert off.mean() < 0.005
    assert np.percentile(off, 99) < 0.02, "grey has steps of 0.8 %"
    assert found.has_metres
    assert found.valid.mean() > 0.99


def test_views_that_are_each_wrong_by_a_factor_keep_the_shape() -> None:
    found = found_in(photo_of(Room()), Reader(wrong=True))
    ratio = found.range / Room().range_m(directions(HW))
    assert np.abs(ratio / np.median(ratio) - 1).mean() < 0.005


@pytest.mark.parametrize("columns", [1, 100, 333])
def test_a_rolled_photo_gives_a_rolled_range(columns: int) -> None:
    photo = photo_of(Room())
    rolled = replace(photo, image=np.ascontiguousarray(np.roll(photo.image, columns, axis=1)))
    off = np.abs(
        found_in(rolled, Reader(wrong=True)).range / np.roll(found_in(photo, Reader(wrong=True)).range, columns, 1)
    )
    off = np.abs(off / np.median(off) - 1)
    assert off.mean() < 0.003
    assert np.percentile(off, 99) < 0.01


def test_the_model_is_told_the_view_it_sees_and_progress_goes_on() -> None:
    reader, seen = Reader(), list[Progress]()
    reconstruct(photo_of(Ball()), ViewSet.FINE, reader, report=seen.append, stop=StopToken())
    assert [pair.fov_deg for pair in reader.pairs] == [110] * 6 + [90] * 12
    assert all(one.done < other.done for one, other in pairwise(seen))
    assert seen[-1].done == seen[-1].total
    assert sum(progress.label == "Estimating depth" for progress in seen) == 18


def test_it_stops_between_two_views() -> None:
    reader, stop = Reader(), StopToken()

    def stop_at_third(progress: Progress) -> None:
        if progress.done == 3:
            stop.stop()

    with pytest.raises(Stopped):
        reconstruct(photo_of(Ball()), ViewSet.FINE, reader, report=stop_at_third, stop=stop)
    assert len(reader.pairs) <= 4


def test_a_model_for_two_eyes_and_one_that_sees_nothing_are_told() -> None:
    with pytest.raises(UserError, match="needs two eyes"):
        found_in(photo_of(Ball()), Reader(eyes=2))

    class Blind(Reader):
        def estimate(self, pair: StereoPair) -> Estimate:
            return replace(super().estimate(pair), values=np.full(pair.size_hw, np.nan, np.float32))

    with pytest.raises(UserError, match="sees no depth in this panorama"):
        found_in(photo_of(Ball()), Blind())


@pytest.mark.parametrize("meaning", [Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH])
def test_what_has_no_metres_says_so(meaning: Meaning) -> None:
    found = found_in(photo_of(Room()), Reader(meaning))
    assert not found.has_metres
    assert np.isfinite(found.range).all()
    assert cloud_of(found).unitless


def test_where_the_photo_shows_nothing_nothing_is_known() -> None:
    covered = np.ones(HW, bool)
    covered[:60] = covered[:, 300:400] = False
    found = found_in(photo_of(Room(), covered=covered), Reader())
    assert np.isnan(found.range[~covered]).all()
    assert np.isfinite(found.range[covered]).all()
    assert not found.valid[~covered].any()


def test_points_lie_on_the_walls_evenly_and_bear_the_photos_colours() -> None:
    found = found_in(photo_of(Ball(2.0)), Reader())
    cloud = cloud_of(found)
    np.testing.assert_allclose(np.linalg.norm(cloud.xyz_m, axis=1), 2.0, rtol=0.01)
    for axis in range(3):  # Archimedes: equal slices of a sphere are equal in area
        shares = np.histogram(cloud.xyz_m[:, axis], 8, (-2, 2))[0] / len(cloud)
        np.testing.assert_allclose(shares, 1 / 8, atol=0.015)
    assert (cloud.rgb == found.photo.image[0, 0]).all()
    assert cloud.relative, "nobody has measured it"
    assert not cloud.unitless
