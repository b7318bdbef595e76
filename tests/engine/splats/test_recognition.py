"""Files are known by what is in them, whatever they are called; what has no splats is not mistaken for any."""

import gzip
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.ply import write_ply
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat, format_of, is_ply, may_be_splats
from depthview.engine.splats.formats.writing import format_for, write_splats
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats.ply_files import GSPLAT, columns, file_of, header
from tests.engine.splats.scenes import made_up_scene

WRITTEN = [SplatFormat.PLY, SplatFormat.COMPRESSED_PLY, SplatFormat.SPLAT, SplatFormat.SPZ, SplatFormat.SOG]


def zipped(name: str, data: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize("kind", WRITTEN)
@pytest.mark.parametrize("name", ["scene", "점.jpg", "x.ply"])
def test_what_is_written_is_known_again_under_any_name(tmp_path: Path, kind: SplatFormat, name: str) -> None:
    path = tmp_path / name
    write_splats(made_up_scene(300, 1), path, kind)
    assert format_of(path) is kind
    assert may_be_splats(path)
    scene = open_splats(path)
    assert isinstance(scene, SplatScene)
    assert len(scene) == 300


def test_a_plain_cloud_opens_as_a_cloud(tmp_path: Path) -> None:
    cloud = PointCloud(np.eye(3, dtype=np.float32), np.full((3, 3), 9, np.uint8))
    write_ply(tmp_path / "a.splat", cloud)
    assert format_of(tmp_path / "a.splat") is None
    assert may_be_splats(tmp_path / "a.splat")
    opened = open_splats(tmp_path / "a.splat")
    assert isinstance(opened, PointCloud)
    np.testing.assert_array_equal(opened.xyz_m, cloud.xyz_m)


NO_SPLATS = {
    "nothing": b"",
    "text": b"Dear diary, today I trained a scene of many splats, and it was good.\n" * 32,
    "zeros": bytes(3200),
    "noise": np.random.default_rng(0).bytes(32_000),
    "floats": np.random.default_rng(0).normal(size=8000).astype("<f4").tobytes(),
    "pictures": np.random.default_rng(0).integers(100, 156, 32_000, dtype=np.uint8).tobytes(),
    "another zip": zipped("a.txt", b"hello"),
    "another gzip": gzip.compress(b"hello" * 100),
    "half a gzip": gzip.compress(b"NGSP" * 100)[:11],
    "json": json.dumps({"means": 1}).encode(),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(56),
}


@pytest.mark.parametrize("what", NO_SPLATS)
def test_other_files_are_no_splats(tmp_path: Path, what: str) -> None:
    path = tmp_path / "scene.splat"
    path.write_bytes(NO_SPLATS[what])
    assert format_of(path) is None
    assert not may_be_splats(path)
    assert not is_ply(path)
    with pytest.raises(UserError, match=r"no splat scene: choose .*scene\.splat"):
        open_splats(path)


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    assert not may_be_splats(tmp_path / "none")
    assert not may_be_splats(tmp_path)
    with pytest.raises(UserError, match=r"no such file|cannot be read"):
        open_splats(tmp_path / "none")
    with pytest.raises(UserError, match="no splat scene"):
        open_splats(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not may_be_splats(tmp_path / "pipe")
    with pytest.raises(UserError, match=r"no such file|cannot be read"):
        open_splats(tmp_path / "pipe")


def test_few_odd_splats_do_not_hide_a_dot_splat_file(tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    good = [
        struct.pack("<6f8B", *draw.normal(size=3), 0.1, 0.1, 0.1, 9, 9, 9, 99, 255, 128, 128, 128) for _ in range(90)
    ]
    odd = [b"\xff" * 32] * 10
    (tmp_path / "a").write_bytes(b"".join(good + odd))
    assert format_of(tmp_path / "a") is SplatFormat.SPLAT


def test_a_splat_ply_is_known_by_any_of_its_columns(tmp_path: Path) -> None:
    names = tuple(name for name in GSPLAT if not name.startswith("f_"))
    (tmp_path / "a.ply").write_bytes(file_of(columns(names, 3)))
    assert format_of(tmp_path / "a.ply") is SplatFormat.PLY
    with pytest.raises(UserError, match="lacks f_dc_0, f_dc_1, f_dc_2"):
        open_splats(tmp_path / "a.ply")


def test_a_damaged_ply_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.ply").write_bytes(header("element vertex -1"))
    assert may_be_splats(tmp_path / "a.ply")
    with pytest.raises(UserError, match="header makes no sense"):
        open_splats(tmp_path / "a.ply")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.ply", "ply"),
        ("a.b.PLY", "ply"),
        ("a.compressed.ply", "compressed.ply"),
        ("A.Compressed.Ply", "compressed.ply"),
        ("a.splat", "splat"),
        ("a.spz", "spz"),
        ("a.sog", "sog"),
    ],
)
def test_a_name_asks_for_a_format(name: str, kind: str) -> None:
    assert format_for(Path(name)) == kind


@pytest.mark.parametrize("name", ["a", "ply", "a.ply.bak", "a.ksplat", "a.glb", "a.png"])
def test_a_name_that_asks_for_none_says_which_there_are(name: str) -> None:
    with pytest.raises(UserError, match=r"\.ply, \.compressed\.ply, \.splat, \.spz, \.sog"):
        format_for(Path(name))


def test_what_is_read_only_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"reads \.ksplat files but does not write"):
        write_splats(made_up_scene(1), tmp_path / "a.ksplat", SplatFormat.KSPLAT)
    assert list(tmp_path.iterdir()) == []
