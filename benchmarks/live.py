"""`python -m benchmarks.live [--quick] [--json]`: what living beside a window costs the estimator.

Ratios are taken in one run, side by side: a bare loop that only calls the estimator on ready frames, and the session
with the window open (under Xvfb where there is no display), in turns. With `--model` a model for one eye is measured in
the same way, on the sample's left eye as an ordinary film. The raw memory samples and all figures are kept in
benchmarks/results/.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import machine, slope_per_hour, table
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.sgm import MODEL_ID
from depthview.engine.frames import Frame, Layout, LayoutGuess, StereoPair
from depthview.engine.live.session import LiveSession
from depthview.engine.models.library import ModelLibrary
from depthview.engine.sources import Notice, SourceInfo, SourceKind

RESULTS = Path(__file__).parent / "results"
_FAKE_FPS = 120.0
_ITERATIONS = 5
_LONGEST_PART_S = 1800.0
"""The longest part plays for some seven minutes; a slow machine may take its time, a stuck window may not."""


class _FakeCamera:
    """A stereo camera of `count` small frames at 120 a second."""

    def __init__(self, count: int) -> None:
        self._count, self._seq = count, 0
        self._image = np.zeros((48, 128, 3), np.uint8)
        self._started = time.perf_counter()
        hint = LayoutGuess(Layout.SIDE_BY_SIDE, False, "made so", certain=True)
        self.info = SourceInfo(SourceKind.LIVE, "fake", "fake", (48, 128), fps=_FAKE_FPS, hint=hint)

    def read(self) -> Frame | Notice | None:
        if self._seq == self._count:
            return None
        due = self._started + self._seq / _FAKE_FPS
        time.sleep(max(0.0, due - time.perf_counter()))
        frame = Frame(self._image, None, self._seq, self._seq / _FAKE_FPS, time.perf_counter())
        self._seq += 1
        return frame

    def seek(self, pts_s: float) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


class _FakeEstimator:
    """Takes 12 ms for anything: slower than the camera, so that frames must drop."""

    info = EstimatorInfo("fake", Selection("fake"), "CPU")

    def estimate(self, pair: StereoPair) -> Estimate:
        time.sleep(0.012)
        return Estimate(np.zeros(pair.size_hw, np.float32))

    def close(self) -> None:
        pass


def count_frames(count: int) -> dict[str, int]:
    """Every frame of a fake camera is accounted for: in = out + drops."""
    session = LiveSession(lambda _selection: _FakeEstimator(), opener=lambda _spec, _stop: _FakeCamera(count))
    session.open("fake")
    while session.status.playback is None or session.status.playback.phase not in ("ended", "failed"):
        time.sleep(0.05)
    time.sleep(0.2)
    session.close()
    telemetry = session.status.telemetry
    return {"frames_in": telemetry.frames_in, "frames_out": telemetry.frames_out, "drops": telemetry.drops}


def _in_window(*arguments: str) -> dict[str, Any]:
    """Run a part in a process of its own, so that none burdens another; on Xvfb where there is no display."""
    command = [sys.executable, "-m", *arguments]
    environment = dict(os.environ, DEPTHVIEW_HOME=tempfile.mkdtemp(prefix="depthview-bench-"))
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        xvfb = shutil.which("xvfb-run")
        if xvfb:
            command = [xvfb, "-a", "-s", "-screen 0 1400x900x24", *command]
        else:
            environment["QT_QPA_PLATFORM"] = "offscreen"
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=_LONGEST_PART_S
        )
    except subprocess.TimeoutExpired:
        raise SystemExit(f"{' '.join(arguments)} did not end within {_LONGEST_PART_S:.0f} s") from None
    finally:
        shutil.rmtree(environment["DEPTHVIEW_HOME"], ignore_errors=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def run(*, quick: bool, model: str, say: Any) -> dict[str, Any]:
    """All figures; `say` is told what is being measured."""
    say("how long the window takes to open")
    starts = [_in_window("benchmarks.window_start") for _ in range(1 if quick else 3)]
    say("frames in, out and dropped")
    counts = count_frames(600 if quick else 10_000)
    say("throughput, latency and heartbeat beside the bare estimator; then memory, while the clip loops")
    plan = ("2", "5", "8") if quick else ("5", "10", "300")
    playing = _in_window("benchmarks.live", "--part", *plan, "--model", model)
    memory = playing["memory"]
    return {
        "throughput_ratio": round(float(np.median(playing["throughput_ratios"])), 3),
        "latency_median_ratio": round(float(np.median(playing["latency_median_ratios"])), 3),
        "latency_p95_ratio": round(float(np.median(playing["latency_p95_ratios"])), 3),
        "heartbeat_p99_ms": round(1e3 * float(np.percentile(playing["gaps_s"], 99)), 1),
        **counts,
        "memory_slope_mb_per_h": round(slope_per_hour([t for t, _ in memory], [m for _, m in memory]), 2),
        "window_start_s": round(min(start["process_s"] for start in starts), 3),
        "window_start_imported": starts[0]["imported"],
        "bare_fps": round(float(np.median(playing["bare_fps"])), 2),
        "session_fps": round(float(np.median(playing["session_fps"])), 2),
        "memory_watched_s": float(plan[2]),
        "model": model,
        "eyes": playing["eyes"],
        "quick": quick,
        "machine": machine(),
        "raw": playing,
    }


def _part(arguments: list[str], model: str) -> None:
    from dataclasses import asdict

    from benchmarks import live_window

    # Nothing is left open: what holds a rate by itself cannot be compared with a loop that has none.
    selection = Selection(model, _ITERATIONS, ModelLibrary().find(model).usual_hw)
    rounds, seconds, watch_s = arguments
    result = live_window.measure(selection, rounds=int(rounds), seconds=float(seconds), watch_s=float(watch_s))
    print(json.dumps(asdict(result)))


def _rows(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    balance = figures["frames_in"] - figures["frames_out"] - figures["drops"]
    return [
        ("throughput of the session / bare estimator", f"{figures['throughput_ratio']:.2f}", ">= 0.90"),
        ("latency, median, in estimator times", f"{figures['latency_median_ratio']:.2f}", "< 1.5"),
        ("latency, p95, in estimator times", f"{figures['latency_p95_ratio']:.2f}", "< 2.5"),
        ("gap of a 50 Hz heartbeat, p99", f"{figures['heartbeat_p99_ms']:.0f} ms", "< 100 ms"),
        (
            "frames in - out - dropped",
            f"{figures['frames_in']} - {figures['frames_out']} - {figures['drops']} = {balance}",
            "0",
        ),
        (
            f"memory slope over {figures['memory_watched_s']:.0f} s",
            f"{figures['memory_slope_mb_per_h']:.1f} MB/h",
            "< 5 MB/h (5 minutes)",
        ),
        ("window up, process time", f"{figures['window_start_s']:.2f} s", "< 1.5 s"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="under 50 s; memory is then too short to mean much")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    parser.add_argument("--model", default=MODEL_ID, help="a model id or an .onnx file, for two eyes or one")
    parser.add_argument("--part", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        _part(options.part, options.model)
        return
    figures = run(quick=options.quick, model=options.model, say=lambda what: print(f"... {what}", file=sys.stderr))
    RESULTS.mkdir(exist_ok=True)
    one_eye = "-one-eye" if figures["eyes"] == 1 else ""
    kept = RESULTS / f"live{one_eye}{'-quick' if options.quick else ''}.json"
    kept.write_text(json.dumps(figures), encoding="utf-8")
    figures.pop("raw")
    print(f"{figures['machine']}, model {figures['model']}")
    print(table(_rows(figures)))
    print(f"Raw samples: {kept}")
    if options.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
