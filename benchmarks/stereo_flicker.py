"""`python -m benchmarks.stereo_flicker [--quick] [--json]`: how much depth flickers with the stabiliser and without.

Flicker is the temporal standard deviation over the mean, within windows of twelve frames, after the first of them: at
pixels whose picture does not change in the window, and on the bundled clip, whose camera sways, also where the true
depth does not (then of the value over the truth). Beside it the error near and behind the bundled clip's ball, how late
a surface is shown that comes nearer in an unchanged picture, and what it all costs beside matching.
"""

import argparse
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine, table
from benchmarks.stereo_flicker_clips import (
    MOTORCYCLE,
    ROBOT,
    RoomTruth,
    flicker,
    hand_held,
    robot_film,
    room_pairs,
    room_truth,
    still_photographs,
    unchanged,
)
from benchmarks.stereo_warm import REAL_CLIP
from depthview.engine.estimators import iterative, one_eye, sgm
from depthview.engine.estimators.base import Selection, depth_frame
from depthview.engine.frames import DepthFrame, Image, Meaning, StereoPair, Values
from depthview.engine.models.library import ModelLibrary
from depthview.engine.stabiliser.stabiliser import Stabiliser

RESULTS = Path(__file__).parent / "results" / "stereo-flicker.json"
WINDOW = 12
MODELS = (
    Selection(sgm.MODEL_ID),
    Selection(iterative.MODEL_ID, 3, (384, 640)),
    Selection(one_eye.MODEL_ID, None, one_eye.USUAL_HW),
)
_STILL_TRUTH = 0.01
"""Of the mean: a pixel whose true depth varies by less in a window shows the same thing in all of it."""
_MOST_PX, _MOST_SHARE = 5.0, 0.5
"""Error counts for no more: a pixel that is wrong is wrong. The share is for metres of unknown scale."""
_BEHIND_FRAMES, _BESIDE_PX = 6, 15
_RAMP_FROM, _RAMP_FRAMES, _RAMP_NOISE_PX = 20, 50, 0.4

Clip = tuple[str, Iterator[StereoPair], str]


def clips(*, quick: bool) -> Iterator[Clip]:
    """What there is: its name, its pairs, and the model it is shown to."""
    matching, network, one = (selection.model_id for selection in MODELS)
    short = 3 * WINDOW
    for model in (matching, network, one):
        yield "bundled, camera sways", room_pairs(2 * WINDOW if quick else short), model
    if MOTORCYCLE.is_dir():
        for model in (matching, network, one):
            yield "photographs, camera stands", still_photographs(short), model
    if ROBOT.is_file():
        yield "film, camera hardly moves", robot_film(short if quick else 8 * WINDOW), one
    if all(path.is_file() for path in REAL_CLIP):
        for model in (matching, one):
            yield "film, hand-held", hand_held(short), model


def measure_clip(name: str, pairs: Iterator[StereoPair], model: str) -> dict[str, Any]:
    """Flicker and, of the bundled clip, errors, before and after."""
    selection = next(m for m in MODELS if m.model_id == model)
    stabiliser, lefts, raw, shown = Stabiliser(), list[Image](), list[Values](), list[Values]()
    with closing(ModelLibrary().open_estimator(selection)) as estimator:
        for pair in pairs:
            found = depth_frame(pair, estimator.estimate(pair), estimator.info, started_s=0.0, ended_s=0.0)
            lefts.append(pair.left)
            raw.append(found.values)
            shown.append(stabiliser.follow(found).values)
    told, steady = np.stack(raw), np.stack(shown)
    same = unchanged(lefts, WINDOW)
    before, after = flicker(told, steady, same, WINDOW)
    figures: dict[str, Any] = {
        "clip": name,
        "model": model,
        "still_share": float(same.mean()),
        "flicker": before,
        "flicker_stabilised": after,
        "ratio": after / before,
        "known": float(np.isfinite(told).mean()),
        "known_stabilised": float(np.isfinite(steady).mean()),
    }
    if name.startswith("bundled"):
        figures |= _against_truth(told, steady, room_truth(len(told)), metres=found.meaning is Meaning.METRIC_DEPTH)
    return figures


def _against_truth(told: Values, steady: Values, truth: RoomTruth, *, metres: bool) -> dict[str, Any]:
    near = near_ball(truth.ball)
    true = 1 / truth.disparity_px if metres else truth.disparity_px
    still = np.zeros(true.shape, bool)
    for first in range(0, len(true) - WINDOW + 1, WINDOW):
        span = slice(first, first + WINDOW)
        same = true[span].std(axis=0) < _STILL_TRUTH * true[span].mean(axis=0)
        still[span] = same & ~near[span].any(axis=0)
    before, after = flicker((told / true).astype(np.float32), (steady / true).astype(np.float32), still, WINDOW)
    errors = {}
    scale = np.nanmedian(told / true) if metres else 1.0
    for kind, values in (("", told), ("_stabilised", steady)):
        error = np.abs(values / (true * scale) - 1) if metres else np.abs(values - true)
        error = np.minimum(error, _MOST_SHARE if metres else _MOST_PX)
        for place, where in (("near_ball", near), ("on_ball", truth.ball), ("elsewhere", ~near)):
            errors[f"error_{place}{kind}"] = float(np.nanmean(error[where & np.isfinite(told) & np.isfinite(steady)]))
    return {"scene_flicker": before, "scene_flicker_stabilised": after, "scene_ratio": after / before, **errors}


def near_ball(ball: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where the ball is, was a moment ago, and what lies beside it."""
    brush = np.ones((2 * _BESIDE_PX + 1, 2 * _BESIDE_PX + 1), np.uint8)
    path = [np.asarray(ball[max(0, k - _BEHIND_FRAMES) : k + 1].any(axis=0), np.uint8) for k in range(len(ball))]
    return np.stack([cv2.dilate(each, brush) > 0 for each in path])


def measure_lag(step_px: float) -> dict[str, float]:
    """Frames by which a wall is late that comes nearer by `step_px` a frame, in a picture that never changes."""
    rng = np.random.default_rng(1)
    small = rng.integers(0, 256, (24, 40, 3)).astype(np.uint8)
    picture = np.asarray(cv2.resize(small, (320, 192), interpolation=cv2.INTER_CUBIC), np.uint8)
    stabiliser, late = Stabiliser(), []
    for k in range(_RAMP_FRAMES):
        truth = np.full((192, 320), 20.0, np.float32)
        truth[:96] += np.float32(step_px * max(0, k - _RAMP_FROM))
        told = (truth + rng.normal(0, _RAMP_NOISE_PX, truth.shape)).astype(np.float32)
        pair = StereoPair(picture, picture, k, k / 24, 0.0)
        shown = stabiliser.follow(DepthFrame(pair, told, "drawn", "CPU", 0.0, 0.0)).values
        late.append(float((truth - shown)[:80].mean()) / step_px)
    return {"step_px": step_px, "worst_frames": max(late[_RAMP_FROM:]), "settled_frames": float(np.mean(late[-16:]))}


def measure_cost(frames: int = 20) -> dict[str, float]:
    """Processor time of a frame of 1280 x 720, milliseconds of one thread: the stabiliser's, and matching's."""
    pairs = list(room_pairs(frames))
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    spent: dict[str, list[float]] = {"stabiliser_ms": [], "stabiliser_standing_ms": [], "sgm_ms": []}
    try:
        moving, standing = Stabiliser(), Stabiliser()
        with closing(ModelLibrary().open_estimator(MODELS[0])) as estimator:
            for pair in pairs:
                began = time.process_time()
                found = depth_frame(pair, estimator.estimate(pair), estimator.info, started_s=0.0, ended_s=0.0)
                matched = time.process_time()
                moving.follow(found)
                ended = time.process_time()
                held = StereoPair(pairs[0].left, pairs[0].right, pair.seq, pair.pts_s, 0.0)
                standing.follow(DepthFrame(held, found.values, "m", "CPU", 0.0, 0.0))
                for name, took in (
                    ("sgm_ms", matched - began),
                    ("stabiliser_ms", ended - matched),
                    ("stabiliser_standing_ms", time.process_time() - ended),
                ):
                    spent[name].append(1000 * took)
    finally:
        cv2.setNumThreads(threads)
    return {name: float(np.median(took[2:])) for name, took in spent.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer frames, and nothing is written")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    result = {
        "machine": machine(),
        "window_frames": WINDOW,
        "clips": [measure_clip(*clip) for clip in clips(quick=asked.quick)],
        "lag": [measure_lag(step_px) for step_px in (0.2, 0.5, 2.0)],
        "cost": measure_cost(),
    }
    if not asked.quick:
        RESULTS.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result) if asked.json else _as_text(result))


def _as_text(result: dict[str, Any]) -> str:
    rows = []
    for clip in result["clips"]:
        name = f"{clip['clip']}, {clip['model']}"
        rows.append((f"{name}: flicker", _change(clip, "flicker") + f" = {clip['ratio']:.2f}", "at most 0.50"))
        if "scene_ratio" in clip:
            text = _change(clip, "scene_flicker") + f" = {clip['scene_ratio']:.2f}"
            rows.append((f"{name}: of the things themselves", text, "at most 0.50"))
            for place in ("near_ball", "on_ball", "elsewhere"):
                rows.append((f"{name}: error {place.replace('_', ' ')}", _change(clip, f"error_{place}"), "not more"))
    for lag in result["lag"]:
        text = f"{lag['settled_frames']:.1f} frames, {lag['worst_frames']:.1f} at worst"
        rows.append((f"late at {lag['step_px']} px a frame", text, "under 2"))
    for name, took_ms in result["cost"].items():
        rows.append((name.removesuffix("_ms").replace("_", ", "), f"{took_ms:.1f} ms", "of one thread, 1280 x 720"))
    return f"{result['machine']}\n{table(rows)}"


def _change(figures: dict[str, Any], key: str) -> str:
    return f"{figures[key]:.4f} -> {figures[key + '_stabilised']:.4f}"


if __name__ == "__main__":
    main()
