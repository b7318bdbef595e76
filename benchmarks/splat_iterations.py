"""`python -m benchmarks.splat_iterations [--counts N...] [--threads N...] [--json]`: training steps on the processor.

A picture, its mean absolute error and all gradients, by the trainer's compiled tiles and by plain torch with the same
projection: in turns in one run and the best of several, so that a busy machine slows both alike.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import fields
from itertools import product

import numpy as np
import torch

from benchmarks.figures import machine
from benchmarks.plain_gaussians import plain_image
from benchmarks.splat_sort import UP, ball
from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer
from depthview.engine.splats.view import View

COUNTS = (10_000, 50_000)
SIZES_PX = ((320, 240), (640, 480))
THREADS = (1, 2)
_BLACK = (0.0, 0.0, 0.0)
_DEGREE = 2
_TRIES = 5
_PLAIN_TRIES = 2
_ALIKE_DB = 50.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--threads", type=int, nargs="+", default=THREADS)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    rows = []
    if not asked.json:
        print(machine())
    for count, size_px, threads in product(asked.counts, SIZES_PX, asked.threads):
        rows.append(figures(count, size_px, threads))
        if not asked.json:
            print(", ".join(f"{name} {value:.4g}" for name, value in rows[-1].items()), flush=True)
    if asked.json:
        print(json.dumps({"machine": machine(), "rows": rows}))


def figures(count: int, size_px: tuple[int, int], threads: int) -> dict[str, float]:
    """Milliseconds of ours forwards and in whole, iterations per second, and how many times those of plain torch.

    Plain torch has so many threads of its own; ours needs torch to have but one. Raises ValueError where the two do not
    draw the same.
    """
    gaussians = Gaussians.from_scene(ball(count))
    gaussians = Gaussians(*(getattr(gaussians, field.name).requires_grad_() for field in fields(gaussians)))
    view = View.looking(np.array([0.0, 0.0, -3.0]), np.zeros(3), UP, 45, size_px)
    focal, middle = (view.focal_px, view.focal_px), (size_px[0] / 2, size_px[1] / 2)
    camera = Camera(view.axes, -view.axes @ view.eye, focal, middle, *size_px)
    wanted = torch.rand(size_px[1], size_px[0], 3, generator=torch.Generator().manual_seed(0))
    with ProcessorRasterizer(threads) as rasterizer:

        def ours() -> torch.Tensor:
            torch.set_num_threads(1)
            return rasterizer.render(gaussians, camera, _DEGREE, _BLACK).image

        def plain() -> torch.Tensor:
            torch.set_num_threads(threads)
            return plain_image(gaussians, camera, _DEGREE)

        def step(image: Callable[[], torch.Tensor]) -> None:
            (image() - wanted).abs().mean().backward()
            for field in fields(gaussians):
                getattr(gaussians, field.name).grad = None

        with torch.no_grad():
            error = float(((ours() - plain()) ** 2).mean())
            forward_ms = least_ms(ours, _TRIES)
        if error > 10 ** (-_ALIKE_DB / 10):
            raise ValueError(f"plain torch draws something else: {-10 * math.log10(error):.1f} dB")
        step(ours)
        whole_ms, plain_ms = math.inf, math.inf
        for _ in range(_PLAIN_TRIES):
            whole_ms = min(whole_ms, least_ms(lambda: step(ours), _TRIES))
            plain_ms = min(plain_ms, least_ms(lambda: step(plain), 1))
    return {
        "gaussians": count,
        "width_px": size_px[0],
        "height_px": size_px[1],
        "threads": threads,
        "forward_ms": forward_ms,
        "step_ms": whole_ms,
        "steps_per_s": 1e3 / whole_ms,
        "times_plain_torch": plain_ms / whole_ms,
    }


def least_ms(call: Callable[[], object], tries: int) -> float:
    """Of several, the quickest."""
    found = math.inf
    for _ in range(tries):
        began = time.perf_counter()
        call()
        found = min(found, (time.perf_counter() - began) * 1e3)
    return found


if __name__ == "__main__":
    main()
