"""`python -m benchmarks.panorama_merge [--size HxW]... [--rounds N] [--json]`: joining views, beside iterating.

Joining is all that comes after the views' depths are known: what is wrong with each, the mean of their levels and
slopes, the surface, and the room's planes. The screened Poisson system in it is solved in closed form; beside it, in
the same run, by scipy's `lsmr` at the tolerance that MoGe uses (notes/panorama.md 2.3). That stops early: how far it
then is from the exact answer is in the table, too. Without scipy (`pip install scipy`; DepthView does not need it) only
the closed form is measured.
"""

import argparse
import json
import re
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine, table
from depthview.engine.frames import Meaning
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates
from depthview.engine.panorama.merging.joining import joined
from depthview.engine.panorama.merging.merge import SCREEN_DEG, screening_of
from depthview.engine.panorama.merging.poisson import solve_screened
from depthview.engine.panorama.views import ViewSet, views_of

SIZES_HW = ((512, 1024), (1024, 2048), (2048, 4096))
WANTED_S = {(512, 1024): 0.05, (1024, 2048): 0.2, (2048, 4096): 2.5}
"""Issue 5's, on two cores."""
LSMR_TOLERANCE = 1e-5
LSMR_LARGEST = 512 * 1024
LSMR_ROUNDS = 2
DIRECT_HW = (128, 256)
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
    result = {
        "machine": machine(),
        "rounds": asked.rounds,
        "direct_off": direct_off() if _has_scipy() else None,
        "sizes": figures,
    }
    print(json.dumps(result) if asked.json else _as_text(result))


def measure(size_hw: tuple[int, int], rounds: int) -> dict[str, Any]:
    """Median seconds of the solve, of all of the joining of six views, and of lsmr; and how far the last two are off.

    `busy` figures are the processor's own seconds of both threads together: they hold on a busy machine, too.
    """
    near, slope_x, slope_y, screening = system(size_hw)
    estimates = [ViewEstimates(tuple(uneven_views()), Meaning.METRIC_DEPTH, "drawn", "none", 0.0)]
    compared = _has_scipy() and size_hw[0] * size_hw[1] <= LSMR_LARGEST
    exact = solve_screened(near, slope_x, slope_y, screening)
    solve, merge, lsmr, off, iterations = [], [], [], 0.0, 0
    for number in range(rounds):
        solve.append(_seconds(lambda: solve_screened(near, slope_x, slope_y, screening)))
        merge.append(_seconds(lambda: joined(estimates, size_hw)))
        if compared and number < LSMR_ROUNDS:
            started_s = time.perf_counter()
            found, iterations = by_lsmr(near, slope_x, slope_y, screening)
            lsmr.append(time.perf_counter() - started_s)
            off = float(np.sqrt(np.mean((found - exact) ** 2)))
    return {
        "solve_s": float(np.median([wall for wall, _busy in solve])),
        "solve_least_s": min(wall for wall, _busy in solve),
        "join_six_views_s": float(np.median([wall for wall, _busy in merge])),
        "join_six_views_least_s": min(wall for wall, _busy in merge),
        "join_six_views_busy_s": min(busy for _wall, busy in merge),
        "wanted_s": WANTED_S.get(size_hw),
        "lsmr_s": float(np.median(lsmr)) if compared else None,
        "times_lsmr": float(np.median(np.divide(lsmr, [wall for wall, _busy in solve[: len(lsmr)]]))) if lsmr else None,
        "lsmr_iterations": iterations if compared else None,
        "lsmr_off_rms": off if compared else None,
    }


def uneven_views() -> list[ViewDepth]:
    """A sphere around the eye, 2 m away, seen by six views that each err in their own smooth way."""
    rng = np.random.default_rng(1)
    found = []
    for view in views_of(ViewSet.FAST):
        error = cv2.resize(rng.normal(0, 0.1, (5, 5)), (_VIEW_SIDE, _VIEW_SIDE), interpolation=cv2.INTER_CUBIC)
        exact = np.linalg.norm(view.rays(_VIEW_SIDE), axis=-1) / 2
        found.append(ViewDepth(view, (exact * np.exp(error)).astype(np.float32)))
    return found


def direct_off() -> float:
    """How far, at most, the closed form is from a direct solve of the same equations, where that can be had."""
    from scipy.sparse.linalg import spsolve  # type: ignore[import-untyped]

    near, slope_x, slope_y, screening = system(DIRECT_HW)
    matrix, wanted = equations(near, slope_x, slope_y, screening)
    exact = spsolve((matrix.T @ matrix).tocsc(), matrix.T @ wanted).reshape(DIRECT_HW)
    return float(np.abs(solve_screened(near, slope_x, slope_y, screening) - exact).max())


def system(size_hw: tuple[int, int]) -> tuple[Grid, Grid, Grid, float]:
    """A wavy room whose levels jump between eight sectors, as those of views do, and whose slopes are noisy."""
    rng = np.random.default_rng(1)
    height, width = size_hw
    longitude, latitude = np.arange(width) * (2 * np.pi / width), np.arange(height)[:, None] * (np.pi / height)
    room = (0.5 * np.cos(2 * longitude) * np.sin(latitude) + 0.3 * np.cos(3 * latitude)).astype(np.float32)
    jumps = rng.normal(0, 0.1, 8).astype(np.float32)[np.arange(width) * 8 // width]
    slope_x = np.roll(room, -1, axis=1) - room + rng.normal(0, 0.02, size_hw).astype(np.float32)
    slope_y = np.diff(room, axis=0) + rng.normal(0, 0.02, (height - 1, width)).astype(np.float32)
    return room + jumps, slope_x, slope_y, screening_of(SCREEN_DEG, size_hw)


def equations(near: Grid, slope_x: Grid, slope_y: Grid, screening: float) -> tuple[Any, NDArray[np.float64]]:
    """One row for each slope and each level; the matrix is made anew, as for every panorama."""
    from scipy.sparse import eye_array, kron, vstack  # type: ignore[import-untyped]

    height, width = near.shape
    ring = eye_array(width, k=1) + eye_array(width, k=1 - width) - eye_array(width)
    line = (eye_array(height, k=1) - eye_array(height)).tocsr()[:-1]
    rows = [kron(eye_array(height), ring), kron(line, eye_array(width)), screening**0.5 * eye_array(near.size)]
    wanted = np.concatenate([slope_x.ravel(), slope_y.ravel(), screening**0.5 * near.ravel()])
    return vstack(rows, format="csr"), wanted.astype(np.float64)


def by_lsmr(near: Grid, slope_x: Grid, slope_y: Grid, screening: float) -> tuple[Grid, int]:
    """The same minimum, iterated from the levels."""
    from scipy.sparse.linalg import lsmr

    matrix, wanted = equations(near, slope_x, slope_y, screening)
    found = lsmr(matrix, wanted, atol=LSMR_TOLERANCE, btol=LSMR_TOLERANCE, x0=near.ravel().astype(np.float64))
    return found[0].reshape(near.shape).astype(np.float32), int(found[2])


def _has_scipy() -> bool:
    return find_spec("scipy") is not None


def _seconds(call: Callable[[], object]) -> tuple[float, float]:
    """On the clock, and of the processor."""
    started_s, busy_s = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - started_s, time.process_time() - busy_s


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None or int(match[2]) != 2 * int(match[1]) or int(match[1]) % 2:
        raise SystemExit(f"{text} is no size: write height x width of a panorama, such as 512x1024.")
    return int(match[1]), int(match[2])


def _as_text(result: dict[str, Any]) -> str:
    rows = []
    for name, figures in result["sizes"].items():
        wanted = f"wanted: under {1e3 * figures['wanted_s']:.0f} ms" if figures["wanted_s"] else ""
        rows.append((f"{name}: solve", _pair(figures["solve_s"], figures["solve_least_s"]), ""))
        joining = _pair(figures["join_six_views_s"], figures["join_six_views_least_s"])
        busy = f"; busy {1e3 * figures['join_six_views_busy_s']:.0f} ms"
        rows.append((f"{name}: joining six views", joining + busy, wanted))
        if figures["lsmr_s"] is not None:
            lsmr = f"{figures['lsmr_s']:.2f} s, {figures['lsmr_iterations']} iterations"
            rows.append((f"{name}: lsmr", f"{lsmr}, {figures['lsmr_off_rms']:.1e} from exact", ""))
            rows.append((f"{name}: lsmr takes as long as", f"{figures['times_lsmr']:.0f} solves", ""))
    if result["direct_off"] is not None:
        rows.append(("closed form, from a direct solve", f"{result['direct_off']:.1e} at most", "256x128"))
    return f"{result['machine']}\n{table(rows)}"


def _pair(median_s: float, least_s: float) -> str:
    return f"{1e3 * median_s:.1f} ms, at best {1e3 * least_s:.1f} ms"


if __name__ == "__main__":
    main()
