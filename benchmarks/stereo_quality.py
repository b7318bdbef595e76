"""`python -m benchmarks.stereo_quality [--quick] [--json]`: the bundled stereo network beside SGBM and HITNet.

Quality on every pair with ground truth that is found, sharpness at exact edges, speed on two threads, and what going on
from the last frame is worth. Bad pixels are those off by more than 2 px (KITTI 3, Tsukuba 1) at the pair's own size,
over all pixels whose truth is known; an unknown answer is a bad one. The figures are kept in benchmarks/results/.
"""

import argparse
import hashlib
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import cv2

from benchmarks import stereo_report
from benchmarks.figures import machine, table
from benchmarks.stereo_edges import edge_cases, measure_edges
from benchmarks.stereo_judge import judge
from benchmarks.stereo_methods import COUNTS, GRAPHS, THREADS, others, run_ours, settings
from benchmarks.stereo_pairs import DATA, KnownPair, sample_pairs
from benchmarks.stereo_pictures import write_pictures
from benchmarks.stereo_sets import find_pairs
from benchmarks.stereo_speed import LIVE_ITERATIONS, measure_speed
from benchmarks.stereo_warm import measure_real, measure_resets, measure_sample
from depthview.engine.errors import UserError

RESULTS = Path(__file__).parent / "results"
PARTS = ("quality", "edges", "speed", "warm")

Say = Callable[[str], None]


def measure_quality(folders: list[Path], *, graphs: Path, quick: bool, say: Say) -> list[dict[str, Any]]:
    """Every method on every pair: name, kind, size, and `Score` as a dictionary by method."""
    figures = []
    with others() as rivals:
        for pair in _pairs(folders, quick=quick, say=say):
            say(f"quality: {pair.name}, {pair.left.shape[1]}x{pair.left.shape[0]}")
            scores = {name: asdict(judge(pair, method(pair))) for name, method in rivals.items()}
            for setting in settings(quick=quick):
                answer = run_ours(pair, setting, graphs=graphs)
                scores[setting.name] = asdict(judge(pair, answer.values, answer.confidence))
            figures.append(
                {
                    "name": pair.name,
                    "kind": str(pair.kind),
                    "size_hw": list(pair.frame.size_hw),
                    "wrong_px": pair.kind.wrong_px,
                    "scores": scores,
                }
            )
    return figures


def _pairs(folders: list[Path], *, quick: bool, say: Say) -> Iterator[KnownPair]:
    found = list(chain.from_iterable(find_pairs(folder) for folder in folders))
    if not found:
        say(f"no pairs with ground truth in {', '.join(map(str, folders))}: the bundled sample is judged alone")
    for files in found:
        try:
            yield files.load()
        except UserError as error:
            say(f"{files.name} is left out. {error}")
    for number, pair in enumerate(sample_pairs()):
        if quick and number > 0:
            return
        yield pair


def run(
    parts: tuple[str, ...], folders: list[Path], *, graphs: Path, quick: bool, pictures: bool, say: Say
) -> dict[str, Any]:
    """The asked parts' figures; `say` is told what is being measured. Raises UserError when the graphs are missing."""
    cv2.setNumThreads(THREADS)
    figures: dict[str, Any] = {
        "machine": machine(),
        "quick": quick,
        "graphs": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(graphs.glob("*.onnx"))},
    }
    if "quality" in parts:
        figures["quality"] = measure_quality(folders, graphs=graphs, quick=quick, say=say)
    if "edges" in parts or pictures:
        say("edges: wires, a board, the room")
        cases = list(edge_cases(graphs=graphs, quick=quick))
        figures["edges"] = measure_edges(iter(cases))
        if pictures:
            figures["pictures"] = [str(path) for path in write_pictures(cases)]
    if "speed" in parts:
        counts = (1, LIVE_ITERATIONS) if quick else COUNTS
        figures["speed"] = measure_speed(graphs=graphs, rounds=3 if quick else 15, counts=counts, say=say)
    if "warm" in parts:
        say("warm start: the bundled clip")
        sample = measure_sample(graphs=graphs, frames=10 if quick else 1000)
        say("warm start: a real clip")
        real = measure_real(graphs=graphs, frames=9 if quick else 61)
        say("warm start: cuts and exchanged eyes")
        figures["warm"] = {"sample": sample, "real": real, "resets": measure_resets(graphs=graphs)}
    return figures


def show(figures: dict[str, Any]) -> str:
    """All tables, and at the end each wish beside what was measured."""
    blocks, rows = [figures["machine"]], []
    if "quality" in figures:
        blocks += stereo_report.quality_tables(figures["quality"])
        rows += stereo_report.quality_rows(figures["quality"])
    if "edges" in figures:
        rows += stereo_report.edge_rows(figures["edges"])
    if "speed" in figures:
        blocks.append(stereo_report.speed_table(figures["speed"]))
        rows += stereo_report.speed_rows(figures["speed"])
    if "warm" in figures:
        rows += stereo_report.warm_rows(figures["warm"])
    return "\n\n".join([*blocks, table(rows)])


def without_nan(value: Any) -> Any:
    """The same with None for NaN, which JSON does not know."""
    if isinstance(value, dict):
        return {key: without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(inner) for inner in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stereo_quality", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer settings, pairs, rounds and frames")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    parser.add_argument("--data", type=Path, nargs="+", default=[DATA / "stereo"], help="folders with stereo sets")
    parser.add_argument("--graphs", type=Path, default=GRAPHS, help="the folder of the network's graphs")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some of the parts")
    parser.add_argument("--pictures", action="store_true", help="also write docs/stereo-thin.png and -borders.png")
    asked = parser.parse_args()

    def say(what: str) -> None:
        print(f"... {what}", file=sys.stderr)

    try:
        figures = run(
            tuple(asked.only), asked.data, graphs=asked.graphs, quick=asked.quick, pictures=asked.pictures, say=say
        )
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
    print(show(figures))
    # A part alone must not take the place of all.
    part = "" if tuple(asked.only) == PARTS else "-" + "-".join(asked.only)
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"stereo-quality{part}{'-quick' if asked.quick else ''}.json"
    text = json.dumps(without_nan(figures))
    kept.write_text(text, encoding="utf-8")
    print(f"All figures: {kept}")
    if asked.json:
        print(text)


if __name__ == "__main__":
    main()
