"""The seed: known where matching knows, and in the network's place exactly there."""

from dataclasses import fields

import numpy as np
import pytest

from depthview.engine.estimators.seed import Seed, Seeder, bridged, fused
from tests.engine.dot_pairs import flat_pair


def seed_of(disparity_px: np.ndarray) -> Seed:
    found = np.isfinite(disparity_px)
    return Seed(bridged(disparity_px, found), found)


@pytest.mark.parametrize("disparity_px", [12, 40, -20])
def test_a_flat_wall_is_found(disparity_px: int) -> None:
    pair = flat_pair(160, 480, disparity_px)
    seed = Seeder().seed(pair.left, pair.right, (160, 480))
    assert (seed.disparity_px.shape, seed.disparity_px.dtype) == ((160, 480), np.float32)
    assert seed.usable
    assert seed.found[:, 60:-40].mean() > 0.9
    assert np.median(seed.disparity_px[:, 60:-40]) == pytest.approx(disparity_px, abs=0.15)


def test_nothing_is_found_in_padding_and_what_stands_there_is_the_border_s() -> None:
    pair = flat_pair(96, 320, 16)
    for eye in (pair.left, pair.right):
        eye[75:], eye[:, 301:] = 0, 0
    seed = Seeder().seed(pair.left, pair.right, (75, 301))
    assert seed.found.shape == seed.disparity_px.shape == (96, 320)
    assert not seed.found[75:].any()
    assert not seed.found[:, 301:].any()
    assert np.median(seed.disparity_px[seed.found]) == pytest.approx(16, abs=0.15)
    np.testing.assert_array_equal(seed.disparity_px[75:, :301], np.broadcast_to(seed.disparity_px[74, :301], (21, 301)))


def test_a_seed_replaces_the_first_match_and_its_holes_are_bridged() -> None:
    seed_px = np.full((8, 12), np.nan, np.float32)
    seed_px[:2, :4] = 8
    seed_px[2:4, 8:] = 12
    seed_px[0, 8:] = 20
    seed_px[5, :4] = -16
    seed_px[4:7, 4:8] = [[4], [8], [-4]]
    new_first, new_sure = fused(seed_of(seed_px))
    mixed, sloped = (20 + 2 * 12) / 3, (4 + 8 - 4) / 3
    np.testing.assert_allclose(new_first[0, 0] * 4, np.float32([[8, 8, mixed], [-16, sloped, sloped]]))
    np.testing.assert_allclose(new_sure[0, 0], np.float32([[1.5, 1, 1.75], [1.25, 1.75, 1]]))
    assert (new_first.dtype, new_sure.dtype, new_first.shape) == (np.float32, np.float32, (1, 1, 2, 3))


def test_a_hole_takes_what_is_behind_and_a_row_without_any_the_middle_of_all() -> None:
    nan = np.nan
    values = np.float32([[5, nan, nan, 2], [nan] * 4, [nan, 7, nan, nan]])
    filled = np.float32([[5, 2, 2, 2], [5] * 4, [7] * 4])
    np.testing.assert_array_equal(bridged(values, np.isfinite(values)), filled)
    nothing = np.full((3, 4), nan, np.float32)
    assert not bridged(nothing, np.isfinite(nothing)).any()


def test_what_hardly_finds_anything_is_not_usable() -> None:
    black = np.zeros((64, 96, 3), np.uint8)
    assert not Seeder().seed(black, black, (64, 96)).usable


def test_it_is_the_fusion_that_the_network_was_trained_with() -> None:
    """The training's own is in torch, and kept in step by this; where torch is missing the test above has to do."""
    torch = pytest.importorskip("torch")
    training = pytest.importorskip("training.stereo.seed")
    from training.stereo.network import Frame, State

    rng = np.random.default_rng(4)
    seed_px = (rng.random((48, 80), np.float32) * 60 - 10).astype(np.float32)
    seed_px[rng.random(seed_px.shape) < 0.4] = np.nan
    first, sure = (rng.random((1, 1, 12, 20), np.float32) for _ in range(2))
    nothing = torch.zeros(1)
    firsts = {"first": torch.from_numpy(first), "first_sure": torch.from_numpy(sure)}
    rest = dict.fromkeys({field.name for field in fields(Frame)} - set(firsts), nothing)
    frame = Frame(**firsts, **rest)
    trained, state = training.seeded(frame, State(frame.first, nothing, nothing), torch.from_numpy(seed_px)[None, None])
    seed = seed_of(seed_px)
    new_first, new_sure = fused(seed)
    np.testing.assert_allclose(new_first, trained.first.numpy(), atol=1e-5)
    np.testing.assert_allclose(new_first, state.disparity.numpy(), atol=1e-5)
    np.testing.assert_allclose(new_sure, trained.first_sure.numpy(), atol=1e-6)
    np.testing.assert_array_equal(trained.seed_px.numpy()[0, 0], seed.disparity_px)
    np.testing.assert_array_equal(trained.seed_sure.numpy()[0, 0], np.where(seed.found, 1, 0.5))


def test_pictures_that_say_nothing_and_tiny_ones_do_not_fail() -> None:
    black = np.zeros((32, 32, 3), np.uint8)
    tiny = flat_pair(32, 32, 2)
    assert Seeder().seed(black, black, (32, 32)).found.shape == (32, 32)
    assert Seeder().seed(tiny.left, tiny.right, (1, 1)).disparity_px.shape == (32, 32)
