"""Matches of pictures whose disparity is known exactly."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from depthview.engine.frames import StereoPair
from depthview.engine.models.needs.known_scene import KnownScene, known_scenes
from depthview.engine.stereo.matching.matches import Matches, find_matches
from tests.engine.dot_pairs import flat_pair


@pytest.fixture(scope="module")
def room() -> KnownScene:
    return known_scenes(1)[0]


def _wrong_by_px(matches: Matches, room: KnownScene) -> np.ndarray:
    """How far each match is from the truth; NaN where that is unknown."""
    at = np.round(matches.left).astype(int)
    shift = room.disparity_px[at[:, 1], at[:, 0]]
    off = matches.left - matches.right - np.stack([shift, np.zeros(len(shift))], axis=1)
    return np.hypot(*off.T)


def test_matches_are_right_to_a_fraction_of_a_pixel_and_all_over_the_picture(room: KnownScene) -> None:
    matches = find_matches(room.pair)
    off = _wrong_by_px(matches, room)
    off = off[np.isfinite(off)]
    assert len(off) > 300
    assert np.median(off) < 0.25  # of a picture 1280 wide, found at 640
    assert (off < 1).mean() > 0.85
    height, width = room.pair.size_hw
    for top in (False, True):
        for first in (False, True):
            part = ((matches.left[:, 1] < height / 2) == top) & ((matches.left[:, 0] < width / 2) == first)
            assert part.sum() > 40


def test_a_darker_noisier_eye_is_matched_all_the_same(room: KnownScene) -> None:
    noise = np.random.default_rng(4).normal(0, 2, room.pair.right.shape)
    dark = np.clip(room.pair.right * 0.4 + 10 + noise, 0, 255).astype(np.uint8)
    off = _wrong_by_px(find_matches(replace(room.pair, right=dark)), room)
    off = off[np.isfinite(off)]
    assert len(off) > 150
    assert np.median(off) < 0.4


def test_places_are_told_in_the_pairs_own_pixels() -> None:
    small = flat_pair(300, 400, 12)
    eyes = [cv2.resize(eye, (1600, 1200), interpolation=cv2.INTER_CUBIC) for eye in (small.left, small.right)]
    matches = find_matches(StereoPair(eyes[0], eyes[1], 0, 0.0, 0.0))
    assert matches.size_hw == (1200, 1600)
    moved = np.median(matches.left - matches.right, axis=0)
    assert moved == pytest.approx([48.0, 0.0], abs=0.1)


def test_the_eyes_exchanged_are_the_same_matches_the_other_way_round(room: KnownScene) -> None:
    matches = find_matches(room.pair)
    assert matches.swapped.left is matches.right
    assert (
        np.median((matches.left - matches.right)[:, 0])
        > 0
        > np.median((matches.swapped.left - matches.swapped.right)[:, 0])
    )


@pytest.mark.parametrize("size_hw", [(480, 640), (8, 8), (5, 300)])
def test_where_nothing_is_to_be_seen_there_are_none(size_hw: tuple[int, int]) -> None:
    black = np.zeros((*size_hw, 3), np.uint8)
    assert len(find_matches(StereoPair(black, black, 0, 0.0, 0.0))) == 0
