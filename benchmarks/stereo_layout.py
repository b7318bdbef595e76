"""`python -m benchmarks.stereo_layout [--frames N] [--clips N] [--first SEED] [--json]`: how often the eyes are found.

Layout: drawn frames, a fifth of them of each layout, with bars, noise, JPEG, unequal eyes and single pictures that
mirror or repeat themselves; single pictures that are harder still; films between bars, drawn and cut from the real
pairs. Order: drawn clips, half of them of converged cameras, two looks each, in both orders; flat walls, of which
nobody can be sure. Then the real pairs and clips in ../shared/data, in both orders, and packed in every way; without
them the bundled sample. Times are medians for a picture of 1920 x 1080: by the clock, and of one thread's processor
time, also in the run's own unit: one detection of SIFT features in it at 320 x 240, which is what a decision by
features alone takes at least. Writes benchmarks/results/stereo-layout.json.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.drawn_clips import DrawnClip, Faults, draw_clip, draw_wall
from benchmarks.drawn_frames import FILM_SHAPES, LAYOUTS, PACKED, DrawnFrame, draw_film, draw_frame, film, pack
from benchmarks.figures import machine, table
from benchmarks.hard_singles import draw_hard_single
from benchmarks.real_eyes import real_eyes
from depthview.engine.frames import Frame, Image, Layout, StereoPair
from depthview.engine.stereo.eyes.layout import guess_layout
from depthview.engine.stereo.eyes.order import OrderJudge
from depthview.engine.stereo.matching.matches import find_matches

RESULTS = Path(__file__).parent / "results" / "stereo-layout.json"
CLIP_SIZES_HW = ((360, 640), (480, 640), (640, 480), (540, 960), (720, 405))
WALL_SIZES_HW = ((180, 240), (240, 240), (240, 320), (270, 480), (360, 480), (480, 360), (480, 480))
LOOKS = (0, 8)


def frames_of_drawn(count: int, first: int, draw: Callable[[int], DrawnFrame] = draw_frame) -> dict[str, Any]:
    """How many of `count` drawn frames are wrong, and which."""
    wrong = []
    for seed in range(first, first + count):
        frame = draw(seed)
        found = _layout_of(frame.image)
        if found is not frame.layout:
            wrong.append(f"{seed}: {frame.layout} called {found} ({frame.what})")
    return {"looked_at": count, "wrong": wrong}


def films_of_real() -> dict[str, Any]:
    """The same for the real pairs, cut to the shapes of films and put between bars."""
    looked_at, wrong = 0, []
    for eyes in real_eyes():
        pair = eyes.pairs[0]
        if eyes.packed or eyes.name.startswith("opencv"):
            continue
        for aspect in FILM_SHAPES:
            for layout in LAYOUTS:
                looked_at += 1
                found = _layout_of(film(pair.left, pair.right, layout, aspect))
                if found is not layout:
                    wrong.append(f"{eyes.name} of {aspect:.2f}: {layout} called {found}")
    return {"looked_at": looked_at, "wrong": wrong}


def order_of_drawn(
    count: int,
    first: int,
    draw: Callable[[tuple[int, int], int], DrawnClip] = draw_clip,
    sizes_hw: Sequence[tuple[int, int]] = CLIP_SIZES_HW,
) -> dict[str, Any]:
    """The same for the order of the eyes of `count` drawn clips; each is looked at in both orders."""
    judged = []
    for seed in range(first, first + count):
        clip = draw(sizes_hw[seed % len(sizes_hw)], seed)
        judged += _order_both_ways(f"{seed} ({clip.faults})", [clip.pair(number) for number in LOOKS])
    return _counted(judged)


def real() -> dict[str, Any]:
    """Order and layout of the real ones."""
    judged, wrong, looked_at = [], [], 0
    for eyes in real_eyes():
        judged += _order_both_ways(eyes.name, eyes.pairs)
        cases = [(frame.image, Layout.SIDE_BY_SIDE) for frame in eyes.packed]
        for pair in () if eyes.packed else eyes.pairs:
            cases += [(pack(pair.left, pair.right, layout), layout) for layout in PACKED]
            cases += [(eye, Layout.MONO) for eye in (pair.left, pair.right)]
        for image, layout in cases:
            looked_at += 1
            found = _layout_of(image)
            if found is not layout:
                wrong.append(f"{eyes.name}: {layout} called {found}")
    return {"layout": {"looked_at": looked_at, "wrong": wrong}, "order": _counted(judged)}


def times() -> dict[str, float]:
    """Medians: of wall time as people have it, and of processor time, one thread, and how many times as much that is as
    finding features once."""
    pair = draw_clip((1080, 1920), 1, Faults()).pair(0)
    frame = Frame(pack(pair.left, pair.right, Layout.HALF_SIDE_BY_SIDE), None, 0, 0.0, 0.0)
    matches = find_matches(pair)
    small = np.asarray(cv2.cvtColor(cv2.resize(frame.image, (320, 240)), cv2.COLOR_RGB2GRAY), np.uint8)
    features = cv2.SIFT.create(nfeatures=400, contrastThreshold=0.02)
    calls: dict[str, Callable[[], object]] = {
        "features": lambda: features.detectAndCompute(small, np.full(small.shape, 255, np.uint8)),
        "layout": lambda: guess_layout(frame, hint=None, name=""),
        "order_look": lambda: OrderJudge().look(pair, matches),
    }
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(-1)
        wall_s = {name: _median_s(call, time.perf_counter) for name, call in calls.items()}
        cv2.setNumThreads(1)
        processor_s = {name: _median_s(call, time.process_time) for name, call in calls.items()}
    finally:
        cv2.setNumThreads(threads)
    figures = {}
    for name in ("layout", "order_look"):
        figures[f"{name}_wall_ms"] = 1e3 * wall_s[name]
        figures[f"{name}_processor_ms"] = 1e3 * processor_s[name]
        figures[f"{name}_in_features"] = processor_s[name] / processor_s["features"]
    return figures


def _layout_of(image: Image) -> Layout:
    return guess_layout(Frame(np.ascontiguousarray(image), None, 0, 0.0, 0.0), hint=None, name="").layout


def _order_both_ways(name: str, pairs: Sequence[StereoPair]) -> list[tuple[str, bool, bool]]:
    """Name, whether it is right and whether it is sure, as it is and exchanged."""
    judges = OrderJudge(), OrderJudge()
    for pair in pairs:
        matches = find_matches(pair)
        judges[0].look(pair, matches)
        judges[1].look(replace(pair, left=pair.right, right=pair.left), matches.swapped)
    verdicts = [judge.verdict for judge in judges]
    return [(name, v.swapped == bool(way), v.sure) for way, v in enumerate(verdicts)]


def _counted(judged: list[tuple[str, bool, bool]]) -> dict[str, Any]:
    return {
        "looked_at": len(judged),
        "wrong": [name for name, right, _sure in judged if not right],
        "sure": sum(sure for _name, _right, sure in judged),
        "surely_wrong": [name for name, right, sure in judged if sure and not right],
    }


def _median_s(call: Callable[[], object], clock: Callable[[], float], times_: int = 25) -> float:
    call()
    taken_s = []
    for _ in range(times_):
        started = clock()
        call()
        taken_s.append(clock() - started)
    return float(np.median(taken_s))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--first", type=int, default=20000, help="the first seed; the weights were fitted to others")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    result = {
        "machine": machine(),
        "first_seed": asked.first,
        "drawn_layout": frames_of_drawn(asked.frames, asked.first),
        "hard_singles": frames_of_drawn(asked.frames, asked.first, draw_hard_single),
        "drawn_films": frames_of_drawn(asked.frames, asked.first, draw_film),
        "real_films": films_of_real(),
        "drawn_order": order_of_drawn(asked.clips, asked.first),
        "walls_order": order_of_drawn(asked.clips, asked.first, draw_wall, WALL_SIZES_HW),
        "real": real(),
        "times": times(),
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result) if asked.json else _as_text(result))


def _as_text(result: dict[str, Any]) -> str:
    real_figures, taken = result["real"], result["times"]
    kinds = (
        ("layout of drawn frames", result["drawn_layout"], "95 of 100"),
        ("layout of single pictures whose halves are alike", result["hard_singles"], "-"),
        ("layout of drawn films between bars", result["drawn_films"], "95 of 100"),
        ("layout of real pairs as films between bars", result["real_films"], "95 of 100"),
        ("order of drawn clips, both ways", result["drawn_order"], "95 of 100"),
        ("layout of real frames, packed in every way", real_figures["layout"], "all"),
        ("order of real sources, both ways", real_figures["order"], "all"),
    )
    rows, errors = [], []
    for what, counted, wanted in kinds:
        rows.append((what, f"{counted['looked_at'] - len(counted['wrong'])} of {counted['looked_at']}", wanted))
        if "sure" in counted:
            rows.append(
                (f"{what}: sure", f"{counted['sure']}, {len(counted['surely_wrong'])} of them wrong", "0 wrong")
            )
        errors += [f"  {what}: {wrong}" for wrong in counted["wrong"]]
    walls = result["walls_order"]
    sure = f"{walls['sure']} of {walls['looked_at']}, {len(walls['surely_wrong'])} of them wrong"
    rows.append(("order of flat walls, both ways: sure", sure, "0 wrong"))
    errors += [f"  order of flat walls, surely: {wrong}" for wrong in walls["surely_wrong"]]
    for what, key, most in (("a layout", "layout", "50 ms"), ("a look at the order", "order_look", "80 ms")):
        wall_ms, processor_ms = taken[f"{key}_wall_ms"], taken[f"{key}_processor_ms"]
        units = f"{taken[f'{key}_in_features']:.1f} x finding features"
        rows.append((f"{what}, 1920 x 1080", f"{wall_ms:.0f} ms; one thread {processor_ms:.0f} ms, {units}", most))
    return "\n".join([result["machine"], table(rows), *errors])


if __name__ == "__main__":
    main()
