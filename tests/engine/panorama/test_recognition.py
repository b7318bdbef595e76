"""Which pictures are taken for 360° photos when nobody says what they are."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.frames import Image
from depthview.engine.panorama.recognition import is_picture, looks_like_panorama, may_be_panorama
from depthview.engine.sphere import directions

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
PHOTOS = ("da2_a5_rgb.png", "pockethome_hanuryhouse.jpg", "polyhaven_st_fagans_interior_1k.hdr")


def real(*parts: str) -> Path:
    path = DATA.joinpath(*parts)
    if not path.is_file():
        pytest.skip(f"no real photo at {path}")
    return path


def smooth_world(size_hw: tuple[int, int]) -> Image:
    """What a camera sees around it where colour depends on the direction alone."""
    towards = directions(size_hw)
    waves = [np.sin(towards @ np.array(way, np.float32)) for way in ((9, 2, 4), (1, 7, 5), (6, -3, 8))]
    return np.asarray(127.5 + 127.5 * np.stack(waves, axis=-1), np.uint8)


def save(path: Path, image: Image, xmp: bytes = b"") -> Path:
    Pillow.fromarray(image).save(path, **({"xmp": xmp} if xmp else {}))
    return path


def test_a_drawn_panorama_is_one_and_two_eyes_of_the_same_shape_are_not(tmp_path: Path) -> None:
    whole = smooth_world((256, 512))
    assert looks_like_panorama(save(tmp_path / "whole.png", whole))
    eye = whole[64:192, 100:228]
    pair = np.concatenate([eye, np.roll(eye, 5, axis=1)], axis=1)
    path = save(tmp_path / "pair.png", pair)
    assert may_be_panorama(path), "its shape allows it"
    assert not looks_like_panorama(path)


def test_the_metadata_decide_where_there_are_any(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (128, 256, 3), np.uint8)
    assert not looks_like_panorama(save(tmp_path / "noise.jpg", noise))
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf GPano:ProjectionType="equirectangular"/></x:xmpmeta>'
    assert looks_like_panorama(save(tmp_path / "said.jpg", noise, xmp))


@pytest.mark.parametrize("size_wh", [(640, 480), (600, 200), (40, 20)])
def test_other_shapes_are_no_panoramas(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    image = np.zeros((*size_wh[::-1], 3), np.uint8)
    assert not may_be_panorama(save(tmp_path / "plain.png", image))


def test_what_cannot_be_read_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    folder = tmp_path / "folder.png"
    folder.mkdir()
    for path in (broken, folder, tmp_path / "gone.jpg", tmp_path / "film.mp4"):
        assert not may_be_panorama(path)
        assert not looks_like_panorama(path)
    assert is_picture(broken)
    assert not is_picture(folder)


@pytest.mark.parametrize("name", PHOTOS)
def test_real_panoramas_are_recognised(name: str) -> None:
    path = real("pano", name)
    assert may_be_panorama(path)
    assert looks_like_panorama(path)


def test_a_real_photo_cut_to_that_shape_is_not(tmp_path: Path) -> None:
    photo = cv2.imread(str(real("photos", "fox_50", "0042.jpg")))
    width = photo.shape[1] // 2 * 2
    path = save(tmp_path / "cut.jpg", np.ascontiguousarray(photo[200 : 200 + width // 2, :width, ::-1]))
    assert may_be_panorama(path)
    assert not looks_like_panorama(path)
