"""Splats from .ksplat files: each level, sections, full and partial buckets, each degree of the harmonics."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats import ksplat
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.scene import SplatScene, opacity
from tests.engine.splats.ksplat_files import C0, Section, ksplat_bytes
from tests.engine.splats.scenes import made_up_scene

STEP = 4.0 / 2 / 32767


def read(tmp_path: Path, data: bytes) -> SplatScene:
    """By its reader, of a file that only its content tells."""
    path = tmp_path / "scene"
    path.write_bytes(data)
    assert format_of(path) is SplatFormat.KSPLAT
    return ksplat.read(path)


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize("level", [0, 1, 2])
def test_each_level_and_degree(tmp_path: Path, level: int, degree: int) -> None:
    scene = made_up_scene(70, degree)
    section = Section(scene, full=3, bucket_splats=16, partial=(15, 7)) if level else Section(scene)
    found = read(tmp_path, ksplat_bytes([section], level))
    half = 2e-3 if level else 1e-6  # half floats have 11 bits
    np.testing.assert_allclose(found.xyz, scene.xyz, atol=STEP if level else 0)
    np.testing.assert_allclose(found.log_scale, scene.log_scale, atol=half)
    np.testing.assert_allclose(found.rotation, scene.rotation, atol=half)
    np.testing.assert_allclose(C0 * found.sh_dc, C0 * scene.sh_dc, atol=0.51 / 255)
    np.testing.assert_allclose(opacity(found.opacity_logit), opacity(scene.opacity_logit), atol=0.51 / 255)
    assert found.sh_rest.shape == scene.sh_rest.shape
    np.testing.assert_allclose(found.sh_rest, scene.sh_rest, atol=(0, 5e-4, 4 / 255)[level])


def test_sections_of_different_degrees_stand_one_after_the_other_with_room_between(tmp_path: Path) -> None:
    parts = [made_up_scene(20, 0, seed=1), made_up_scene(30, 2, seed=2), made_up_scene(10, 1, seed=3)]
    sections = [
        Section(parts[0], full=1, bucket_splats=20, spare=5),
        Section(parts[1], full=0, bucket_splats=64, partial=(10, 20), spare=1),
        Section(parts[2], full=2, bucket_splats=5),
    ]
    found = read(tmp_path, ksplat_bytes(sections, 1))
    np.testing.assert_allclose(found.xyz, np.concatenate([part.xyz for part in parts]), atol=STEP)
    assert found.degree == 2
    assert not found.sh_rest[:20].any()
    np.testing.assert_allclose(found.sh_rest[20:50], parts[1].sh_rest, atol=5e-4)
    np.testing.assert_allclose(found.sh_rest[50:, :3], parts[2].sh_rest, atol=5e-4)
    assert not found.sh_rest[50:, 3:].any()


def test_a_file_that_names_no_range_of_harmonics_has_the_usual_one(tmp_path: Path) -> None:
    scene = made_up_scene(8, 1)
    written = ksplat_bytes([Section(scene, full=1, bucket_splats=8)], 2, harmonics=(-1.5, 1.5))
    without = written[:36] + bytes(8) + written[44:]
    np.testing.assert_allclose(read(tmp_path, without).sh_rest, scene.sh_rest, atol=3 / 255)


def test_a_size_of_nothing_stays_a_number(tmp_path: Path) -> None:
    data = bytearray(ksplat_bytes([Section(made_up_scene(4))], 0))
    data[4096 + 1024 + 12 : 4096 + 1024 + 16] = bytes(4)
    found = read(tmp_path, bytes(data))
    assert np.isfinite(found.log_scale).all()
    assert found.log_scale[0, 0] < -20
