"""The seed: known where matching knows, and in the network's place exactly there."""

import numpy as np
import pytest

from depthview.engine.estimators.seed import FINE_SEED_PX, Seeder, fused
from tests.engine.dot_pairs import flat_pair


@pytest.mark.parametrize("disparity_px", [12, 40, -20])
def test_a_flat_wall_is_found_at_half_size_in_pixels_of_the_whole(disparity_px: int) -> None:
    pair = flat_pair(160, 480, disparity_px)
    seed = Seeder().seed(pair.left, pair.right, (160, 480))
    assert (seed.shape, seed.dtype) == ((80, 240), np.float32)
    seen = seed[:, 30:-20]
    assert np.isfinite(seen).mean() > 0.9
    assert np.nanmedian(seen) == pytest.approx(disparity_px, abs=0.3)


def test_padding_is_unknown_and_an_odd_content_keeps_its_scale() -> None:
    pair = flat_pair(96, 320, 16)
    for eye in (pair.left, pair.right):
        eye[75:], eye[:, 301:] = 0, 0
    seed = Seeder().seed(pair.left, pair.right, (75, 301))
    assert seed.shape == (48, 160)
    assert np.isnan(seed[38:]).all()
    assert np.isnan(seed[:, 151:]).all()
    assert np.nanmedian(seed) == pytest.approx(16, abs=0.3)


def test_a_seed_replaces_the_first_match_and_its_holes_are_bridged() -> None:
    nan = np.nan
    seed_px = np.array(
        [
            [8, 8, nan, nan, nan, 20],
            [8, 8, nan, nan, 12, nan],
            [nan, nan, 0, 4, -4, nan],
            [nan, -16, 4, nan, nan, nan],
        ],
        np.float32,
    )
    first = np.array([[50, 51, 52], [53, 54, 55]], np.float32)[None, None]
    sure = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], np.float32)[None, None]
    before = first.copy(), sure.copy()
    new_first, new_sure = fused(seed_px, first, sure)
    np.testing.assert_array_equal(new_first[0, 0], np.float32([[2, 2, 4], [-4, 8 / 3 / 4, -1]]))
    np.testing.assert_allclose(new_sure[0, 0], np.float32([[2, 1, 1.5], [1.25, 1.75, 1.25]]))
    assert (new_first.dtype, new_sure.dtype, new_first.shape) == (np.float32, np.float32, (1, 1, 2, 3))
    np.testing.assert_array_equal(first, before[0])
    np.testing.assert_array_equal(sure, before[1])


def test_nothing_known_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    first, sure = (rng.random((1, 1, 5, 7), np.float32) for _ in range(2))
    new_first, new_sure = fused(np.full((10, 14), np.nan, np.float32), first, sure)
    np.testing.assert_array_equal(new_first, first)
    np.testing.assert_array_equal(new_sure, sure)


def test_it_is_the_fusion_that_the_network_was_trained_with() -> None:
    """The training's own is in torch, and kept in step by this; where torch is missing the test above has to do."""
    torch = pytest.importorskip("torch")
    training = pytest.importorskip("training.stereo.seed")
    from training.stereo.network import Frame, State

    rng = np.random.default_rng(4)
    seed_px = (rng.random((24, 40), np.float32) * 60 - 10).astype(np.float32)
    seed_px[rng.random(seed_px.shape) < 0.4] = np.nan
    first, sure = (rng.random((1, 1, 12, 20), np.float32) for _ in range(2))
    nothing = torch.zeros(1)
    frame = Frame(nothing, torch.from_numpy(first), torch.from_numpy(sure), nothing, nothing, nothing)
    trained, state = training.seeded(frame, State(frame.first, nothing, nothing), torch.from_numpy(seed_px)[None, None])
    new_first, new_sure = fused(seed_px, first, sure)
    np.testing.assert_allclose(new_first, trained.first.numpy(), atol=1e-5)
    np.testing.assert_allclose(new_first, state.disparity.numpy(), atol=1e-5)
    np.testing.assert_allclose(new_sure, trained.first_sure.numpy(), atol=1e-6)


def test_pictures_that_say_nothing_and_tiny_ones_do_not_fail() -> None:
    black = np.zeros((32, 32, 3), np.uint8)
    assert Seeder().seed(black, black, (32, 32)).shape == (16, 16)
    tiny = flat_pair(32, 32, 2)
    assert Seeder().seed(tiny.left, tiny.right, (1, 1)).shape == (16, 16)


def test_a_fine_seed_has_a_value_for_every_pixel_and_is_fused_by_cells_of_four() -> None:
    pair = flat_pair(96, 256, 10)
    seed = Seeder().seed(pair.left, pair.right, (96, 250), FINE_SEED_PX)
    assert seed.shape == (96, 256)
    assert np.isnan(seed[:, 250:]).all()
    assert np.nanmedian(seed) == pytest.approx(10, abs=0.15)
    cells = np.zeros((1, 1, 24, 64), np.float32)
    first, sure = fused(seed, cells, cells)
    assert np.median(first) == pytest.approx(2.5, abs=0.04)
    known = np.isfinite(seed.reshape(24, 4, 64, 4)).mean((1, 3))
    np.testing.assert_allclose(sure[0, 0], 1 + known, atol=1e-6)
