"""`python -m training.stereo.evaluate CHECKPOINT`: the product against known answers, beside SGM and HITNet.

Share of pixels wrong by more than 2 px at the pair's own size, over ALL pixels whose answer is known; an unknown answer
counts as wrong. `seen` leaves out what only the left eye sees. CHECKPOINT may also be a folder of exported graphs.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.iterative import MODEL_ID, IterativeStereoEstimator
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import StereoPair
from depthview.engine.models.library import ModelLibrary
from training.stereo.pairs import DATA, KnownPair, known_pairs, sample_pairs

_HITNET = "hitnet_1x240x320_model_float32.onnx"
_WRONG_PX = 2.0
_TALLEST_PX = 1440
"""Higher than any pair at the widths asked for, so that the width alone decides the scale."""

Method = tuple[str, Callable[[], Estimator]]
"""A name, and what makes the estimator: made when its turn comes and closed afterwards, so that few are in memory."""


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of wrong pixels 0..1, mean error over known answers in px, and how long one pair took."""

    method: str
    pair: str
    bad_2: float
    bad_2_seen: float | None
    error_px: float
    seconds: float


def judge(method: str, pair: KnownPair, found_px: NDArray[np.float32], seconds: float) -> Result:
    known = np.isfinite(pair.disparity_px)
    error = np.abs(found_px - pair.disparity_px)
    wrong = ~(error <= _WRONG_PX)  # also where the answer is NaN
    seen = None if pair.seen is None else float(wrong[known & pair.seen].mean())
    return Result(method, pair.name, float(wrong[known].mean()), seen, float(np.nanmean(error[known])), seconds)


def ours(folder: Path, widths: Sequence[int], iterations: Sequence[int], *, alone: bool) -> Iterator[Method]:
    """Every width and count, with the seed and if `alone` once more without; always cold and to the last iteration."""
    for seed in (True, False) if alone else (True,):
        for width in widths:
            for count in iterations:
                selection = Selection(MODEL_ID, count, (_TALLEST_PX, width))
                make = partial(
                    IterativeStereoEstimator, folder, selection, seed=seed, warm=False, stop_below_px=0.0, threads=None
                )
                yield f"{width} wide, {count} it{'' if seed else ', alone'}", make


def others() -> Iterator[Method]:
    """What has to be beaten, as the product runs it."""
    yield "sgm", partial(SemiGlobalEstimator, Selection("sgm"))
    path = DATA / "models" / _HITNET
    if path.is_file():
        yield "hitnet 240x320", partial(ModelLibrary().open_estimator, Selection(str(path)))


def evaluate(methods: Iterable[Method], pairs: Sequence[KnownPair]) -> Iterator[Result]:
    for name, make in methods:
        estimator = make()
        try:
            for number, pair in enumerate(pairs):
                frame = _as_frame(pair, number)
                began = time.perf_counter()
                found = estimator.estimate(frame).values
                yield judge(name, pair, found, time.perf_counter() - began)
        finally:
            estimator.close()


def _as_frame(pair: KnownPair, number: int) -> StereoPair:
    return StereoPair(np.ascontiguousarray(pair.left), np.ascontiguousarray(pair.right), number, float(number), 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--widths", type=int, nargs="+", default=[320, 480, 640, 960])
    parser.add_argument("--iterations", type=int, nargs="+", default=[1, 2, 5, 10, 20])
    parser.add_argument("--alone", action="store_true", help="once more without the seed of semi-global matching")
    parser.add_argument("--no-others", action="store_true", help="leave out SGM and HITNet")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.checkpoint
        if not folder.is_dir():
            from training.stereo.checkpoint import load_network
            from training.stereo.export import export

            folder = Path(scratch)
            export(load_network(asked.checkpoint), folder)
        methods = chain(
            () if asked.no_others else others(), ours(folder, asked.widths, asked.iterations, alone=asked.alone)
        )
        results = []
        for result in evaluate(methods, [*known_pairs(), *sample_pairs()]):
            results.append(result)
            if asked.json:
                print(json.dumps({slot: getattr(result, slot) for slot in result.__slots__}), flush=True)
    if not asked.json:
        print(table(results))


def table(results: list[Result]) -> str:
    """Methods down, pairs across; wrong pixels in per cent, and in brackets of those that both eyes see."""
    pairs = list(dict.fromkeys(r.pair for r in results))
    lines = ["| method | " + " | ".join(pairs) + " | photos' mean |", "|---" * (len(pairs) + 2) + "|"]
    for method in dict.fromkeys(r.method for r in results):
        mine = {r.pair: r for r in results if r.method == method}
        cells = [
            f"{mine[p].bad_2:.1%}" + (f" ({seen:.1%})" if (seen := mine[p].bad_2_seen) is not None else "")
            for p in pairs
        ]
        real = [mine[p].bad_2 for p in pairs if not p.startswith("room")]
        mean = f"{np.mean(real):.1%}" if real else "-"
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {mean} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
