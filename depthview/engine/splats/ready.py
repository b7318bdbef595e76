"""What drawing needs, compiled beforehand in a process of its own: the window stays quick and can be closed at once."""

import hashlib
import multiprocessing
import platform
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import numpy as np

from depthview.engine.compiled import kept_in
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats import kernels
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.view import View

_DRAWING = ("depths", "marks", "projection", "shades", "shapes", "tiles")
"""The files of kernels that drawing needs."""
_LOOK_S = 0.05
_AT_MOST_S = 180.0


def make_ready(report: Report, stop: StopToken) -> None:
    """Return once drawing can begin without compiling; at once, where that was done before.

    Where compiled code cannot be kept, or the process comes to nothing, whoever draws compiles. Raises Stopped.
    """
    folder = kept_in()
    if folder is None or (mark := folder / f"ready-{_state()}").exists():
        return
    report(Progress(0, None, "making ready to draw on this computer, this once"))
    process = multiprocessing.get_context("spawn").Process(target=_compile, name="depthview-kernels", daemon=True)
    process.start()
    try:
        waited_s = 0.0
        while process.is_alive() and waited_s < _AT_MOST_S:
            stop.raise_if_stopped()
            process.join(_LOOK_S)
            waited_s += _LOOK_S
    finally:
        if process.is_alive():
            process.kill()
        process.join()
    if process.exitcode == 0:
        with suppress(OSError):
            mark.touch()


def _compile() -> None:
    """Draw one splat in every way: most kernels are compiled for what they are given first."""
    from depthview.engine.splats.rasterizer.drawing import Rasterizer

    nothing = np.zeros((1, 3), np.float32)
    turn, none = np.eye(1, 4, dtype=np.float32), np.zeros((1, 0, 3), np.float32)
    scene = SplatScene(nothing, nothing, turn, nothing[:, 0], nothing, none)
    splats, view = prepared([Placed(scene)]), View(np.array([0.0, 0.0, -3.0]), np.eye(3), 8.0, 16, 16)
    depth_order(splats.xyz, view.axes[2])
    with Rasterizer(splats, 1) as rasterizer:
        for as_points in (False, True):
            rasterizer.draw(view, as_points=as_points)


def _state() -> str:
    """Changes with whatever makes numba compile anew."""
    said = [version("numba"), platform.python_version(), platform.machine(), platform.processor()]
    for name in _DRAWING:
        file = Path(kernels.__path__[0], f"{name}.py")
        with suppress(OSError):  # packed away, it stays as it is
            said.append(f"{name} {file.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
