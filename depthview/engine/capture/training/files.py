"""What a training leaves in its folder, under which names. Knows no torch: the window reads it too."""

import re
from pathlib import Path

STATE = "state"
CHECKPOINTS = "checkpoints"
PROGRESS = "progress.jsonl"
"""The curve, point by point."""
BESIDE = "held_out.png"
"""A photo held out beside what the splats draw of it."""

_CHECKPOINT = re.compile(r"splats_(\d{6,9})\.ply")


def checkpoint_path(folder: Path, iteration: int) -> Path:
    """Where the splats of the training in `folder` lie as they were after so many iterations."""
    return folder / CHECKPOINTS / f"splats_{iteration:06d}.ply"


def iteration_of(name: str) -> int | None:
    """Of which iteration the checkpoint of this file name is; None for another file."""
    match = _CHECKPOINT.fullmatch(name)
    return int(match[1]) if match else None
