"""`python -m training.stereo.evaluate CHECKPOINT`: the exported graphs against known answers, beside SGM and HITNet.

Share of pixels wrong by more than 2 px at the pair's own size, over ALL pixels whose answer is known; an unknown answer
counts as wrong. `seen` leaves out what only the left eye sees. CHECKPOINT may also be a folder of exported graphs.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import StereoPair
from training.stereo.iterate import IteratedStereo
from training.stereo.pairs import DATA, KnownPair, known_pairs, sample_pairs

MULTIPLE_PX = 16
_HITNET = "hitnet_1x240x320_model_float32.onnx"
_WRONG_PX = 2.0

Method = Callable[[KnownPair], NDArray[np.float32]]


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


def fit_to_width(size_hw: tuple[int, int], width_px: int) -> Fit:
    """Scaled to a width, then padded to what the network takes."""
    content = (max(1, round(size_hw[0] * width_px / size_hw[1])), width_px)
    height, width = (-(-n // MULTIPLE_PX) * MULTIPLE_PX for n in content)
    return Fit(size_hw, (height, width), content)


def network_method(network: IteratedStereo, width_px: int, iterations: int) -> Method:
    def estimate(pair: KnownPair) -> NDArray[np.float32]:
        fit = fit_to_width((pair.left.shape[0], pair.left.shape[1]), width_px)
        return fit.undo(network.run(fit.apply(pair.left), fit.apply(pair.right), iterations).disparity_px)

    return estimate


def others() -> Iterator[tuple[str, Method]]:
    """What has to be beaten, as the product runs it."""

    def sgm(pair: KnownPair) -> NDArray[np.float32]:
        estimator = SemiGlobalEstimator(Selection("sgm"))
        return estimator.estimate(_as_frame(pair)).disparity_px

    yield "sgm", sgm
    path = DATA / "models" / _HITNET
    if path.is_file():
        hitnet = OnnxStereoEstimator(path, Selection("hitnet"), title="HITNet")
        yield "hitnet 240x320", lambda pair: hitnet.estimate(_as_frame(pair)).disparity_px


def evaluate(methods: Iterable[tuple[str, Method]], pairs: Iterable[KnownPair]) -> Iterator[Result]:
    methods = list(methods)
    for pair in pairs:
        for name, method in methods:
            began = time.perf_counter()
            found = method(pair)
            yield judge(name, pair, found, time.perf_counter() - began)


def _as_frame(pair: KnownPair) -> StereoPair:
    return StereoPair(np.ascontiguousarray(pair.left), np.ascontiguousarray(pair.right), 0, 0.0, 0.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--widths", type=int, nargs="+", default=[320, 480, 640, 960])
    parser.add_argument("--iterations", type=int, nargs="+", default=[1, 2, 5, 10, 20])
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
        network = IteratedStereo(folder)
        methods = [] if asked.no_others else list(others())
        for width in asked.widths:
            for count in asked.iterations:
                methods.append((f"{width} wide, {count} it", network_method(network, width, count)))
        results = []
        for result in evaluate(methods, chain(known_pairs(), sample_pairs())):
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
