"""How alike two pictures are by their colours."""

import numpy as np
import pytest

from depthview.engine.similarity import colour_distance
from tests.engine.dot_pairs import texture


def _plain(rgb: tuple[int, int, int], size_hw: tuple[int, int] = (40, 60)) -> np.ndarray:
    return np.full((*size_hw, 3), rgb, np.uint8)


def test_the_same_is_0_and_disjoint_colours_are_1() -> None:
    picture = texture(60, 90)
    assert colour_distance(picture, picture) == pytest.approx(0.0, abs=1e-6)
    assert colour_distance(_plain((250, 10, 10)), _plain((10, 10, 250))) == pytest.approx(1.0, abs=1e-6)


def test_it_is_the_bhattacharyya_distance() -> None:
    red, blue = _plain((250, 10, 10)), _plain((10, 10, 250))
    half = np.concatenate([red, blue])
    # sqrt(1 - sum sqrt(p q)) with p = (1, 0), q = (1/2, 1/2).
    assert colour_distance(red, half) == pytest.approx((1 - 0.5**0.5) ** 0.5, abs=1e-5)
    quarter = np.concatenate([red, blue, blue, blue])
    expected = (1 - (0.5 * 0.25) ** 0.5 - (0.5 * 0.75) ** 0.5) ** 0.5
    assert colour_distance(half, quarter) == pytest.approx(expected, abs=1e-5)
    assert colour_distance(quarter, half) == pytest.approx(expected, abs=1e-5)


def test_size_and_place_do_not_count() -> None:
    picture = texture(60, 90)
    assert colour_distance(picture, picture[::-1, ::-1].copy()) == pytest.approx(0.0, abs=1e-6)
    assert colour_distance(_plain((90, 200, 30)), _plain((90, 200, 30), (7, 900))) == pytest.approx(0.0, abs=1e-6)
