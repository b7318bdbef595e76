"""Whether the disk and the memory suffice for what a set of photos becomes."""

import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from depthview.engine.atomic import writing_error
from depthview.engine.errors import UserError

_STAGED_BYTES_A_PIXEL = 0.4
_UNDISTORTED_BYTES_A_PIXEL = 0.5
_FEATURES_BYTES_A_PHOTO = 3_000_000
_STATE_BYTES_A_SPLAT = 708
"""59 numbers of a splat and the optimiser's two moments of each, float32."""
_FILE_BYTES_A_SPLAT = 248
_STATES, _FILES = 3, 4
"""Two states stay, and a third is written beside them before the older goes. Of a training the checkpoints stay: three
of a short one; else those after 10 000, 20 000 and 30 000 iterations, and the last."""
_BASE_BYTES = 200 << 20
_MEMORY_BASE_BYTES = 1 << 30
_SIFT_BYTES_A_PIXEL = 14 * 4 * 4
"""VLFeat's first octave is the picture at twice its size, in as many floats as it has levels and gradients."""
GIB = 1 << 30

_DISK = (
    "This needs about {needed_gib:.1f} GiB and {free_gib:.1f} GiB are free: "
    "free some space or choose another disk: {path}"
)


@dataclass(frozen=True, slots=True)
class Needed:
    """Bytes, estimated from above."""

    disk_bytes: int
    memory_bytes: int


def needed(sizes_px: Sequence[tuple[int, int]], longest_px: int, max_size_px: int, max_splats: int) -> Needed:
    """For photos of these sizes, kept in the job with their longer side at most `longest_px`."""
    kept = sum(_pixels(size, longest_px) for size in sizes_px)
    trained = sum(_pixels(size, max_size_px) for size in sizes_px)
    pictures = kept * _STAGED_BYTES_A_PIXEL + trained * _UNDISTORTED_BYTES_A_PIXEL
    splats = max_splats * (_STATES * _STATE_BYTES_A_SPLAT + _FILES * _FILE_BYTES_A_SPLAT)
    disk = _BASE_BYTES + pictures + len(sizes_px) * _FEATURES_BYTES_A_PHOTO + splats
    largest = max((_pixels(size, longest_px) for size in sizes_px), default=0.0)
    training = max_splats * _STATE_BYTES_A_SPLAT * 2 + 3 * trained
    return Needed(int(disk), int(_MEMORY_BASE_BYTES + max(training, largest * _SIFT_BYTES_A_PIXEL)))


def check_disk(folder: Path, disk_bytes: int) -> int:
    """The bytes that are free where `folder` is, or would be; nothing is made there.

    Raises UserError where it could not be made or written to, or its disk lacks the room.
    """
    try:
        there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
        probe = there / f".depthview-{secrets.token_hex(4)}"
        probe.touch(exist_ok=False)
        probe.unlink()
        free = shutil.disk_usage(there).free
    except OSError as error:
        raise writing_error(error, folder) from error
    if free < disk_bytes:
        raise UserError(_DISK, needed_gib=disk_bytes / GIB, free_gib=free / GIB, path=folder)
    return free


def free_memory_bytes() -> int:
    """What can be had without swapping."""
    return int(psutil.virtual_memory().available)


def threads_for(pixels: int) -> int:
    """How many photos of this many pixels may be searched for features at once: as cores and memory allow."""
    by_memory = int(0.7 * free_memory_bytes() // max(1, pixels * _SIFT_BYTES_A_PIXEL))
    return max(1, min(os.cpu_count() or 1, by_memory))


def _pixels(size_px: tuple[int, int], longest_px: int) -> float:
    scale = min(1.0, longest_px / max(size_px))
    return size_px[0] * size_px[1] * scale * scale
