"""The sky: found outdoors, never indoors."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.panorama.opening.photo import read_photo
from depthview.engine.panorama.surface.sky import sky_in

HW = (256, 512)
NEAR = np.full(HW, 3, np.float32)
DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "pano"
OUTDOORS = {"outdoor_braunschweig_moge.jpg": 0.29, "panocontext_agvlxcyjeajlla_rgb.jpg": 0.34}
PHOTOS = sorted(
    path.name
    for path in [*DATA.glob("*.*g"), *DATA.glob("*.hdr")]
    if not {"dist", "pred", "depth"} & {*path.stem.split("_")}
) or list(OUTDOORS)


def town(sky: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Roofs of different heights, grained, before `sky`; and where the sky is."""
    rng = np.random.default_rng(3)
    height = rng.integers(60, 120, 16).repeat(HW[1] // 16)
    is_sky = np.arange(HW[0])[:, None] < height
    grain = rng.integers(60, 170, (*HW, 1)).astype(np.uint8)
    return np.where(is_sky[..., None], sky, grain).astype(np.uint8), is_sky


def gradient(low: tuple[int, int, int], high: tuple[int, int, int]) -> np.ndarray:
    share = np.linspace(0, 1, HW[0])[:, None, None]
    return np.tile((1 - share) * high + share * low, (1, HW[1], 1))


def clouded(sky: np.ndarray) -> np.ndarray:
    noise = cv2.resize(np.random.default_rng(1).random((6, 12)).astype(np.float32), HW[::-1])[..., None]
    white = np.clip(4 * noise - 2, 0, 1)
    return sky * (1 - white) + 235 * white


BLUE = gradient((170, 200, 230), (60, 110, 190))


@pytest.mark.parametrize("sky", [BLUE, clouded(BLUE)])
@pytest.mark.parametrize("columns", [0, 100])
def test_a_blue_sky_is_found_up_to_the_roofs_whatever_the_range_says(sky: np.ndarray, columns: int) -> None:
    photo, is_sky = (np.roll(array, columns, axis=1) for array in town(sky))
    found = sky_in(photo, NEAR)
    assert (found & is_sky).sum() > 0.97 * is_sky.sum()
    assert (found & ~is_sky).sum() < 0.01 * is_sky.sum()


def test_a_grey_sky_is_found_only_where_it_is_far() -> None:
    photo, is_sky = town(gradient((230, 230, 232), (200, 202, 205)))
    assert not sky_in(photo, NEAR).any(), "it could be a ceiling"
    found = sky_in(photo, np.where(is_sky, np.float32(50), NEAR))
    assert (found & is_sky).sum() > 0.97 * is_sky.sum()


def test_what_is_blue_but_not_overhead_is_no_sky() -> None:
    photo, _ = town(gradient((90, 80, 70), (60, 55, 50)))
    photo[80:120, 100:300] = (90, 140, 220)
    assert not sky_in(photo, NEAR).any()


@pytest.mark.real
@pytest.mark.parametrize("name", PHOTOS)
def test_real_photos_outdoors_have_sky_and_rooms_have_none(name: str) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"{DATA / name} is not there")
    photo = read_photo(DATA / name, working_width=HW[1])
    share = float(sky_in(photo.image, NEAR).mean())
    assert share == pytest.approx(OUTDOORS.get(name, 0), abs=0.02 if name in OUTDOORS else 0)
