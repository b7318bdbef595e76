import random
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.ply import read_ply, write_ply

XYZ = np.array([[0.5, -1.25, 2.0], [1e-3, 2e4, 3.0], [-7.0, 0.0, 0.125]], np.float32)
RGB = np.array([[255, 0, 1], [2, 128, 3], [4, 5, 250]], np.uint8)


def header(*lines: str, kind: str = "binary_little_endian", end: str = "\n") -> bytes:
    return end.join(["ply", f"format {kind} 1.0", *lines, "end_header", ""]).encode()


POINTS = ("property float x", "property float y", "property float z")
COLOURS = ("property uchar red", "property uchar green", "property uchar blue")


@pytest.mark.parametrize(("relative", "unitless"), [(False, False), (True, False), (True, True)])
@pytest.mark.parametrize("name", ["cloud.ply", "점 구름 1.ply"])
def test_what_is_written_is_read_back(tmp_path: Path, relative: bool, unitless: bool, name: str) -> None:
    path = tmp_path / name
    write_ply(path, PointCloud(XYZ, RGB, relative=relative, unitless=unitless))
    back = read_ply(path)
    np.testing.assert_array_equal(back.xyz_m, XYZ)
    np.testing.assert_array_equal(back.rgb, RGB)
    assert (back.relative, back.unitless) == (relative, unitless)
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_the_bytes_are_what_other_programs_expect(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    write_ply(path, PointCloud(XYZ, RGB))
    text, body = path.read_bytes().split(b"end_header\n")
    lines = text.decode().splitlines()
    assert lines[:3] == ["ply", "format binary_little_endian 1.0", "comment made by DepthView"]
    assert "comment units: metres" in lines
    assert [line for line in lines if not line.startswith("comment")][2:] == [
        "element vertex 3",
        *POINTS,
        *COLOURS,
    ]
    assert body == b"".join(struct.pack("<3f3B", *p, *c) for p, c in zip(XYZ, RGB, strict=True))


def test_an_empty_cloud_survives_the_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "none.ply"
    write_ply(path, PointCloud.empty())
    assert len(read_ply(path)) == 0


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_ply(tmp_path / "no" / "cloud.ply", PointCloud(XYZ, RGB))
    assert str(tmp_path / "no" / "cloud.ply") in str(caught.value)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "cloud.ply"
    write_ply(path, PointCloud(XYZ, RGB))
    before = path.read_bytes()
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old_limit[1]))
    try:
        with pytest.raises(UserError):
            write_ply(path, PointCloud(np.zeros((10_000, 3), np.float32), np.zeros((10_000, 3), np.uint8)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("order", ["<", ">"])
def test_other_properties_and_other_elements_are_skipped(tmp_path: Path, order: str) -> None:
    kind = "binary_little_endian" if order == "<" else "binary_big_endian"
    data = header(
        "comment 한국어 comments are fine",
        "element camera 2",
        "property double focal",
        "element vertex 3",
        "property double nx",
        "property float z",
        "property ushort red",
        "property float x",
        "property ushort green",
        "property double y",
        "property ushort blue",
        "element face 1",
        "property list uchar int vertex_indices",
        kind=kind,
        end="\r\n",
    )
    data += struct.pack(order + "2d", 1.0, 2.0)
    for (x, y, z), (r, g, b) in zip(XYZ.tolist(), RGB.tolist(), strict=True):
        data += struct.pack(order + "dfHfHdH", 9.0, z, r * 257, x, g * 257, y, b * 257)
    data += struct.pack(order + "B3i", 3, 0, 1, 99_999_999)
    (tmp_path / "a.ply").write_bytes(data)
    cloud = read_ply(tmp_path / "a.ply")
    np.testing.assert_array_equal(cloud.xyz_m, XYZ)
    np.testing.assert_array_equal(cloud.rgb, RGB)


def test_ascii_with_elements_before_and_after(tmp_path: Path) -> None:
    data = header(
        "element camera 1",
        "property float focal",
        "element vertex 3",
        *POINTS,
        "property float red",
        "property float green",
        "property float blue",
        "element face 1",
        "property list uchar int vertex_indices",
        kind="ascii",
    )
    data += b"7.5\n" + b"".join(
        (" ".join(map(repr, [*p, *(v / 255 for v in c)])) + "\n").encode()
        for p, c in zip(XYZ.tolist(), RGB.tolist(), strict=True)
    )
    (tmp_path / "a.ply").write_bytes(data + b"3 0 1 2\n")
    cloud = read_ply(tmp_path / "a.ply")
    np.testing.assert_array_equal(cloud.xyz_m, XYZ)
    np.testing.assert_array_equal(cloud.rgb, RGB)


@pytest.mark.parametrize("kind", ["ascii", "binary_little_endian"])
def test_points_that_are_not_finite_are_dropped(tmp_path: Path, kind: str) -> None:
    rows = [(1.0, 2.0, 3.0), (float("nan"), 0.0, 1.0), (0.0, float("inf"), 1.0), (0.0, 1e300, 1.0), (4.0, 5.0, 6.0)]
    data = header("element vertex 5", *(line.replace("float", "double") for line in POINTS), kind=kind)
    for row in rows:
        data += (" ".join(map(repr, row)) + "\n").encode() if kind == "ascii" else struct.pack("<3d", *row)
    (tmp_path / "a.ply").write_bytes(data)
    cloud = read_ply(tmp_path / "a.ply")
    np.testing.assert_array_equal(cloud.xyz_m, [[1, 2, 3], [4, 5, 6]])
    assert (cloud.rgb == cloud.rgb[0, 0]).all(), "grey where the file has no colours"


HOSTILE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "noise": lambda: random.Random(1).randbytes(1000),
    "an image": lambda: b"\x89PNG\r\n\x1a\n" + bytes(100),
    "huge count": lambda: header("element vertex 4000000000", *POINTS) + bytes(120),
    "count beyond 64 bits": lambda: header("element vertex " + "9" * 400, *POINTS) + bytes(120),
    "negative count": lambda: header("element vertex -5", *POINTS, kind="ascii"),
    "count in other digits": lambda: header("element vertex ٣", *POINTS) + bytes(36),
    "one byte short": lambda: header("element vertex 3", *POINTS) + bytes(35),
    "one byte long": lambda: header("element vertex 3", *POINTS) + bytes(37),
    "ascii too short": lambda: header("element vertex 3", *POINTS, kind="ascii") + b"0 0 0\n1 0 0\n                  ",
    "ascii with words": lambda: header("element vertex 2", *POINTS, kind="ascii") + b"0 0 0\n1 zero 0\n",
    "ascii with a short line": lambda: header("element vertex 2", *POINTS, kind="ascii") + b"0 0 0\n1 0\n 0 0 0\n",
    "ascii huge count": lambda: header("element vertex 4000000000", *POINTS, kind="ascii") + b"0 0 0\n",
    "huge element before": lambda: (
        header("element junk 999999999999999999", "property double d", "element vertex 1", *POINTS) + bytes(12)
    ),
    "huge empty element before, ascii": lambda: (
        header("element junk 999999999999999999", "element vertex 1", *POINTS, kind="ascii") + b"0 0 0\n"
    ),
    "list in the points": lambda: (
        header("element vertex 1", *POINTS, "property list int int l") + bytes(12) + b"\xff\xff\xff\x7f"
    ),
    "list before the points": lambda: (
        header("element face 1", "property list int int l", "element vertex 1", *POINTS) + b"\xff\xff\xff\x7f"
    ),
    "only faces": lambda: header("element face 1", "property list uchar int l") + bytes(5),
    "no points": lambda: header("element vertex 1", "property float x") + bytes(4),
    "no elements": lambda: header(),
    "no format": lambda: b"ply\nelement vertex 0\nproperty float x\nend_header\n",
    "no end": lambda: b"ply\nformat ascii 1.0\nelement vertex 3\n",
    "endless line": lambda: b"ply\nformat ascii 1.0\ncomment " + b"x" * 200_000,
    "endless header": lambda: b"ply\nformat ascii 1.0\n" + b"comment\n" * 5000,
    "many properties": lambda: header("element vertex 1", *(f"property float p{i}" for i in range(600))),
    "unknown type": lambda: header("element vertex 1", "property float128 x"),
    "same name twice": lambda: header("element vertex 1", *POINTS, "property float x") + bytes(16),
    "property of nothing": lambda: header("property float x"),
    "nul bytes": lambda: b"ply\n" + bytes(5000),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_lying_file_is_one_sentence(tmp_path: Path, case: str) -> None:
    path = tmp_path / "hostile.ply"
    path.write_bytes(HOSTILE[case]())
    with pytest.raises(UserError) as caught:
        read_ply(path)
    sentence = str(caught.value)
    assert sentence.endswith(str(path))
    assert "\n" not in sentence


def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path) -> None:
    for path in (tmp_path / "none.ply", tmp_path):
        with pytest.raises(UserError, match=r"no such file|cannot be read"):
            read_ply(path)


def small_files() -> list[bytes]:
    binary = header("element vertex 3", *POINTS, *COLOURS) + b"".join(
        struct.pack("<3f3B", *p, *c) for p, c in zip(XYZ, RGB, strict=True)
    )
    text = header("element vertex 2", *POINTS, kind="ascii") + b"0 1 2\n3 4 5\n"
    faces = header("element vertex 1", *POINTS, "element face 1", "property list uchar int i") + bytes(12 + 5)
    return [binary, text, faces]


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.integers(0, 2),
    edits=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=6),
    cut=st.none() | st.integers(0, 300),
    doubled=st.booleans(),
)
def test_flipped_bytes_give_a_cloud_or_a_sentence(
    tmp_path: Path, which: int, edits: list[tuple[int, int]], cut: int | None, doubled: bool
) -> None:
    data = bytearray(small_files()[which])
    for place, value in edits:
        data[place % len(data)] = value
    if doubled:
        half = len(data) // 2
        data[half:half] = data[: half // 2]
    path = tmp_path / "fuzz.ply"
    path.write_bytes(data[:cut])
    try:
        cloud = read_ply(path)
    except UserError:
        return
    assert len(cloud) <= len(data)
    assert np.isfinite(cloud.xyz_m).all()
    assert cloud.rgb.shape == cloud.xyz_m.shape
