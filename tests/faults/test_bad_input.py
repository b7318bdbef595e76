"""Whatever is thrown at the command line: exit 2, one sentence, no traceback, nothing left behind."""

import json
import os
import socket
import struct
import subprocess
import sys
import textwrap
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.resources import resource
from tests.commands.runner import ROOT, names_in, refused, run, run_main
from tests.engine import onnx_graphs as graphs
from tests.engine.coded_clips import coded_clip
from tests.engine.dot_pairs import flat_pair

NOBODY = 65534
PAIR = flat_pair(120, 200, 12)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A folder with a good pair side by side."""
    folder = tmp_path / "good"
    folder.mkdir()
    Pillow.fromarray(np.concatenate([PAIR.left, PAIR.right], axis=1)).save(folder / "both_sbs.png")
    return folder


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def one_pixel() -> bytes:
    return b"P6\n1 1\n255\n\x01\x02\x03"


HAS_ONE_EYE = resource("models/dv_mono/depth.onnx").is_file()
TOO_SMALL = "The picture is too small for depth" if HAS_ONE_EYE else "The built-in model for one eye is missing"

FILES: dict[str, tuple[bytes, str]] = {
    "noise.jpg": (np.random.default_rng(4).bytes(3000), "This picture is damaged, or is none"),
    "empty.png": (b"", "This file is empty: copy or download it again: "),
    "text.mp4": (b"This is a text, and no film at all.\n" * 20, "This is a text file, not a picture or a video"),
    "half.png": (png_header(400, 200), "This picture"),
    "one pixel.ppm": (one_pixel(), TOO_SMALL),
    "huge.png": (png_header(30_000, 30_000), "This picture"),
    "pointer.mp4": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "This is only a Git LFS"),
    "list.m3u8": (b"#EXTM3U\n/etc/passwd\n", "This is a list of files or addresses, not a video"),
    "zip.png": (b"PK\x03\x04" + bytes(500), "This picture is damaged, or is none"),
    "jpeg head.jpg": (b"\xff\xd8\xff\xe0" + bytes(200), "This picture is damaged, or is none"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("folder", ["plain", "빈 칸 & 한글"])
def test_files_that_are_not_what_they_say(tmp_path: Path, name: str, folder: str) -> None:
    content, sentence = FILES[name]
    path = tmp_path / folder / name
    path.parent.mkdir()
    path.write_bytes(content)
    outcome = run("depth", path, "-o", tmp_path / "o")
    refused(outcome, sentence)
    if sentence != TOO_SMALL:  # that is said of the picture, whatever it came from
        assert str(path) in outcome.stderr
    assert not (tmp_path / "o").exists()
    similar = run("similarity", path, path)
    assert similar.code == (0 if name == "one pixel.ppm" else 2)


def test_one_pixel_an_eye_is_too_small(tmp_path: Path) -> None:
    path = tmp_path / "tiny.ppm"
    path.write_bytes(one_pixel())
    for layout in ("sbs", "over-under", "half-sbs", "separate"):
        outcome = run("depth", path, "-o", tmp_path / "o", "--layout", layout)
        refused(outcome, "There is no second picture" if layout == "separate" else "The picture is too small for depth")
    refused(run("depth", path, path, "-o", tmp_path / "o"), "The picture is too small for depth")


def test_a_film_cut_short_still_gives_what_it_holds_or_says_why(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    coded_clip(clip, 12)
    whole = clip.read_bytes()
    for share in (0.02, 0.5):
        clip.write_bytes(whole[: int(len(whole) * share)])
        outcome = run("depth", clip, "-o", tmp_path / "o", "--layout", "sbs")
        refused(outcome, "This is not a video that can be read: ")


def test_eyes_that_do_not_belong_together(good: Path, tmp_path: Path) -> None:
    Pillow.fromarray(PAIR.left[:, :60]).save(tmp_path / "narrow.png")
    outcome = run("depth", good / "both_sbs.png", tmp_path / "narrow.png", "-o", tmp_path / "o")
    refused(outcome, "The two eyes have different shapes")
    refused(run("depth", good / "both_sbs.png", good, "-o", tmp_path / "o"), "The left is a picture and the right is a")
    refused(run("depth", "", "-o", tmp_path / "o"), "Nothing was named")


def test_an_empty_folder_and_one_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(run("depth", tmp_path / "empty", "-o", tmp_path / "o"), "There are no pictures in this folder: ")
    refused(run("depth", tmp_path / "gone", "-o", tmp_path / "o"), "There is no such file")


# --- models


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("text", "This is not an ONNX model: download or export it again: "),
        ("empty", "This is not an ONNX model: download or export it again: "),
        ("pointer", "This is only a Git LFS pointer, not the model: fetch it with `git lfs pull`: "),
        ("words", "This model does not take one picture, or two (two inputs, or both stacked into one): "),
        ("cut", "This is not an ONNX model"),
    ],
)
def test_models_that_are_none(good: Path, tmp_path: Path, kind: str, sentence: str) -> None:
    path = tmp_path / "내 model.onnx"
    if kind == "cut":
        graphs.mono_graph(path)
        path.write_bytes(path.read_bytes()[:-7])
    elif kind == "words":
        graph = graphs.Graph()
        graph.output(graph.number("tokens", (1, "length"), graphs.TensorProto.INT64), (1, "length"), "meaning")
        graph.save(path)
    else:
        content = {"text": b"weights", "empty": b"", "pointer": b"version https://git-lfs.github.com/spec/v1\n"}
        path.write_bytes(content[kind])
    outcome = run("depth", good / "both_sbs.png", "-o", tmp_path / "o", "--model", path)
    refused(outcome, sentence)
    assert outcome.stderr.rstrip().endswith("내 model.onnx")
    assert not (tmp_path / "o").exists()
    refused(run("depth", path, "-o", tmp_path / "o"), "This ")  # nor a picture


# --- addresses


def test_an_address_that_nobody_answers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once, and nobody else gets it
        port = taken.getsockname()[1]
        outcome = run("depth", f"http://127.0.0.1:{port}/film.mp4", "-o", tmp_path / "o")
    assert outcome.code == 2, outcome
    assert "Traceback" not in outcome.stderr
    assert "127.0.0.1" in outcome.stderr.strip().splitlines()[-1]
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "address", ["ftp://127.0.0.1/a.mp4", "concat:/etc/passwd", "file://elsewhere/a.png", "http://"]
)
def test_addresses_that_are_never_followed(tmp_path: Path, address: str) -> None:
    outcome = run("depth", address, "-o", tmp_path / "o")
    assert outcome.code == 2, outcome
    assert len(outcome.stderr.strip().splitlines()) == 1


# --- places that cannot be written


def test_an_output_that_is_a_file(good: Path, tmp_path: Path) -> None:
    (tmp_path / "o").write_text("mine")
    for folder in (tmp_path / "o", tmp_path / "o" / "deeper"):
        outcome = run("depth", good / "both_sbs.png", "--layout", "sbs", "-o", folder)
        refused_after_notes(outcome.code, outcome.stderr, "A file is in the way of this folder")
    assert (tmp_path / "o").read_text() == "mine"


def refused_after_notes(code: int, stderr: str, sentence: str) -> None:
    assert code == 2, stderr
    assert "Traceback" not in stderr
    assert stderr.strip().splitlines()[-1].startswith(sentence), stderr


def test_a_full_disk_says_so_and_keeps_no_halves(good: Path, mount: Path) -> None:
    (mount / "disparity.npy").write_bytes(b"old")
    outcome = run("depth", good / "both_sbs.png", "--layout", "sbs", "-o", mount)
    refused_after_notes(outcome.code, outcome.stderr, "The disk is full: free some space or choose another folder")
    for name in names_in(mount):
        assert name in ("disparity.npy", "depth.png", "preview.png"), "no temporary name is left"
    assert np.load(mount / "disparity.npy").shape == (120, 200), "what was written is whole"


def test_a_full_disk_in_the_middle_of_a_film(tmp_path: Path, mount: Path) -> None:
    noise = tmp_path / "seq"
    noise.mkdir()
    rng = np.random.default_rng(6)
    for n in range(8):
        Pillow.fromarray(rng.integers(0, 256, (240, 640, 3)).astype(np.uint8)).save(noise / f"{n}.png")
    outcome = run("depth", noise, "--layout", "sbs", "-o", mount, "--resolution", "60x80", "--json")
    assert outcome.code == 2, outcome
    assert outcome.said["error"].startswith("The disk is full")
    assert not [name for name in names_in(mount) if name.startswith(".") or name == "preview.mp4"]


def test_a_read_only_disk(good: Path, mount: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(mount)], capture_output=True, check=True)
    for folder in (mount, mount / "deeper"):
        outcome = run("depth", good / "both_sbs.png", "--layout", "sbs", "-o", folder)
        refused_after_notes(outcome.code, outcome.stderr, "This disk is read-only: choose another folder")


def as_nobody(good: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """The command line in a process that may do nothing special.

    It runs once before it gives its rights away: nobody may read a Python that is installed in root's home.
    """
    code = textwrap.dedent(f"""
        import contextlib, io, os, sys
        sys.path.insert(0, {str(ROOT)!r})
        from depthview.commands.app import app
        for spec in ({str(good)!r}, {str(good / "both_sbs.png")!r}):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
                with contextlib.suppress(SystemExit):
                    app(["depth", spec, "--layout", "sbs", "-o", {str(good.parent / "first")!r}])
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid({NOBODY})
            os.setuid({NOBODY})
        app({[str(a) for a in arguments]!r}, prog_name="depthview")
    """)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", timeout=60, check=False, cwd="/"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_without_permission(good: Path, tmp_path: Path) -> None:
    for folder in (tmp_path, *tmp_path.parents):  # pytest's own folders are closed to others
        if os.geteuid() == 0 and folder.stat().st_uid == 0 and len(folder.parts) > 2:
            folder.chmod(0o755)
    secret = tmp_path / "secret"
    secret.mkdir()
    Pillow.fromarray(PAIR.left).save(secret / "a.png")
    readable = tmp_path / "visible.png"
    Pillow.fromarray(PAIR.left).save(readable)
    open_folder = tmp_path / "anybody's"
    open_folder.mkdir()
    open_folder.chmod(0o777)
    readable.chmod(0)
    secret.chmod(0)
    try:
        for path in (secret, secret / "a.png", readable):
            done = as_nobody(good, "depth", path, "-o", open_folder / "o")
            refused_after_notes(done.returncode, done.stderr, "There is no permission to read this: ")
            assert len(done.stderr.strip().splitlines()) == 1
        closed = tmp_path / "closed"
        closed.mkdir()
        closed.chmod(0o555)
        for folder in (closed, closed / "deeper", secret / "o"):
            done = as_nobody(good, "depth", good / "both_sbs.png", "--layout", "sbs", "-o", folder)
            refused_after_notes(done.returncode, done.stderr, "This folder may not be written to")
        assert names_in(closed) == []
    finally:
        secret.chmod(0o755)


# --- the whole truth: python main.py


def test_from_a_shell_as_well(tmp_path: Path, home: Path) -> None:
    (tmp_path / "글 text.mp4").write_text("no film\n" * 100, encoding="utf-8")
    outcome = run_main("depth", "글 text.mp4", "--json", folder=tmp_path, home=home)
    assert outcome.code == 2
    assert json.loads(outcome.stdout.splitlines()[-1])["error"] == outcome.stderr.strip()
    assert outcome.stderr.startswith("This is a text file, not a picture or a video")
    assert names_in(tmp_path) in (["글 text.mp4"], ["home", "글 text.mp4"])
