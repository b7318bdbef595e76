"""`python -m benchmarks.stereo_rerender [--json]`: how true pictures of eyes at other places are.

The room of the bundled clip is drawn anew, for eyes half as far apart, twice and three times as far, and the pictures
that were computed from the clip's two eyes are held against these: from disparity that is exact, and from what our
methods see. Where it lies in ../shared/data, Middlebury's motorcycle is seen by its right camera from the left picture
alone. Beside each: plain forward warping, each pixel to the nearest place, nearest first, holes filled from the left.
Needs OpenGL (`xvfb-run` where there is no screen). The figures are kept in benchmarks/results/.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks.figures import machine, table
from benchmarks.stereo_methods import Ours, own_sgm, run_ours
from benchmarks.stereo_pairs import DATA, REPOSITORY, Kind, KnownPair, read_eye, read_truth
from depthview.engine.frames import Disparity, Image
from depthview.engine.stereo.views.new_eyes import rerender

RESULTS = REPOSITORY / "benchmarks" / "results" / "stereo-rerender.json"
SHARES = (0.5, 2.0, 3.0)
MOTORCYCLE = DATA / "stereo" / "middlebury_v3_motorcycle_Q"
_ROUNDS = 5


def psnr_db(found: Image, truth: Image) -> float:
    """Peak signal to noise over all pixels and colours."""
    square = np.mean((found.astype(np.float64) - truth) ** 2)
    return float(10 * np.log10(255**2 / max(float(square), 1e-9)))


def plainly_warped(left: Image, disparity_px: Disparity, at: float) -> Image:
    """What a few lines give: whole pixels, z-buffer, each hole the colour to its left; unknown pixels go nowhere."""
    height, width = disparity_px.shape
    found = np.zeros_like(left)
    known = np.zeros((height, width), np.bool_)
    rows = np.arange(height)
    order = np.argsort(np.nan_to_num(disparity_px, nan=-np.inf), axis=1, kind="stable")
    for rank in range(width):
        x = order[:, rank]
        there = np.rint(x - at * disparity_px[rows, x])
        inside = (there >= 0) & (there < width)
        place = rows[inside], there[inside].astype(np.intp)
        found[place] = left[rows[inside], x[inside]]
        known[place] = True
    for column in range(1, width):
        hole = ~known[:, column]
        found[hole, column] = found[hole, column - 1]
    return found


def room_views() -> tuple[KnownPair, dict[float, Image]]:
    """The clip's first exact frame without its coding, and what eyes at other places see of it."""
    from training.room.eyes import stereo_truth
    from training.room.make_sample import BASELINE_M, FOCAL_PX, FRAME_COUNT, SEED, SIZE_WH, TRUTH_FRAMES
    from training.room.motion import stereo_camera
    from training.room.room import build_room
    from training.room.stage import Stage

    turn = TRUTH_FRAMES[0] / FRAME_COUNT
    stage = Stage(build_room(SEED), [turn])
    try:
        stage.set_turn(0)
        camera = stereo_camera(turn, SIZE_WH, FOCAL_PX, BASELINE_M)
        disparity_px, seen = stereo_truth(stage.renderer, camera)
        places = {0.0, 1.0, *(0.5 + side * share / 2 for share in SHARES for side in (-1, 1))}
        views = {at: stage.renderer.colour(camera.left.moved(at * BASELINE_M)) for at in sorted(places)}
    finally:
        stage.close()
    pair = KnownPair("room", views[0.0], views[1.0], disparity_px.astype(np.float32), seen, Kind.DRAWN)
    return pair, views


def measure_room(pair: KnownPair, views: Mapping[float, Image], disparity_px: Disparity) -> dict[str, Any]:
    """By distance: PSNR, the mean of both new eyes, with all there is, from the left picture alone, and plain."""
    figures = {}
    for share in SHARES:
        places = (0.5 - share / 2, 0.5 + share / 2)
        methods: dict[str, tuple[Image, ...]] = {
            "ours_db": rerender(pair.left, pair.right, disparity_px, share),
            "one_picture_db": tuple(_from_left(pair.left, disparity_px, at) for at in places),
            "plain_db": tuple(plainly_warped(pair.left, disparity_px, at) for at in places),
        }
        figures[f"{share:g}"] = {
            name: float(np.mean([psnr_db(eye, views[at]) for eye, at in zip(eyes, places, strict=True)]))
            for name, eyes in methods.items()
        }
    return figures


def _from_left(left: Image, disparity_px: Disparity, at: float) -> Image:
    """What an eye at a place sees, from the left picture alone."""
    one, other = rerender(left, None, disparity_px, 2 * abs(at))
    return one if at < 0 else other


def measure_motorcycle() -> dict[str, float] | None:
    if not MOTORCYCLE.is_dir():
        return None
    left, right = (read_eye(MOTORCYCLE / name) for name in ("im0.png", "im1.png"))
    disparity_px = read_truth(MOTORCYCLE / "disp0GT.pfm", left, right)
    return {
        "ours_db": psnr_db(_from_left(left, disparity_px, 1.0), right),
        "plain_db": psnr_db(plainly_warped(left, disparity_px, 1.0), right),
    }


def cpu_ms(call: Callable[[], object]) -> float:
    """The processor's time of the quickest of some calls."""
    call()
    taken = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        call()
        taken.append(time.process_time() - started)
    return 1000 * min(taken)


def measure() -> dict[str, Any]:
    pair, views = room_views()
    sources: dict[str, Callable[[], Disparity]] = {
        "exact": lambda: pair.disparity_px,
        "built-in network": lambda: run_ours(pair, Ours()).values,
        "built-in SGM": lambda: own_sgm(pair),
    }
    figures: dict[str, Any] = {"machine": machine(), "room": {}}
    for name, disparity_px in sources.items():
        print(f"the room, {name}", file=sys.stderr)
        figures["room"][name] = measure_room(pair, views, disparity_px())
    figures["motorcycle"] = measure_motorcycle()
    figures["both_eyes_720p_cpu_ms"] = cpu_ms(lambda: rerender(pair.left, pair.right, pair.disparity_px, 2.0))
    return figures


def _as_text(figures: Mapping[str, Any]) -> str:
    rows = []
    for source, by_share in figures["room"].items():
        for share, found in by_share.items():
            rows.append(
                (
                    f"room, {source} disparity, eyes {share} x as far apart",
                    f"{found['ours_db']:.1f} dB (left picture alone {found['one_picture_db']:.1f})",
                    f"5 dB above plain: {found['plain_db']:.1f}",
                )
            )
    if figures["motorcycle"] is not None:
        found = figures["motorcycle"]
        rows.append(
            ("motorcycle, right from left alone", f"{found['ours_db']:.1f} dB", f"plain: {found['plain_db']:.1f}")
        )
    rows.append(("both eyes of 720p, processor time", f"{figures['both_eyes_720p_cpu_ms']:.0f} ms", "40 ms"))
    return f"{figures['machine']}\n{table(rows)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    figures = measure()
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures) if asked.json else _as_text(figures))


if __name__ == "__main__":
    main()
