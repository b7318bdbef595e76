"""What is no panorama, thrown at the command line: exit 2, one sentence that says what to do, nothing left behind."""

import io
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from tests.commands.runner import Outcome, refused, run
from tests.commands.test_panorama import model
from tests.engine.coded_clips import coded_clip
from tests.engine.dot_pairs import texture
from tests.engine.panorama.test_photo import gpano, png_header

SCENE = texture(64, 128)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def encoded(picture: np.ndarray, kind: str, **how: object) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(picture).save(stream, kind, **how)  # type: ignore[arg-type]
    return stream.getvalue()


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


FILES: dict[str, tuple[bytes, str]] = {
    "holiday.jpg": (encoded(SCENE[:, :96], "JPEG"), "This is an ordinary picture, 96 x 64 pixels"),
    "cropped.jpg": (encoded(SCENE[:40], "JPEG"), "This picture is wider than a whole panorama, 128 x 40 pixels"),
    "cube.jpg": (
        encoded(SCENE, "JPEG", xmp=gpano(0, 0, 128, 64, full_hw=(64, 128), ProjectionType="cubemap")),
        "This panorama's projection is cubemap: export it as equirectangular first",
    ),
    "black.png": (encoded(np.zeros_like(SCENE), "PNG"), "This picture is of one colour only"),
    "grey.webp": (encoded(np.full_like(SCENE, 120), "WEBP"), "This picture is of one colour only"),
    "dots.png": (encoded(SCENE[:1, :2], "PNG"), "This picture has only 2 x 1 pixels, too few for a panorama"),
    "cut.jpg": (cut(encoded(SCENE, "JPEG")), "This picture is cut off before its end: copy or download it again"),
    "cut.png": (cut(encoded(SCENE, "PNG")), "This picture is "),
    "cut.webp": (cut(encoded(SCENE, "WEBP")), "This picture is "),
    "cut.tif": (cut(encoded(SCENE, "TIFF")), "This "),
    "cut.hdr": (cut(bytes(cv2.imencode(".hdr", SCENE.astype(np.float32))[1])), "This picture is damaged"),
    "wide.png": (png_header(50_000, 25_000), "This picture is too large"),
    "wider.png": (png_header(50_000, 4), "This picture has only 50000 x 4 pixels, too few for a panorama"),
    "empty.jpg": (b"", "This file is empty: copy or download it again"),
    "text.jpg": (b"Dear diary, today I took a panorama.\n" * 9, "This picture is damaged, or is none"),
    "pointer.jpg": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "This picture is damaged"),
    "noise.tif": (b"II*\0" + np.random.default_rng(4).bytes(3000), "This "),
}


def made_of(path: Path, tmp_path: Path) -> Outcome:
    outcome = run("panorama", path, "--model", model(tmp_path), "-o", tmp_path / "o")
    assert not (tmp_path / "o").exists()
    return outcome


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_panorama(tmp_path: Path, name: str) -> None:
    content, sentence = FILES[name]
    path = tmp_path / "빈 칸 & 한글" / name
    path.parent.mkdir()
    path.write_bytes(content)
    outcome = made_of(path, tmp_path)
    refused(outcome, sentence)
    assert str(path) in outcome.stderr


def test_a_video_an_empty_folder_and_nothing(tmp_path: Path) -> None:
    coded_clip(tmp_path / "clip.mp4", 3)
    refused(made_of(tmp_path / "clip.mp4", tmp_path), "This is a video, not a photo: save one of its pictures as JPEG")
    (tmp_path / "album").mkdir()
    refused(made_of(tmp_path / "album", tmp_path), "There is no picture in this folder")
    refused(made_of(tmp_path / "gone.jpg", tmp_path), "There is no such file")
    refused(run("panorama", "ftp://127.0.0.1/a.jpg", "-o", tmp_path / "o"), "Only http and https addresses can be")


def test_a_panorama_with_black_poles_is_made_and_this_is_said(tmp_path: Path) -> None:
    grain = np.random.default_rng(1).integers(94, 107, (64, 128, 1)).astype(np.uint8)
    scene = np.repeat(grain, 3, axis=-1)
    scene[:8], scene[-10:] = 0, 2
    Pillow.fromarray(scene).save(tmp_path / "poles.png")
    outcome = run("panorama", tmp_path / "poles.png", "--model", model(tmp_path), "-o", tmp_path / "o")
    assert outcome.code == 0, outcome
    assert "The photo is black at the top or bottom" in outcome.stderr
    assert np.isnan(np.load(tmp_path / "o" / "range.npy")[[0, 7, 54, 63]]).all()
    shutil.rmtree(tmp_path / "o")
