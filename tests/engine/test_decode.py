"""Decoder: which frame, at which time, the right way up, in the right colours, and what damage costs."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.frames import Layout
from depthview.engine.sources.base import Notice
from depthview.engine.sources.decode import Damage, Decoder, Picture
from tests.engine.coded_clips import coded_clip, coded_image, number_in, write_clip


def read_all(decoder: Decoder) -> tuple[list[Picture], list[Notice]]:
    pictures: list[Picture] = []
    notices: list[Notice] = []
    while (item := decoder.read()) is not None:
        if isinstance(item, Picture):
            pictures.append(item)
        else:
            notices.append(item)
    return pictures, notices


def decode(path: Path) -> tuple[list[Picture], list[Notice]]:
    decoder = Decoder(str(path))
    try:
        return read_all(decoder)
    finally:
        decoder.close()


def numbers(pictures: list[Picture]) -> list[int]:
    return [number_in(p.image) for p in pictures]


def picture(item: Picture | Notice | None) -> Picture:
    assert isinstance(item, Picture)
    return item


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "avi"])
def test_every_frame_once_at_its_own_time(tmp_path: Path, suffix: str) -> None:
    b_frames = 0 if suffix == "avi" else 2
    decoder = Decoder(str(coded_clip(tmp_path / f"a.{suffix}", 40, b_frames=b_frames)))
    assert decoder.size_hw == (96, 176)
    assert decoder.fps == pytest.approx(25)
    pictures, notices = read_all(decoder)
    decoder.close()
    assert numbers(pictures) == list(range(40))
    assert [p.pts_s for p in pictures] == pytest.approx([n / 25 for n in range(40)], abs=1.1e-3)
    assert not notices
    assert pictures[0].image.flags.c_contiguous
    assert pictures[0].image.dtype == np.uint8


def test_what_is_known_before_the_first_read(tmp_path: Path) -> None:
    decoder = Decoder(str(coded_clip(tmp_path / "a.mp4", 50)))
    assert decoder.duration_s == pytest.approx(2.0, abs=0.05)
    assert decoder.seekable
    assert decoder.stereo is None
    decoder.close()
    decoder.close()


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_seek_is_exact_wherever_it_goes(tmp_path: Path, suffix: str) -> None:
    decoder = Decoder(str(coded_clip(tmp_path / f"a.{suffix}", 60, gop=17)))
    for n in (33, 5, 0, 59, 17, 16, 34):
        decoder.seek(n / 25 - 0.001)
        found = picture(decoder.read())
        assert number_in(found.image) == n
        assert found.pts_s == pytest.approx(n / 25, abs=1.1e-3)
        following = decoder.read()
        assert (following is None) if n == 59 else number_in(picture(following).image) == n + 1
    decoder.seek(1000.0)
    assert number_in(picture(decoder.read()).image) == 59
    assert decoder.read() is None
    decoder.seek(-3.0)
    assert number_in(picture(decoder.read()).image) == 0
    decoder.close()


def test_seek_to_the_very_time_a_picture_gave(tmp_path: Path) -> None:
    """Times in thirds of a second have no exact float; the same number has to lead back to the same picture."""
    path = coded_clip(tmp_path / "a.mkv", 30, fps=30)
    times = [p.pts_s for p in decode(path)[0]]
    decoder = Decoder(str(path))
    for n in (29, 7, 13, 1):
        decoder.seek(times[n])
        assert number_in(picture(decoder.read()).image) == n
    decoder.close()


def test_variable_frame_rate_keeps_each_time(tmp_path: Path) -> None:
    times_ms = [0, 10, 50, 51, 200, 900, 910, 1500, 1533, 3000]
    path = write_clip(tmp_path / "v.mkv", (coded_image(n) for n in range(10)), times_ms=times_ms)
    pictures, _ = decode(path)
    assert numbers(pictures) == list(range(10))
    assert [round(p.pts_s * 1000) for p in pictures] == times_ms
    decoder = Decoder(str(path))
    decoder.seek(0.3)
    assert number_in(picture(decoder.read()).image) == 5
    decoder.close()


@pytest.mark.parametrize("first_ms", [-400, 700])
def test_times_begin_at_zero(tmp_path: Path, first_ms: int) -> None:
    times_ms = [first_ms + 40 * n for n in range(30)]
    container = {"avoid_negative_ts": "disabled"}
    path = write_clip(tmp_path / "n.ts", (coded_image(n) for n in range(30)), times_ms=times_ms, container=container)
    with av.open(str(path)) as raw:
        first = next(raw.decode(video=0))
        assert first.time == pytest.approx(first_ms / 1000, abs=0.002), "the clip is not what the test is about"
    pictures, _ = decode(path)
    assert [round(p.pts_s * 1000) for p in pictures] == [40 * n for n in range(30)]
    decoder = Decoder(str(path))
    decoder.seek(0.479)
    assert number_in(picture(decoder.read()).image) == 12
    decoder.close()


def test_a_raw_stream_without_times_still_plays_and_rewinds(tmp_path: Path) -> None:
    decoder = Decoder(str(coded_clip(tmp_path / "raw.h264", 20, fmt="h264", b_frames=0)))
    pictures, _ = read_all(decoder)
    assert numbers(pictures) == list(range(20))
    assert [p.pts_s for p in pictures] == pytest.approx([n / 25 for n in range(20)], abs=1e-3)
    decoder.seek(0.0)
    assert number_in(picture(decoder.read()).image) == 0
    decoder.seek(0.399)
    assert number_in(picture(decoder.read()).image) == 10
    decoder.close()


@pytest.mark.parametrize(
    ("rotation", "expected"),
    [
        ((0.0, False, False), lambda a: a),
        ((90.0, False, False), lambda a: np.rot90(a, 1)),
        ((-90.0, False, False), lambda a: np.rot90(a, -1)),
        ((180.0, False, False), lambda a: np.rot90(a, 2)),
        ((0.0, True, False), lambda a: a[:, ::-1]),
        ((0.0, False, True), lambda a: a[::-1]),
    ],
)
def test_pictures_are_upright(tmp_path: Path, rotation: tuple[float, bool, bool], expected) -> None:  # type: ignore[no-untyped-def]
    """FFmpeg's rotation is counter-clockwise, as numpy's is; a mirror is applied as the matrix says."""
    image = np.full((64, 128, 3), 128, np.uint8)
    image[:32, :64] = (255, 0, 0)
    image[:32, 64:] = (0, 255, 0)
    image[32:, :64] = (0, 0, 255)
    path = write_clip(tmp_path / "r.mp4", [image] * 3, rotation=rotation)
    decoder = Decoder(str(path))
    got = picture(decoder.read()).image
    want = expected(image)
    assert got.shape == want.shape
    assert decoder.size_hw == want.shape[:2]
    decoder.close()
    inside = np.abs(got.astype(int) - want.astype(int))[8:24, 8:24]
    assert inside.max() < 12
    far = np.abs(got.astype(int) - want.astype(int))[-24:-8, -24:-8]
    assert far.max() < 12


COLOURS = [(200, 40, 40), (30, 180, 60), (40, 60, 210), (240, 240, 240), (10, 10, 10)]


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv444p", "yuv420p10le", "yuv444p10le"])
@pytest.mark.parametrize(
    ("size_hw", "matrix", "full_range", "tagged"),
    [
        ((144, 320), 6, False, False),
        ((720, 1280), 1, False, False),
        ((144, 320), 1, False, True),
        ((720, 1280), 6, False, True),
        ((144, 320), 6, True, True),
    ],
)
def test_colours_come_back(
    tmp_path: Path, pix_fmt: str, size_hw: tuple[int, int], matrix: int, full_range: bool, tagged: bool
) -> None:
    """Encoded with a known matrix and range; untagged clips follow the size, as players do."""
    height, width = size_hw
    image = np.zeros((height, width, 3), np.uint8)
    stripe = width // len(COLOURS)
    for i, colour in enumerate(COLOURS):
        image[:, i * stripe :] = colour
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options={"crf": "1", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if tagged:
            stream.codec_context.colorspace = matrix
            stream.codec_context.color_range = 2 if full_range else 1
        frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(
            format=pix_fmt, dst_colorspace={1: 1, 6: 5}[matrix], dst_color_range=2 if full_range else 1
        )
        frame.pts = 0
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    got = decode(path)[0][0].image
    for i, colour in enumerate(COLOURS):
        middle = got[height // 2, i * stripe + stripe // 2].astype(int)
        assert np.abs(middle - colour).max() <= 4, f"{colour} became {middle}"


@pytest.mark.parametrize("size_hw", [(95, 175), (97, 333)])
def test_odd_sizes(tmp_path: Path, size_hw: tuple[int, int]) -> None:
    path = coded_clip(tmp_path / "o.mkv", 5, size_hw=size_hw, codec="ffv1", pix_fmt="yuv444p")
    pictures, _ = decode(path)
    assert [p.image.shape for p in pictures] == [(*size_hw, 3)] * 5
    assert numbers(pictures) == list(range(5))
    # The last column is a real one, not padding.
    assert np.abs(pictures[0].image[40:, -1].astype(int) - 96).max() <= 2


def test_a_truncated_file_gives_what_is_there(tmp_path: Path) -> None:
    path = coded_clip(tmp_path / "t.mp4", 60, container={"movflags": "faststart"}, noise=True, b_frames=0)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    decoder = Decoder(str(path))
    pictures, notices = read_all(decoder)
    got = numbers(pictures)
    assert got == list(range(len(got)))
    assert 25 < len(got) < 40
    assert all(isinstance(n, Damage) for n in notices)
    assert notices[-1].text == f"The video ends at {pictures[-1].pts_s:.1f} s, before its stated 2.4 s"
    decoder.seek(2.2)
    assert number_in(picture(next_picture(decoder)).image) == got[-1]
    decoder.close()


def next_picture(decoder: Decoder) -> Picture | None:
    while isinstance(item := decoder.read(), Notice):
        pass
    return item


def test_flipped_bytes_mid_file_are_passed_over_and_told(tmp_path: Path) -> None:
    path = coded_clip(tmp_path / "f.mp4", 100, noise=True, b_frames=0, gop=10)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    for i in range(middle, middle + 40_000, 3):
        data[i] ^= 0xA5
    path.write_bytes(bytes(data))
    decoder = Decoder(str(path))
    pictures: list[Picture] = []
    notices: list[Notice] = []
    while (item := decoder.read()) is not None:
        (pictures if isinstance(item, Picture) else notices).append(item)  # type: ignore[attr-defined]
    times = [p.pts_s for p in pictures]
    decoder.close()
    assert times == sorted(times)
    good = [p for p in pictures if not 1.6 < p.pts_s < 2.8]
    assert [round(p.pts_s * 25) for p in good] == [number_in(p.image) for p in good]
    assert pictures[-1].pts_s == pytest.approx(99 / 25, abs=1e-3), "it has to go on to the end"
    assert 60 < len(pictures) < 100
    assert len(notices) == 1
    assert isinstance(notices[0], Damage)
    assert notices[0].at_s == pytest.approx(2.0, abs=0.3)


def test_a_size_change_is_scaled_to_the_first_size_and_told(tmp_path: Path) -> None:
    first = coded_clip(tmp_path / "a.ts", 10, fmt="mpegts")
    second = coded_clip(tmp_path / "b.ts", 10, fmt="mpegts", size_hw=(192, 352))
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    pictures, notices = decode(both)
    assert {p.image.shape for p in pictures} == {(96, 176, 3)}
    assert len(pictures) == 20
    times = [p.pts_s for p in pictures]
    assert times == sorted(set(times)), "the second part starts its clock again; the source's goes on"
    assert any("changes its size to 352 x 192" in n.text for n in notices)


def test_cover_art_is_not_video_and_the_film_is_found(tmp_path: Path) -> None:
    path = tmp_path / "cover.mp4"
    with av.open(str(path), "w") as out:
        cover = out.add_stream("mjpeg", rate=1, options={"strict": "unofficial"})
        cover.width, cover.height, cover.pix_fmt = 640, 640, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        film = out.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 176, 96, "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((640, 640, 3), np.uint8), "rgb24").reformat(format="yuvj420p")
        frame.pts = 0
        for packet in (*cover.encode(frame), *cover.encode(None)):
            out.mux(packet)
        for n in range(5):
            out.mux(film.encode(av.VideoFrame.from_ndarray(coded_image(n), "rgb24")))
        out.mux(film.encode(None))
    assert numbers(decode(path)[0]) == list(range(5))


def with_st3d(path: Path, value: int) -> None:
    """Put an `st3d` box (Google's spherical video RFC) behind the boxes of the `avc1` sample entry."""
    data = bytearray(path.read_bytes())
    chain: list[int] = []
    start, end = 0, len(data)
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at = start
        while data[at + 4 : at + 8] != name:
            at += struct.unpack_from(">I", data, at)[0]
            assert at < end
        chain.append(at)
        start = at + (16 if name == b"stsd" else 8)
    box = struct.pack(">I4sIB", 13, b"st3d", 0, value)
    tail = chain[-1] + struct.unpack_from(">I", data, chain[-1])[0]
    assert data.find(b"mdat") < chain[0], "the sample offsets must not move"
    data[tail:tail] = box
    for at in chain:
        struct.pack_into(">I", data, at, struct.unpack_from(">I", data, at)[0] + len(box))
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    ("value", "size_hw", "layout", "swapped"),
    [
        (2, (96, 352), Layout.SIDE_BY_SIDE, False),
        (2, (96, 176), Layout.HALF_SIDE_BY_SIDE, False),
        (1, (192, 176), Layout.OVER_UNDER, False),
        (1, (96, 176), Layout.HALF_OVER_UNDER, False),
    ],
)
def test_st3d_in_mp4(tmp_path: Path, value: int, size_hw: tuple[int, int], layout: Layout, swapped: bool) -> None:
    path = coded_clip(tmp_path / "s.mp4", 5, size_hw=size_hw)
    with_st3d(path, value)
    decoder = Decoder(str(path))
    guess = decoder.stereo
    decoder.close()
    assert guess is not None
    assert (guess.layout, guess.swapped, guess.certain) == (layout, swapped, True)


@pytest.mark.parametrize(
    ("mode", "size_hw", "layout", "swapped"),
    [
        ("left_right", (96, 352), Layout.SIDE_BY_SIDE, False),
        ("right_left", (96, 352), Layout.SIDE_BY_SIDE, True),
        ("top_bottom", (192, 176), Layout.OVER_UNDER, False),
        ("bottom_top", (192, 176), Layout.OVER_UNDER, True),
    ],
)
def test_matroska_stereo_mode(
    tmp_path: Path, mode: str, size_hw: tuple[int, int], layout: Layout, swapped: bool
) -> None:
    decoder = Decoder(str(coded_clip(tmp_path / "m.mkv", 5, size_hw=size_hw, metadata={"stereo_mode": mode})))
    guess = decoder.stereo
    decoder.close()
    assert guess is not None
    assert (guess.layout, guess.swapped) == (layout, swapped)


@pytest.mark.parametrize(("packing", "layout"), [(3, Layout.HALF_SIDE_BY_SIDE), (4, Layout.HALF_OVER_UNDER)])
def test_frame_packing_in_the_picture_stream(tmp_path: Path, packing: int, layout: Layout) -> None:
    path = coded_clip(tmp_path / "p.mp4", 20, options={"x264-params": f"frame-packing={packing}"})
    decoder = Decoder(str(path))
    guess = decoder.stereo
    decoder.close()
    assert guess is not None
    assert guess.layout is layout


def test_a_packing_that_cannot_be_cut_in_two_is_no_layout(tmp_path: Path) -> None:
    path = coded_clip(tmp_path / "i.mp4", 5, options={"x264-params": "frame-packing=0"})
    decoder = Decoder(str(path))
    assert decoder.stereo is None
    decoder.close()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This is not a video that can be read"),
        (b"hello, I am a text\n" * 50, "This is not a video that can be read"),
        (b"\0" * 5000, "This is not a video that can be read"),
    ],
)
def test_what_is_no_video_is_said_in_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "영상 하나.mp4"
    path.write_bytes(content)
    with pytest.raises(UserError, match=sentence) as caught:
        Decoder(str(path))
    assert str(caught.value).endswith(str(path))


def test_a_text_is_not_drawn_as_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("some words\n" * 500)
    with pytest.raises(UserError, match="not a video"):
        Decoder(str(path))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no file here"):
        Decoder(str(tmp_path / "gone.mp4"))
    with pytest.raises(UserError, match=r"cannot be read|not a video"):
        Decoder(str(tmp_path))


def test_sound_alone_is_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
        frame.sample_rate = 8000
        out.mux(stream.encode(frame))
    with pytest.raises(UserError, match="There is no video in this file"):
        Decoder(str(path))


def test_a_file_cannot_make_the_program_call_an_address(tmp_path: Path) -> None:
    """A list on disk may name files beside it, never a host; and the odd protocols of FFmpeg stay shut."""
    listing = tmp_path / "list.m3u8"
    listing.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/s.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(UserError):
        Decoder(str(listing))
    clip = coded_clip(tmp_path / "a.ts", 5)
    with pytest.raises(UserError):
        Decoder(f"concat:{clip}|{clip}")


def test_a_path_with_spaces_and_korean_opens(tmp_path: Path) -> None:
    folder = tmp_path / "내 영상 %03d"
    folder.mkdir()
    assert numbers(decode(coded_clip(folder / "클립 #1.mp4", 3))[0]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("coded_hw", "aspect", "shown_hw"),
    [
        ((576, 720), Fraction(64, 45), (576, 1024)),
        ((576, 720), Fraction(1, 2), (1152, 720)),
        ((1080, 1440), Fraction(4, 3), (1080, 1920)),
        ((480, 640), Fraction(201, 200), (480, 640)),
        ((480, 640), Fraction(9, 1), (480, 640)),
        ((480, 640), Fraction(1, 50), (480, 640)),
        ((480, 640), None, (480, 640)),
    ],
)
def test_pixels_come_out_square(
    tmp_path: Path, coded_hw: tuple[int, int], aspect: Fraction | None, shown_hw: tuple[int, int]
) -> None:
    image = np.zeros((*coded_hw, 3), np.uint8)
    image[:, coded_hw[1] // 2 :] = 255
    decoder = Decoder(str(write_clip(tmp_path / "a.mkv", [image] * 3, pixel_aspect=aspect)))
    pictures, notices = read_all(decoder)
    decoder.close()
    assert decoder.size_hw == shown_hw
    assert {p.image.shape for p in pictures} == {(*shown_hw, 3)}
    assert notices == []
    middle = shown_hw[1] // 2
    assert pictures[0].image[:, : middle - 8].max() < 40, "stretched, not cut"
    assert pictures[0].image[:, middle + 8 :].min() > 215


def test_half_side_by_side_with_wide_pixels_is_whole_side_by_side(tmp_path: Path) -> None:
    image = np.full((96, 176, 3), 90, np.uint8)
    tags = {"stereo_mode": "left_right"}
    for aspect, layout, width in ((None, Layout.HALF_SIDE_BY_SIDE, 176), (Fraction(2), Layout.SIDE_BY_SIDE, 352)):
        decoder = Decoder(str(write_clip(tmp_path / "a.mkv", [image] * 3, pixel_aspect=aspect, metadata=tags)))
        decoder.close()
        assert decoder.stereo is not None
        assert (decoder.stereo.layout, decoder.size_hw) == (layout, (96, width))
