"""Folders: which pictures are frames, which are pairs, and in which order."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout
from depthview.engine.sources.base import Notice, SourceKind
from depthview.engine.sources.folder import FolderSource, find_moments
from depthview.engine.sources.names import eye_of, left_first, natural_key, numbered_pair

DATA = Path(__file__).parents[3] / "shared" / "data" / "stereo"


def put(folder: Path, *names: str, size: tuple[int, int] = (32, 24)) -> None:
    """Pictures whose grey level is their place in `names`."""
    for level, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, (level, level, level)).save(path)


def names_of(folder: Path) -> list[tuple[str, str | None]]:
    moments, _notices = find_moments(folder)
    return [
        (m.left.relative_to(folder).as_posix(), m.right.relative_to(folder).as_posix() if m.right else None)
        for m in moments
    ]


def read_all(source: FolderSource) -> tuple[list[Frame], list[str]]:
    frames, notices = [], []
    while (item := source.read()) is not None:
        if isinstance(item, Notice):
            notices.append(item.text)
        else:
            frames.append(item)
    return frames, notices


def test_pictures_come_in_natural_order_one_a_second(tmp_path: Path) -> None:
    folder = tmp_path / "내 사진"
    put(folder, "frame 1.png", "frame 2.png", "frame 10.png")
    (folder / "notes.txt").write_text("hello")
    (folder / ".hidden.png").write_bytes(b"no")
    source = FolderSource.from_folder(folder)
    assert source.info.kind is SourceKind.SEQUENCE
    assert (source.info.fps, source.info.duration_s, source.info.size_hw) == (1.0, 3.0, (24, 32))
    frames, notices = read_all(source)
    assert [f.image[0, 0, 0] for f in frames] == [0, 1, 2]
    assert [(f.seq, f.pts_s) for f in frames] == [(0, 0.0), (1, 1.0), (2, 2.0)]
    assert not notices


def test_seek_gives_the_first_frame_not_before_the_moment(tmp_path: Path) -> None:
    put(tmp_path, *(f"{i}.png" for i in range(5)))
    source = FolderSource.from_folder(tmp_path)
    read_all(source)
    for asked, expected in ((0.0, 0), (1.0, 1), (1.2, 2), (-3.0, 0), (99.0, 4)):
        source.seek(asked)
        frame = source.read()
        assert isinstance(frame, Frame)
        assert frame.pts_s == expected
    assert frame.seq == 9  # five, then one each, with no gaps


def test_pictures_of_a_film_have_its_times_and_one_size(tmp_path: Path) -> None:
    put(tmp_path, *(f"{i}.png" for i in range(4)))
    put(tmp_path, "2.png", size=(64, 48))
    (tmp_path / "1.png").write_bytes(b"damaged")
    source = FolderSource.from_folder(tmp_path, film_fps=25)
    info = source.info
    assert (info.kind, info.fps, info.duration_s, info.seekable) == (SourceKind.VIDEO, 25, 4 / 25, True)
    frames, notices = read_all(source)
    assert [f.pts_s for f in frames] == pytest.approx([0, 0.08, 0.12]), "a picture that is damaged leaves its time free"
    assert {f.image.shape[:2] for f in frames} == {(24, 32)}
    assert [n.startswith("A picture is passed over. ") for n in notices if n.endswith("1.png")] == [True]
    assert not any("PNG" in notice for notice in notices), "nobody is to save it as what it says it is"
    assert sum("change their size to 64 x 48" in notice for notice in notices) == 1
    source.seek(0.08)
    frame = source.read()
    assert isinstance(frame, Frame)
    assert frame.pts_s == pytest.approx(0.08)


@pytest.mark.parametrize(
    ("files", "pairs"),
    [
        (["im2.png", "im6.png", "disp2.png", "disp6.png", "mask_2b-t.png"], [("im2.png", "im6.png")]),
        (["im0.png", "im1.png", "mask0nocc.png"], [("im0.png", "im1.png")]),
        (["im0.png", "im1.png", "im2.png", "im6.png", "im8.png"], [("im2.png", "im6.png")]),
        (["view1.png", "view5.png", "disp1.png"], [("view1.png", "view5.png")]),
        (
            ["left01.png", "right01.png", "left02.png", "right02.png"],
            [("left01.png", "right01.png"), ("left02.png", "right02.png")],
        ),
        (["cup_left.png", "cup_right.png", "cup_depth.png"], [("cup_left.png", "cup_right.png")]),
        (["a_L.png", "a_R.png", "b_L.png", "b_R.png"], [("a_L.png", "a_R.png"), ("b_L.png", "b_R.png")]),
        (
            ["left/1.png", "left/2.png", "right/1.png", "right/2.png"],
            [("left/1.png", "right/1.png"), ("left/2.png", "right/2.png")],
        ),
        (["image_02/7.png", "image_03/7.png"], [("image_02/7.png", "image_03/7.png")]),
        (
            ["left/a1.png", "left/a2.png", "right/b1.png", "right/b2.png"],
            [("left/a1.png", "right/b1.png"), ("left/a2.png", "right/b2.png")],
        ),
        (
            ["cam0_1.png", "cam0_2.png", "cam1_1.png", "cam1_2.png"],
            [("cam0_1.png", "cam1_1.png"), ("cam0_2.png", "cam1_2.png")],
        ),
        (
            ["shot7-camera2.png", "shot7-camera1.png", "shot8-camera1.png"],
            [("shot7-camera1.png", "shot7-camera2.png")],
        ),
        (["c1.png", "c2.png"], [("c1.png", None), ("c2.png", None)]),
        (
            ["cam1_5.png", "cam2_5.png", "cam3_5.png"],
            [("cam1_5.png", None), ("cam2_5.png", None), ("cam3_5.png", None)],
        ),
        (["cam0/data/17.png", "cam1/data/17.png"], [("cam0/data/17.png", "cam1/data/17.png")]),
        (["imageL/imageL0.png", "imageR/imageR0.png"], [("imageL/imageL0.png", "imageR/imageR0.png")]),
        (
            ["bright.png", "leftover.png", "wall.png"],
            [("bright.png", None), ("leftover.png", None), ("wall.png", None)],
        ),
    ],
)
def test_which_pictures_belong_together(files: list[str], pairs: list[tuple[str, str | None]], tmp_path: Path) -> None:
    put(tmp_path, *files)
    assert names_of(tmp_path) == pairs


def test_many_numbered_pictures_are_moments_and_not_cameras() -> None:
    assert numbered_pair([f"im{i}.png" for i in range(9)]) == ("im2.png", "im6.png")
    assert numbered_pair([f"im{i}.png" for i in range(10)]) is None


@pytest.mark.parametrize(
    ("name", "eye"),
    [
        ("LEFT.JPG", ("*", "left")),
        ("imgRight3.png", ("img*3", "right")),
        ("R001.png", ("*001", "right")),
        ("imageL12.png", ("image*12", "left")),
        ("leftcamera3.png", ("*camera3", "left")),
        ("rightImg3.png", ("*img3", "right")),
        ("USL.png", None),
        ("lefty_camera.png", None),
        ("left_scene_right.png", ("left_scene_*", "right")),
        ("lamp.png", None),
        ("oliver.png", None),
        ("brightness_1.png", None),
    ],
)
def test_eyes_in_names(name: str, eye: tuple[str, str] | None) -> None:
    assert eye_of(name) == eye


def test_names_sort_as_people_do() -> None:
    assert sorted(["b", "10", "a10", "9", "A9"], key=natural_key) == ["9", "10", "A9", "a10", "b"]


def test_a_pair_has_both_pictures(tmp_path: Path) -> None:
    put(tmp_path, "x_left.png", "x_right.png", "y_left.png")
    source = FolderSource.from_folder(tmp_path)
    frames, notices = read_all(source)
    assert [(f.image[0, 0, 0], f.right[0, 0, 0]) for f in frames if f.right is not None] == [(0, 1)]
    assert len(notices) == 1
    assert "no partner" in notices[0]
    assert source.info.hint is not None
    assert source.info.hint.layout is Layout.SEPARATE


def test_two_folders_are_the_two_eyes(tmp_path: Path) -> None:
    put(tmp_path / "cam A", "1.png", "2.png", "3.png")
    put(tmp_path / "cam B", "1.png", "2.png")
    frames, notices = read_all(FolderSource.from_two_folders(tmp_path / "cam A", tmp_path / "cam B"))
    assert len(frames) == 2
    assert len(notices) == 1


def test_eyes_of_unequal_counts_and_names_are_not_paired_in_silence(tmp_path: Path) -> None:
    put(tmp_path, "left/a1.png", "left/a2.png", "left/a3.png", "right/b2.png", "right/b3.png")
    moments, notices = find_moments(tmp_path)
    assert len(moments) == 2
    assert [notice.text for notice in notices] == [
        "The eyes have 3 and 2 pictures whose names differ: they are paired by their order, which is wrong unless the "
        "last ones are missing"
    ]


def test_a_bad_picture_among_good_ones_is_told_and_passed(tmp_path: Path) -> None:
    put(tmp_path, "0.png", "1.png", "3.png", "4.png")
    whole = (tmp_path / "3.png").read_bytes()
    (tmp_path / "2.png").write_text("not a picture")
    (tmp_path / "4.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "0.png").write_bytes(b"")
    source = FolderSource.from_folder(tmp_path)
    frames, notices = read_all(source)
    assert [(f.seq, f.pts_s) for f in frames] == [(0, 1.0), (1, 3.0)]
    assert [name for name in ("0.png", "2.png", "4.png") if any(n.endswith(name) for n in notices)] == [
        "0.png",
        "2.png",
        "4.png",
    ]


def test_pictures_without_a_suffix_are_known_by_content(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    (tmp_path / "a.png").rename(tmp_path / "DOWNLOAD_1")
    assert names_of(tmp_path) == [("DOWNLOAD_1", None)]


def test_folders_without_a_picture_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    with pytest.raises(UserError, match="no pictures in this folder"):
        FolderSource.from_folder(tmp_path)
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(UserError, match=r"^This picture is damaged, .*a\.png$"):
        FolderSource.from_folder(tmp_path)


def test_a_folder_of_folders_names_one_to_open(tmp_path: Path) -> None:
    (tmp_path / "0 empty").mkdir()
    put(tmp_path, "7/im0.png", "7/im1.png", "8/im0.png", "8/im1.png")
    with pytest.raises(UserError) as told:
        FolderSource.from_folder(tmp_path)
    assert f"open one of these, such as {tmp_path / '7'}: " in str(told.value)


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not here")
@pytest.mark.parametrize(
    ("folder", "count"),
    [
        ("middlebury2003_cones", 1),
        ("middlebury_v3_motorcycle_Q", 1),
        ("opencv_chessboard", 13),
        ("usb_stereo_scene_raw", 1),
    ],
)
def test_real_folders_are_pairs(folder: str, count: int) -> None:
    frames, notices = read_all(FolderSource.from_folder(DATA / folder))
    assert len(frames) == count
    assert not notices
    assert all(f.right is not None and np.any(f.right != f.image) for f in frames)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (("/a/eevee_right.jpg", "/a/eevee_left.jpg"), ("/a/eevee_left.jpg", "/a/eevee_right.jpg")),
        (("C:\\x\\im1.png", "C:\\x\\im0.png"), ("C:\\x\\im0.png", "C:\\x\\im1.png")),
        (("/a/left01.png", "/a/right01.png"), ("/a/left01.png", "/a/right01.png")),
        (("/a/right01.png", "/b/left02.png"), ("/a/right01.png", "/b/left02.png")),
        (("/a/holiday.mp4", "/a/beach.mp4"), ("/a/holiday.mp4", "/a/beach.mp4")),
        (("/a/one_sbs.mp4",), ("/a/one_sbs.mp4",)),
    ],
)
def test_two_dropped_files_are_put_in_order_by_their_names(given: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert left_first(given) == expected


def test_a_folder_of_one_pair_is_a_still(tmp_path: Path) -> None:
    for name in ("im0.png", "im1.png"):
        Image.new("RGB", (64, 48)).save(tmp_path / name)
    source = FolderSource.from_folder(tmp_path)
    assert source.info.kind is SourceKind.IMAGE
    assert isinstance(source.read(), Frame)
    assert source.read() is None
