"""Splats from glTF files: names and number types of the release and of drafts, buffers wherever, nodes, packed ones."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.formats import gltf
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.scene import Floats, SplatScene, opacity
from tests.engine.splats.gltf_files import EXTENSION, Parts, attributes_of, glb_of
from tests.engine.splats.scenes import colours_along, covariances, made_up_scene
from tests.engine.splats.spz_files import spz_bytes

C0 = 0.28209479177387814
UPRIGHT = np.diag([-1.0, -1.0, 1.0])
"""glTF's x left, y up, z forward in our x right, y down, z forward."""


def read(tmp_path: Path, data: bytes) -> SplatScene:
    """By its reader, of a file that only its content tells."""
    path = tmp_path / "scene"
    path.write_bytes(data)
    assert format_of(path) is SplatFormat.GLTF
    return gltf.read(path)


def looks(scene: SplatScene, turn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariances (N, 3, 3) turned by `turn`, and colours (N, 3) seen along a direction turned by it."""
    return turn.T @ covariances(scene) @ turn, colours_along(scene, turn @ np.array([0.48, 0.6, 0.64]))


def assert_same_look(found: SplatScene, scene: SplatScene, turn: np.ndarray) -> None:
    """`found` is `scene` turned by `turn` about the origin."""
    for ours, theirs in zip(looks(found, turn), looks(scene, np.eye(3)), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-6, rtol=1e-4)


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_every_number_stands_upright_in_our_axes(tmp_path: Path, degree: int) -> None:
    scene = made_up_scene(50, degree)
    found = read(tmp_path, glb_of(scene))
    assert found.degree == degree
    np.testing.assert_allclose(found.xyz, scene.xyz * [-1, -1, 1])
    np.testing.assert_allclose(found.log_scale, scene.log_scale, atol=1e-6)
    np.testing.assert_allclose(opacity(found.opacity_logit), opacity(scene.opacity_logit), atol=1e-6)
    np.testing.assert_array_equal(found.sh_dc, scene.sh_dc)
    assert_same_look(found, scene, UPRIGHT)


def test_the_buffer_may_be_beside_or_within(tmp_path: Path) -> None:
    scene = made_up_scene(5, 1)
    parts = Parts()
    parts.mesh(attributes_of(parts, scene))
    wanted = read(tmp_path, parts.glb())
    (tmp_path / "scene.gltf").write_bytes(parts.gltf())
    (tmp_path / "numbers of it.bin").write_bytes(parts.data)
    (tmp_path / "beside.gltf").write_bytes(parts.gltf("numbers%20of%20it.bin"))
    for name in ("scene.gltf", "beside.gltf"):
        np.testing.assert_array_equal(gltf.read(tmp_path / name).sh_rest, wanted.sh_rest)


@pytest.mark.parametrize(
    "uri", ["../x.bin", "/etc/passwd", "..%2Fx.bin", "http://127.0.0.1/x.bin", "a\\..\\x.bin", "c:x"]
)
def test_no_buffer_outside_the_scenes_folder_is_opened(tmp_path: Path, uri: str) -> None:
    parts = Parts()
    parts.mesh(attributes_of(parts, made_up_scene(5)))
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "x.bin").write_bytes(parts.data)
    (folder / "scene.gltf").write_bytes(parts.gltf(uri))
    with pytest.raises(UserError, match="outside its folder"):
        gltf.read(folder / "scene.gltf")


def test_no_link_leads_outside_either(tmp_path: Path) -> None:
    parts = Parts()
    parts.mesh(attributes_of(parts, made_up_scene(5)))
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "x.bin").write_bytes(parts.data)
    try:
        (folder / "x.bin").symlink_to(tmp_path / "x.bin")
    except OSError:
        pytest.skip("this system makes no links")
    (folder / "scene.gltf").write_bytes(parts.gltf("x.bin"))
    with pytest.raises(UserError, match="outside its folder"):
        gltf.read(folder / "scene.gltf")


def test_drafts_names_logarithms_and_colours_of_points(tmp_path: Path) -> None:
    scene = made_up_scene(40)
    parts = Parts()
    rgba = np.concatenate([0.5 + C0 * scene.sh_dc, opacity(scene.opacity_logit)[:, None]], 1)
    attributes = {
        "POSITION": parts.accessor(scene.xyz),
        "_ROTATION": parts.accessor(np.ascontiguousarray(np.roll(scene.rotation, -1, 1))),
        "_SCALE": parts.accessor(scene.log_scale),
        "COLOR_0": parts.accessor(np.rint(rgba * 255).astype("u1"), normalized=True),
    }
    parts.mesh(attributes)
    found = read(tmp_path, parts.glb())
    np.testing.assert_array_equal(found.log_scale, scene.log_scale)
    np.testing.assert_allclose(opacity(found.opacity_logit), rgba[:, 3], atol=0.51 / 255)
    np.testing.assert_allclose(C0 * found.sh_dc, C0 * scene.sh_dc, atol=0.51 / 255)


def test_whole_numbers_that_stand_for_floats_and_rows_with_gaps(tmp_path: Path) -> None:
    scene = made_up_scene(30)
    parts = Parts()
    attributes = attributes_of(parts, scene)
    rows = np.zeros(
        30, [("xyz", "<f4", 3), ("rotation", "<i2", 4), ("scale", "<u2", 3), ("opacity", "u1"), ("gap", "u1", 5)]
    )
    rows["xyz"] = scene.xyz
    rows["rotation"] = np.rint(np.roll(scene.rotation, -1, 1) * 32767)
    rows["scale"] = np.rint(np.exp(scene.log_scale) * 65535)
    rows["opacity"] = np.rint(opacity(scene.opacity_logit) * 255)
    view = parts.view(rows.tobytes(), byteStride=rows.itemsize)
    for name, key in (("POSITION", "xyz"), ("ROTATION", "rotation"), ("SCALE", "scale"), ("OPACITY", "opacity")):
        attribute = name if name == "POSITION" else f"{EXTENSION}:{name}"
        values, start = rows[key], rows.dtype.fields[key][1]
        attributes[attribute] = parts.accessor(values, view, byteOffset=start, normalized=values.dtype.kind in "iu")
    parts.mesh(attributes)
    found, wanted = read(tmp_path, parts.glb()), read(tmp_path, glb_of(scene))
    np.testing.assert_array_equal(found.xyz, wanted.xyz)
    np.testing.assert_allclose(found.rotation, wanted.rotation, atol=1e-4)
    np.testing.assert_allclose(np.exp(found.log_scale), np.exp(wanted.log_scale), atol=1e-5)
    np.testing.assert_allclose(opacity(found.opacity_logit), opacity(wanted.opacity_logit), atol=0.51 / 255)


def test_nodes_turn_size_and_shift_what_hangs_on_them(tmp_path: Path) -> None:
    scene = made_up_scene(40, 3)
    parts = Parts()
    # Outside: a quarter turn about y and a shift. Inside: a matrix, column by column, twice the size.
    quarter = [0.0, math.sqrt(0.5), 0.0, math.sqrt(0.5)]
    inner = np.diag([2.0, 2.0, 2.0, 1.0])
    inner[:3, 3] = [1, 2, 3]
    parts.mesh(attributes_of(parts, scene), matrix=inner.T.reshape(-1).tolist())
    parts.json["nodes"].append({"children": [0], "rotation": quarter, "translation": [10, 0, 0]})
    parts.json["scenes"][0]["nodes"] = [1]
    found = read(tmp_path, parts.glb())
    turn = np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    places = (scene.xyz * 2 + [1, 2, 3]) @ turn.T + [10, 0, 0]
    np.testing.assert_allclose(found.xyz, places * [-1, -1, 1], atol=1e-5)
    grown = replace(scene, log_scale=scene.log_scale + np.float32(math.log(2)))
    assert_same_look(found, grown, UPRIGHT @ turn)


def test_all_primitives_become_one_scene(tmp_path: Path) -> None:
    one, two = made_up_scene(20, 1, seed=1), made_up_scene(30, 2, seed=2)
    parts = Parts()
    parts.mesh(attributes_of(parts, one))
    parts.mesh(attributes_of(parts, two), translation=[0, 5, 0])
    triangles = parts.accessor(one.xyz)
    parts.json["meshes"][0]["primitives"].append({"attributes": {"POSITION": triangles}})
    found = read(tmp_path, parts.glb())
    np.testing.assert_allclose(
        found.xyz, np.concatenate([one.xyz, two.xyz + np.array([0, 5, 0])]) * [-1, -1, 1], atol=1e-6
    )
    assert found.degree == 2
    assert not found.sh_rest[:20, 3:].any()


@pytest.mark.parametrize("name", ["KHR_gaussian_splatting_compression_spz_2", "KHR_gaussian_splatting_compression_spz"])
def test_splats_packed_as_spz_are_in_the_documents_axes(tmp_path: Path, name: str) -> None:
    scene = made_up_scene(60, 3)
    parts = Parts()
    packed = parts.view(spz_bytes(scene, 3))
    parts.mesh({}, {"extensions": {name: {"bufferView": packed}}})
    found = read(tmp_path, parts.glb())
    back = _back(found)
    np.testing.assert_allclose(back["xyz"], scene.xyz, atol=1.3e-4)
    np.testing.assert_allclose(back["sh_rest"], scene.sh_rest, atol=0.5 / 128)
    same = np.abs(np.einsum("nk,nk->n", back["rotation"], scene.rotation))
    np.testing.assert_allclose(same, 1, atol=1e-4)


def _back(found: SplatScene) -> dict[str, Floats]:
    """Places, rotations and harmonics in glTF's axes: even or odd along x and y, degree by degree as published."""
    x = y = -1.0
    signs = np.array([y, 1, x, x * y, y, 1, x, 1, y, x * y, y, 1, x, 1, x], np.float32)
    return {
        "xyz": found.xyz * np.float32([-1, -1, 1]),
        "rotation": found.rotation * np.float32([1, -1, -1, 1]),
        "sh_rest": found.sh_rest * signs[:, None],
    }


def test_linear_light_is_shown_as_bright_as_it_is(tmp_path: Path) -> None:
    scene = made_up_scene(50, 1)
    light = np.random.default_rng(0).uniform(0.05, 1, (50, 3)).astype(np.float32)
    scene = replace(scene, sh_dc=(light - 0.5) / np.float32(C0), sh_rest=scene.sh_rest * np.float32(0.01))
    parts = Parts()
    parts.mesh(attributes_of(parts, scene), {"colorSpace": "lin_rec709_display"})
    found = read(tmp_path, parts.glb())
    _, shown = looks(found, UPRIGHT)
    _, kept = looks(scene, np.eye(3))
    curve = np.where(kept > 0.0031308, 1.055 * np.maximum(kept, 1e-9) ** (1 / 2.4) - 0.055, 12.92 * kept)
    np.testing.assert_allclose(shown, curve, atol=2e-3)
    assert found.comments
