"""`python -m benchmarks.panorama_merge [--size HxW]... [--rounds N] [--json]`: joining views, beside iterating.

The same screened Poisson system is solved in closed form, and by scipy's `lsmr` at the tolerance that MoGe uses
(notes/panorama.md 2.3), in turns in one run, so that a busy machine slows both alike; ratios are taken within a round.
`lsmr` stops early: how far it then is from the exact answer is in the table, too. Without scipy (`pip install scipy`;
DepthView does not need it) only the closed form is measured.
"""

import argparse
import json
import re
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine, table
from depthview.engine.panorama.merge import SCREEN_DEG, merged_log_range
from depthview.engine.panorama.poisson import solve_screened
from depthview.engine.panorama.view_depth import ViewDepth
from depthview.engine.panorama.views import ViewSet, views_of

SIZES_HW = ((512, 1024), (1024, 2048))
WANTED_S = {(512, 1024): 0.05, (1024, 2048): 0.2, (2048, 4096): 2.5}
"""Issue 5's, on two cores."""
LSMR_TOLERANCE = 1e-5
LSMR_LARGEST = 1024 * 2048
_VIEW_SIDE = 256

Grid = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", action="append", help="HxW; may be given several times")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    sizes = [_size(text) for text in asked.size] if asked.size else list(SIZES_HW)
    figures = {f"{size_hw[1]}x{size_hw[0]}": measure(size_hw, asked.rounds) for size_hw in sizes}
    result = {"machine": machine(), "rounds": asked.rounds, "scipy": _has_scipy(), "sizes": figures}
    print(json.dumps(result) if asked.json else _as_text(result))


def measure(size_hw: tuple[int, int], rounds: int) -> dict[str, Any]:
    """Median seconds of the solve, of the whole merge of six views, and of lsmr; ratio and distance of the last."""
    near, slope_x, slope_y, screening = system(size_hw)
    depths = [
        # A sphere around the eye, 2 m away.
        ViewDepth(view, (np.linalg.norm(view.rays(_VIEW_SIDE), axis=-1) / 2).astype(np.float32))
        for view in views_of(ViewSet.FAST)
    ]
    scales = np.zeros(len(depths))
    compared = _has_scipy() and size_hw[0] * size_hw[1] <= LSMR_LARGEST
    exact = solve_screened(near, slope_x, slope_y, screening)
    solve_s, merge_s, lsmr_s, off, iterations = [], [], [], 0.0, 0
    for _ in range(rounds):
        solve_s.append(_seconds(lambda: solve_screened(near, slope_x, slope_y, screening)))
        merge_s.append(_seconds(lambda: merged_log_range(depths, scales, size_hw)))
        if compared:
            started = time.perf_counter()
            found, iterations = by_lsmr(near, slope_x, slope_y, screening)
            lsmr_s.append(time.perf_counter() - started)
            off = float(np.sqrt(np.mean((found - exact) ** 2)))
    return {
        "solve_s": float(np.median(solve_s)),
        "merge_six_views_s": float(np.median(merge_s)),
        "wanted_s": WANTED_S.get(size_hw),
        "lsmr_s": float(np.median(lsmr_s)) if compared else None,
        "times_lsmr": float(np.median(np.divide(lsmr_s, solve_s))) if compared else None,
        "lsmr_iterations": iterations if compared else None,
        "lsmr_off_rms": off if compared else None,
    }


def system(size_hw: tuple[int, int]) -> tuple[Grid, Grid, Grid, float]:
    """A wavy room whose levels jump between eight sectors, as those of views do, and whose slopes are noisy."""
    rng = np.random.default_rng(1)
    height, width = size_hw
    longitude, latitude = np.arange(width) * (2 * np.pi / width), np.arange(height)[:, None] * (np.pi / height)
    room = (0.5 * np.cos(2 * longitude) * np.sin(latitude) + 0.3 * np.cos(3 * latitude)).astype(np.float32)
    jumps = rng.normal(0, 0.1, 8).astype(np.float32)[np.arange(width) * 8 // width]
    slope_x = np.roll(room, -1, axis=1) - room + rng.normal(0, 0.02, size_hw).astype(np.float32)
    slope_y = np.diff(room, axis=0) + rng.normal(0, 0.02, (height - 1, width)).astype(np.float32)
    return room + jumps, slope_x, slope_y, (360 / width / SCREEN_DEG) ** 2


def by_lsmr(near: Grid, slope_x: Grid, slope_y: Grid, screening: float) -> tuple[Grid, int]:
    """The same minimum, iterated; the matrix is made anew, as for every panorama."""
    from scipy.sparse import eye_array, kron, vstack  # type: ignore[import-untyped]
    from scipy.sparse.linalg import lsmr  # type: ignore[import-untyped]

    height, width = near.shape
    ring = eye_array(width, k=1) + eye_array(width, k=1 - width) - eye_array(width)
    line = (eye_array(height, k=1) - eye_array(height)).tocsr()[:-1]
    rows = [kron(eye_array(height), ring), kron(line, eye_array(width)), screening**0.5 * eye_array(near.size)]
    wanted = np.concatenate([slope_x.ravel(), slope_y.ravel(), screening**0.5 * near.ravel()])
    found = lsmr(vstack(rows, format="csr"), wanted, atol=LSMR_TOLERANCE, btol=LSMR_TOLERANCE, x0=near.ravel())
    return found[0].reshape(near.shape).astype(np.float32), int(found[2])


def _has_scipy() -> bool:
    return find_spec("scipy") is not None


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None or int(match[2]) != 2 * int(match[1]) or int(match[1]) % 2:
        raise SystemExit(f"{text} is no size: write height x width of a panorama, such as 512x1024.")
    return int(match[1]), int(match[2])


def _as_text(result: dict[str, Any]) -> str:
    rows = []
    for name, figures in result["sizes"].items():
        wanted = f"under {1e3 * figures['wanted_s']:.0f} ms" if figures["wanted_s"] else ""
        rows.append((f"{name}: solve", f"{1e3 * figures['solve_s']:.1f} ms", wanted))
        rows.append((f"{name}: merge of six views", f"{1e3 * figures['merge_six_views_s']:.1f} ms", ""))
        if figures["lsmr_s"] is not None:
            lsmr = f"{figures['lsmr_s']:.2f} s, {figures['lsmr_iterations']} iterations"
            rows.append((f"{name}: lsmr", f"{lsmr}, {figures['lsmr_off_rms']:.1e} from exact", ""))
            rows.append((f"{name}: times as fast as lsmr", f"{figures['times_lsmr']:.0f}", ""))
    return f"{result['machine']}\n{table(rows)}"


if __name__ == "__main__":
    main()
