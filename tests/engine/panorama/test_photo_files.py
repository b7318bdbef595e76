"""Files as cameras, stitchers and bad luck write them: every kind of pixel, cut off anywhere, metadata that lies."""

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.panorama.opening.photo import read_photo
from depthview.engine.panorama.opening.placement import place_photo
from tests.engine.coded_clips import coded_clip
from tests.engine.panorama.test_photo import SCENE, gpano, with_xmp

GREY = cv2.cvtColor(SCENE, cv2.COLOR_RGB2GRAY)
BGR16 = SCENE[..., ::-1].astype(np.uint16) * 257
OPAQUE16 = np.full((*GREY.shape, 1), 65535, np.uint16)


def grey_as_rgb(grey: np.ndarray) -> Image:
    return np.repeat(grey[..., None], 3, axis=-1)


def off(path: Path, picture: Image) -> float:
    photo = read_photo(path)
    assert photo.size_hw == (128, 256)
    assert photo.covered.all()
    return float(np.abs(photo.image.astype(int) - picture).mean())


@pytest.mark.parametrize(
    ("name", "pixels", "shown"),
    [
        ("16 bits.png", BGR16, SCENE),
        ("16 bits and alpha.png", np.concatenate([BGR16, OPAQUE16], axis=-1), SCENE),
        ("16 bits grey.png", GREY.astype(np.uint16) * 257, grey_as_rgb(GREY)),
        ("16 bits.tif", BGR16, SCENE),
        ("16 bits grey.tif", GREY.astype(np.uint16) * 257, grey_as_rgb(GREY)),
        ("floats grey.tif", GREY.astype(np.float32) / 255, grey_as_rgb(GREY)),
    ],
)
def test_deep_pixels(tmp_path: Path, name: str, pixels: np.ndarray, shown: Image) -> None:
    cv2.imwrite(str(tmp_path / name), pixels)
    assert off(tmp_path / name, shown) < 0.01


def test_colours_as_floats_are_said_not_to_be_read(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "floats.tif"), SCENE.astype(np.float32) / 255)
    with pytest.raises(UserError, match="not a picture that can be read here: save it as JPEG or PNG"):
        read_photo(tmp_path / "floats.tif")


def test_other_kinds_of_colour(tmp_path: Path) -> None:
    scene, grey = Pillow.fromarray(SCENE), Pillow.fromarray(GREY)
    scene.convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    assert off(tmp_path / "print.jpg", SCENE) < 4
    grey.save(tmp_path / "grey.jpg", quality=95)
    assert off(tmp_path / "grey.jpg", grey_as_rgb(GREY)) < 2
    grey.convert("LA").save(tmp_path / "grey and alpha.png")
    assert off(tmp_path / "grey and alpha.png", grey_as_rgb(GREY)) == 0
    palette = scene.quantize(64)
    palette.save(tmp_path / "palette.png")
    assert off(tmp_path / "palette.png", np.asarray(palette.convert("RGB"))) == 0


def test_where_it_is_transparent_it_is_black(tmp_path: Path) -> None:
    alpha = np.full((128, 256, 1), 255, np.uint8)
    alpha[:20] = 0
    Pillow.fromarray(np.concatenate([SCENE, alpha], axis=-1)).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    assert not photo.covered[:20].any()
    assert photo.covered[20:].all()
    np.testing.assert_array_equal(photo.image[20:], SCENE[20:])


def test_of_several_pictures_in_a_file_the_first_counts(tmp_path: Path) -> None:
    for name, how in (("moving.webp", {"lossless": True}), ("two.jpg", {"format": "MPO"}), ("pages.tif", {})):
        later = [Pillow.fromarray(255 - SCENE)]
        Pillow.fromarray(SCENE).save(tmp_path / name, save_all=True, append_images=later, **how)  # type: ignore[arg-type]
    assert off(tmp_path / "moving.webp", SCENE) == 0
    assert off(tmp_path / "two.jpg", SCENE) < 8
    assert off(tmp_path / "pages.tif", SCENE) == 0


def test_a_big_tiff(tmp_path: Path) -> None:
    Pillow.fromarray(SCENE).save(tmp_path / "big.tif", big_tiff=True)
    assert (tmp_path / "big.tif").read_bytes()[2] == 43
    assert off(tmp_path / "big.tif", SCENE) == 0


TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_90,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", TURNS)
@pytest.mark.parametrize("working_width", [256, 128])
def test_a_photo_that_lies_in_its_file_is_turned_upright(tmp_path: Path, orientation: int, working_width: int) -> None:
    exif = Pillow.Exif()
    exif[0x112] = orientation
    Pillow.fromarray(SCENE).transpose(TURNS[orientation]).save(tmp_path / "a.png", exif=exif)
    photo = read_photo(tmp_path / "a.png", working_width=working_width)
    assert photo.file_size_wh == (256, 128)
    small = cv2.resize(SCENE, (working_width, working_width // 2), interpolation=cv2.INTER_AREA)
    assert np.abs(photo.image.astype(int) - small).max() <= 1


@pytest.mark.parametrize("size_wh", [(1024, 512), (1000, 500), (1002, 501), (514, 257), (769, 385)])
def test_shrunk_each_pixel_is_the_mean_of_what_it_covers(tmp_path: Path, size_wh: tuple[int, int]) -> None:
    column, row = np.meshgrid(np.arange(size_wh[0]) / size_wh[0], np.arange(size_wh[1]) / size_wh[1])
    smooth = np.stack([255 * row, 255 * column, 255 * np.sin(3 * column) ** 2], axis=-1)
    Pillow.fromarray(smooth.astype(np.uint8)).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png", working_width=128)
    wanted = cv2.resize(smooth.astype(np.uint8), (128, 64), interpolation=cv2.INTER_AREA)
    assert np.abs(photo.image.astype(int) - wanted).max() <= 2


def whole_files(folder: Path) -> dict[str, bytes]:
    scene = Pillow.fromarray(SCENE)
    kinds: dict[str, dict[str, object]] = {
        "a.jpg": {},
        "progressive.jpg": {"progressive": True},
        "a.png": {},
        "a.webp": {},
        "lossless.webp": {"lossless": True},
        "a.tif": {},
        "packed.tif": {"compression": "tiff_lzw"},
    }
    for name, how in kinds.items():
        scene.save(folder / name, **how)  # type: ignore[arg-type]
    cv2.imwrite(str(folder / "a.hdr"), SCENE.astype(np.float32))
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("share", [0.01, 0.4, 0.9])
def test_what_was_cut_off_is_said_to_be_damaged(tmp_path: Path, share: float) -> None:
    for name, data in whole_files(tmp_path).items():
        path = tmp_path / name
        path.write_bytes(data[: max(20, int(len(data) * share))])
        with pytest.raises(UserError) as refused:
            read_photo(path)
        said = str(refused.value)
        assert said.startswith(("This picture is cut off", "This picture is damaged", "This is not a picture")), name
        assert said.endswith(str(path))


def test_a_video_is_told_to_be_one(tmp_path: Path) -> None:
    coded_clip(tmp_path / "clip.mp4", 3)
    (tmp_path / "clip.mp4").rename(tmp_path / "clip.jpg")
    with pytest.raises(UserError, match="This is a video, not a photo: save one of its pictures"):
        read_photo(tmp_path / "clip.jpg")


AS_ANYBODY = """
import os, sys
from pathlib import Path
from depthview.engine.errors import UserError
from depthview.engine.panorama.opening.photo import read_photo
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    read_photo(Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Pillow.fromarray(SCENE).save(path)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):  # pytest's own folders are closed to others
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(0o755)
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", AS_ANYBODY, str(path)], cwd=root, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.startswith("There is no permission to read this: change its permissions")


LIES: dict[str, dict[str, str]] = {
    "negative": {"CroppedAreaLeftPixels": "-40"},
    "zero": {"FullPanoWidthPixels": "0", "FullPanoHeightPixels": "0"},
    "huge": {"FullPanoWidthPixels": "99999999999999999999", "FullPanoHeightPixels": "49999999999999999999"},
    "not a number": {"FullPanoWidthPixels": "nan"},
    "endless": {"CroppedAreaTopPixels": "inf"},
    "words": {"CroppedAreaImageWidthPixels": "many"},
    "out of the picture": {"CroppedAreaLeftPixels": "300"},
    "of another shape": {"CroppedAreaImageWidthPixels": "80"},
}


@pytest.mark.parametrize("lie", LIES)
def test_metadata_that_lies_is_passed_over_or_the_shape_is_explained(tmp_path: Path, lie: str) -> None:
    xmp = gpano(0, 0, 256, 128, **LIES[lie])
    assert read_photo(with_xmp(tmp_path, SCENE, xmp)).covered.all()
    with pytest.raises(UserError, match="does not say which part of one it shows"):
        read_photo(with_xmp(tmp_path, SCENE[:60], xmp, "crop.jpg"))


def test_metadata_made_to_keep_a_reader_busy() -> None:
    key = b"GPano:FullPanoWidthPixels"
    bombs = (
        key + b" " * 900_000,
        key + b"='" + b" " * 900_000,
        (key + b"=" + b" " * 30) * 20_000,
        (key + b">" + b"1" * 80) * 9_000,
        b"<!DOCTYPE x [" + b"<!ENTITY a '&b;&b;&b;'>" * 30_000 + b"]>",
    )
    for bomb in bombs:  # with a careless pattern, days
        assert place_photo((256, 128), bomb, where="a.jpg").is_whole
