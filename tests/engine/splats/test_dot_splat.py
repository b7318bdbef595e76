"""The 32-byte records of .splat files, packed here byte by byte."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np

from depthview.engine.splats.formats.dot_splat import read, write
from depthview.engine.splats.scene import SplatScene, opacity
from depthview.engine.splats.spherical_harmonics import C0
from tests.engine.splats.scenes import made_up_scene

RECORD = struct.Struct("<6f8B")


def test_one_splat_unpacked_by_hand(tmp_path: Path) -> None:
    record = RECORD.pack(1.5, -2.5, 3.5, 0.5, 2.0, 0.0, 255, 0, 51, 204, 192, 64, 128, 255)
    (tmp_path / "a.splat").write_bytes(record * 2)
    scene = read(tmp_path / "a.splat")
    assert (len(scene), scene.degree, scene.antialiased) == (2, 0, False)
    np.testing.assert_array_equal(scene.xyz[1], [1.5, -2.5, 3.5])
    np.testing.assert_allclose(scene.log_scale[1, :2], np.log([0.5, 2.0]), rtol=1e-6)
    assert -40 < scene.log_scale[1, 2] < -20, "a size of nothing has a logarithm"
    np.testing.assert_allclose(scene.rotation[1], [0.5, -0.5, 0, 127 / 128])
    np.testing.assert_allclose(0.5 + C0 * scene.sh_dc[1], [1, 0, 0.2], atol=1e-6)
    np.testing.assert_allclose(opacity(scene.opacity_logit[1]), 0.8, rtol=1e-6)


def test_the_bytes_are_what_other_programs_expect(tmp_path: Path) -> None:
    scene = SplatScene(
        xyz=np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]], np.float32),
        log_scale=np.log(np.array([[0.1, 0.1, 0.1], [1, 2, 3], [0.2, 0.2, 0.2]], np.float32)),
        rotation=np.array([[2, 0, 0, 0], [0, 0, -3, 0], [1, 1, 1, 1]], np.float32),
        opacity_logit=np.array([0, 20, np.log(3)], np.float32),
        sh_dc=np.array([[0, 0, 0], [9, -9, 0.5 / C0], [0, 0, 0]], np.float32),
        sh_rest=np.zeros((3, 0, 3), np.float32),
    )
    write(scene, tmp_path / "a.splat")
    records = list(RECORD.iter_unpack((tmp_path / "a.splat").read_bytes()))
    assert [record[0] for record in records] == [4, 7, 1], "the largest and most opaque first"
    np.testing.assert_allclose(records[0][:6], [4, 5, 6, 1, 2, 3], rtol=1e-6)
    assert records[0][6:] == (255, 0, 255, 255, 128, 128, 0, 128)
    assert records[1][6:] == (128, 128, 128, 191, 192, 192, 192, 192)
    assert records[2][6:] == (128, 128, 128, 128, 255, 128, 128, 128)


def test_what_is_written_is_read_within_its_steps(tmp_path: Path) -> None:
    scene = made_up_scene(100_000, 3, half_extent=1000.0)
    write(scene, tmp_path / "a.splat")
    back = read(tmp_path / "a.splat")
    order = np.argsort(-np.exp(scene.log_scale.sum(1, dtype=np.float64)) * opacity(scene.opacity_logit), kind="stable")
    wanted = scene.take(order)
    np.testing.assert_array_equal(back.xyz, wanted.xyz)
    np.testing.assert_allclose(back.log_scale, wanted.log_scale, atol=1e-6)
    np.testing.assert_allclose(opacity(back.opacity_logit), opacity(wanted.opacity_logit), atol=0.502 / 255)
    np.testing.assert_allclose(back.sh_dc, np.clip(wanted.sh_dc, -0.5 / C0, 0.5 / C0), atol=0.502 / 255 / C0)
    np.testing.assert_allclose(back.rotation, np.minimum(wanted.rotation, 127 / 128), atol=0.502 / 128)


def test_what_cannot_be_drawn_is_left_out(tmp_path: Path) -> None:
    scene = made_up_scene(8)
    xyz, scale, rotation = scene.xyz.copy(), scene.log_scale.copy(), scene.rotation.copy()
    xyz[1, 1], scale[3], rotation[5] = np.nan, np.inf, 0
    write(replace(scene, xyz=xyz, log_scale=scale, rotation=rotation), tmp_path / "a.splat")
    kept = {tuple(place) for place in read(tmp_path / "a.splat").xyz}
    assert kept == {tuple(scene.xyz[i]) for i in (0, 2, 4, 6, 7)}
