"""A right eye that moves alone, and all that is no such thing."""

from dataclasses import replace

import numpy as np

from depthview.engine.frames import Image
from depthview.engine.stabiliser.right_eye import RightEye
from depthview.engine.stabiliser.stabiliser import Stabiliser
from tests.engine.dot_pairs import depth_frame, flat_pair, pair_of, texture

NEAR = flat_pair(120, 240, 14)
WALL = texture(120, 240)


def noisy(image: Image, seed: int) -> Image:
    return (image.astype(np.float32) + np.random.default_rng(seed).normal(0, 6, image.shape)).clip(0, 255).astype("u1")


def test_a_wall_that_comes_nearer_moves_the_right_eye_alone() -> None:
    eye = RightEye()
    assert not eye.moved_alone(pair_of(WALL, NEAR.right))
    assert eye.moved_alone(pair_of(WALL, np.roll(NEAR.right, -1, axis=1)))


def test_noise_a_camera_that_turns_and_another_exposure_are_none() -> None:
    for then in (
        pair_of(noisy(NEAR.left, 1), noisy(NEAR.right, 2)),
        pair_of(np.roll(NEAR.left, 3, axis=1), np.roll(NEAR.right, 3, axis=1)),
        pair_of(NEAR.left, (NEAR.right * np.float32(0.98)).astype("u1")),
    ):
        eye = RightEye()
        eye.moved_alone(NEAR)
        assert not eye.moved_alone(then)


def test_what_comes_nearer_so_is_shown_at_once() -> None:
    stabiliser = Stabiliser()
    values = np.full((120, 240), 14.0, np.float32)
    for seq in range(6):
        pair = replace(pair_of(WALL, NEAR.right), seq=seq, pts_s=seq / 10)
        stabiliser.follow(replace(depth_frame(values, WALL), pair=pair))
    pair = replace(pair_of(WALL, np.roll(NEAR.right, -1, axis=1)), seq=6, pts_s=0.6)
    nearer = stabiliser.follow(replace(depth_frame(values + 1, WALL), pair=pair))
    assert (nearer.values == 15.0).all()
