"""Which photos are compared with which."""

import numpy as np
import pytest

from depthview.engine.capture.photos.gathering import Gathered, Gathering
from depthview.engine.capture.poses.matching import chosen_matcher, places_m
from depthview.engine.capture.poses.pairing import Pairs, every_pair, in_a_row, most_alike, nearest
from depthview.engine.capture.poses.settings import Matcher, PoseSettings


def photo_at(place: tuple[float, float, float] | None) -> Gathered:
    return Gathered("a.jpg", "a.jpg", (4, 3), "", place)


def sound(pairs: Pairs, count: int) -> set[tuple[int, int]]:
    """Each pair once, the earlier first, and no photo with itself."""
    assert len(set(pairs)) == len(pairs)
    assert all(0 <= a < b < count for a, b in pairs)
    return set(pairs)


@pytest.mark.parametrize("count", [2, 3, 11, 37])
def test_all_pairs_are_all_pairs(count: int) -> None:
    assert len(sound(every_pair(count), count)) == count * (count - 1) // 2


def test_frames_are_compared_with_the_next_ones_and_across_a_loop() -> None:
    pairs = sound(in_a_row(300), 300)
    assert {(7, 8), (7, 17), (7, 7 + 64), (0, 290)} <= pairs
    assert len(pairs) < 300 * 20, "and not with nearly all"


def test_few_frames_are_all_compared() -> None:
    assert sound(in_a_row(5), 5) == set(every_pair(5))


def test_photos_are_compared_with_those_taken_beside_them() -> None:
    along = np.stack([np.arange(30.0), np.zeros(30), np.zeros(30)], axis=1)
    along[4] = np.nan
    pairs = sound(nearest(along, 4), 30)
    assert {(10, 11), (10, 12)} <= pairs
    assert (10, 20) not in pairs
    assert {(min(4, b), max(4, b)) for b in range(30) if b != 4} <= pairs, "who does not know its place meets all"


def test_places_are_told_in_metres() -> None:
    """A hundredth of a degree north and east of Berlin, one photo that does not know, and one across the date line."""
    places = places_m(
        [photo_at((52.5, 13.4, 30)), photo_at(None), photo_at((52.51, 13.4, 35)), photo_at((52.5, 13.41, 30))]
    )
    np.testing.assert_allclose(places[2] - places[0], [1113.2, 0, 5], atol=0.5)
    np.testing.assert_allclose(places[3] - places[0], [0, 1113.2 * np.cos(np.radians(52.5)), 0], atol=0.5)
    assert np.isnan(places[1]).all()
    west, east = places_m([photo_at((0, 179.999, 0)), photo_at((0, -179.999, 0))])
    np.testing.assert_allclose(east - west, [0, 222.6, 0], atol=0.5)


def test_photos_are_compared_with_those_that_look_like_them() -> None:
    """Two scenes, each with features of its own, photographed in turns: each photo meets its own scene's."""
    random = np.random.default_rng(2)
    scenes = random.integers(0, 256, (2, 150, 128)).astype(np.float64)
    photos = [
        np.clip(scenes[number % 2][random.permutation(150)[:100]] + random.normal(0, 8, (100, 128)), 0, 255)
        for number in range(40)
    ]
    pairs = sound(most_alike([photo.astype(np.uint8) for photo in photos], 12), 40)
    apart = [(a, b) for a, b in pairs if b - a > 5]
    assert len(apart) > 100
    assert all((b - a) % 2 == 0 for a, b in apart)


def test_photos_without_features_are_compared_with_the_next_ones() -> None:
    pairs = sound(most_alike([np.empty((0, 128), np.uint8)] * 12, 3), 12)
    assert {(number, number + 1) for number in range(11)} <= pairs


@pytest.mark.parametrize(
    ("count", "in_row", "places", "wanted"),
    [
        (199, False, 0, Matcher.EXHAUSTIVE),
        (199, False, 199, Matcher.EXHAUSTIVE),
        (200, False, 0, Matcher.LIKENESS),
        (200, False, 199, Matcher.PLACES),
        (200, False, 100, Matcher.LIKENESS),
        (150, True, 0, Matcher.SEQUENTIAL),
    ],
)
def test_what_is_compared_follows_from_the_photos(count: int, in_row: bool, places: int, wanted: Matcher) -> None:
    photos = tuple(photo_at((52.5, 13.4, 0) if number < places else None) for number in range(count))
    assert chosen_matcher(Gathering(photos, in_row), PoseSettings(())) is wanted
    assert chosen_matcher(Gathering(photos, in_row), PoseSettings((), matcher=Matcher.EXHAUSTIVE)) is Matcher.EXHAUSTIVE
