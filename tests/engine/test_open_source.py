"""open_source: what is opened by what, and one sentence for everything that cannot be."""

import os
import sys
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from PIL import Image

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.sources import SourceKind, Spec, open_source, web
from tests.engine.coded_clips import coded_clip, number_in


def picture(path: Path, level: int = 50, size: tuple[int, int] = (48, 32), kind: str = "PNG") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (level, level, level)).save(path, kind)
    return path


def opened(spec: Spec) -> tuple[SourceKind, Frame]:
    source = open_source(spec)
    frame = source.read()
    source.close()
    assert isinstance(frame, Frame)
    return source.info.kind, frame


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    assert opened(str(picture(tmp_path / "a.mp4")))[0] is SourceKind.IMAGE
    clip = coded_clip(tmp_path / "a.mkv", 3).rename(tmp_path / "b.jpg")
    kind, frame = opened(str(clip))
    assert kind is SourceKind.VIDEO
    assert number_in(frame.image) == 0
    assert opened(str(picture(tmp_path / "no suffix")))[0] is SourceKind.IMAGE


def test_folders_and_pairs(tmp_path: Path) -> None:
    one, two = picture(tmp_path / "d" / "1.png", 1), picture(tmp_path / "d" / "2.png", 2)
    assert opened(str(tmp_path / "d"))[0] is SourceKind.SEQUENCE
    kind, frame = opened((str(one), str(two)))
    assert kind is SourceKind.IMAGE
    assert frame.right is not None
    assert (frame.image[0, 0, 0], frame.right[0, 0, 0]) == (1, 2)
    left, right = coded_clip(tmp_path / "l.mp4", 3), coded_clip(tmp_path / "r.mp4", 3)
    kind, frame = opened([str(left), str(right)])
    assert kind is SourceKind.VIDEO
    assert frame.right is not None
    picture(tmp_path / "e" / "1.png", 9)
    picture(tmp_path / "e" / "2.png", 8)
    kind, frame = opened((str(tmp_path / "d"), str(tmp_path / "e")))
    assert frame.right is not None
    assert frame.right[0, 0, 0] == 9


@pytest.mark.parametrize(
    "name", ["한국어 파일.png", "a b  c.png", "ünï#1?.png", "100%.png", "'quoted'.png", "ends with blank "]
)
def test_names_of_every_kind(name: str, tmp_path: Path) -> None:
    if sys.platform == "win32" and (set(name) & set("?*") or name.endswith(" ")):
        pytest.skip("Windows has no such names")
    path = picture(tmp_path / "폴더 하나" / name, 77)
    for spec in (str(path), "file://" + quote(path.as_posix()), path.as_uri(), f'"{path}"'):
        assert opened(spec)[1].image[0, 0, 0] == 77
    assert opened(str(path.parent))[0] is SourceKind.IMAGE, "one picture alone does not play"


def test_blanks_around_what_was_pasted(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", 5)
    assert opened(f"  {path}\n")[1].image[0, 0, 0] == 5
    assert opened(f"file://localhost{quote(path.as_posix())}")[1].image[0, 0, 0] == 5


def test_one_identity_for_one_thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = picture(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    assert open_source("a.png").info.identity == open_source(str(path)).info.identity
    assert open_source(path.as_uri()).info.identity == open_source("./a.png").info.identity


LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.mp4", b"", "This file is empty"),
        ("empty.png", b"", "This file is empty"),
        ("text.mp4", b"hello, this is only text\n" * 20, "This is a text file"),
        ("text.jpg", "안녕하세요\n".encode() * 500, "This is a text file"),
        ("wide.txt", "hello".encode("utf-16"), "This is a text file"),
        ("page.mp4", b"<!DOCTYPE html><html><body>Sign in</body></html>", "This is a text file"),
        ("lfs.mp4", LFS, "Git LFS pointer"),
        ("scene.ply", b"ply\nformat binary_little_endian 1.0\n", "3D scene"),
        ("scene.splat", bytes(range(256)) * 4, "3D scene"),
        ("net.onnx", b"\x08\x07\x12\x07pytorch" + bytes(100), "This is a model"),
        ("noise.mp4", np.random.default_rng(1).bytes(5000), "not a video that can be read"),
        ("zeros.png", bytes(5000), "This picture is damaged, or is none"),
        ("archive.mp4", b"PK\3\4" + np.random.default_rng(2).bytes(3000), "not a video that can be read"),
        ("header.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
        ("header.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(100), "video"),
        ("list.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n", "This is a list"),
        ("list.m3u8", b"\xef\xbb\xbf#EXTM3U\n#EXTINF:5,\n/etc/passwd\n\0\xff", "This is a list"),
        ("list.mkv", b"ffconcat version 1.0\nfile /etc/passwd\n", "This is a list"),
    ],
)
def test_files_that_are_no_pictures_or_videos(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "한 폴더" / name
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        open_source(str(path))
    said = str(caught.value)
    assert sentence in said
    assert said.endswith(str(path))
    assert "\n" not in said


def test_a_file_is_called_as_the_person_called_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("noise.mp4", "noise.jpg", "12-30.mp4"):
        Path(name).write_bytes(np.random.default_rng(1).bytes(5000))
        with pytest.raises(UserError, match=f": {name}$"):
            open_source(name)


def test_what_is_not_there(tmp_path: Path) -> None:
    for name in ("nothing.mp4", "no/such/folder/a.png", "x" * 400 + ".png"):
        with pytest.raises(UserError, match=r"png$|mp4$"):
            open_source(str(tmp_path / name))
    with pytest.raises(UserError, match="not a file's name"):
        open_source("a\0b.png")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("", "Nothing was named"),
        ("   ", "Nothing was named"),
        ((), "Nothing was named"),
        (("a", ""), "Nothing was named"),
        (("a", "b", "c"), "At most two"),
        ("rtsp://127.0.0.1/a", "Only http and https"),
        ("ftp://127.0.0.1/a.mp4", "Only http and https"),
        (("http://127.0.0.1:9/a", "http://127.0.0.1:9/b"), "Two web addresses"),
        ("file://other-machine/share/a.png", "another computer"),
    ],
)
def test_specs_that_cannot_be_meant(spec: Spec, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        open_source(spec)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("youtu.be/abc", "https://youtu.be/abc"),
        (" www.youtube.com/watch?v=1 ", "https://www.youtube.com/watch?v=1"),
        ("www.example.org", "https://www.example.org"),
        ("example.org:8080/film.mp4", "https://example.org:8080/film.mp4"),
    ],
)
def test_an_address_as_browsers_show_it(typed: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def open_web(address: str, **_options: object) -> None:
        raise UserError("asked {address}", address=address)

    monkeypatch.setattr(web, "open_web", open_web)
    with pytest.raises(UserError) as caught:
        open_source(typed)
    assert str(caught.value) == f"asked {asked}"


def test_a_path_that_exists_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("youtu.be/abc.png", "www.example.org"):
        assert opened(picture(tmp_path / name, 7).relative_to(tmp_path).as_posix())[1].image[0, 0, 0] == 7
    (tmp_path / "holiday.old").mkdir()
    for missing in (
        "holiday.old/gone.png",
        "gone.png",
        "folder/gone.mp4",
        "./example.org/a.mp4",
        "v1.2/gone.png",
        ".hidden/gone.png",
    ):
        with pytest.raises(UserError, match="There is no such file"):
            open_source(missing)


def test_a_colon_in_a_video_s_name_is_no_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows has no such names")
    coded_clip(tmp_path / "clip.mp4", 3).rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)
    kind, frame = opened("12:30.mp4")
    assert kind is SourceKind.VIDEO
    assert number_in(frame.image) == 0


def test_two_of_different_kinds(tmp_path: Path) -> None:
    still, clip = picture(tmp_path / "a.png"), coded_clip(tmp_path / "a.mp4", 3)
    with pytest.raises(UserError, match="The left is a picture and the right is a video"):
        open_source((str(still), str(clip)))
    with pytest.raises(UserError, match="The left is a camera and the right is a picture"):
        open_source(("camera:0", str(still)))
    with pytest.raises(UserError, match="The left is a folder and the right is a web address"):
        open_source((str(tmp_path), "https://127.0.0.1:9/"))


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX permissions")
def test_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "닫힌 폴더"
    path = picture(folder / "a.png")
    if os.geteuid() == 0:
        # Nothing is forbidden to root: the refusal itself has to be made.
        def refuse(*_args: object, **_options: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "listdir", refuse)
        monkeypatch.setattr(Path, "open", refuse)
    else:
        path.chmod(0)
    with pytest.raises(UserError, match=r"no permission to read.*a\.png$"):
        open_source(str(path))
    if os.geteuid() != 0:
        folder.chmod(0)
    try:
        with pytest.raises(UserError, match=r"no permission to read.*닫힌 폴더$"):
            open_source(str(folder))
    finally:
        folder.chmod(0o700)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="This is not a file"):
        open_source(str(tmp_path / "pipe"))


def test_a_picture_of_one_pixel_opens_and_says_why_there_is_no_depth(tmp_path: Path) -> None:
    from depthview.engine.stereo.eyes.layout import guess_layout
    from depthview.engine.stereo.eyes.split import split

    _kind, frame = opened(str(picture(tmp_path / "dot.png", size=(1, 1))))
    found = guess_layout(frame, hint=None, name="dot.png")
    with pytest.raises(UserError):
        split(frame, found.layout, swap=found.swapped)
