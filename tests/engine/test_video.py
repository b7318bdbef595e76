"""Video files as sources: one, and two that are paired by their own times."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout
from depthview.engine.sources.base import Notice, Source, SourceKind
from depthview.engine.sources.video import TwoVideoSource, VideoFileSource
from tests.engine.coded_clips import coded_clip, number_in

PHONE = Path(__file__).parents[3] / "shared" / "data" / "stereo" / "phone_stereo"
real = pytest.mark.skipif(not PHONE.is_dir(), reason="../shared/data is not here")


def read_all(source: Source) -> tuple[list[Frame], list[str]]:
    frames, notices = [], []
    while (item := source.read()) is not None:
        if isinstance(item, Notice):
            notices.append(item.text)
        else:
            frames.append(item)
    return frames, notices


def next_frame(source: Source) -> Frame:
    while isinstance(item := source.read(), Notice):
        pass
    assert item is not None
    return item


def numbers(frame: Frame) -> tuple[int, int]:
    assert frame.right is not None
    return number_in(frame.image), number_in(frame.right)


def test_one_file_frame_by_frame(tmp_path: Path) -> None:
    source = VideoFileSource(coded_clip(tmp_path / "영상 1.mp4", 20))
    assert source.info.kind is SourceKind.VIDEO
    assert source.info.title == "영상 1.mp4"
    assert source.info.size_hw == (96, 176)
    frames, notices = read_all(source)
    assert [number_in(f.image) for f in frames] == list(range(20))
    assert [f.seq for f in frames] == list(range(20))
    assert not notices
    source.seek(0.5)
    frame = next_frame(source)
    assert (number_in(frame.image), frame.seq) == (13, 20)
    source.close()
    source.close()


def test_two_files_of_one_rate_go_together(tmp_path: Path) -> None:
    left, right = coded_clip(tmp_path / "l.mp4", 15), coded_clip(tmp_path / "r.mkv", 15)
    source = TwoVideoSource(left, right)
    assert source.info.hint is not None
    assert source.info.hint.layout is Layout.SEPARATE
    frames, notices = read_all(source)
    assert [numbers(f) for f in frames] == [(n, n) for n in range(15)]
    assert not notices
    source.close()


@pytest.mark.parametrize(("left_n", "right_n", "said"), [(20, 12, "right"), (12, 20, "left"), (13, 12, "right")])
def test_the_shorter_one_ends_it_and_is_named_once(left_n: int, right_n: int, said: str, tmp_path: Path) -> None:
    source = TwoVideoSource(coded_clip(tmp_path / "l.mp4", left_n), coded_clip(tmp_path / "r.mp4", right_n))
    frames, notices = read_all(source)
    assert [numbers(f) for f in frames] == [(n, n) for n in range(12)]
    assert len(notices) == 1
    assert f"The {said} video is the shorter one and ends at 0.5 s" in notices[0]
    assert source.info.duration_s == pytest.approx(12 / 25, abs=0.02)
    source.seek(0.0)
    again, notices = read_all(source)
    assert [f.seq for f in again] == list(range(12, 24))
    assert not notices


def test_seek_keeps_both_together(tmp_path: Path) -> None:
    source = TwoVideoSource(coded_clip(tmp_path / "l.mp4", 40), coded_clip(tmp_path / "r.mp4", 30))
    for asked, expected in ((0.8, 20), (0.0, 0), (1.0, 25), (0.41, 11), (1.16, 29), (1.17, 29), (1.3, 29), (9.0, 29)):
        source.seek(asked)
        assert numbers(next_frame(source)) == (expected, expected), asked
    source.seek(0.2)
    assert [numbers(next_frame(source)) for _ in range(3)] == [(5, 5), (6, 6), (7, 7)]


@pytest.mark.parametrize("swap", [False, True])
def test_the_slower_one_sets_the_pace(swap: bool, tmp_path: Path) -> None:
    slow, fast = coded_clip(tmp_path / "slow.mp4", 10, fps=12), coded_clip(tmp_path / "fast.mp4", 40, fps=48)
    source = TwoVideoSource(fast, slow) if swap else TwoVideoSource(slow, fast)
    frames, notices = read_all(source)
    expected = [(4 * n, n) if swap else (n, 4 * n) for n in range(10)]
    assert [numbers(f) for f in frames] == expected
    assert len(notices) == 1
    assert "frames a second" in notices[0]
    source.seek(0.5)
    assert numbers(next_frame(source)) == expected[6]


def test_moments_that_one_video_lacks_are_left_out_and_told(tmp_path: Path) -> None:
    every = [40 * n for n in range(20)]
    left = coded_clip(tmp_path / "l.mkv", 20, times_ms=every)
    # Variable frame rate: eight moments without a frame.
    right = coded_clip(tmp_path / "r.mkv", 12, times_ms=every[:6] + every[14:])
    source = TwoVideoSource(left, right)
    frames, notices = read_all(source)
    pairs = [numbers(f) for f in frames]
    assert pairs == [(n, n) for n in range(6)] + [(n + 8, n) for n in range(6, 12)]
    assert [f.seq for f in frames] == list(range(12))
    assert any("no frame" in n for n in notices)


def test_sizes_are_brought_together_or_refused(tmp_path: Path) -> None:
    left = coded_clip(tmp_path / "l.mp4", 5)
    source = TwoVideoSource(left, coded_clip(tmp_path / "r.mp4", 5, size_hw=(192, 352)))
    frames, notices = read_all(source)
    assert {f.right.shape for f in frames if f.right is not None} == {(96, 176, 3)}
    assert any("352 x 192" in n for n in notices)
    with pytest.raises(UserError, match=r"different shapes.*other\.mp4$"):
        TwoVideoSource(left, coded_clip(tmp_path / "other.mp4", 5, size_hw=(176, 176)))


def test_damage_is_told_with_the_eye_it_is_in(tmp_path: Path) -> None:
    left, right = coded_clip(tmp_path / "l.ts", 60, noise=True), coded_clip(tmp_path / "r.ts", 60, noise=True)
    data = bytearray(right.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 30_000] = bytes(30_000)
    right.write_bytes(data)
    frames, notices = read_all(TwoVideoSource(left, right))
    assert 20 < len(frames) < 60
    assert all(numbers(f)[0] == numbers(f)[1] for f in frames[:20])
    assert any(n.startswith("The right video:") for n in notices)
    assert frames[-1].pts_s > 2.0  # it went on behind the damage


@pytest.mark.real
@real
@pytest.mark.parametrize("swap", [False, True])
def test_a_real_pair_of_71_and_62_frames(swap: bool) -> None:
    files = [PHONE / "video_left.mp4", PHONE / "video_right.mp4"]
    source = TwoVideoSource(*(files[::-1] if swap else files))
    count, notices = 0, []
    while (item := source.read()) is not None:
        if isinstance(item, Notice):
            notices.append(item.text)
        else:
            assert item.right is not None
            assert item.right.shape == item.image.shape == (1280, 720, 3)
            assert np.any(item.right != item.image)
            count += 1
    assert count == 62
    assert len(notices) == 1
    assert ("left" if swap else "right") in notices[0]
