"""Stills: what is decoded, what is refused, and that no bytes at all end in anything but a sentence."""

import io
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout
from depthview.engine.sources.base import Notice, SourceKind
from depthview.engine.sources.images import (
    ImageSource,
    decode_still,
    image_source_from_bytes,
    is_picture,
    read_still,
)


def textured(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Smooth enough for JPEG to keep it within a few grey levels."""
    small = np.random.default_rng(seed).integers(40, 216, (height // 8 + 2, width // 8 + 2, 3), np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def encoded(image: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    picture.save(stream, kind, **options)
    return stream.getvalue()


def decode(data: bytes, name: str = "x"):
    return decode_still(io.BytesIO(data), name=name, where=name)


def frame_of(source: ImageSource) -> Frame:
    frame = source.read()
    assert isinstance(frame, Frame)
    return frame


def png_with_chunk(image: np.ndarray, kind: bytes, body: bytes) -> bytes:
    data = encoded(image, "PNG")
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return data[:33] + chunk + data[33:]


def jps(image: np.ndarray, descriptor: bytes) -> bytes:
    data = encoded(image, "JPEG", quality=95)
    block = b"_JPSJPS_" + struct.pack(">H", 4) + descriptor
    return data[:2] + b"\xff\xe3" + struct.pack(">H", len(block) + 2) + block + data[2:]


def mpo(left: np.ndarray, right: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(left).save(stream, "MPO", quality=95, save_all=True, append_images=[Image.fromarray(right)])
    return stream.getvalue()


def close_to(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and float(np.abs(a.astype(int) - b).mean()) < 4


def test_a_picture_is_read_once_and_again_after_a_seek(tmp_path: Path) -> None:
    truth = textured(40, 60)
    path = tmp_path / "한국 사진 1.png"
    path.write_bytes(encoded(truth, "PNG"))
    source = ImageSource.from_file(path)
    assert source.info.kind is SourceKind.IMAGE
    assert source.info.size_hw == (40, 60)
    assert source.info.title == "한국 사진 1.png"
    first = frame_of(source)
    assert np.array_equal(first.image, truth)
    assert first.image.flags.c_contiguous
    assert source.read() is None
    source.seek(0.0)
    again = frame_of(source)
    assert (first.seq, again.seq) == (0, 1)
    assert again.captured_at > first.captured_at
    source.close()
    assert source.read() is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int) -> None:
    turns = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.transpose(1, 0, 2),
        6: lambda a: np.rot90(a, -1),
        7: lambda a: a.transpose(1, 0, 2)[::-1, ::-1],
        8: lambda a: np.rot90(a, 1),
    }
    stored = textured(48, 64)
    exif = Image.Exif()
    exif[274] = orientation
    still = decode(encoded(stored, "JPEG", quality=95, exif=exif))
    assert close_to(still.image, turns[orientation](stored))
    assert still.image.flags.c_contiguous


@pytest.mark.parametrize(
    ("size_hw", "orientation", "focal_mm", "fov_deg"),
    [
        ((24 * 4, 36 * 4), 1, 50, 39.60),  # 2 atan(36 / 2 / 50)
        ((24 * 4, 36 * 4), 6, 50, 26.99),  # held upright: 2 atan(24 / 2 / 50)
        ((90, 120), 1, 26, 67.29),  # a phone's 4:3, of the same diagonal: 34.61 mm across
        ((24 * 4, 36 * 4), 1, 0, None),  # EXIF's word for unknown
        ((100, 200), 1, 26, None),  # no camera's shape: a panorama, or two eyes
    ],
)
def test_the_focal_length_of_a_photo_is_a_field_of_view(
    tmp_path: Path, size_hw: tuple[int, int], orientation: int, focal_mm: int, fov_deg: float | None
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.get_ifd(0x8769)[0xA405] = focal_mm
    path = tmp_path / "p.jpg"
    path.write_bytes(encoded(textured(*size_hw), "JPEG", exif=exif))
    said = ImageSource.from_file(path).info.fov_deg
    assert said == (None if fov_deg is None else pytest.approx(fov_deg, abs=0.01))
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(encoded(textured(*size_hw), "JPEG"))
    assert ImageSource.from_file(plain).info.fov_deg is None
    assert ImageSource.from_pair(path, path).info.fov_deg == said


def test_modes_become_rgb() -> None:
    rgb = textured(24, 32)
    grey = rgb[..., 0]
    assert np.array_equal(decode(encoded(grey, "PNG")).image, np.repeat(grey[..., None], 3, 2))
    palette = Image.fromarray(rgb).quantize(16)
    assert np.array_equal(decode(encoded(palette, "PNG")).image, np.asarray(palette.convert("RGB")))
    bits = Image.fromarray(grey).convert("1")
    assert np.array_equal(decode(encoded(bits, "PNG")).image[..., 1], np.asarray(bits.convert("L")))
    cmyk = Image.fromarray(rgb).convert("CMYK")
    assert close_to(decode(encoded(cmyk, "JPEG", quality=95)).image, rgb)


def test_sixteen_bits_keep_their_upper_eight() -> None:
    deep = np.arange(24 * 32, dtype=np.uint16).reshape(24, 32) * 85
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(decode(encoded(deep, kind)).image[..., 2], deep >> 8)


def test_floats_get_their_own_white() -> None:
    values = np.linspace(0, 1, 24 * 32, dtype=np.float32).reshape(24, 32)
    values[0, 0] = np.nan
    image = decode(encoded(values, "TIFF")).image
    assert image[0, 0, 0] == 0
    assert image[-1, -1, 0] == 255


def test_alpha_lies_over_black() -> None:
    rgba = np.dstack([textured(24, 32), np.full((24, 32), 255, np.uint8)])
    rgba[:, 16:, 3] = 0
    rgba[0, 0, 3] = 128
    image = decode(encoded(rgba, "PNG")).image
    assert np.array_equal(image[1:, :16], rgba[1:, :16, :3])
    assert not image[:, 16:].any()
    assert np.abs(image[0, 0].astype(int) - rgba[0, 0, :3] / 2).max() <= 1


def test_the_first_picture_of_an_animation() -> None:
    first = Image.new("RGB", (32, 24), (255, 0, 0))
    data = encoded(first, "GIF", save_all=True, append_images=[Image.new("RGB", (32, 24), (0, 0, 255))])
    assert np.array_equal(decode(data).image, np.asarray(first))


def test_an_mpo_has_a_picture_for_each_eye() -> None:
    left, right = textured(48, 64, 1), textured(48, 64, 2)
    still = decode(mpo(left, right), "DSCF0001.MPO")
    assert still.right is not None
    assert close_to(still.image, left)
    assert close_to(still.right, right)
    assert still.hint is not None
    assert still.hint.layout is Layout.SEPARATE
    assert still.hint.certain


def test_a_phones_picture_with_a_gain_map_has_one_eye() -> None:
    """Ultra HDR is stored like MPO: its second picture is no eye."""
    still = decode(mpo(textured(48, 64, 1), textured(48, 64, 2)), "PXL_2025.jpg")
    assert still.right is None
    smaller = decode(mpo(textured(48, 64, 1), textured(24, 32, 2)), "x.mpo")
    assert smaller.right is None


def test_jps_is_cross_eye_by_custom() -> None:
    hint = decode(encoded(textured(24, 64), "JPEG"), "old.JPS").hint
    assert hint is not None
    assert (hint.layout, hint.swapped, hint.certain) == (Layout.SIDE_BY_SIDE, True, False)


@pytest.mark.parametrize(
    ("flags", "layout", "expected", "swapped"),
    [
        (0, 2, Layout.SIDE_BY_SIDE, True),
        (4, 2, Layout.SIDE_BY_SIDE, False),
        (2, 2, Layout.HALF_SIDE_BY_SIDE, True),
        (4, 3, Layout.OVER_UNDER, False),
        (5, 3, Layout.HALF_OVER_UNDER, False),
    ],
)
def test_the_jps_block_states_layout_and_order(flags: int, layout: int, expected: Layout, swapped: bool) -> None:
    hint = decode(jps(textured(24, 64), bytes([0, flags, layout, 1])), "x.jps").hint
    assert hint is not None
    assert (hint.layout, hint.swapped, hint.certain) == (expected, swapped, True)


def test_a_png_states_its_order_and_its_padding_is_cut_out() -> None:
    left, right = textured(32, 43, 1), textured(32, 43, 2)
    packed = np.hstack([left, np.full((32, 5, 3), 255, np.uint8), right])
    for mode, swapped in ((b"\0", True), (b"\1", False)):
        still = decode(png_with_chunk(packed, b"sTER", mode))
        assert np.array_equal(still.image, np.hstack([left, right]))
        assert still.hint is not None
        assert (still.hint.layout, still.hint.swapped, still.hint.certain) == (Layout.SIDE_BY_SIDE, swapped, True)
    assert decode(png_with_chunk(packed, b"sTER", b"\7")).hint is None


def test_a_pair_scales_the_right_picture_and_says_so(tmp_path: Path) -> None:
    left, right = tmp_path / "왼쪽 눈.png", tmp_path / "r.png"
    left.write_bytes(encoded(textured(60, 80), "PNG"))
    right.write_bytes(encoded(textured(120, 160), "PNG"))
    source = ImageSource.from_pair(left, right)
    notice = source.read()
    assert isinstance(notice, Notice)
    assert "160 x 120" in notice.text
    frame = frame_of(source)
    assert frame.right is not None
    assert frame.right.shape == frame.image.shape == (60, 80, 3)
    assert source.info.hint is not None
    assert source.info.hint.layout is Layout.SEPARATE


def test_a_pair_of_two_shapes_is_refused(tmp_path: Path) -> None:
    left, right = tmp_path / "l.png", tmp_path / "r.png"
    left.write_bytes(encoded(textured(60, 80), "PNG"))
    right.write_bytes(encoded(textured(80, 60), "PNG"))
    with pytest.raises(UserError, match=r"different shapes.*80 x 60.*60 x 80.*r\.png$"):
        ImageSource.from_pair(left, right)


def huge_png(width: int, height: int) -> bytes:
    """A small file whose header promises much."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = b""
    for kind, body in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (15_000, 14_000), (65_536, 1), (1, 70_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_huge_header_is_refused_before_anything_is_allocated(
    width: int, height: int, tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:

    path = tmp_path / "huge.png"
    path.write_bytes(huge_png(width, height))
    tracemalloc.start()
    try:
        with pytest.raises(UserError, match=r"too large.*huge\.png$"):
            read_still(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20_000_000


def test_a_truncated_jpeg_is_said_to_be_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "half.jpg"
    data = encoded(textured(300, 400), "JPEG", quality=95)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"cut off.*half\.jpg$"):
        read_still(path)


def test_heic_gets_a_sentence() -> None:
    data = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(200)
    assert is_picture(data)
    with pytest.raises(UserError, match="JPEG or PNG"):
        decode(data, "IMG_0001.HEIC")


def test_a_picture_from_memory() -> None:
    truth = textured(24, 32)
    source = image_source_from_bytes(encoded(truth, "WEBP", lossless=True), "a title", "https://example.org/a")
    assert source.info.identity == "https://example.org/a"
    assert np.array_equal(frame_of(source).image, truth)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "JPEG2000", "AVIF"])
def test_what_is_decoded_is_recognised_by_its_first_bytes(kind: str) -> None:
    data = encoded(textured(24, 32), kind)
    assert is_picture(data[:32])
    assert decode(data).image.shape == (24, 32, 3)


@pytest.mark.parametrize("data", [b"", b"\0", b"hello", b"%PDF-1.7", b"PK\3\4", b"\x1aE\xdf\xa3", b"P", b"P6"])
def test_what_is_no_picture_is_not_taken_for_one(data: bytes) -> None:
    assert not is_picture(data)


def test_postscript_is_never_run() -> None:
    """Pillow would hand it to Ghostscript."""
    with pytest.raises(UserError, match="not a picture"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n")


def _seeds() -> list[tuple[str, bytes]]:
    image = textured(16, 32)
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "hello")
    exif = Image.Exif()
    exif[274] = 6
    return [
        ("a.jpg", encoded(image, "JPEG", exif=exif)),
        ("a.jps", jps(image, bytes([0, 4, 2, 1]))),
        ("a.mpo", mpo(image, textured(16, 32, 1))),
        ("a.png", encoded(image, "PNG", pnginfo=info)),
        ("s.png", png_with_chunk(image, b"sTER", b"\1")),
        ("p.png", encoded(Image.fromarray(image).quantize(8), "PNG")),
        ("a.gif", encoded(image, "GIF")),
        ("a.tif", encoded(image, "TIFF")),
        ("a.webp", encoded(image, "WEBP")),
        ("a.bmp", encoded(image, "BMP")),
        ("a.ppm", encoded(image, "PPM")),
    ]


SEEDS = _seeds()


@settings(max_examples=600, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
@pytest.mark.filterwarnings("ignore")
def test_no_bytes_end_in_anything_but_a_sentence(data: st.DataObject) -> None:
    name, original = data.draw(st.sampled_from(SEEDS))
    broken = bytearray(original)
    # Headers are where the lies are; but every byte gets its turn.
    place = st.one_of(st.integers(0, min(200, len(broken) - 1)), st.integers(0, len(broken) - 1))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(place)] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del broken[data.draw(st.integers(0, len(broken))) :]
    sentence, still = "", None
    try:
        still = decode(bytes(broken), name)
    except UserError as error:
        sentence = str(error)
    if still is None:
        assert sentence.endswith(name)
        assert "Traceback" not in sentence
    else:
        assert still.image.dtype == np.uint8
        assert still.image.ndim == 3
        assert still.image.shape[2] == 3
        assert still.right is None or still.right.shape == still.image.shape
