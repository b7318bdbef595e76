"""`python -m benchmarks.splat_held [--millions M] [--size WxH] [--json]`: how long many splats hold up the window.

A made-up scene is shown as the pane shows it, until its picture is whole, and turned; each call that the window would
make is timed, by the clock and in the processor time of the window's own thread, which others cannot make longer. With
software OpenGL, OpenGL's own work is part of it; the pane takes the processor's drawing there.
"""

import argparse
import json
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QGuiApplication

from benchmarks.figures import machine
from benchmarks.splats import made_up, path_round
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.splat_drawing import SplatDrawing, SplatLook

WANTED_MS = 50
_GROUND = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
_PAUSE_S = 0.01
_TURNS = 12
_MOST_S = 120.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=float, default=3.0)
    parser.add_argument("--size", default="640x360", help="WxH of the pane")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    width, height = (int(part) for part in asked.size.split("x"))
    application = QGuiApplication.instance() or QGuiApplication([])
    few, many = (prepared([Placed(made_up(count))]) for count in (10_000, round(1e6 * asked.millions)))
    opened = OffscreenScene()
    drawings: dict[str, SplatDrawing] = {"processor": CpuSplatDrawing(), "OpenGL": GlSplatDrawing()}
    result: dict[str, Any] = {"machine": machine(), "software": opened.software, "splats": len(many)}
    for name, drawing in drawings.items():
        result[name] = measure(drawing, few, many, (width, height), opened)
    opened.release()
    if asked.json:
        print(json.dumps(result))
    else:
        print(f"{result['machine']}, {len(many)} splats, {width}x{height}; wanted: {WANTED_MS} ms or less")
        for name in drawings:
            print(f"{name}: " + ", ".join(f"{what} {value}" for what, value in result[name].items()))
    del application


def measure(
    drawing: SplatDrawing,
    few: PreparedSplats,
    many: PreparedSplats,
    size_px: tuple[int, int],
    opened: OffscreenScene,
) -> dict[str, float]:
    """The longest call, in ms, while a scene comes and while one turns; and how long it takes until all is seen."""
    sight = path_round(many)

    def draw(turn_deg: float) -> object:
        return drawing.draw_some(opened, size_px, SplatLook(sight(turn_deg), ground=_GROUND))

    drawing.show(few)  # kernels and shaders come up with the first scene, whatever it is
    drawing.draw_all(opened, size_px, SplatLook(sight(0.0), ground=_GROUND))
    began = time.perf_counter()
    coming = [_taken(lambda: drawing.show(many))]
    while not drawing.complete and time.perf_counter() < began + _MOST_S:
        coming.append(_taken(lambda: draw(0.0)))
        time.sleep(_PAUSE_S)
    came_s = time.perf_counter() - began
    turning = []
    for step in range(_TURNS):
        drawing.begin()
        turning.append(_taken(lambda step=step: draw(2.0 * step)))  # type: ignore[misc]
        time.sleep(_PAUSE_S)
    drawing.leave(opened)
    found = {"seen after s": round(came_s, 1)}
    for what, calls in (("coming", coming), ("turning", turning)):
        found[f"{what}: longest ms"] = round(1000 * max(call[0] for call in calls))
        found[f"{what}: of its own ms"] = round(1000 * max(call[1] for call in calls))
    return found


def _taken(call: Callable[[], object]) -> tuple[float, float]:
    began_s, began_own_s = time.perf_counter(), time.thread_time()
    call()
    return time.perf_counter() - began_s, time.thread_time() - began_own_s


if __name__ == "__main__":
    main()
