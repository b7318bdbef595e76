"""What photos and films say of the lens that took them."""

import io
import math
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from depthview.engine.camera import Whence
from depthview.engine.frames import StereoPair
from depthview.engine.metres import rig_of
from depthview.engine.resources import known_camera
from depthview.engine.sources.images import ImageSource
from depthview.engine.sources.lens import film_fov_deg
from depthview.engine.sources.video import VideoFileSource

FOCAL_MM, FOCAL_35MM, WIDTH, HEIGHT, RESOLUTION, UNIT, ZOOM = 0x920A, 0xA405, 0xA002, 0xA003, 0xA20E, 0xA210, 0xA404
LANDSCAPE, UPRIGHT = (90, 120), (120, 90)


def fov_of(across: float, focal: float) -> float:
    return math.degrees(2 * math.atan(across / 2 / focal))


def photo(size_hw: tuple[int, int], tags: dict[int, object], *, make: str = "", model: str = "") -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = make, model
    exif.get_ifd(0x8769).update(tags)
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (*size_hw, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "JPEG", exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("size_hw", "tags", "model", "fov_deg"),
    [
        # 4000 pixels, 7000 of them to the cm: 5.714 mm across.
        (LANDSCAPE, {FOCAL_MM: 4.0, WIDTH: 4000, HEIGHT: 3000, RESOLUTION: 7000, UNIT: 3}, "", fov_of(40 / 7, 4.0)),
        (LANDSCAPE, {FOCAL_MM: 4.0, WIDTH: 4000, HEIGHT: 3000, RESOLUTION: 17780}, "", fov_of(40 / 7, 4.0)),  # inches
        (UPRIGHT, {FOCAL_MM: 4.0, WIDTH: 4000, HEIGHT: 3000, RESOLUTION: 7000, UNIT: 3}, "", fov_of(30 / 7, 4.0)),
        (LANDSCAPE, {FOCAL_MM: 4.0, ZOOM: 2.0, WIDTH: 120, HEIGHT: 90, RESOLUTION: 240, UNIT: 3}, "", fov_of(5, 8.0)),
        # A part was cut out, and is as large as it was.
        ((60, 100), {FOCAL_35MM: 30, WIDTH: 120, HEIGHT: 90}, "", fov_of(100 / 150 * math.hypot(36, 24), 30)),
        # The camera's name.
        (LANDSCAPE, {FOCAL_MM: 6.3}, "FinePix REAL 3D W3", fov_of(6.17, 6.3)),
        (LANDSCAPE, {FOCAL_MM: 50.0}, "Canon  EOS 600D", fov_of(22.3, 50.0)),
        (LANDSCAPE, {FOCAL_MM: 50.0}, "EOS 600D", fov_of(22.3, 50.0)),
        (LANDSCAPE, {FOCAL_MM: 50.0}, "Box Brownie", None),
        (LANDSCAPE, {FOCAL_MM: 50.0, FOCAL_35MM: 80}, "Canon EOS 600D", fov_of(0.8 * math.hypot(36, 24), 80)),
        # A resolution that is the printer's leads to no sensor; the name does.
        (LANDSCAPE, {FOCAL_MM: 50.0, WIDTH: 4000, HEIGHT: 3000, RESOLUTION: 72}, "Canon EOS 600D", fov_of(22.3, 50.0)),
        (LANDSCAPE, {FOCAL_MM: 0, RESOLUTION: 0, UNIT: 99, ZOOM: -1}, "", None),
    ],
)
def test_a_photo_s_field_of_view(
    tmp_path: Path, size_hw: tuple[int, int], tags: dict[int, object], model: str, fov_deg: float | None
) -> None:
    path = tmp_path / "p.jpg"
    path.write_bytes(photo(size_hw, tags, make="Canon Inc.", model=model))
    said = ImageSource.from_file(path).info.fov_deg
    assert said == (None if fov_deg is None else pytest.approx(fov_deg, abs=0.02))


def multi_picture(first: bytes, second: bytes, baseline_m: Fraction | None) -> bytes:
    """A stereo photo as CIPA DC-007 has it: an index in the first picture, attributes in the second."""

    def tiff(entries: list[bytes], after: bytes) -> bytes:
        return b"MPF\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + b"".join(entries) + b"\0" * 4 + after

    def segment(body: bytes) -> bytes:
        return b"\xff\xe2" + struct.pack(">H", len(body) + 2) + body

    after_at = 8 + 2 + 12 + 4
    attributes = (
        b""
        if baseline_m is None
        else segment(
            tiff([struct.pack("<HHII", 0xB206, 5, 1, after_at)], struct.pack("<II", *baseline_m.as_integer_ratio()))
        )
    )
    second = second[:2] + attributes + second[2:]
    list_at = 8 + 2 + 3 * 12 + 4
    disparity = 0x020002
    index_entries = [
        struct.pack("<HHI4s", 0xB000, 7, 4, b"0100"),
        struct.pack("<HHII", 0xB001, 4, 1, 2),
        struct.pack("<HHII", 0xB002, 7, 32, list_at),
    ]
    length = len(segment(tiff(index_entries, b"\0" * 32)))
    total = len(first) + length
    # Offsets count from behind the mark of the first picture's segment, which comes right after its first two bytes.
    images = struct.pack("<IIIHH", disparity | 1 << 29, total, 0, 0, 0)
    images += struct.pack("<IIIHH", disparity, len(second), total - (2 + 4 + 4), 0, 0)
    return first[:2] + segment(tiff(index_entries, images)) + first[2:] + second


@pytest.mark.parametrize(
    ("model", "baseline_m", "expected"),
    [
        ("FinePix REAL 3D W3", None, 0.075),
        ("FinePix REAL 3D W1", None, 0.077),
        ("FinePix REAL 3D W3", 0.05, 0.05),
        ("", 0.06, 0.06),
        ("", None, None),
        ("", 900.0, None),
    ],
)
def test_a_stereo_camera_s_photo_knows_how_far_apart_its_lenses_are(
    tmp_path: Path, model: str, baseline_m: float | None, expected: float | None
) -> None:
    one = photo(LANDSCAPE, {FOCAL_MM: 6.3}, make="FUJIFILM", model=model)
    length = None if baseline_m is None else Fraction(str(baseline_m))
    path = tmp_path / "p.mpo"
    path.write_bytes(multi_picture(one, photo(LANDSCAPE, {}), length))
    source = ImageSource.from_file(path)
    frame = source.read()
    assert frame is not None
    assert source.info.hint is not None, "both eyes are read"
    assert source.info.baseline_m == (None if expected is None else pytest.approx(expected))
    black = np.zeros((90, 120, 3), np.uint8)
    choice = known_camera(source.info.identity, source.info.fov_deg, source.info.baseline_m)
    rig = rig_of(StereoPair(black, black, 0, 0.0, 0.0), choice)
    assert rig.baseline_from is (Whence.ASSUMED if expected is None else Whence.FILE)
    assert rig.assumed is (expected is None or not model)


def test_one_eye_of_a_stereo_camera_has_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "p.jpg").write_bytes(photo(LANDSCAPE, {FOCAL_MM: 6.3}, make="FUJIFILM", model="FinePix REAL 3D W3"))
    assert ImageSource.from_file(tmp_path / "p.jpg").info.baseline_m is None


def test_damaged_tags_harm_nobody(tmp_path: Path) -> None:
    data = bytearray(photo(LANDSCAPE, {FOCAL_MM: 6.3, FOCAL_35MM: 30}, make="FUJIFILM", model="x"))
    start = data.index(b"Exif\0\0") + 6
    rng = np.random.default_rng(2)
    for _ in range(60):
        bad = bytearray(data)
        for place in rng.integers(start, start + 90, 4):
            bad[place] = rng.integers(0, 256)
        (tmp_path / "p.jpg").write_bytes(bad)
        said = ImageSource.from_file(tmp_path / "p.jpg").info.fov_deg
        assert said is None or 1 <= said <= 170


@pytest.mark.parametrize(
    ("words", "fov_deg"),
    [
        ({"com.apple.quicktime.camera.focal_length.35mm_equivalent": "26"}, fov_of(math.hypot(36, 24) * 0.8, 26)),
        ({"camera.focal_length.35mm_equivalent": "26.00mm"}, fov_of(math.hypot(36, 24) * 0.8, 26)),
        ({"camera.focal_length.35mm_equivalent": "wide"}, None),
        ({"encoder": "Lavf"}, None),
    ],
)
def test_a_film_s_field_of_view(words: dict[str, str], fov_deg: float | None) -> None:
    said = film_fov_deg(({}, words), (480, 640))
    assert said == (None if fov_deg is None else pytest.approx(fov_deg))


def test_a_film_that_names_its_lens(tmp_path: Path) -> None:
    path = tmp_path / "film.mov"
    with av.open(str(path), "w", options={"movflags": "use_metadata_tags"}) as container:
        container.metadata["com.apple.quicktime.camera.focal_length.35mm_equivalent"] = "26"
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height = 160, 120
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((120, 160, 3), np.uint8), "rgb24")))
        container.mux(stream.encode())
    source = VideoFileSource(path)
    assert source.info.fov_deg == pytest.approx(fov_of(math.hypot(36, 24) * 0.8, 26))
    source.close()
