"""PlayCanvas's own tool reads what is written here, and what it writes is read here: number by number the same.

Needs node and `npm install -g @playcanvas/splat-transform`; what it says today is also held by the other tests.
"""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.table import WRITTEN
from depthview.engine.splats.formats.writing import write_splats
from depthview.engine.splats.scene import SplatScene, opacity
from tests.engine.splats.scenes import made_up_scene
from tests.engine.splats.test_across_formats import angles_rad

TOOL = shutil.which("splat-transform")
PATIENCE_S = 120
# Its reader of .splat takes 255 for 1 where the format's own takes 256 for 1.
ROTATION_RAD = {SplatFormat.SPLAT: 0.02}

pytestmark = pytest.mark.skipif(TOOL is None, reason="no splat-transform: npm install -g @playcanvas/splat-transform")


def transformed(source: Path, wanted: Path) -> SplatScene:
    command = [TOOL, "-q", "-w", "-g", "cpu", str(source), str(wanted)]
    subprocess.run(command, check=True, timeout=PATIENCE_S, capture_output=True)
    return opened(wanted)


def opened(path: Path) -> SplatScene:
    scene = open_splats(path)
    assert isinstance(scene, SplatScene)
    return scene


def check(one: SplatScene, other: SplatScene, rotation_rad: float) -> None:
    assert (len(one), one.degree) == (len(other), other.degree)
    for name in ("xyz", "log_scale", "sh_dc", "sh_rest"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-6)
    np.testing.assert_allclose(opacity(one.opacity_logit), opacity(other.opacity_logit), atol=1e-6)
    assert angles_rad(one.rotation, other.rotation).max() < rotation_rad


@pytest.mark.parametrize("degree", [0, 3])
@pytest.mark.parametrize("kind", WRITTEN)
def test_it_reads_what_is_written_here(tmp_path: Path, kind: SplatFormat, degree: int) -> None:
    path = tmp_path / f"scene.{kind}"
    write_splats(made_up_scene(1000, degree, half_extent=5.0), path, kind)
    check(transformed(path, tmp_path / "theirs.ply"), opened(path), ROTATION_RAD.get(kind, 1e-5))


@pytest.mark.parametrize("degree", [0, 3])
@pytest.mark.parametrize("ending", ["ply", "compressed.ply", "spz", "sog"])
def test_what_it_writes_is_read_here(tmp_path: Path, ending: str, degree: int) -> None:
    write_splats(made_up_scene(1000, degree, half_extent=5.0), tmp_path / "scene.ply", SplatFormat.PLY)
    path = tmp_path / f"theirs.{ending}"
    found = transformed(tmp_path / "scene.ply", path)
    check(transformed(path, tmp_path / "again.ply"), found, 1e-5)


def test_its_glb_is_the_scene_itself(tmp_path: Path) -> None:
    scene = made_up_scene(1000, 2, half_extent=5.0)
    write_splats(scene, tmp_path / "scene.ply", SplatFormat.PLY)
    check(transformed(tmp_path / "scene.ply", tmp_path / "theirs.glb"), scene, 1e-5)
