"""`python -m benchmarks.panorama_pane [--points MILLIONS]... [--size WxH] [--json]`: walking in a panorama's room.

A room of known walls is drawn by the pane's own drawing while the eye turns: the quick picture that one sees while one
moves, beside the whole one drawn each time, in turns in one run, so that a busy machine slows both alike. Also how long
the window is held up at most until all of a new scene is in OpenGL, and how long that takes. With software OpenGL
(`LIBGL_ALWAYS_SOFTWARE=1`) it is the processor that is measured.
"""

import argparse
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.figures import machine, table
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.scene.colours import Colouring, SceneColours
from depthview.engine.panorama.scene.scene import PanoramaScene, panorama_scene, scene_of
from depthview.engine.panorama.surface.doubts import believed
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions
from depthview.ui.scene.drawing import Drawing, Look
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.points_drawing import PointsDrawing
from depthview.ui.scene.surface_drawing import SurfaceDrawing
from depthview.ui.scene.walking import Walker

MILLIONS = (0.1, 1.0, 5.0)
WANTED_FPS = 15.0
SIZE = (1200, 700)
_ROOM = np.array([3.0, 1.5, 4.0], np.float32)
_TURN_DEG = 7.0
_STEPS = 12
_SHARE_KEPT = 0.78
"""Of a panorama's pixels, that are points: towards the poles fewer of a row's are taken."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=float, action="append", help="millions; may be given several times")
    parser.add_argument("--size", default="x".join(map(str, SIZE)), help="WxH of the pane")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    width, height = (int(part) for part in asked.size.split("x"))
    rows = [measure_points(round(1e6 * million), (width, height)) for million in asked.points or MILLIONS]
    rows.append(measure_surface((width, height)))
    result = {"machine": machine(), "opengl": _renderer(), "size": [width, height], "rows": rows}
    print(json.dumps(result) if asked.json else _as_text(result))


def measure_points(points: int, size_px: tuple[int, int]) -> dict[str, Any]:
    range_map = _box(round(math.sqrt(points / 2 / _SHARE_KEPT) * 1.05))
    scene = panorama_scene(
        range_map.range, range_map.photo.image, range_map.normals, has_metres=True, most_points=points
    )
    drawing = PointsDrawing(scene, SceneColours(scene, Colouring.PHOTO, "grey"))
    return {"what": f"{len(scene) / 1e6:.1f} M points", **_measure(drawing, scene, size_px)}


def measure_surface(size_px: tuple[int, int]) -> dict[str, Any]:
    scene = scene_of(_box(1024))
    drawing = SurfaceDrawing(scene, SceneColours(scene, Colouring.PHOTO, "grey"))
    return {"what": "surface", **_measure(drawing, scene, size_px)}


def _measure(drawing: Drawing, scene: PanoramaScene, size_px: tuple[int, int]) -> dict[str, Any]:
    """Median pictures a second while one turns, quick and whole; the longest hold-up and all the time of the upload."""
    opened, walker = OffscreenScene(), Walker(reach=scene.extent.reach, farthest=scene.extent.farthest)
    # OpenGL itself, and its shaders, come up with the first picture of any scene.
    warm = panorama_scene(*_tiny(), has_metres=True)
    first = PointsDrawing(warm, SceneColours(warm, Colouring.PHOTO, "grey"))
    first.draw_all(opened, size_px, Look(walker.sight()))
    first.leave(opened)

    held = []
    while not drawing.complete:
        held.append(_taken(lambda: drawing.draw_some(opened, size_px, Look(walker.sight()))))
    quick, whole = [], []
    for step in range(_STEPS):
        walker.turn_to(step * _TURN_DEG, 0.0)
        look = Look(walker.sight())
        drawing.begin()
        quick.append(_taken(lambda look=look: drawing.draw_some(opened, size_px, look)))  # type: ignore[misc]
        whole.append(_taken(lambda look=look: drawing.draw_all(opened, size_px, look)))  # type: ignore[misc]
    opened.release()
    quick_s, quick_cpu_s = np.median(quick[_STEPS // 3 :], axis=0)
    whole_s, whole_cpu_s = np.median(whole, axis=0)
    longest_s, longest_cpu_s = np.max(held, axis=0)
    return {
        "moving_fps": round(1 / float(quick_s), 1),
        "moving_cpu_ms": round(1000 * float(quick_cpu_s)),
        "whole_fps": round(1 / float(whole_s), 1),
        "whole_cpu_ms": round(1000 * float(whole_cpu_s)),
        "ratio": round(float(np.median(np.array(whole)[:, 1] / np.array(quick)[:, 1])), 1),
        "upload_longest_ms": round(1000 * float(longest_s)),
        "upload_longest_cpu_ms": round(1000 * float(longest_cpu_s)),
        "upload_all_cpu_ms": round(1000 * float(np.sum(held, axis=0)[1])),
        "upload_passes": len(held),
    }


def _taken(draw: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of all cores together: where others keep the machine busy, only the latter tell."""
    started_s, started_cpu_s = time.perf_counter(), time.process_time()
    draw()
    return time.perf_counter() - started_s, time.process_time() - started_cpu_s


def _box(height: int) -> RangeMap:
    """A room of six walls with a pattern on them."""
    size_hw = (height, 2 * height)
    towards = directions(size_hw)
    with np.errstate(divide="ignore"):
        range_map = (_ROOM / np.abs(towards)).min(axis=-1)
    image = (127 + 60 * np.sin(8 * range_map[..., None] * towards)).astype(np.uint8)
    doubts = np.zeros(size_hw, np.uint8)
    photo = Photo(image, believed(doubts), (size_hw[1], size_hw[0]), "room")
    normals = surface_normals(range_map, towards)
    return RangeMap(range_map, normals, believed(doubts), doubts, photo, (), RangeScale.MODEL)


def _tiny() -> tuple[Any, Any, Any]:
    found = _box(16)
    return found.range, found.photo.image, found.normals


def _renderer() -> str:
    probe = subprocess.run(
        [sys.executable, "-m", "depthview.ui.scene.probe"], capture_output=True, text=True, check=False
    )
    return probe.stdout.strip() or "unknown"


def _as_text(result: dict[str, Any]) -> str:
    width, height = result["size"]
    rows = []
    for row in result["rows"]:
        what = row["what"]
        moving = f"{row['moving_fps']:.1f} fps ({row['moving_cpu_ms']} ms of one core)"
        rows.append((f"{what}: while one moves", moving, f"{WANTED_FPS:g} fps or more"))
        whole = f"{row['whole_fps']:.1f} fps ({row['whole_cpu_ms']} ms of one core), {row['ratio']:.1f} times the work"
        rows.append((f"{what}: all of it each time", whole, ""))
        held = f"{row['upload_longest_ms']} ms ({row['upload_longest_cpu_ms']} ms of one core)"
        rows.append((f"{what}: longest hold-up of a new scene", held, "50 ms or less"))
        in_passes = f"{row['upload_all_cpu_ms']} ms of one core in {row['upload_passes']} passes"
        rows.append((f"{what}: until all is uploaded and drawn", in_passes, ""))
    return f"{result['machine']}\n{result['opengl']}, {width}x{height}\n{table(rows)}"


if __name__ == "__main__":
    main()
