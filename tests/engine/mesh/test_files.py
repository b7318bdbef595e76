"""Meshes of a depth frame as files; those of the sphere are read back byte by byte in panorama/test_surface_files."""

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.camera import StereoRig
from depthview.engine.errors import UserError
from depthview.engine.mesh.files import write_mesh
from depthview.engine.mesh.from_depth import mesh_from_depth
from depthview.engine.ply import read_ply
from depthview.engine.stills import write_still
from tests.engine.dot_pairs import depth_frame, texture

HW = (60, 100)
RIG = StereoRig(HW[1], 120.0, 0.1, 49.5, 29.5)
DISPARITY = np.full(HW, 8, np.float32)
DISPARITY[20:40, 35:65] = 30
PICTURE = texture(*HW)
FRAME = depth_frame(DISPARITY, PICTURE)


def described(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    assert struct.unpack_from("<4sII", data) == (b"glTF", 2, len(data))
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def test_glb_holds_the_surface_and_the_left_eye_s_picture(tmp_path: Path) -> None:
    textured = mesh_from_depth(FRAME, RIG)
    path = tmp_path / "깊이.GLB"
    write_mesh(path, textured)
    said, body = described(path)
    view = said["bufferViews"][0]
    positions = np.frombuffer(body, "<f4", view["byteLength"] // 4, view["byteOffset"]).reshape(-1, 3)
    np.testing.assert_array_equal(positions, textured.mesh.vertices * [1, -1, -1])
    assert said["samplers"][0]["wrapS"] == 33071, "the left edge does not go on at the right one"
    assert said["asset"]["extras"]["note"] == "units: metres"
    jpeg = said["bufferViews"][said["images"][0]["bufferView"]]
    with Pillow.open(io.BytesIO(body[jpeg["byteOffset"] :][: jpeg["byteLength"]])) as picture:
        assert np.abs(np.asarray(picture).astype(int) - PICTURE).mean() < 8


def test_ply_has_the_picture_s_colours_at_its_corners(tmp_path: Path) -> None:
    textured = mesh_from_depth(FRAME, RIG)
    write_mesh(tmp_path / "mesh.ply", textured)
    found = read_ply(tmp_path / "mesh.ply")
    np.testing.assert_array_equal(found.xyz_m, textured.mesh.vertices)
    column, row = (textured.mesh.uv * HW[::-1]).astype(int).T
    np.testing.assert_array_equal(found.rgb, PICTURE[row, column])
    assert not found.relative
    guess = mesh_from_depth(FRAME, StereoRig.from_fov(HW, assumed=True))
    write_mesh(tmp_path / "guess.ply", guess)
    assert read_ply(tmp_path / "guess.ply").relative


def test_an_empty_mesh_is_an_empty_scene(tmp_path: Path) -> None:
    nothing = mesh_from_depth(depth_frame(np.full(HW, np.nan, np.float32)), RIG)
    for name in ("mesh.glb", "mesh.ply"):
        write_mesh(tmp_path / name, nothing)
    said, body = described(tmp_path / "mesh.glb")
    assert said["scenes"] == [{}]
    assert "meshes" not in said
    assert body == b""
    assert b"element vertex 0\n" in (tmp_path / "mesh.ply").read_bytes()


@pytest.mark.parametrize("name", ["mesh.obj", "mesh", "mesh.glb.txt"])
def test_another_ending_is_one_sentence(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"use a name that ends in \.glb or \.ply"):
        write_mesh(tmp_path / name, mesh_from_depth(FRAME, RIG))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        write_mesh(tmp_path / "no" / "mesh.glb", mesh_from_depth(FRAME, RIG))


def test_a_still_is_kept_as_a_mesh_too(tmp_path: Path) -> None:
    paths = write_still(tmp_path, FRAME, RIG, max_distance_m=1.0)
    assert paths[-1] == tmp_path / "mesh.glb"
    said, _ = described(paths[-1])
    assert -said["accessors"][0]["min"][2] <= 1.0, "what is too far is not in it"
