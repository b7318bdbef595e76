"""Splats from .spz files of every version, and as one: each number within the format's own rounding."""

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats import spz
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.scene import Floats, SplatScene, opacity
from tests.engine.splats.scenes import colours_along, covariances, made_up_scene
from tests.engine.splats.spz_files import header_of, spz4_bytes, spz_bytes, streams_of

# Right, up, back in right, down, forward: y and z change sign, and with them the harmonics that are odd in one of
# them. The very last is even in both; the library that makes these files turns it all the same.
FLIP = np.float32([1, -1, -1])
ODD = np.float32([-1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1, -1, 1, -1, 1, 1, -1, 1, -1, -1])
ROTATION_STEP = {1: 1 / 127.5, 2: 1 / 127.5, 3: 0.0015, 4: 0.0015}


def read(tmp_path: Path, data: bytes) -> SplatScene:
    """By its reader, of a file that only its content tells."""
    path = tmp_path / "scene"
    path.write_bytes(data)
    assert format_of(path) is SplatFormat.SPZ
    return spz.read(path)


def as_in_file(scene: SplatScene) -> SplatScene:
    """Our axes to the file's, or back."""
    return replace(
        scene,
        xyz=scene.xyz * FLIP,
        rotation=scene.rotation * np.float32([1, 1, -1, -1]),
        sh_rest=scene.sh_rest * ODD[: scene.sh_rest.shape[1], None],
    )


def angle_between(one: Floats, two: Floats) -> float:
    """The largest, in radians, of the turns from one list of quaternions to the other."""
    a, b = (q.astype(np.float64) / np.linalg.norm(q, axis=1, keepdims=True) for q in (one, two))
    return float(2 * np.arccos(np.clip(np.abs((a * b).sum(1)), 0, 1)).max())


def assert_within_rounding(found: SplatScene, wanted: SplatScene, *, place: float, sh: float, turn_rad: float) -> None:
    np.testing.assert_allclose(found.xyz, wanted.xyz, atol=place)
    np.testing.assert_allclose(found.log_scale, wanted.log_scale, atol=0.5 / 16 + 1e-6)
    assert angle_between(found.rotation, wanted.rotation) < turn_rad
    np.testing.assert_allclose(opacity(found.opacity_logit), opacity(wanted.opacity_logit), atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(found.sh_dc, wanted.sh_dc, atol=0.5 / 255 / 0.15 + 1e-5)
    assert found.sh_rest.shape == wanted.sh_rest.shape
    np.testing.assert_allclose(found.sh_rest, wanted.sh_rest, atol=sh)
    assert found.antialiased == wanted.antialiased


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_every_version_and_degree_is_read(tmp_path: Path, version: int, degree: int) -> None:
    scene = made_up_scene(60, degree, seed=version)
    found = read(tmp_path, spz_bytes(as_in_file(scene), version))
    place = 5e-4 if version == 1 else 0.5 / 4096 + 1e-6
    assert_within_rounding(found, scene, place=place, sh=0.5 / 128, turn_rad=0.01 if version >= 3 else 0.2)


def test_turned_axes_show_the_same_from_the_turned_direction(tmp_path: Path) -> None:
    """By covariances and colours, which know of no sign rules. Degree 4's last harmonic is the library's own affair."""
    scene = made_up_scene(60, 4)
    scene.sh_rest[:, -1] = 0
    found = read(tmp_path, spz_bytes(scene, 3))
    turn = np.diag(FLIP)
    np.testing.assert_allclose(turn @ covariances(found) @ turn, covariances(scene), atol=0.05)
    look = np.float32([0.36, 0.48, 0.8])
    ours, theirs = colours_along(found, look * FLIP), colours_along(scene, look)
    np.testing.assert_allclose(ours, theirs, atol=0.03)


@pytest.mark.parametrize("bits", [0, 5, 20])
def test_places_have_as_many_bits_behind_the_point_as_the_header_says(tmp_path: Path, bits: int) -> None:
    scene = made_up_scene(50, half_extent=2 ** (22 - bits))
    found = read(tmp_path, spz_bytes(as_in_file(scene), 2, fraction_bits=bits))
    np.testing.assert_allclose(found.xyz, scene.xyz, atol=0.51 / 2**bits)


@pytest.mark.parametrize("version", [2, 3, 4])
def test_extensions_are_passed_over(tmp_path: Path, version: int) -> None:
    scene = made_up_scene(30, 1)
    orbit = struct.pack("<II3f", 0xADBE0002, 12, -0.5, 0.5, 1.0)
    found = read(tmp_path, spz_bytes(as_in_file(scene), version, flags=3, trailer=orbit))
    np.testing.assert_allclose(found.xyz, scene.xyz, atol=2e-4)
    assert found.antialiased


def test_a_server_may_have_taken_the_gzip_off(tmp_path: Path) -> None:
    data = spz_bytes(made_up_scene(30, 1), 3)
    np.testing.assert_array_equal(read(tmp_path, gzip.decompress(data)).sh_rest, read(tmp_path, data).sh_rest)


def test_frames_need_not_say_their_size(tmp_path: Path) -> None:
    scene = made_up_scene(30, 1)
    streams = streams_of(scene, 4)
    wanted = read(tmp_path, spz4_bytes(scene, streams))
    np.testing.assert_array_equal(read(tmp_path, spz4_bytes(scene, streams, sized=False)).xyz, wanted.xyz)


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("antialiased", [False, True])
def test_what_is_written_comes_back(tmp_path: Path, degree: int, antialiased: bool) -> None:
    scene = made_up_scene(500, degree, antialiased=antialiased)
    path = tmp_path / "scene.spz"
    spz.write(scene, path)
    # Five bits for the first degree's harmonics, four for the others', from -1 to 1.
    steps = np.array([8] * 3 + [16] * 21)[: scene.sh_rest.shape[1], None] / 128
    found = spz.read(path)
    assert_within_rounding(found, scene, place=0.5 / 4096 + 1e-6, sh=0.07, turn_rad=0.01)
    assert (np.abs(found.sh_rest - scene.sh_rest) <= steps / 2 + 0.5 / 128 + 1e-6).all()


@pytest.mark.parametrize("degree", [0, 2, 4])
def test_the_bytes_that_are_written_are_the_formats(tmp_path: Path, degree: int) -> None:
    scene = made_up_scene(300, degree)
    path = tmp_path / "scene.spz"
    spz.write(scene, path)
    written = gzip.decompress(path.read_bytes())
    head = header_of(scene, 3)
    assert written[: len(head)] == head
    streams = streams_of(as_in_file(scene), 3)
    at = len(head)
    for wanted in streams[:4]:
        assert written[at : at + len(wanted)] == wanted
        at += len(wanted)
    # What is exactly between two steps of a rotation may fall to either side.
    ours, theirs = (np.frombuffer(data, "<u4") for data in (written[at : at + len(streams[4])], streams[4]))
    assert (ours == theirs).mean() > 0.99
    at += len(streams[4])
    harmonics = np.frombuffer(streams[5], np.uint8).reshape(300, -1, 3).astype(int)
    step = np.array([8] * 3 + [16] * 21)[: harmonics.shape[1], None]
    rounded = np.minimum((harmonics + step // 2) // step * step, 255)
    np.testing.assert_array_equal(np.frombuffer(written[at:], np.uint8), rounded.reshape(-1))


def test_places_far_out_are_kept_more_coarsely_and_not_wrapped(tmp_path: Path) -> None:
    scene = made_up_scene(100, half_extent=30000)
    path = tmp_path / "scene.spz"
    spz.write(scene, path)
    np.testing.assert_allclose(spz.read(path).xyz, scene.xyz, atol=0.5 / 256 + 1e-3)


def test_what_is_no_splat_is_written_as_an_invisible_one(tmp_path: Path) -> None:
    scene = made_up_scene(8, 1)
    scene.opacity_logit[:] = 3
    scene.xyz[0, 1] = np.nan
    scene.log_scale[1, 0] = np.inf
    scene.rotation[2] = 0
    scene.sh_dc[3] = np.nan
    scene.sh_rest[4, 0, 0] = np.inf  # that one has a place, and is drawn
    scene.opacity_logit[5] = np.nan
    scene.opacity_logit[6] = np.inf
    path = tmp_path / "scene.spz"
    spz.write(scene, path)
    shown = opacity(spz.read(path).opacity_logit)
    assert (shown[[0, 1, 2, 3, 5]] < 1 / 255).all()
    assert (shown[6:] > 0.9).all()
    np.testing.assert_allclose(spz.read(path).xyz[7], scene.xyz[7], atol=2e-4)
