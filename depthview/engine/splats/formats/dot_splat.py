"""The .splat files of Kevin Kwok's web viewer (antimatter15/splat): 32 bytes a splat, one colour each, no header."""

from pathlib import Path

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.mapped import MappedFile
from depthview.engine.reading import reading
from depthview.engine.splats.formats.limits import CUT, EMPTY, check_scene
from depthview.engine.splats.formats.logits import LOGIT_OF_BYTE, log_size
from depthview.engine.splats.scene import SplatScene, drawable, opacity
from depthview.engine.splats.spherical_harmonics import C0

RECORD = np.dtype([("xyz", "<f4", 3), ("scale", "<f4", 3), ("rgba", "u1", 4), ("rotation", "u1", 4)])
"""Places, standard deviations (not their logarithms), colour and opacity, and the quaternion w, x, y, z."""

_AT_ONCE = 1 << 16


def read(path: Path) -> SplatScene:
    """Splats of SH degree 0. Raises UserError for whatever is wrong with the file."""
    with reading(path):
        file = MappedFile(path)
        size = len(file.data)
        if not size:
            raise UserError(EMPTY, path=path)
        if size % RECORD.itemsize:
            raise UserError(CUT, path=path, details=f"{size} bytes are no multiple of {RECORD.itemsize}")
        count = size // RECORD.itemsize
        check_scene(count, 0, path)
        records = np.frombuffer(file.data, RECORD)
        log_scale, rotation = np.empty((count, 3), np.float32), np.empty((count, 4), np.float32)
        dc, logit = np.empty((count, 3), np.float32), np.empty(count, np.float32)
        for first in range(0, count, _AT_ONCE):
            part = slice(first, first + _AT_ONCE)
            log_scale[part] = log_size(records["scale"][part])
            rotation[part] = (records["rotation"][part].astype(np.float32) - 128) / 128
            dc[part] = (records["rgba"][part, :3] / np.float32(255) - np.float32(0.5)) / np.float32(C0)
            logit[part] = LOGIT_OF_BYTE[records["rgba"][part, 3]]
        xyz = np.ascontiguousarray(records["xyz"])
        return SplatScene(xyz, log_scale, rotation, logit, dc, np.empty((count, 0, 3), np.float32))


def write(scene: SplatScene, path: Path) -> None:
    """The largest and most opaque first, as viewers that show what has arrived expect; SH degree 0 only.

    Splats that cannot be drawn are left out. Raises UserError where the disk refuses.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        seen = opacity(scene.opacity_logit)
        importance = np.exp(scene.log_scale.sum(1, dtype=np.float64)) * seen
        length = np.linalg.norm(scene.rotation, axis=1)
    order = np.argsort(-importance, kind="stable")
    order = order[drawable(scene)[order]]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        for first in range(0, len(order), _AT_ONCE):
            part = order[first : first + _AT_ONCE]
            records = np.empty(len(part), RECORD)
            records["xyz"] = scene.xyz[part]
            records["scale"] = np.exp(scene.log_scale[part])
            rgb = 0.5 + C0 * scene.sh_dc[part]
            records["rgba"] = np.clip(np.rint(np.column_stack([rgb, seen[part]]) * 255), 0, 255)
            records["rotation"] = np.clip(np.rint(scene.rotation[part] / length[part, None] * 128 + 128), 0, 255)
            file.write(records.data)
