"""How alike two pictures are, by their colours and by their structure."""

import numpy as np
import pytest

from depthview.engine.similarity import colour_distance, structural_similarity
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


def _by_definition(x: np.ndarray, y: np.ndarray) -> float:
    """SSIM of two grey pictures, window by window, as Wang et al. 2004 write it."""
    offsets = np.arange(11) - 5
    row = np.exp(-(offsets**2) / (2 * 1.5**2))
    weights = np.outer(row, row) / np.outer(row, row).sum()
    found = []
    for top in range(x.shape[0] - 10):
        for left in range(x.shape[1] - 10):
            a, b = (image[top : top + 11, left : left + 11].astype(float) for image in (x, y))
            ma, mb = (weights * a).sum(), (weights * b).sum()
            va, vb = (weights * (a - ma) ** 2).sum(), (weights * (b - mb) ** 2).sum()
            cov = (weights * (a - ma) * (b - mb)).sum()
            c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
            found.append((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    return float(np.mean(found))


def _grey(levels: np.ndarray) -> np.ndarray:
    return np.repeat(levels[..., None], 3, axis=2).astype(np.uint8)


def test_ssim_is_what_its_authors_define() -> None:
    rng = np.random.default_rng(2)
    x = rng.integers(0, 256, (24, 31))
    y = np.clip(x + rng.normal(0, 40, x.shape), 0, 255).astype(np.uint8)
    expected = _by_definition(x, y)
    assert 0.3 < expected < 0.95
    assert structural_similarity(_grey(x), _grey(y)) == pytest.approx(expected, abs=1e-5)
    assert structural_similarity(_grey(y), _grey(x)) == pytest.approx(expected, abs=1e-5)


def test_ssim_of_the_same_of_the_inverse_and_of_plain_pictures() -> None:
    picture = texture(60, 90)
    assert structural_similarity(picture, picture) == pytest.approx(1.0, abs=1e-6)
    assert structural_similarity(picture, 255 - picture) < 0
    # Without structure only the brightness term is left: (2 a b + C1) / (a^2 + b^2 + C1).
    c1 = (0.01 * 255) ** 2
    expected = (2 * 100 * 200 + c1) / (100**2 + 200**2 + c1)
    found = structural_similarity(_plain((100, 100, 100)), _plain((200, 200, 200)))
    assert found == pytest.approx(expected, abs=1e-6)


def test_ssim_looks_at_places_and_at_brightness() -> None:
    picture = texture(60, 90)
    assert structural_similarity(picture, picture[::-1, ::-1].copy()) < 0.3, "where the histograms are the same"
    # Pure red is 0.299 of white: the weights of red and blue must not be exchanged.
    c1 = (0.01 * 255) ** 2
    red, grey = _plain((255, 0, 0)), _plain((76, 76, 76))
    a, b = 0.299 * 255, 76.0
    assert structural_similarity(red, grey) == pytest.approx((2 * a * b + c1) / (a * a + b * b + c1), abs=1e-6)


@pytest.mark.parametrize("sizes", [((40, 60), (40, 61)), ((10, 60), (10, 60))])
def test_ssim_needs_one_size_and_room_for_its_window(sizes: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="no SSIM"):
        structural_similarity(*(_plain((9, 9, 9), size) for size in sizes))
