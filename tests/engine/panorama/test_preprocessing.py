"""What is done to a photo before a model sees it: what each step is for, and that the wrap is no border."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.panorama.estimating.preprocessing import preprocessed
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.recipe import Preprocess
from tests.engine.dot_pairs import texture

HW = (128, 256)


def photo_of(image: Image) -> Photo:
    return Photo(image, np.ones(HW, bool), HW[::-1], "photo")


@pytest.fixture
def around() -> Image:
    """A texture that goes on past the wrap."""
    one = texture(HW[0], HW[1] // 2)
    one = one if one.ndim == 3 else np.repeat(one[..., None], 3, axis=-1)
    return np.concatenate([one, one[:, ::-1]], axis=1).astype(np.uint8)


def spread(values: NDArray[np.generic]) -> float:
    return float(np.asarray(values, np.float64).std())


def test_nothing_asked_nothing_done(around: Image) -> None:
    photo = photo_of(around)
    assert preprocessed(photo, ()) is photo


@pytest.mark.parametrize("step", Preprocess)
def test_size_type_and_what_is_not_shown_stay(around: Image, step: Preprocess) -> None:
    covered = np.ones(HW, bool)
    covered[:30] = False
    done = preprocessed(replace(photo_of(around), covered=covered), (step,))
    assert (done.image.shape, done.image.dtype) == ((*HW, 3), np.uint8)
    assert (done.image[:30] == 0).all()
    assert (done.image[30:] != around[30:]).any()


@pytest.mark.parametrize("step", Preprocess)
def test_the_wrap_is_no_border(around: Image, step: Preprocess) -> None:
    """Turned by half, what was the wrap is in the middle, and looks the same there."""
    half = HW[1] // 2
    done = preprocessed(photo_of(around), (step,)).image
    turned = preprocessed(photo_of(np.roll(around, half, axis=1)), (step,)).image
    assert np.abs(np.roll(turned, half, axis=1).astype(int) - done).max() <= 1


def test_gaussian_takes_noise_away_and_leaves_things() -> None:
    wide = np.full((1024, 2048, 3), 120, np.uint8)
    wide[300:700, 500:1500] = 200
    noise = np.random.default_rng(1).normal(0, 12, wide.shape)
    noisy = np.clip(wide + noise, 0, 255).astype(np.uint8)
    photo = Photo(noisy, np.ones(wide.shape[:2], bool), (2048, 1024), "photo")
    done = preprocessed(photo, (Preprocess.GAUSSIAN,)).image
    assert spread(done[20:200, 20:200]) < 0.7 * spread(noisy[20:200, 20:200])
    assert abs(float(done[500, 600:1400].mean()) - 200) < 2
    assert abs(float(done[500, 505:520].mean()) - 200) < 4


def test_clahe_shows_what_is_in_the_dark(around: Image) -> None:
    dark = (around // 8).astype(np.uint8)
    assert spread(preprocessed(photo_of(dark), (Preprocess.CLAHE,)).image) > 1.4 * spread(dark)


def test_dehazing_takes_back_a_veil_that_was_laid_over_a_photo(around: Image) -> None:
    clear = around.copy()
    clear[::3, ::3, 0] = 0  # somewhere near, something is dark in some colour: what the method rests on
    hazy = np.rint(0.5 * clear + 0.5 * 230).astype(np.uint8)
    hazy[:20] = 230  # and far away there is nothing but haze
    done = preprocessed(photo_of(hazy), (Preprocess.DEHAZE,)).image
    assert spread(done[40:]) > 1.5 * spread(hazy[40:])
    before, after = (np.abs(image.astype(float) - clear)[40:].mean() for image in (hazy, done))
    assert after < 0.6 * before


def test_the_order_in_which_steps_are_named_does_not_matter(around: Image) -> None:
    photo = photo_of(around)
    np.testing.assert_array_equal(
        preprocessed(photo, tuple(Preprocess)).image, preprocessed(photo, tuple(Preprocess)[::-1]).image
    )
