"""`python -m benchmarks.splat_sort [--counts N...] [--json]`: sorting, colouring and drawing splats on the processor.

Beside numpy, in turns in one run and the best of several, so that a busy machine slows both alike. While the largest
scene is sorted and coloured in its thread, how long this thread is held at most; and, in a process of its own, what
memory it takes to open, prepare, sort and colour it from a mapped file.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine
from depthview.engine.splats.ordering import Ordering
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.spherical_harmonics import C0, basis
from depthview.engine.splats.view import View

COUNTS = (500_000, 1_000_000, 3_000_000)
SIZES_PX = ((640, 480), (320, 240))
UP = np.array([0.0, -1.0, 0.0])
_TRIES = 5
_ASKED = 10
_MEMORY = """
import sys, time
from pathlib import Path
import numpy as np, psutil
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.sorting import depth_order
began = time.perf_counter()
splats = prepared([Placed(open_splats(Path(sys.argv[1])))])
opened = time.perf_counter() - began
order, colours = depth_order(splats.xyz, np.array([0.36, 0.48, 0.8])), splats.colours(np.zeros(3))
print(opened, psutil.Process().memory_info().rss / 1e6)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = [figures(count) for count in sorted(asked.counts)]
    rows[-1] |= memory(max(asked.counts))
    if asked.json:
        print(json.dumps({"machine": machine(), "rows": rows}))
        return
    print(machine())
    for row in rows:
        print(f"{row.pop('splats'):,} splats: " + ", ".join(f"{name} {value:.4g}" for name, value in row.items()))


def figures(count: int) -> dict[str, float]:
    """Milliseconds of a made-up scene of degree 3, and how many times as long numpy takes."""
    splats = prepared([Placed(ball(count))])
    forward, eye = np.array([0.36, 0.48, 0.8]), np.array([0.0, 0.0, -3.0])
    sort = best([lambda: depth_order(splats.xyz, forward), lambda: np.argsort(-(splats.xyz @ forward))])
    colour = best([lambda: splats.colours(eye), lambda: numpys_colours(splats, eye)])
    row = {
        "splats": count,
        "sort_ms": sort[0],
        "numpy_sort_times": sort[1] / sort[0],
        "colour_ms": colour[0],
        "numpy_colour_times": colour[1] / colour[0],
        "held_ms": held_ms(splats),
    }
    with Rasterizer(splats) as raster:
        for size_px in SIZES_PX:
            view = View.looking(eye, np.zeros(3), UP, 60, size_px)
            (row["draw_{}x{}_ms".format(*size_px)],) = best([partial(raster.draw, view)])
    return row


def ball(count: int) -> SplatScene:
    """Splats on the skins of some balls, as large as their distance, in all colours."""
    chance = np.random.default_rng(count)
    xyz = chance.normal(0, 1, (count, 3))
    xyz *= (chance.integers(5, 10, count) / 10 / np.linalg.norm(xyz, axis=1))[:, None]
    size = 2 / np.sqrt(count)
    return SplatScene(
        xyz.astype(np.float32),
        np.log(size * chance.uniform(0.3, 1.2, (count, 3))).astype(np.float32),
        chance.normal(0, 1, (count, 4)).astype(np.float32),
        chance.normal(1, 2, count).astype(np.float32),
        chance.normal(0, 1, (count, 3)).astype(np.float32),
        chance.normal(0, 0.1, (count, COEFFICIENTS[3], 3)).astype(np.float32),
    )


def best(calls: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each, the best of several, one after the other in turns."""
    found = [np.inf] * len(calls)
    for _ in range(_TRIES):
        for number, call in enumerate(calls):
            began = time.perf_counter()
            call()
            found[number] = min(found[number], (time.perf_counter() - began) * 1e3)
    return found


def numpys_colours(splats: PreparedSplats, eye: NDArray[np.float64]) -> NDArray[np.float32]:
    """The same colours in numpy's words."""
    scene = splats.placed[0].scene
    look = scene.xyz - eye.astype(np.float32)
    look /= np.linalg.norm(look, axis=1, keepdims=True)
    seen = np.einsum("nk,nkc->nc", basis(look, scene.degree).astype(np.float32), scene.sh_rest)
    return np.asarray(np.maximum(np.float32(0.5) + np.float32(C0) * scene.sh_dc + seen, 0))


def held_ms(splats: PreparedSplats) -> float:
    """The longest time for which this thread, that only sleeps a millisecond at a time, is not let go on."""
    ordering = Ordering(splats)
    eye = np.array([0.0, 0.0, -3.0])
    longest, answers = 0.0, 0
    ordering.ask(View.looking(eye, np.zeros(3), UP, 60, SIZES_PX[0]))
    before = time.perf_counter()
    while answers < _ASKED:
        time.sleep(0.001)
        if ordering.take() is not None:
            answers += 1
            eye = eye + 0.1
            ordering.ask(View.looking(eye, np.zeros(3), UP, 60, SIZES_PX[0]))
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    ordering.close()
    return longest * 1e3


def memory(count: int) -> dict[str, float]:
    """Seconds and megabytes of a process that opens the scene from a file of the trainer's kind."""
    from depthview.engine.splats.formats.recognition import SplatFormat
    from depthview.engine.splats.formats.writing import write_splats

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.ply"
        write_splats(ball(count), path, SplatFormat.PLY)
        command = [sys.executable, "-c", _MEMORY, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    open_s, memory_mb = map(float, done.stdout.split())
    return {"open_s": open_s, "memory_mb": memory_mb}


if __name__ == "__main__":
    main()
