"""Keyframes are told from noise, from light that changes slowly, and from what moves."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.stabiliser.coding import Brought, Coding
from tests.engine.dot_pairs import texture

PICTURE = texture(120, 200)[..., 0].astype(np.float32)
EVERY = 12


def found(of_frame: Callable[[int], NDArray[np.floating]], frames: int = 40) -> list[int]:
    """The frames that are said to be coded anew."""
    coding = Coding()
    return [k for k in range(frames) if coding.anew(np.clip(of_frame(k), 0, 255).astype(np.uint8))]


@pytest.mark.parametrize("grey_noise", [0.0, 2.0])
def test_every_keyframe_is_found(grey_noise: float) -> None:
    noise = [np.random.default_rng(k).normal(0, 1, PICTURE.shape) for k in range(40)]
    keyframes = [k for k in range(1, 40) if k % EVERY == 0]
    assert found(lambda k: PICTURE + 4 * noise[k // EVERY] + grey_noise * noise[k]) == keyframes


def test_noise_changing_light_and_what_moves_are_none() -> None:
    rng = np.random.default_rng(0)
    assert found(lambda k: PICTURE + rng.normal(0, 6, PICTURE.shape)) == []
    assert found(lambda k: PICTURE * (1 + 0.05 * np.sin(k / 15))) == []

    def crossed(k: int) -> NDArray[np.floating]:
        picture = PICTURE.copy()
        picture[40:60, 4 * k : 4 * k + 20] = 255
        return picture

    assert [k for k in found(crossed) if k > 1] == []


def test_what_a_keyframe_brought_is_no_agreement_until_there_is_more_of_it() -> None:
    brought, news = Brought((1, 2)), np.array([[0.4, -0.2]], np.float32)
    brought.take_in(news, np.array([[0.5, -0.3]], np.float32), coded=True)
    brought.take_in(10 * news, np.array([[0.9, -0.9]], np.float32), coded=False)
    assert 0 < brought.usual_news[0, 0] < 0.4
    now = brought.beyond(np.array([[0.4, -0.8]], np.float32))
    assert now[0, 0] == 0
    assert -0.6 < now[0, 1] < -0.5
