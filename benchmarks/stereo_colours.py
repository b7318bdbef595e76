"""`python -m benchmarks.stereo_colours [--quick] [--json]`: what matching the two eyes' colours is worth.

On pairs with a known answer the right eye is made darker, flatter, warmer and so on; bad pixels (off by more than 2 px
at the pair's own size, or unknown) and the mean error, as it is and with the colours matched, by semi-global matching
and by the bundled network. On the phone pairs, of which nobody knows the answer, the share of pixels that pass the
left-right check. The figures are kept in benchmarks/results/.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine
from benchmarks.left_right import consistent
from benchmarks.stereo_drawn import draw_scene
from benchmarks.stereo_methods import open_ours, size_at_width
from benchmarks.stereo_pairs import DATA, KnownPair, known_pairs, read_eye, sample_pairs
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import Disparity, Image, StereoPair
from depthview.engine.stereo.matching.matches import find_matches
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.colours import ColoursJudge
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import PairJudge

RESULTS = Path(__file__).parent / "results"
PHOTOS = ("cupandearphone", "eevee", "paperbag", "totoro")
CLIPS = ("video", "video2")
WIDTH_PX, ITERATIONS = 640, 5
WRONG_PX = 2.0

Light = NDArray[np.float32]
Say = Callable[[str], None]


def _vignetted(light: Light) -> Light:
    height, width = light.shape[:2]
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    return light * (1 - 0.2 * (x * x + y * y))[..., None].astype(np.float32)


CHANGES: dict[str, Callable[[Light], Light]] = {
    "as it is": lambda v: v,
    "5 % darker": lambda v: v * np.float32(0.95),
    "20 % darker": lambda v: v * np.float32(0.8),
    "35 % darker": lambda v: v * np.float32(0.65),
    "15 % brighter": lambda v: v * np.float32(1.15),
    "gamma 0.8": lambda v: v ** np.float32(0.8),
    "gamma 1.3": lambda v: v ** np.float32(1.3),
    "flatter": lambda v: v * np.float32(0.8) + np.float32(0.1),
    "warmer": lambda v: v * np.array([1.12, 1.0, 0.85], np.float32),
    "all of it": lambda v: (v * np.array([0.8, 0.72, 0.65], np.float32)) ** np.float32(0.85) + np.float32(0.04),
    "dark corners": _vignetted,
}
QUICK = ("as it is", "20 % darker")


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares 0..1 of the pixels whose truth is known; `error_px` is the mean over those with an answer."""

    bad: float
    error_px: float

    @classmethod
    def of(cls, disparity: Disparity, pair: KnownPair) -> "Quality":
        known = np.isfinite(pair.disparity_px)
        error = np.abs(disparity - pair.disparity_px)[known]
        return cls(float((~(error <= WRONG_PX)).mean()), float(np.nanmean(error)))


def _changed(eye: Image, change: Callable[[Light], Light]) -> Image:
    return np.clip(np.rint(255 * change(np.asarray(eye, np.float32) / np.float32(255))), 0, 255).astype(np.uint8)


def _methods(size_hw: tuple[int, int]) -> dict[str, Estimator]:
    return {
        "SGM": SemiGlobalEstimator(Selection("sgm")),
        "network": open_ours(size_at_width(size_hw, WIDTH_PX), ITERATIONS),
    }


def measure_known(pairs: Iterator[KnownPair], changes: tuple[str, ...], say: Say) -> list[dict[str, Any]]:
    """A row for each pair and change: how unequal the eyes are, the judge's word, both methods without and with."""
    rows = []
    for pair in pairs:
        say(pair.name)
        for name, method in _methods(pair.frame.size_hw).items():
            with closing(method):
                rows += [_measured(pair, change, name, method) for change in changes]
    return rows


def _measured(pair: KnownPair, change: str, name: str, method: Estimator) -> dict[str, Any]:
    unequal = replace(pair.frame, right=_changed(pair.right, CHANGES[change]))
    judge = ColoursJudge()
    judge.look(unequal, find_matches(unequal))
    verdict = judge.verdict
    assert verdict.match is not None
    # Another moment: a network must not go on from the answer before.
    matched = replace(unequal, right=verdict.match.apply(unequal.right), seq=0)
    without, with_it = (Quality.of(method.estimate(p).values, pair) for p in (unequal, matched))
    return {
        "pair": pair.name,
        "change": change,
        "method": name,
        "difference": verdict.difference,
        "helps": verdict.helps,
        "without": asdict(without),
        "with": asdict(with_it),
    }


def measure_phone(folder: Path, say: Say) -> list[dict[str, Any]]:
    """Each phone pair's consistent share by semi-global matching, step by step: as it is, rows even, and so on."""
    steps = {
        "raw": PreparationChoices(bars=False, rows=False, colours=False, shift_share=0.0),
        "bars": PreparationChoices(rows=False, colours=False, shift_share=0.0),
        "bars, shift": PreparationChoices(rows=False, colours=False),
        "bars, shift, colours": PreparationChoices(rows=False, colours=True),
        "bars, rows": PreparationChoices(rows=True, colours=False, shift_share=0.0),
        "bars, rows, shift": PreparationChoices(rows=True, colours=False),
        "bars, rows, colours": PreparationChoices(rows=True, colours=True, shift_share=0.0),
        "all": PreparationChoices(rows=True, colours=True),
        "all that is sure": PreparationChoices(),
    }
    rows = []
    for name, pair in _phone_pairs(folder):
        say(name)
        shares = {}
        difference = 0.0
        for step, choices in steps.items():
            asked = Asked(choices=choices)
            judge = PairJudge(each_alone=True)
            judge.look(pair, asked)
            findings = judge.findings
            assert findings is not None
            prepared = findings.preparation(asked).apply(pair)
            passed = np.zeros(pair.size_hw, np.bool_)
            passed_there = consistent(SemiGlobalEstimator(Selection("sgm")), prepared.matched)
            prepared.place.of(passed)[...] = passed_there
            # Black bars match each other: of all steps only what is picture counts.
            shares[step] = float(findings.bars.left.of(passed).mean())
            if findings.colours is not None:
                difference = findings.colours.difference
        rows.append({"pair": name, "difference": difference, "consistent": shares})
    return rows


def _phone_pairs(folder: Path) -> Iterator[tuple[str, StereoPair]]:
    """The photos at a width of 640, and a frame from the middle of each clip."""
    for name in PHOTOS:
        left, right = (_narrow(read_eye(folder / f"{name}_{eye}.jpg")) for eye in ("left", "right"))
        yield name, StereoPair(left, right, 0, 0.0, 0.0)
    for name in CLIPS:
        left, right = (_narrow(_frame(folder / f"{name}_{eye}.mp4")) for eye in ("left", "right"))
        yield name, StereoPair(left, right, 0, 0.0, 0.0)
    packed = _frame(folder / "unified_stereo_vid_example.mp4")
    half = packed.shape[1] // 2
    left, right = np.ascontiguousarray(packed[:, :half]), np.ascontiguousarray(packed[:, half:])
    yield "unified", StereoPair(left, right, 0, 0.0, 0.0)


def _frame(path: Path, number: int = 30) -> Image:
    with av.open(str(path)) as clip:
        for count, frame in enumerate(clip.decode(video=0)):
            if count == number:
                return frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
    raise ValueError(f"{path} has no frame {number}")


def _narrow(eye: Image) -> Image:
    height, width = eye.shape[:2]
    size = WIDTH_PX, round(height * WIDTH_PX / width)
    return np.asarray(cv2.resize(eye, size, interpolation=cv2.INTER_AREA), np.uint8)


def show(figures: dict[str, Any]) -> str:
    lines = [figures["machine"], ""]
    lines.append(f"{'pair':28}{'the right eye is':16}{'levels':>12}  {'matched':17}{'bad %':>14}{'error px':>18}")
    for row in figures["known"]:
        before, after = row["without"], row["with"]
        lines.append(
            f"{row['pair']:28}{row['change']:16}{row['difference']:12.1f}  {'yes' if row['helps'] else 'no':8}"
            f"{row['method']:9}{100 * before['bad']:6.2f} {100 * after['bad']:7.2f}"
            f"{before['error_px']:10.2f} {after['error_px']:7.2f}"
        )
    for row in figures["phone"]:
        lines += ["", f"{row['pair']}: {row['difference']:.1f} grey levels; pixels that pass the left-right check"]
        lines += [f"  {step:24}{100 * share:6.1f} %" for step, share in row["consistent"].items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stereo_colours", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two changes, one pair")
    parser.add_argument("--only", choices=("known", "phone"), help="one of the parts")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    asked = parser.parse_args()

    def say(what: str) -> None:
        print(f"... {what}", file=sys.stderr)

    figures: dict[str, Any] = {"machine": machine(), "quick": asked.quick, "known": [], "phone": []}
    if asked.only != "phone":
        pairs = [draw_scene().pair] if asked.quick else [*known_pairs(), next(iter(sample_pairs())), draw_scene().pair]
        figures["known"] = measure_known(iter(pairs), QUICK if asked.quick else tuple(CHANGES), say)
    phone = DATA / "stereo" / "phone_stereo"
    if asked.only != "known" and phone.is_dir():
        figures["phone"] = measure_phone(phone, say)
    print(show(figures))
    part = f"-{asked.only}" if asked.only else ""
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"stereo-colours{part}{'-quick' if asked.quick else ''}.json"
    kept.write_text(json.dumps(figures), encoding="utf-8")
    print(f"All figures: {kept}")
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
