"""Every kind of file a panorama is kept as, read back byte by byte or by another library."""

import io
import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from PIL import Image as Pillow

from depthview.engine.errors import UserError
from depthview.engine.panorama.keeping.mesh import mesh_of
from depthview.engine.panorama.keeping.points import cloud_of
from depthview.engine.panorama.keeping.surface_files import SurfaceKind, file_name, write_surface
from depthview.engine.ply import read_ply
from depthview.engine.sphere import directions
from tests.engine.panorama.range_maps import range_map_of
from tests.engine.panorama.solids import Room

HW = (64, 128)
COVERED = np.ones(HW, bool)
COVERED[:8, 20:40] = False
FOUND = range_map_of(Room().range_m(directions(HW)), covered=COVERED)


def written(folder: Path, kind: SurfaceKind) -> Path:
    path = folder / ("방 " + file_name(kind))
    write_surface(path, FOUND, kind)
    assert [p.name for p in folder.iterdir()] == [path.name], "nothing else is left behind"
    return path


def glb_of(data: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    json_length, json_kind = struct.unpack_from("<I4s", data, 12)
    assert json_kind == b"JSON"
    body_length, body_kind = struct.unpack_from("<I4s", data, 20 + json_length)
    assert body_kind == b"BIN\0"
    assert 20 + json_length + 8 + body_length == len(data)
    assert json_length % 4 == body_length % 4 == 0
    return json.loads(data[20 : 20 + json_length]), data[28 + json_length :]


def test_glb_holds_the_mesh_y_up_and_the_photo(tmp_path: Path) -> None:
    described, body = glb_of(written(tmp_path, SurfaceKind.GLB).read_bytes())
    views = described["bufferViews"]

    def part(number: int) -> bytes:
        view = views[number]
        assert view["byteOffset"] % 4 == 0
        return body[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]

    primitive = described["meshes"][0]["primitives"][0]
    named = {**primitive["attributes"], "indices": primitive["indices"]}
    accessors = {name: described["accessors"][number] for name, number in named.items()}
    arrays = {
        name: np.frombuffer(part(accessor["bufferView"]), "<u4" if name == "indices" else "<f4")
        for name, accessor in accessors.items()
    }
    mesh = mesh_of(FOUND)
    positions = arrays["POSITION"].reshape(-1, 3)
    np.testing.assert_array_equal(positions, mesh.vertices * [1, -1, -1])
    np.testing.assert_array_equal(arrays["NORMAL"].reshape(-1, 3), mesh.normals * [1, -1, -1])
    np.testing.assert_array_equal(arrays["TEXCOORD_0"].reshape(-1, 2), mesh.uv)
    np.testing.assert_array_equal(arrays["indices"].reshape(-1, 3), mesh.faces)
    assert accessors["POSITION"]["min"] == positions.min(axis=0).tolist()
    assert accessors["POSITION"]["max"] == positions.max(axis=0).tolist()
    assert [accessors[name]["count"] for name in named] == [len(mesh.vertices)] * 3 + [mesh.faces.size]
    assert positions[:, 1].min() == pytest.approx(-Room().ahead_m[1], rel=1e-3), "the floor is below"

    picture = Pillow.open(io.BytesIO(part(described["images"][0]["bufferView"])))
    assert (picture.format, picture.size) == ("JPEG", HW[::-1])
    assert np.abs(np.asarray(picture).astype(int) - FOUND.photo.image)[10:].mean() < 5
    assert described["extensionsUsed"] == list(described["materials"][0]["extensions"]) == ["KHR_materials_unlit"]
    assert described["asset"]["extras"]["note"] == "units: metres, by: model"


def test_mesh_ply_holds_corners_colours_and_triangles(tmp_path: Path) -> None:
    path = written(tmp_path, SurfaceKind.MESH)
    head, body = path.read_bytes().split(b"end_header\n", 1)
    lines = head.decode().splitlines()
    mesh = mesh_of(FOUND)
    assert f"element vertex {len(mesh.vertices)}" in lines
    assert f"element face {len(mesh.faces)}" in lines
    columns = [line.split()[1:] for line in lines if line.startswith("property") and "list" not in line]
    kinds = np.dtype([(name, {"float": "<f4", "uchar": "u1"}[kind]) for kind, name in columns])
    vertices = np.frombuffer(body, kinds, len(mesh.vertices))
    np.testing.assert_array_equal(np.stack([vertices[axis] for axis in "xyz"], -1), mesh.vertices)
    np.testing.assert_array_equal(np.stack([vertices[axis] for axis in ("nx", "ny", "nz")], -1), mesh.normals)
    np.testing.assert_allclose(vertices["t"], 1 - mesh.uv[:, 1], atol=1e-6)
    # The photo's colour is its direction.
    towards = mesh.vertices / np.linalg.norm(mesh.vertices, axis=1, keepdims=True)
    seen = mesh.uv[:, 1] > 0.2
    colours = np.stack([vertices[name] for name in ("red", "green", "blue")], -1).astype(float)
    assert np.abs(colours - (towards * 100 + 127))[seen].max() < 6
    faces = np.frombuffer(body, np.dtype([("n", "u1"), ("v", "<i4", 3)]), offset=len(vertices) * kinds.itemsize)
    assert (faces["n"] == 3).all()
    np.testing.assert_array_equal(faces["v"], mesh.faces)
    assert len(read_ply(path)) == len(mesh.vertices), "DepthView reads it as points"


def test_points_bear_normals(tmp_path: Path) -> None:
    path = written(tmp_path, SurfaceKind.POINTS)
    cloud = cloud_of(FOUND)
    assert len(read_ply(path)) == len(cloud)
    head, body = path.read_bytes().split(b"end_header\n", 1)
    names = [line.split()[-1] for line in head.decode().splitlines() if line.startswith("property")]
    assert names == ["x", "y", "z", "nx", "ny", "nz", "red", "green", "blue"]
    rows = np.frombuffer(body, np.dtype([("xyz", "<f4", 3), ("normal", "<f4", 3), ("rgb", "u1", 3)]))
    np.testing.assert_array_equal(rows["xyz"], cloud.xyz_m)
    np.testing.assert_array_equal(rows["normal"], cloud.normals)
    unit = cloud.xyz_m / np.linalg.norm(cloud.xyz_m, axis=1, keepdims=True)
    away = np.arccos(np.clip((rows["normal"] * Room().normals(unit)).sum(1), -1, 1))
    assert np.degrees(np.median(away)) < 0.5
    np.testing.assert_array_equal(rows["rgb"], cloud.rgb)


def test_range_files_agree(tmp_path: Path) -> None:
    paths = {kind: tmp_path / file_name(kind) for kind in (SurfaceKind.PNG, SurfaceKind.NPY, SurfaceKind.EXR)}
    for kind, path in paths.items():
        write_surface(path, FOUND, kind)
    np.testing.assert_array_equal(np.load(paths[SurfaceKind.NPY], allow_pickle=False), FOUND.range)
    stored = cv2.imread(str(paths[SurfaceKind.PNG]), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(stored == 0, np.isnan(FOUND.range))
    np.testing.assert_allclose(stored[stored > 0] / 1000, FOUND.range[stored > 0], atol=0.00051)
    with OpenEXR.File(str(paths[SurfaceKind.EXR])) as file:
        assert file.header()["envmap"] == OpenEXR.ENVMAP_LATLONG
        np.testing.assert_array_equal(file.channels()["Y"].pixels, FOUND.range)


@pytest.mark.parametrize("kind", SurfaceKind)
def test_a_folder_that_is_not_there_is_one_sentence(kind: SurfaceKind, tmp_path: Path) -> None:
    path = tmp_path / "no" / file_name(kind)
    with pytest.raises(UserError, match="could not be written: choose another place") as caught:
        write_surface(path, FOUND, kind)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("kind", SurfaceKind)
def test_a_full_disk_is_one_sentence_and_what_was_there_stays(kind: SurfaceKind, tmp_path: Path) -> None:
    resource, signal = pytest.importorskip("resource"), pytest.importorskip("signal")
    path = tmp_path / file_name(kind)
    path.write_bytes(b"before")
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old_limit[1]))
    try:
        with pytest.raises(UserError):
            write_surface(path, FOUND, kind)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)
    assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1
