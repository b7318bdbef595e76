"""`python -m benchmarks.colmap_time [--set kermit_11|sceaux_11|fox_50]... [--max-size PX] [--json]`: from photos to
cameras.

Every stage of the road from the photos of ../shared/data/photos to their cameras is timed, with the settings of the
preview, each in a process of its own as in a job; and how many photos were placed.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.figures import machine, table
from depthview.engine.capture.poses.marks import Stage
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.poses.stages import run_stage
from depthview.engine.capture.training.presets import Preset, settings_for
from depthview.engine.progress import StopToken, ignore_progress

PHOTOS = Path(__file__).resolve().parents[2] / "shared" / "data" / "photos"
WANTED = {"kermit_11": "11 of 11 in 20 s", "sceaux_11": "11 of 11", "fox_50": "50 of 50"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=tuple(WANTED), action="append")
    parser.add_argument("--max-size", type=int, metavar="PX", help="of the undistorted photos; default: the preview's")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = {name: timed(PHOTOS / name, asked.max_size) for name in asked.set or WANTED}
    if asked.json:
        print(json.dumps({"machine": machine(), "sets": found}))
        return
    print(machine())
    print(table([(name, _as_text(one), WANTED[name]) for name, one in found.items()]))


def timed(photos: Path, max_size_px: int | None = None) -> dict[str, Any]:
    """Seconds of each stage and in all, and how many photos were placed of how many."""
    training = settings_for(Preset.PREVIEW, cuda=False, max_size_px=max_size_px)
    settings = PoseSettings((photos,), training.max_size_px, max_splats=training.max_splats)
    took = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "job"
        for stage in Stage:
            began = time.perf_counter()
            run_stage(stage, folder, settings, ignore_progress, StopToken())
            took[stage.value] = round(time.perf_counter() - began, 1)
        outcome = read_outcome(folder)
    return {"placed": outcome.placed, "photos": outcome.total, "seconds": round(sum(took.values()), 1), "stages": took}


def _as_text(found: dict[str, Any]) -> str:
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found["stages"].items())
    return f"{found['placed']} of {found['photos']} in {found['seconds']:.1f} s ({stages})"


if __name__ == "__main__":
    main()
