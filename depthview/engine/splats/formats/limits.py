"""What a file may ask for, held against the file's real size and the machine's memory before anything is allocated."""

from pathlib import Path

import psutil

from depthview.engine.errors import UserError
from depthview.engine.splats.scene import bytes_each

MOST_SPLATS = 100_000_000
"""More than any trainer makes, and few enough for 32-bit indices."""

_SHARE_OF_FREE_MEMORY = 0.8
_GIB = 1 << 30

NOT_SPLATS = "This is no splat scene: choose a .ply, .splat, .spz, .sog, .ksplat, .gltf or .glb file: {path}"
DAMAGED = "This splat file is damaged, what it says makes no sense: copy or export it again: {path}"
CUT = "This splat file's size does not fit what it says, it is cut short or damaged: copy or export it again: {path}"
UNKNOWN_VERSION = "This splat file is of version {version}, which DepthView cannot read: export it as another: {path}"
EMPTY = "This splat file holds no splats: export it again: {path}"
_TOO_MANY = "This scene has more than {most} splats: thin it out first: {path}"
_NO_ROOM = (
    "This scene needs {needed_gb:.1f} GB of memory, {free_gb:.1f} GB are free: close programs or thin it out: {path}"
)


def check_count(count: int, path: Path) -> None:
    """Raises UserError for more splats than any scene has, or fewer than none."""
    if count < 0:
        raise UserError(DAMAGED, path=path, details=f"{count} splats")
    if count > MOST_SPLATS:
        raise UserError(_TOO_MANY, path=path, most=f"{MOST_SPLATS:,}", details=f"{count} splats")


def check_room(count: int, bytes_each: int, available_bytes: int, path: Path) -> None:
    """Raises UserError unless `count` records of `bytes_each` fit into the bytes that the file really has."""
    check_count(count, path)
    if count * bytes_each > available_bytes:
        details = f"{count} x {bytes_each} bytes expected, {available_bytes} there"
        raise UserError(CUT, path=path, details=details)


def check_memory(needed_bytes: int, path: Path) -> None:
    """Raises UserError where that much memory is not free."""
    free = psutil.virtual_memory().available
    if needed_bytes > _SHARE_OF_FREE_MEMORY * free:
        raise UserError(_NO_ROOM, path=path, needed_gb=needed_bytes / _GIB, free_gb=free / _GIB)


def check_scene(count: int, degree: int, path: Path, beside_bytes: int = 0) -> None:
    """Raises UserError unless a scene of `count` splats can be held in memory, with `beside_bytes` for its decoding."""
    check_count(count, path)
    check_memory(count * bytes_each(degree) + beside_bytes, path)
