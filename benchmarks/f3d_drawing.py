"""F3D, from the package index, as another drawer of splats: in a process of its own, since it brings its own VTK."""

import json
import os
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.view import View


class F3dDrawing:
    """Shows one file, .splat or .spz. Raises ImportError where F3D is not installed; `close` it."""

    def __init__(self, path: Path, size_px: tuple[int, int], fov_deg: float) -> None:
        self.version = metadata.version("f3d")
        self._size_px = size_px
        command = [sys.executable, "-m", __name__, str(path), *map(str, size_px), str(fov_deg)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def draw(self, view: View) -> tuple[NDArray[np.uint8], float]:
        """(H, W, 3) on black, and how many seconds it took. Raises RuntimeError where F3D has ended."""
        asks, tells = self._process.stdin, self._process.stdout
        assert asks is not None
        assert tells is not None
        asks.write(json.dumps([view.eye.tolist(), view.axes.tolist()]).encode() + b"\n")
        asks.flush()
        took = tells.readline()
        width, height = self._size_px
        pixels = tells.read(3 * width * height) if took else b""
        if len(pixels) != 3 * width * height:
            raise RuntimeError("F3D has ended")
        return np.frombuffer(pixels, np.uint8).reshape(height, width, 3), float(took)

    def close(self) -> None:
        self._process.communicate()


def _serve(path: str, width: int, height: int, fov_deg: float) -> None:
    import f3d

    told = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever it says itself is no picture
    f3d.Log.set_verbose_level(f3d.Log.ERROR)
    engine = f3d.Engine.create(True)
    engine.options.update(
        {
            "model.point_sprites.type": "gaussian",
            "model.point_sprites.size": 1.0,
            "model.point_sprites.absolute_size": True,
            "model.coloring": "direct",
            # Sorted by the processor: with software OpenGL twice as fast as by its compute shaders.
            "render.effect.blending.mode": "sort_cpu",
            "render.background.color": (0.0, 0.0, 0.0),
            "render.grid.enable": False,
            "ui.axis": False,
        }
    )
    engine.window.size = width, height
    engine.scene.add(path)
    # It leaves y up and z backwards in .spz as they are in the file.
    turned = np.array([1.0, -1.0, -1.0]) if path.endswith(".spz") else np.ones(3)
    for line in sys.stdin:
        eye, axes = map(np.array, json.loads(line))
        told.write(_drawn(engine, turned, eye, axes, fov_deg))
        told.flush()


def _drawn(engine: Any, turned: NDArray[np.float64], eye: Any, axes: Any, fov_deg: float) -> bytes:
    """The seconds on a line, and the pixels."""
    camera = engine.window.camera
    camera.position = tuple(turned * eye)
    camera.focal_point = tuple(turned * (eye + axes[2]))
    camera.view_up = tuple(-turned * axes[1])
    camera.view_angle = fov_deg
    began = time.perf_counter()
    image = engine.window.render_to_image()
    took_s = time.perf_counter() - began
    pixels = np.frombuffer(image.content, np.uint8).reshape(image.height, image.width, -1)
    return f"{took_s}\n".encode() + pixels[::-1, :, :3].tobytes()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
