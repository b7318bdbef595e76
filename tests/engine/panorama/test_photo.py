"""Photos of every kind and shape: what they show lands where it belongs on the sphere, or a sentence says why not."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.panorama.opening.photo import Photo, read_photo
from tests.engine.dot_pairs import texture

HW = (128, 256)
SCENE = texture(*HW)
CROPPED = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" {attributes}>{elements}</rdf:Description>
</rdf:RDF></x:xmpmeta>"""


def gpano(
    left: int, top: int, width: int, height: int, *, full_hw: tuple[int, int] = HW, elements: bool = False, **more: str
) -> bytes:
    values = {
        "ProjectionType": "equirectangular",
        "FullPanoWidthPixels": full_hw[1],
        "FullPanoHeightPixels": full_hw[0],
        "CroppedAreaImageWidthPixels": width,
        "CroppedAreaImageHeightPixels": height,
        "CroppedAreaLeftPixels": left,
        "CroppedAreaTopPixels": top,
        **more,
    }
    inside = "".join(f"<GPano:{key}>{value}</GPano:{key}>" for key, value in values.items()) if elements else ""
    return CROPPED.format(
        attributes="" if elements else " ".join(f'GPano:{key}="{value}"' for key, value in values.items()),
        elements=inside,
    ).encode()


def saved(folder: Path, picture: Image, name: str = "pano.png", **how: object) -> Path:
    path = folder / name
    Pillow.fromarray(picture).save(path, **how)  # type: ignore[arg-type]
    return path


def with_xmp(folder: Path, picture: Image, xmp: bytes, name: str = "pano.jpg") -> Path:
    if name.endswith(".tif"):
        return saved(folder, picture, name, tiffinfo={700: xmp})
    if not name.endswith(".png"):
        return saved(folder, picture, name, xmp=xmp, quality=95)
    path = saved(folder, picture, name)
    data = path.read_bytes()
    text = b"XML:com.adobe.xmp\0\0\0\0\0" + xmp
    chunk = struct.pack(">I", len(text)) + b"iTXt" + text + struct.pack(">I", zlib.crc32(b"iTXt" + text))
    path.write_bytes(data[:33] + chunk + data[33:])  # behind the header
    return path


def alike(photo: Photo, picture: Image, most: float = 8.0) -> bool:
    off = np.abs(photo.image.astype(int) - picture)[photo.covered]
    return float(off.mean()) < most


@pytest.mark.parametrize("name", ["pano.png", "파노라마.jpg", "pano.webp", "pano.tif", "no suffix"])
def test_whole_panoramas_of_every_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    kind = {".jpg": "JPEG", ".webp": "WEBP", ".tif": "TIFF"}.get(path.suffix, "PNG")
    Pillow.fromarray(SCENE).save(path, format=kind, quality=95)
    photo = read_photo(path)
    assert (photo.size_hw, photo.file_size_wh, photo.title, photo.notices) == (HW, (256, 128), name, ())
    assert photo.covered.all()
    assert alike(photo, SCENE)


def test_a_high_dynamic_range_is_brought_to_what_a_model_can_see(tmp_path: Path) -> None:
    light = np.exp(np.linspace(-6, 6, HW[1], dtype=np.float32))[None, :, None] * np.ones((*HW, 3), np.float32)
    light[..., 0] *= 2
    path = tmp_path / "pano.hdr"
    cv2.imwrite(str(path), light[..., ::-1])
    photo = read_photo(path)
    assert photo.size_hw == HW
    row = photo.image[64].astype(int)
    assert (np.diff(row[:, 1]) >= 0).all()
    assert row[0, 1] < 25
    assert row[-1, 1] > 240, "twelve powers of e, dark to light, nothing cut"
    assert 80 < row[:, 1].mean() < 150
    assert (row[:, 0] >= row[:, 2]).all(), "red is red"


@pytest.mark.parametrize("working_width", [128, 200, 256, 1000])
def test_what_is_wider_than_wanted_is_worked_at_that_width(tmp_path: Path, working_width: int) -> None:
    photo = read_photo(saved(tmp_path, SCENE), working_width=working_width)
    width = min(working_width, 256)
    assert photo.size_hw == (width // 2, width)
    assert photo.file_size_wh == (256, 128)
    smaller = cv2.resize(SCENE, (width, width // 2), interpolation=cv2.INTER_AREA)
    assert alike(photo, np.asarray(smaller, np.uint8), 3)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.tif"])
@pytest.mark.parametrize("elements", [False, True])
def test_a_cropped_panorama_lies_where_its_metadata_says(tmp_path: Path, name: str, elements: bool) -> None:
    left, top, width, height = 40, 32, 160, 60
    xmp = gpano(left, top, width, height, elements=elements)
    photo = read_photo(with_xmp(tmp_path, SCENE[top : top + height, left : left + width], xmp, name))
    assert photo.size_hw == HW
    covered = np.zeros(HW, bool)
    covered[top : top + height, left : left + width] = True
    np.testing.assert_array_equal(photo.covered, covered)
    assert alike(photo, SCENE)
    assert not photo.image[~covered].any()
    assert photo.notices == ("The photo shows 29 % of the sphere; the rest has no depth.",)


def test_a_crop_goes_on_past_the_wrap(tmp_path: Path) -> None:
    rolled = np.roll(SCENE, -200, axis=1)[30:94, :120]
    photo = read_photo(with_xmp(tmp_path, np.ascontiguousarray(rolled), gpano(200, 30, 120, 64)))
    assert photo.covered[40, [200, 255, 0, 63]].all()
    assert not photo.covered[40, 64:200].any()
    assert alike(photo, SCENE)


def test_a_crop_that_was_scaled_since_is_placed_in_proportion(tmp_path: Path) -> None:
    half = cv2.resize(SCENE[32:96, 64:192], (64, 32), interpolation=cv2.INTER_AREA)
    photo = read_photo(with_xmp(tmp_path, np.asarray(half, np.uint8), gpano(64, 32, 128, 64)))
    assert photo.size_hw == (64, 128)
    assert photo.covered.sum() == 64 * 32
    assert photo.covered[16:48, 32:96].all()


@pytest.mark.parametrize(
    "xmp",
    [
        gpano(40, 32, 160, 60),
        gpano(0, 0, 256, 128, full_hw=(0, 0)),
        gpano(0, 0, 256, 128, FullPanoWidthPixels="1e99"),
        gpano(0, 0, 256, 128, CroppedAreaLeftPixels="nan"),
        gpano(0, 100, 256, 128),
        b"<GPano:FullPanoWidthPixels>" * 1000,
        b"\xff\xfe\0garbage",
    ],
)
def test_metadata_that_cannot_be_of_a_whole_panorama_is_passed_over(tmp_path: Path, xmp: bytes) -> None:
    photo = read_photo(with_xmp(tmp_path, SCENE, xmp))
    assert photo.covered.all()
    assert alike(photo, SCENE)


def test_black_poles_are_not_believed(tmp_path: Path) -> None:
    scene = SCENE.copy()
    scene[:20] = 3
    scene[-12:] = 0
    photo = read_photo(saved(tmp_path, scene))
    np.testing.assert_array_equal(photo.covered.all(axis=1), np.r_[np.zeros(20), np.ones(96), np.zeros(12)])
    assert "black at the top or bottom" in photo.notices[0]


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def encoded(picture: Image, ending: str = ".jpg") -> bytes:
    return bytes(cv2.imencode(ending, picture)[1])


RADIANCE = b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y %d +X %d\n"
REFUSED: dict[str, tuple[bytes, str]] = {
    "ordinary.jpg": (encoded(texture(90, 120)), "This is an ordinary picture, 120 x 90 pixels, not a 360° panorama"),
    "square.jpg": (encoded(texture(90, 90)), "This is an ordinary picture"),
    "cropped.jpg": (encoded(texture(60, 200)), "This picture is wider than a whole panorama, 200 x 60 pixels"),
    "1x2.png": (encoded(SCENE[:1, :2], ".png"), "This picture has only 2 x 1 pixels, too few for a panorama"),
    "2x1.png": (encoded(SCENE[:2, :1], ".png"), "This picture has only 1 x 2 pixels"),
    "grey.png": (encoded(np.full((64, 128, 3), 127, np.uint8), ".png"), "This picture is of one colour only"),
    "black.jpg": (encoded(np.zeros((64, 128, 3), np.uint8)), "This picture is of one colour only"),
    "half.jpg": (encoded(SCENE)[:4000], "This picture is cut off before its end"),
    "half.png": (encoded(SCENE, ".png")[:4000], "This picture is"),
    "huge.png": (png_header(50_000, 25_000), "This picture is too large"),
    "empty.jpg": (b"", "This file is empty"),
    "text.jpg": (b"no picture at all\n" * 9, "This picture is damaged, or is none in spite of its name"),
    "huge.hdr": (RADIANCE % (25_000, 50_000), "This picture is too large, 50000 x 25000 pixels"),
    "cut.hdr": (RADIANCE % (128, 256) + b"\x02\x02\x01\x00", "This picture is damaged"),
    "odd.hdr": (b"#?RADIANCE\nno size\n", "This picture is damaged"),
    "ordinary.hdr": (RADIANCE % (300, 400), "This is an ordinary picture"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_panorama_is_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    content, sentence = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UserError) as refused:
        read_photo(path)
    assert str(refused.value).startswith(sentence)
    assert str(refused.value).endswith(str(path))


def test_files_that_are_not_there_folders_and_other_projections(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no such file"):
        read_photo(tmp_path / "nothing.jpg")
    with pytest.raises(UserError, match="This is a folder: choose one"):
        read_photo(tmp_path)
    with pytest.raises(UserError, match="projection is cylindrical"):
        read_photo(with_xmp(tmp_path, SCENE, gpano(0, 0, 256, 128, ProjectionType="cylindrical")))


PEAK = """
import resource, sys
from pathlib import Path
from depthview.engine.panorama.opening.photo import read_photo
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
photo = read_photo(Path(sys.argv[1]), working_width=1024)
print(*photo.size_hw, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the peak of memory as Linux counts it")
@pytest.mark.parametrize(
    ("name", "most_bytes_a_pixel"),
    [("large.jpg", 1.0), ("large.png", 5.0)],  # of a PNG it is decoded, at four bytes a pixel, and nothing else
)
def test_a_large_photo_is_not_converted_as_a_whole(tmp_path: Path, name: str, most_bytes_a_pixel: float) -> None:
    large = cv2.resize(SCENE, (8192, 4096), interpolation=cv2.INTER_NEAREST)
    path = tmp_path / name
    if name.endswith(".png"):
        large = np.concatenate([large, np.full((*large.shape[:2], 1), 255, np.uint8)], axis=-1)
    path.write_bytes(bytes(cv2.imencode(path.suffix, large, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1]))
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], cwd=root, capture_output=True, text=True, timeout=120, check=True
    )
    height, width, grown = (int(word) for word in done.stdout.split())
    assert (height, width) == (512, 1024)
    assert grown < most_bytes_a_pixel * 8192 * 4096 + 15_000_000
