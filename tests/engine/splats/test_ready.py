"""What drawing needs is compiled once, in a process that ends when it is told to."""

import multiprocessing
import subprocess
import sys
from pathlib import Path

import pytest

from depthview.engine import compiled
from depthview.engine.errors import Stopped
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.ready import make_ready


def test_it_is_made_ready_once() -> None:
    folder = compiled.kept_in()
    assert folder is not None, "the tests' own cache"
    for mark in folder.glob("ready-*"):
        mark.unlink()
    said: list[Progress] = []
    make_ready(said.append, StopToken())
    assert len(said) == 1
    assert list(folder.glob("ready-*"))
    make_ready(said.append, StopToken())
    assert len(said) == 1, "the second time there is nothing to do"


def test_who_does_not_wait_leaves_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depthview.engine.splats.ready.kept_in", lambda: tmp_path)
    stop = StopToken()
    with pytest.raises(Stopped):
        make_ready(lambda _progress: stop.stop(), stop)
    assert not [one for one in multiprocessing.active_children() if one.name == "depthview-kernels"]
    assert not list(tmp_path.glob("ready-*"))


def test_where_nothing_can_be_kept_nothing_is_compiled_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("depthview.engine.splats.ready.kept_in", lambda: None)
    said: list[Progress] = []
    make_ready(said.append, StopToken())
    assert said == []


_AFTERWARDS = """
import numpy as np
from depthview.engine.splats import ready
from depthview.engine.splats.kernels import depths, projection, shades, shapes, tiles
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.view import View
from tests.engine.splats.scenes import made_up_scene

ready._compile()
kernels = [
    depths.depths, depths.far_to_near, projection.project, shades.shade, shapes.place,
    tiles.blend, tiles.count, tiles.dot, tiles.enlist,
]
before = [kernel.signatures for kernel in kernels]
splats = prepared([Placed(made_up_scene(300, 3))])
view = View.looking(np.array([0, 0, -9]), np.zeros(3), np.array([0, -1, 0]), 50, (70, 40))
kept = np.arange(0, 300, 2, dtype=np.int32)
depth_order(splats.xyz, view.axes[2], kept)
with Rasterizer(splats, 2) as rasterizer:
    for points in (False, True):
        rasterizer.draw(view, kept=kept, degree=2, behind_m=np.full((40, 70), 9, np.float32), as_points=points)
print(all(before), before == [kernel.signatures for kernel in kernels])
"""


def test_nothing_is_left_to_compile_for_the_first_picture() -> None:
    """In a process of its own: here others have drawn before."""
    done = subprocess.run([sys.executable, "-c", _AFTERWARDS], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
