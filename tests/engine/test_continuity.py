"""What goes on and what begins anew, on rendered pairs whose eyes, motion and time are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from depthview.engine.estimators.continuity import Continuity, still_holds
from depthview.engine.frames import Layout, StereoPair
from depthview.engine.sources import open_source
from depthview.engine.stereo.eyes.split import split
from tests.engine.dot_pairs import flat_pair, pair_of, texture
from training.room.truth import load_sample


def smooth(height: int, width: int, seed: int) -> np.ndarray:
    """Large blotches, as in pictures of rooms: what moves by a little looks much the same."""
    coarse = texture(height // 36, width // 36, seed)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def moment(k: int, *, seed: int = 1, disparity_px: int = 24, pan_px: int = 4, pts_s: float | None = None) -> StereoPair:
    """A wall that drifts by `pan_px` a frame, 10 frames a second."""
    wide = smooth(180, 900, seed)
    at = 200 + k * pan_px
    left, right = (wide[:, begin : begin + 320] for begin in (at, at + disparity_px))
    return pair_of(left, right, seq=k, pts_s=k / 10 if pts_s is None else pts_s)


def swapped(pair: StereoPair) -> StereoPair:
    return replace(pair, left=pair.right, right=pair.left)


def judged(*pairs: StereoPair) -> list[bool]:
    continuity = Continuity()
    return [continuity.follows(pair) for pair in pairs]


def test_a_film_goes_on_after_its_first_picture() -> None:
    assert judged(*(moment(k) for k in range(6))) == [False, True, True, True, True, True]


@pytest.mark.parametrize("pan_px", [-24, -12, 12, 24])
def test_a_camera_that_moves_from_eye_to_eye_is_no_exchange_of_the_eyes(pan_px: int) -> None:
    """At 24 px a frame one eye sees exactly what the other saw before."""
    assert judged(*(moment(k, pan_px=pan_px) for k in range(4))) == [False, True, True, True]


def test_a_cut_begins_anew_at_once_and_then_goes_on() -> None:
    assert judged(moment(0), moment(1), moment(2, seed=9), moment(3, seed=9)) == [False, True, False, True]


def test_a_cut_between_dim_scenes_is_seen_too() -> None:
    """Eight times darker, all of the picture is within the grey levels that a bright film changes by itself."""
    film = [moment(0), moment(1), moment(2, seed=9), moment(3, seed=9)]
    dim = [replace(pair, left=pair.left // 8, right=pair.right // 8) for pair in film]
    assert judged(*dim) == [False, True, False, True]


@pytest.mark.parametrize("disparity_px", [6, 24, -24])
@pytest.mark.parametrize("pan_px", [0, 1])
def test_exchanged_eyes_begin_anew_at_once_and_then_go_on(disparity_px: int, pan_px: int) -> None:
    pairs = [moment(k, disparity_px=disparity_px, pan_px=pan_px) for k in range(5)]
    assert judged(*pairs[:2], *(swapped(pair) for pair in pairs[2:4]), pairs[4]) == [False, True, False, True, False]


def test_the_same_picture_again_begins_anew() -> None:
    assert judged(moment(3), moment(3), moment(3)) == [False, False, False]
    assert judged(moment(3), replace(moment(3), seq=4)) == [False, True], "a still that is filmed is a film"


def test_a_jump_in_time_begins_anew() -> None:
    pairs = [moment(10), moment(11), moment(12, pts_s=1.0), moment(13, pts_s=1.1), moment(14, pts_s=2.2)]
    assert judged(*pairs) == [False, True, False, True, False]
    assert judged(moment(5), moment(2, pts_s=0.6)) == [False, False], "another source counts from its own beginning"


def test_another_size_begins_anew() -> None:
    large = moment(1)
    small = pair_of(large.left[:90], large.right[:90], seq=2, pts_s=0.2)
    assert judged(moment(0), large, small) == [False, True, False]


def test_what_is_forgotten_does_not_go_on() -> None:
    continuity = Continuity()
    assert not continuity.follows(moment(0))
    continuity.forget()
    assert not continuity.follows(moment(1))
    assert continuity.follows(moment(2))


def test_the_sample_goes_on_from_end_to_end_and_its_exchange_is_seen() -> None:
    source = open_source(str(load_sample().clip))
    try:
        frames = [source.read() for _ in range(30)]
    finally:
        source.close()
    pairs = [split(frame, Layout.SIDE_BY_SIDE, swap=False) for frame in frames[::2]]  # type: ignore[arg-type]
    assert judged(*pairs) == [False] + [True] * 14
    assert judged(*pairs[:3], *(swapped(pair) for pair in pairs[3:5])) == [False, True, True, False, True]


def test_a_disparity_is_held_against_what_is_surely_another() -> None:
    rng = np.random.default_rng(5)
    past = rng.uniform(0, 10, (1, 1, 30, 40)).astype(np.float32)
    sure = np.full(past.shape, 1.75, np.float32)
    noisy = past + rng.uniform(-0.9, 0.9, past.shape).astype(np.float32)
    assert still_holds(past, noisy, sure)
    some = np.where(rng.random(past.shape) < 0.3, past + 5, past).astype(np.float32)
    assert still_holds(past, some, sure), "a third of the picture may move"
    assert not still_holds(past, -past - 2, sure), "eyes exchanged"
    assert not still_holds(past, rng.permuted(past.ravel()).reshape(past.shape) + 3, sure)
    assert still_holds(past, -past - 2, np.full(past.shape, 0.2, np.float32)), "nobody is sure of that"
    assert not still_holds(past, -past - 2, np.full(past.shape, 0.8, np.float32)), "the network's own match will do"
    sure[:] = 1.0
    sure[..., :4] = 2.0
    bridged = np.where(sure > 1, past, past - 5).astype(np.float32)
    assert still_holds(past, bridged, sure), "what was bridged is nobody's finding"
    sure[:] = 0.1
    sure[..., :2] = 2.0
    assert not still_holds(past, past + 3, sure), "only what is sure counts"


def test_pairs_of_noise_do_not_go_on() -> None:
    pairs = [replace(flat_pair(120, 160, 4, seed=s), seq=s, pts_s=s / 10) for s in range(3)]
    assert judged(*pairs)[0] is False
